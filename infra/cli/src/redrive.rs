//! `mailhooks redrive`: announces recorded events that were never announced, and sends selected events again.

mod choice;
mod consumer;
mod destination;
mod one;
mod plan;
mod queue;
mod replay;
mod report;
mod waiting;

use std::time::Duration;

use anyhow::{Context, Result};
use clap::ArgGroup;
use ingestion::announce::{Announced, Pending, announce};
use ingestion::clock::Deadline;
use ingestion::notifier::Notifier;
use ingestion::store::Store;

use crate::confirm::Consent;
use crate::connect::TopicArns;
use crate::options::{Global, UsageError};
use crate::pace;
use crate::reading::Segments;
use crate::selection::Selection;
use destination::Destination;

/// The time limit of one announcement.
const ANNOUNCEMENT: Duration = Duration::from_mins(1);

const EXAMPLES: &str = "\
Examples:
  mailhooks redrive                              announce events that wait
  mailhooks redrive --stack mailhooks            use a deployed stack
  mailhooks redrive --id jetemail:evt_1 --again  announce one event once more
  mailhooks redrive --again --since 2h           announce a period again
  mailhooks redrive --again --type email.bounced --since 7d --dry-run
  mailhooks redrive --to arn:aws:sqs:eu-central-1:123456789012:new
                                                 fill a new consumer's queue
  mailhooks redrive --to https://example.com/events --action suppress
  mailhooks redrive --resume                     send what a run left

Without options, announces every event that has waited for more than a minute. A deployed stack does so by itself every \
minute. Running it twice at once is harmless: an event that is announced twice has the same id.

With --again or --to, sends all selected events, oldest first by their time of receipt, under the same ids. It counts \
them and asks first. A queue and a URL get the JSON of each event, as a subscription with raw message delivery does; a \
queue also gets the message attributes. An interrupted run can be resumed; it may send some events twice.

Exit status 1 if an event could not be sent.";

/// Announces recorded events that were never announced, or sends selected events again
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group = ArgGroup::new("replay").args(["again", "to", "resume"]))]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct Arguments {
    /// Announce events even if they were announced before: the selected ones, or the one with --id
    #[arg(long)]
    again: bool,
    /// Send the events to this consumer instead of the topics: the ARN of an SQS queue, the ARN of an SNS topic, or an http or
    /// https URL
    #[arg(long, value_name = "DESTINATION")]
    to: Option<Destination>,
    /// Continue an interrupted run to the same consumer, or send what failed in the last one
    #[arg(long, conflicts_with_all = ["Selection", "id", "dry_run", "announce_all"])]
    resume: bool,
    /// Id of one event to send again, with --again or --to
    #[arg(long, value_name = "ID", requires = "replay", conflicts_with_all = ["Selection", "dry_run"])]
    id: Option<String>,
    /// Id of the event's message, to find it by a query instead of reading the whole table
    #[arg(long, value_name = "ID", requires = "id")]
    message: Option<String>,
    /// Say what would be sent, and send nothing
    #[arg(long, requires = "replay")]
    dry_run: bool,
    /// Events per second, at most [default: 100]
    #[arg(long, value_name = "PER_SECOND", requires = "replay", conflicts_with = "id", value_parser = pace::rate)]
    rate: Option<f64>,
    /// Also announce on the topics that are off by default, for a local stack that is not running
    #[arg(long, conflicts_with = "to")]
    announce_all: bool,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    segments: Segments,
    #[command(flatten)]
    topics: TopicArns,
}

impl Arguments {
    /// The command that continues the run.
    fn resumption(&self, to: Option<&Destination>, global: &Global) -> String {
        let mut arguments = vec!["redrive".to_owned(), "--resume".to_owned()];
        if let Some(rate) = self.rate {
            arguments.extend(["--rate".to_owned(), rate.to_string()]);
        }
        if let Some(table) = &global.table {
            let topics = if to.is_none() { self.topics.options() } else { Vec::new() };
            arguments.extend(["--table".to_owned(), table.clone()].into_iter().chain(topics));
        }
        global.command_there(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    match (&arguments.id, &arguments.to) {
        (Some(id), Some(to)) => one::send(id, to, arguments, global).await,
        (Some(id), None) => one::announce(id, arguments, global).await,
        (None, _) if arguments.resume => replay::resume(arguments, global).await,
        (None, to) if arguments.again || to.is_some() => replay::begin(arguments, global).await,
        (None, _) if arguments.selection != Selection::default() => {
            let message = "a selection is for events that are sent again: add --again to announce them on their topics, or \
                           --to DESTINATION to send them to one consumer";
            Err(UsageError(message.to_owned()).into())
        }
        (None, _) => waiting::announce(arguments, global).await,
    }
}

/// Announces one event. The caller passes the error texts for a mark that could not be removed and for a failed announcement.
pub(crate) async fn announce_one(
    store: &Store,
    notifier: &Notifier,
    pending: Pending<'_>,
    unsettled: String,
    failed: String,
) -> Result<()> {
    let announced = announce(store, notifier, &[pending], Deadline::after(ANNOUNCEMENT)).await;
    announced.into_iter().try_for_each(|announced| match announced {
        Announced::Settled => Ok(()),
        Announced::Unsettled(failure) => Err(failure).context(unsettled.clone()),
        Announced::Failed(failure) => Err(failure).context(failed.clone()),
    })
}
