//! `mailhooks doctor`: what is wrong with a set-up, and what to do about it.

mod deployed;
mod local;
mod metrics;
mod receivers;
mod refusals;
mod report;
mod table;
mod webhook;

use anyhow::{Result, bail};

use crate::cli::Global;
use crate::management::Accesses;
use report::Report;

const EXAMPLES: &str = "\
Examples:
  mailhooks doctor                            the local stack
  mailhooks doctor --stack mailhooks          a deployed one
  mailhooks doctor --stack mailhooks --json | jq 'select(.verdict != \"good\")'

It reads, and changes nothing. But each receiver gets a webhook without a signature, to see whether it refuses it, and \
a deployed one counts that among the refused: run it when something is wrong, and not by the minute.

Whether the webhook at the provider is enabled, its API tells where JETEMAIL_API_KEY, JASNI_API_KEY or EMAILIT_API_KEY \
has a key; none is asked for.

Exit status 1 if something is wrong; a warning is not.";

/// Checks a local or deployed set-up, and says what is wrong with it and what to do
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    accesses: Accesses,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let accesses = &arguments.accesses;
    let mut report = Report::new(global.json);
    match (&global.stack, &global.table) {
        (Some(stack), _) => deployed::check(stack, accesses, global, &mut report).await?,
        (None, Some(table)) => table::check(table, global, &mut report).await?,
        (None, None) => local::check(accesses, global, &mut report).await?,
    }
    match report.wrong() {
        0 => Ok(()),
        wrong => bail!(
            "{wrong} of {} checks found something wrong",
            report.checks()
        ),
    }
}
