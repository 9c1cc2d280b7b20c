//! `mailhooks events`: what the store knows.

mod find;
mod follow;
mod show;
mod suppression;

use anyhow::{Context, Result, ensure};
use clap::ArgGroup;
use ingestion::store::{Found, StoredEvent};
use jiff::Timestamp;
use normalization::ProviderName;

use crate::connect::{self, Connection};
use crate::options::{Global, provider};
use crate::time_arg;

/// How many of the newest events are shown where nothing else is said.
const NEWEST: usize = 20;

const EXAMPLES: &str = "\
Examples:
  mailhooks events                                         the newest
  mailhooks events --since 2h                              all of the last two hours
  mailhooks events --follow                                as they are recorded, until Ctrl-C
  mailhooks events --message em_2xGk7Lr3 --state           one message: what it amounts to
  mailhooks events --message '<msg-1@agents.example.org>'  a Message-ID; the brackets may go
  mailhooks events --recipient ada@example.com             what somebody must act on, and whether to suppress
  mailhooks events --id jetemail:evt_1 --raw               the exact bytes that the provider sent
  mailhooks events --stack mailhooks --json | jq .data     of a deployed stack

A message is named by the id that its provider gave it. Incoming mail is named by inbound/MAILBOX/ID, where MAILBOX is \
the event's recipient as it is spelled there; contact/ID and domain/ID name the other timelines. \
With --message or --recipient a table is queried; else all of it is read, by --follow again and again, with pauses nine \
times as long as the reading. Whether an address is to be suppressed is judged by all events of a local stack. Of a \
deployed one the index by recipient has only events on which somebody must act: the answer names what was not looked at.

Exit status 1 if there is no event with the given --id, or if one cannot be read: the others are shown.";

/// Reads the event store: the local stack's, running or not, or that of a deployed table
#[derive(clap::Args, Default)]
#[command(after_help = EXAMPLES)]
#[command(group = ArgGroup::new("about").args(["message", "recipient"]).multiple(true))]
pub(crate) struct Arguments {
    /// The timeline of this message
    #[arg(long, value_name = "ID", value_parser = not_blank)]
    message: Option<String>,
    /// Only this provider's events
    #[arg(long, value_parser = provider())]
    provider: Option<ProviderName>,
    /// With --message: one state for each recipient. What weighs most counts, whatever came last: complained or
    /// unsubscribed, bounced for good, clicked, opened, delivered, refused by the provider, bounced for now,
    /// deferred, on its way. With --recipient: only whether to suppress the address, and why
    #[arg(long, requires = "about", conflicts_with_all = ["raw", "since", "id"])]
    state: bool,
    /// Events about this address on which somebody must act, and whether it is to be suppressed, by all that can be
    /// looked at
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    recipient: Option<String>,
    /// The event with this id
    #[arg(long, value_name = "ID", value_parser = not_blank)]
    id: Option<String>,
    /// The exact bytes that the provider sent, and nothing else; for one event
    #[arg(long, conflicts_with = "json")]
    raw: bool,
    /// Only what was received since then: a time such as 2026-11-20T10:00Z, or how long ago, such as 2h or 7d
    #[arg(long, value_name = "TIME", value_parser = time_arg::past)]
    since: Option<Timestamp>,
    /// Go on with new ones as they are recorded, the oldest first, until Ctrl-C
    #[arg(long, conflicts_with_all = ["id", "raw", "state", "limit"])]
    follow: bool,
    /// How many of the newest; 20, or all with --since
    #[arg(long, value_name = "NUMBER", value_parser = number, conflicts_with_all = ["message", "recipient", "id"])]
    limit: Option<usize>,
}

fn number(text: &str) -> Result<usize> {
    let number = text.parse()?;
    ensure!(number > 0, "at least 1");
    Ok(number)
}

/// An address that nothing can be known about is an error: the answer would look like good news.
fn address(text: &str) -> Result<String> {
    let text = text.trim();
    let is_bare = text.rsplit_once('@').is_some_and(|(local, domain)| {
        let plain = local.starts_with('"') || !local.contains(['<', ' ', ',']);
        plain && !local.is_empty() && !domain.is_empty() && !domain.contains(['>', ' ', ','])
    });
    ensure!(is_bare, "not one bare address such as ada@example.com");
    Ok(text.to_owned())
}

fn not_blank(text: &str) -> Result<String> {
    ensure!(!text.trim().is_empty(), "it is empty");
    Ok(text.to_owned())
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    if arguments.follow {
        return connect::until_stopped(Box::pin(follow::run(arguments, global))).await;
    }
    let connection = connect::open(global).await?;
    let Found { events, unreadable } = find::find(&connection, arguments, arguments.since).await?;
    if unreadable.is_empty() || !events.is_empty() {
        show::found(&events, arguments, global, &connection).await?;
    }
    show::all_readable(&unreadable, &connection)
}

/// The event with this id: by a query if the message is known, else by reading the whole table.
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
    /// Whether it is about something, and not about what is new.
    fn names_something(&self) -> bool {
        self.message.is_some() || self.recipient.is_some() || self.id.is_some()
    }

    /// The address, where all that is known of it is looked at.
    fn asks_for_a_verdict(&self) -> Option<&str> {
        let narrowed = self.message.is_some() || self.id.is_some() || self.since.is_some();
        self.recipient.as_deref().filter(|_| !narrowed)
    }

    fn limit(&self) -> usize {
        let all = self.since.is_some() || self.follow;
        self.limit.unwrap_or(if all { usize::MAX } else { NEWEST })
    }
}
