//! Asks before something is lost.

use std::io::IsTerminal;

use anyhow::{Context, Result, bail};
use console::Term;

use crate::cli::Misuse;
use crate::output;

/// Takes the place of the answer.
#[derive(clap::Args)]
pub(crate) struct Consent {
    /// Do not ask; a script must say so
    #[arg(long)]
    yes: bool,
}

impl Consent {
    /// Whether the answer is given already.
    pub(crate) fn is_given(&self) -> bool {
        self.yes
    }

    /// Fails where there is nobody to ask. For commands that would have other things to do first.
    pub(crate) fn can_be_given(&self) -> Result<()> {
        if self.yes || is_somebody_there() {
            return Ok(());
        }
        let message =
            "this asks before it goes on, and there is no terminal: --yes says that it may";
        Err(Misuse(message.to_owned()).into())
    }

    /// Asks, and fails unless the answer is yes.
    pub(crate) fn ask(&self, question: &str) -> Result<()> {
        self.can_be_given()?;
        if self.yes {
            return Ok(());
        }
        let terminal = Term::stderr();
        terminal.write_str(&format!("{} [y/N] ", output::printable(question)))?;
        let answer = terminal.read_line().context("cannot read the answer")?;
        if ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
            return Ok(());
        }
        bail!("nothing was changed")
    }
}

fn is_somebody_there() -> bool {
    Term::stderr().is_term() && std::io::stdin().is_terminal()
}
