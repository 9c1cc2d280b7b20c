//! What the checks find: a line for each, as soon as it is known.

use std::fmt;

use anyhow::Result;
use serde::Serialize;
use serde_json::json;

use crate::output;

/// How something is.
#[derive(Clone, Copy, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Good,
    Warning,
    Wrong,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
        }
    }
}

/// What is checked: `of` is a provider or a topic, where there are several.
#[derive(Clone, Copy)]
pub(super) struct Check<'a> {
    name: &'static str,
    of: &'a str,
}

impl<'a> Check<'a> {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, of: "" }
    }

    pub(super) fn about(name: &'static str, of: &'a str) -> Self {
        Self { name, of }
    }
}

/// Shows findings, and counts them.
pub(super) struct Report {
    json: bool,
    checks: usize,
    wrong: usize,
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        Self { json, checks: 0, wrong: 0 }
    }

    pub(super) fn checks(&self) -> usize {
        self.checks
    }

    pub(super) fn wrong(&self) -> usize {
        self.wrong
    }

    /// Nothing need be done.
    pub(super) fn good(&mut self, check: Check<'_>, says: impl fmt::Display) -> Result<()> {
        self.show(check, Verdict::Good, &says, None)
    }

    /// It may be meant like this.
    pub(super) fn warning(
        &mut self,
        check: Check<'_>,
        says: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Result<()> {
        self.show(check, Verdict::Warning, &says, Some(&remedy))
    }

    /// It cannot be meant like this.
    pub(super) fn bad(
        &mut self,
        check: Check<'_>,
        says: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Result<()> {
        self.show(check, Verdict::Wrong, &says, Some(&remedy))
    }

    fn show(
        &mut self,
        check: Check<'_>,
        verdict: Verdict,
        says: &dyn fmt::Display,
        remedy: Option<&dyn fmt::Display>,
    ) -> Result<()> {
        self.checks += 1;
        self.wrong += usize::from(verdict == Verdict::Wrong);
        if self.json {
            return output::print_json(&json!({
                "check": check.name,
                "of": Some(check.of).filter(|of| !of.is_empty()),
                "verdict": verdict,
                "says": says.to_string(),
                "remedy": remedy.map(ToString::to_string),
            }));
        }
        let word = format!("{:<7}", verdict.word());
        let word = match verdict {
            Verdict::Good => output::judged(&word, true),
            Verdict::Warning => word,
            Verdict::Wrong => output::judged(&word, false),
        };
        let name = format!("{} {}", check.name, check.of);
        let says = output::printable(&says.to_string());
        output::print_styled(&format!("{word}  {name:<20}  {says}"))?;
        if let Some(remedy) = remedy {
            let remedy = output::printable(&remedy.to_string());
            output::print(&format!("{:31}→ {remedy}", ""))?;
        }
        Ok(())
    }
}
