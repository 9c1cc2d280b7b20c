//! `mailhooks events`: reads the event store.

mod by_id;
mod find;
mod follow;
mod last_mail;
mod message;
mod recipient;
mod rows;
mod show;
mod suppression;
mod wanted;

use anyhow::{Context, Result};
use clap::ArgGroup;
use ingestion::store::{Found, StoredEvent};

use crate::connect::{self, Connection};
use crate::options::{Global, address, not_blank, number};
use crate::reading::{Reading, Segments};
use crate::selection::Selection;

/// The default of --limit.
const NEWEST: usize = 20;

const EXAMPLES: &str = "\
Examples:
  mailhooks events                                        the newest events
  mailhooks events --since 2h                             the last two hours
  mailhooks events --follow                               new events
  mailhooks events --type email.bounced --reason mailbox_full -n 5
  mailhooks events --since 7d --action suppress --csv     for a spreadsheet
  mailhooks events --message em_2xGk7Lr3                  one message's timeline
  mailhooks events --message em_2xGk7Lr3 --state          its current state
  mailhooks events --message 'msg-1@agents.example.org'   a Message-ID
  mailhooks events --recipient ada@example.com            suppress or not
  mailhooks events --id jetemail:evt_1 --raw              the provider's bytes
  mailhooks events --stack mailhooks --json | jq .data    a deployed stack

A message is identified by its provider's id, incoming mail by inbound/MAILBOX/ID, where MAILBOX is the event's \
recipient as spelled there. The other timelines are contact/ID and domain/ID.

The newest events, a period, a message, an address and new events are found with queries. A selection that few events \
match reads more, at most twice what a scan of the whole table reads; on a deployed stack, the command says first how much \
that is. The answer to --recipient names what it does not cover.

Exit status 1 if no event has the given --id or --message, or if an event cannot be read; the others are shown.";

/// Reads the event store of the local stack, running or not, or of a deployed stack
#[derive(clap::Args, Default)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
#[command(group = ArgGroup::new("about").args(["message", "recipient"]).multiple(true))]
pub(crate) struct Arguments {
    /// Show the timeline of this message
    #[arg(long, value_name = "ID", value_parser = not_blank)]
    message: Option<String>,
    /// With --message, show one state per recipient: the most significant, not the last, in the order complained or
    /// unsubscribed, bounced permanently, clicked, opened, delivered, rejected by the provider, bounced temporarily,
    /// deferred, sent. With --recipient, show only whether to suppress the address, and why
    #[arg(long, requires = "about", conflicts_with_all = ["raw", "id", "csv", "since", "until", "event_type", "action", "reason", "domain", "tag"])]
    state: bool,
    /// Show the newest events about this address, whether to suppress it, and the result of the last mail to it
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    recipient: Option<String>,
    /// Show the event with this id
    #[arg(long, value_name = "ID", value_parser = not_blank)]
    id: Option<String>,
    /// Print the exact bytes that the provider sent for one event, and nothing else
    #[arg(long, conflicts_with = "json")]
    raw: bool,
    /// Continue with new events as they are recorded, oldest first, until Ctrl-C
    #[arg(long, conflicts_with_all = ["id", "raw", "state", "limit"])]
    follow: bool,
    /// Show this many of the newest events [default: 20, or all with --since]
    #[arg(short = 'n', long, value_name = "NUMBER", value_parser = number, conflicts_with_all = ["message", "id"])]
    limit: Option<usize>,
    /// Print CSV: a header, and a row for each event
    #[arg(long, conflicts_with_all = ["json", "raw", "state", "follow"])]
    csv: bool,
    #[command(flatten)]
    segments: Segments,
    #[command(flatten)]
    selection: Selection,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    arguments.selection.check()?;
    if arguments.follow {
        return connect::until_stopped(Box::pin(follow::run(arguments, global))).await;
    }
    let connection = connect::open(global).await?;
    let Found { events, unreadable } = find::find(&connection, arguments).await?;
    if unreadable.is_empty() || !events.is_empty() {
        show::found(&events, arguments, global, &connection).await?;
    }
    show::all_readable(&unreadable, &connection)
}

/// Finds an event by its id.
pub(crate) async fn by_id(
    connection: &Connection,
    id: &str,
    message: Option<String>,
) -> Result<Option<StoredEvent>> {
    let arguments = Arguments { message, id: Some(id.to_owned()), limit: Some(1), ..Arguments::default() };
    let mut found = find::find(connection, &arguments).await?;
    match found.unreadable.pop() {
        Some(unreadable) if found.events.is_empty() => {
            Err(unreadable.error).with_context(|| connection.unreadable())
        }
        _ => Ok(found.events.pop()),
    }
}

impl Arguments {
    /// Whether the command selects a message, a recipient or an event rather than the newest events.
    fn names_something(&self) -> bool {
        self.message.is_some() || self.recipient.is_some() || self.id.is_some()
    }

    /// The address to give a suppression verdict on; `None` if other options narrow the selection.
    fn asks_for_a_verdict(&self) -> Option<&str> {
        let narrowed = self.message.is_some() || self.id.is_some() || self.selection.is_narrow();
        self.recipient.as_deref().filter(|_| !narrowed)
    }

    fn limit(&self) -> usize {
        let all = self.selection.since.is_some();
        self.limit.unwrap_or(if all { usize::MAX } else { NEWEST })
    }

    fn reading(&self) -> Reading<'_> {
        let Selection { since, until, .. } = self.selection;
        Reading { since, until, wanted: Some(self.limit()), segments: &self.segments }
    }
}
