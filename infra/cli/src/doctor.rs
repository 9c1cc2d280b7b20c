//! `mailhooks doctor`: checks a setup and prints a remedy for each problem.

mod alarms;
mod attached;
mod deployed;
mod local;
mod metrics;
mod receivers;
mod refusals;
mod report;
mod sample;
mod table;
mod target;
mod webhook;

use anyhow::{Result, bail};

use crate::options::Global;
use crate::provider_api::Accesses;
use report::Report;

const EXAMPLES: &str = "\
Examples:
  mailhooks doctor                            check the local stack
  mailhooks doctor --stack mailhooks          check a deployed stack
  mailhooks doctor --stack mailhooks --post   also post a signed sample
  mailhooks doctor --stack mailhooks --json | jq 'select(.verdict != \"good\")'

The checks change nothing. Each receiver gets one request without a signature, which it must reject; this counts as \
unsigned, not as a wrong secret.

If JETEMAIL_API_KEY, JASNI_API_KEY or EMAILIT_API_KEY is set, doctor also checks that the provider's webhook exists and \
is enabled and, if the provider reveals its signing secret, that the receiver accepts it. It never prompts for a key and \
never prints a secret.

With --post, each receiver gets a signed sample and must answer 200: an event email.queued or email.sent of the message \
mailhooks-doctor, from and to doctor@mailhooks.invalid, that needs no action. The table stores it once, however often it \
is posted, and only the topic `events` announces it. This shows that the receiver accepts the stored secret, not that \
the provider has the same one.

Exit status 1 if a check found something wrong; warnings do not count.";

/// Checks a local or deployed setup, and prints a remedy for each problem
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Post a signed sample to each receiver, which must accept and record it
    #[arg(long, conflicts_with = "table")]
    post: bool,
    #[command(flatten)]
    accesses: Accesses,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let mut report = Report { global, checks: 0, wrong: 0 };
    match (&global.stack, &global.table) {
        (Some(stack), _) => deployed::check(stack, arguments, &mut report).await?,
        (None, Some(table)) => table::check(table, &mut report).await?,
        (None, None) => local::check(arguments, &mut report).await?,
    }
    match report.wrong {
        0 => Ok(()),
        wrong => bail!("{wrong} of {} checks found a problem", report.checks),
    }
}
