//! Asks for confirmation before data or access is lost, or events are sent again.

use std::io::IsTerminal;

use anyhow::{Context, Result, bail};
use console::Term;

use crate::options::UsageError;
use crate::output;

/// The option that confirms in advance.
#[derive(clap::Args)]
pub(crate) struct Consent {
    /// Confirm without being asked; required where there is no terminal
    #[arg(long)]
    pub(crate) yes: bool,
}

impl Consent {
    /// Fails if confirmation is impossible: not given in advance, and no terminal to ask on. Call it before any change.
    pub(crate) fn can_be_given(&self) -> Result<()> {
        if self.yes || terminal().is_some() {
            return Ok(());
        }
        let message = "this command needs confirmation, but there is no terminal: confirm with --yes";
        Err(UsageError(message.to_owned()).into())
    }

    /// Asks the question, and fails unless the answer is yes.
    pub(crate) fn ask(&self, question: &str) -> Result<()> {
        self.can_be_given()?;
        let Some(terminal) = terminal().filter(|_| !self.yes) else {
            return Ok(());
        };
        terminal.write_str(&format!("{} [y/N] ", output::printable(question)))?;
        let answer = terminal.read_line().context("cannot read the answer")?;
        if ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
            return Ok(());
        }
        bail!("not confirmed: nothing was changed")
    }
}

/// The terminal to ask on, if there is one.
pub(crate) fn terminal() -> Option<Term> {
    Some(Term::stderr()).filter(|terminal| terminal.is_term() && std::io::stdin().is_terminal())
}
