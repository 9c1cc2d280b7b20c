//! `mailhooks classify`: what the bounce classifier makes of SMTP replies, and which line of its table decided.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, Result};
use normalization::bounce::{Evidence, Severity, Verdict, judge};
use serde_json::{Value, json};

use crate::options::{Global, UsageError};
use crate::output::{self, Table};

const EXAMPLES: &str = "\
Examples:
  mailhooks classify '550 5.1.1 User unknown'
  mailhooks classify --word hard '550 5.7.1 Rejected'
  jq -c .text replies.jsonl | mailhooks --json classify

The phrases are in shared/normalization/src/bounce/phrases.tsv.";

/// Show how an SMTP reply is classified, and which phrase or code decided
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The provider's word, hard or soft [default: none]
    #[arg(long, value_name = "WORD", value_parser = ["hard", "soft"], hide_possible_values = true)]
    word: Option<String>,
    /// The reply [default: JSON strings on standard input, one a line]
    #[arg(allow_hyphen_values = true)]
    text: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let word = arguments.word.as_deref().and_then(Severity::of_word);
    if let Some(text) = &arguments.text {
        let verdict = verdict(word, text);
        if global.json {
            return output::print_json(&as_json(&verdict));
        }
        return Ok(output::print(&in_full(&verdict))?);
    }
    if io::stdin().is_terminal() {
        let missing = "give a reply, or replies on standard input, a JSON string a line";
        return Err(UsageError(missing.to_owned()).into());
    }
    let mut table = Table::new(&["ACTION", "CLASS", "REASON", "DECIDED BY", "REPLY"]);
    for (number, line) in (1..).zip(io::stdin().lock().lines()) {
        let line = line.context("standard input cannot be read")?;
        let text: String = serde_json::from_str(&line)
            .with_context(|| format!("line {number} of standard input is not a JSON string"))?;
        let verdict = verdict(word, &text);
        if global.json {
            output::print_json(&as_json(&verdict))?;
        } else {
            table.row(vec![
                verdict.action.to_string(),
                verdict.class.to_string(),
                verdict.reason.to_string(),
                decided_by(&verdict).unwrap_or_default(),
                text.chars().take(SHOWN_CHARACTERS).collect(),
            ]);
        }
    }
    if !global.json {
        table.print()?;
    }
    Ok(())
}

/// How much of a reply a row of the table has: enough to recognize it.
const SHOWN_CHARACTERS: usize = 60;

fn verdict(word: Option<Severity>, text: &str) -> Verdict {
    judge(&Evidence { severity: word, reply: Some(text), ..Evidence::default() })
}

fn decided_by(verdict: &Verdict) -> Option<String> {
    verdict.decided_by.map(|decider| decider.to_string())
}

fn as_json(verdict: &Verdict) -> Value {
    json!({
        "class": verdict.class,
        "reason": verdict.reason,
        "attribution": verdict.attribution,
        "action": verdict.action,
        "smtp_code": verdict.smtp_code,
        "enhanced_code": verdict.enhanced_code,
        "decided_by": decided_by(verdict),
    })
}

fn in_full(verdict: &Verdict) -> String {
    let none = || "none".to_owned();
    let lines = [
        ("class", verdict.class.to_string()),
        ("reason", verdict.reason.to_string()),
        ("attribution", verdict.attribution.to_string()),
        ("action", verdict.action.to_string()),
        ("SMTP code", verdict.smtp_code.map_or_else(none, |code| code.to_string())),
        ("enhanced code", verdict.enhanced_code.clone().unwrap_or_else(none)),
        (
            "decided by",
            decided_by(verdict).unwrap_or_else(|| "no phrase and no code named a reason".to_owned()),
        ),
    ];
    lines.map(|(name, value)| format!("{name:<14} {value}")).join("\n")
}
