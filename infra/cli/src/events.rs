//! `mailhooks events`: reads the event store.

mod find;
mod follow;
mod rows;
mod show;
mod suppression;

use anyhow::{Context, Result};
use clap::ArgGroup;
use ingestion::store::{Found, StoredEvent};

use crate::connect::{self, Connection};
use crate::options::{Global, address, not_blank, number};
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

With --message or --recipient the table is queried. Otherwise the whole table is read; --follow reads it repeatedly, with \
pauses nine times as long as a read. The answer to --recipient considers every event of a local stack. On a deployed \
stack, the index by recipient has only events with an action, and the answer names what it does not cover.

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
    /// Show the events of this address that need an action, and whether to suppress it
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
    #[arg(short = 'n', long, value_name = "NUMBER", value_parser = number, conflicts_with_all = ["message", "recipient", "id"])]
    limit: Option<usize>,
    /// Print CSV: a header, and a row for each event
    #[arg(long, conflicts_with_all = ["json", "raw", "state", "follow"])]
    csv: bool,
    #[command(flatten)]
    selection: Selection,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    arguments.selection.check()?;
    if arguments.follow {
        return connect::until_stopped(Box::pin(follow::run(arguments, global))).await;
    }
    let connection = connect::open(global).await?;
    let Found { events, unreadable } = find::find(&connection, arguments, arguments.selection.since).await?;
    if unreadable.is_empty() || !events.is_empty() {
        show::found(&events, arguments, global, &connection).await?;
    }
    show::all_readable(&unreadable, &connection)
}

/// Finds an event by its id: with a query if the message is known, otherwise by reading the whole table.
pub(crate) async fn by_id(
    connection: &Connection,
    id: &str,
    message: Option<String>,
) -> Result<Option<StoredEvent>> {
    let arguments = Arguments { message, id: Some(id.to_owned()), limit: Some(1), ..Arguments::default() };
    let mut found = find::find(connection, &arguments, None).await?;
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
        let all = self.selection.since.is_some() || self.follow;
        self.limit.unwrap_or(if all { usize::MAX } else { NEWEST })
    }
}
