//! `mailhooks doctor`: what is wrong with a set-up, and what to do about it.

mod alarms;
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
  mailhooks doctor                            the local stack
  mailhooks doctor --stack mailhooks          a deployed one
  mailhooks doctor --stack mailhooks --post   also posts a signed sample to each receiver
  mailhooks doctor --stack mailhooks --json | jq 'select(.verdict != \"good\")'

It reads, and changes nothing. Each receiver gets one request without a signature, to see whether it refuses it; that \
counts as unsigned, and not as a wrong secret.

With JETEMAIL_API_KEY, JASNI_API_KEY or EMAILIT_API_KEY set it also looks whether the webhook at the provider exists and \
is enabled, and, where the provider tells the signing secret, whether the receiver accepts it. Secrets are not shown, and \
no key is asked for.

With --post each receiver gets a signed sample and must answer 200: an event email.queued or email.sent of the message \
mailhooks-doctor, from and to doctor@mailhooks.invalid, on which nobody must act. The table keeps it once, however often \
you post, for as long as other events; only the topic for all events announces it. It shows that the receiver accepts the \
secret that is stored, and not that the provider has the same.

Exit status 1 if something is wrong; a warning is not.";

/// Checks a local or deployed set-up, and says what is wrong with it and what to do
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Post a signed sample to each receiver, which must be accepted and recorded
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
        wrong => bail!("{wrong} of {} checks found something wrong", report.checks),
    }
}
