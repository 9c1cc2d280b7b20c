//! `mailhooks doctor`: what is wrong with a set-up, and what to do about it.

mod deployed;
mod local;
mod metrics;
mod receivers;
mod report;
mod table;

use anyhow::{Result, bail};

use crate::cli::Global;
use report::Report;

const EXAMPLES: &str = "\
Examples:
  mailhooks doctor                            the local stack
  mailhooks doctor --stack mailhooks          a deployed one
  mailhooks doctor --stack mailhooks --json | jq 'select(.verdict != \"good\")'

It reads, and changes nothing. But each receiver gets a webhook without a signature, to see whether it refuses it, and \
counts that among the refused: run it when something is wrong, and not by the minute.

Exit status 1 if something is wrong; a warning is not.";

/// Checks a local or deployed set-up, and says what is wrong with it and what to do
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {}

pub(crate) async fn run(_arguments: &Arguments, global: &Global) -> Result<()> {
    let mut report = Report::new(global.json);
    match (&global.stack, &global.table) {
        (Some(stack), _) => deployed::check(stack, global, &mut report).await?,
        (None, Some(table)) => table::check(table, global, &mut report).await?,
        (None, None) => local::check(global, &mut report).await?,
    }
    match report.wrong() {
        0 => Ok(()),
        wrong => bail!(
            "{wrong} of {} checks found something wrong",
            report.checks()
        ),
    }
}
