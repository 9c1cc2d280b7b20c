//! Prints the result of each check as soon as it is known.

use std::fmt::Display;

use anyhow::Result;
use serde::Serialize;
use serde_json::json;

use crate::options::Global;
use crate::output;

/// The result of a check.
#[derive(Clone, Copy, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Good,
    Warning,
    Wrong,
}

/// The name of a check, and the provider or topic that it checks; empty if there is only one.
pub(super) type Check<'a> = (&'static str, &'a str);

/// Prints the results and counts them.
pub(super) struct Report<'a> {
    pub(super) global: &'a Global,
    pub(super) checks: usize,
    pub(super) wrong: usize,
}

impl Report<'_> {
    /// Reports that no action is needed.
    pub(super) fn good(&mut self, check: Check<'_>, says: impl Display) -> Result<()> {
        self.show(check, Verdict::Good, &says, None)
    }

    /// Reports a possible problem that may be intended.
    pub(super) fn warning(
        &mut self,
        check: Check<'_>,
        says: impl Display,
        remedy: impl Display,
    ) -> Result<()> {
        self.show(check, Verdict::Warning, &says, Some(&remedy))
    }

    /// Reports a definite problem.
    pub(super) fn bad(&mut self, check: Check<'_>, says: impl Display, remedy: impl Display) -> Result<()> {
        self.show(check, Verdict::Wrong, &says, Some(&remedy))
    }

    fn show(
        &mut self,
        (name, of): Check<'_>,
        verdict: Verdict,
        says: &dyn Display,
        remedy: Option<&dyn Display>,
    ) -> Result<()> {
        self.checks += 1;
        self.wrong += usize::from(verdict == Verdict::Wrong);
        if self.global.json {
            return output::print_json(&json!({
                "check": name,
                "of": Some(of).filter(|of| !of.is_empty()),
                "verdict": verdict,
                "says": says.to_string(),
                "remedy": remedy.map(ToString::to_string),
            }));
        }
        let word = match verdict {
            Verdict::Good => output::judged("good   ", true),
            Verdict::Warning => "warning".to_owned(),
            Verdict::Wrong => output::judged("wrong  ", false),
        };
        let name = format!("{name} {of}");
        let says = output::printable(&says.to_string());
        output::print_styled(&format!("{word}  {name:<20}  {says}"))?;
        if let Some(remedy) = remedy {
            let remedy = output::printable(&remedy.to_string());
            output::print(&format!("    → {remedy}"))?;
        }
        Ok(())
    }
}
