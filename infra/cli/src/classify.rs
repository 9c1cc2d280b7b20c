//! `mailhooks classify`: shows how SMTP replies are classified, and which phrase or code decided.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, Result};
use normalization::bounce::{Classification, FailureReport, Severity, classify};
use serde_json::{Value, json};

use crate::options::{Global, UsageError};
use crate::output::{self, Table};

const EXAMPLES: &str = "\
Examples:
  mailhooks classify '550 5.1.1 User unknown'
  mailhooks classify --word hard '550 5.7.1 Rejected'
  jq -c .text replies.jsonl | mailhooks --json classify

The phrases are in shared/normalization/src/bounce/phrases.tsv.";

/// Shows how an SMTP reply is classified, and which phrase or code decided
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The provider's verdict, hard or soft [default: none]
    #[arg(long, value_name = "WORD", value_parser = ["hard", "soft"], hide_possible_values = true)]
    word: Option<String>,
    /// The reply [default: JSON strings on standard input, one per line]
    #[arg(allow_hyphen_values = true)]
    text: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let word = arguments.word.as_deref().and_then(Severity::of_word);
    if let Some(text) = &arguments.text {
        let classification = classified(word, text);
        if global.json {
            return output::print_json(&as_json(&classification));
        }
        return Ok(output::print(&in_full(&classification))?);
    }
    if io::stdin().is_terminal() {
        let missing = "no reply was given: pass one, or JSON strings on standard input, one per line";
        return Err(UsageError(missing.to_owned()).into());
    }
    let mut table = Table::new(&["ACTION", "CLASS", "REASON", "DECIDED BY", "REPLY"]);
    for (number, line) in (1..).zip(io::stdin().lock().lines()) {
        let line = line.context("cannot read standard input")?;
        let text: String = serde_json::from_str(&line)
            .with_context(|| format!("line {number} of standard input is not a JSON string"))?;
        let classification = classified(word, &text);
        if global.json {
            output::print_json(&as_json(&classification))?;
        } else {
            table.row(vec![
                classification.action.to_string(),
                classification.class.to_string(),
                classification.reason.to_string(),
                decided_by(&classification).unwrap_or_default(),
                text.chars().take(SHOWN_CHARACTERS).collect(),
            ]);
        }
    }
    if !global.json {
        table.print()?;
    }
    Ok(())
}

/// The most characters of a reply in a row of the table: enough to recognize it.
const SHOWN_CHARACTERS: usize = 60;

fn classified(word: Option<Severity>, text: &str) -> Classification {
    classify(&FailureReport { severity: word, reply: Some(text), ..FailureReport::default() })
}

fn decided_by(classification: &Classification) -> Option<String> {
    classification.decided_by.map(|decider| decider.to_string())
}

fn as_json(classification: &Classification) -> Value {
    json!({
        "class": classification.class,
        "reason": classification.reason,
        "attribution": classification.attribution,
        "action": classification.action,
        "smtp_code": classification.smtp_code,
        "enhanced_code": classification.enhanced_code,
        "decided_by": decided_by(classification),
    })
}

fn in_full(classification: &Classification) -> String {
    let none = || "none".to_owned();
    let lines = [
        ("class", classification.class.to_string()),
        ("reason", classification.reason.to_string()),
        ("attribution", classification.attribution.to_string()),
        ("action", classification.action.to_string()),
        ("SMTP code", classification.smtp_code.map_or_else(none, |code| code.to_string())),
        ("enhanced code", classification.enhanced_code.clone().unwrap_or_else(none)),
        (
            "decided by",
            decided_by(classification).unwrap_or_else(|| "no phrase and no code named a reason".to_owned()),
        ),
    ];
    lines.map(|(name, value)| format!("{name:<14} {value}")).join("\n")
}
