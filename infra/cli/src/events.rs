//! `mailhooks events`: what the store knows.

mod find;
pub(crate) mod state;

use anyhow::{Context, Result, bail};
use ingestion::store::{Store, StoredEvent};
use jiff::Timestamp;
use normalization::ProviderName;

use crate::cli::Global;
use crate::connect::{self, Connection};
use crate::describe;
use crate::output::{self, Table};

/// How many of the newest events are shown where nothing else is said.
const NEWEST: usize = 20;

const EXAMPLES: &str = "\
Examples:
  mailhooks events                                         the newest
  mailhooks events --message em_2xGk7Lr3 --state           one message: what it amounts to
  mailhooks events --message '<msg-1@agents.example.org>'  a Message-ID; the brackets may go
  mailhooks events --recipient ada@example.com             what somebody must act on
  mailhooks events --id jetemail:evt_1 --raw               the exact bytes that the provider sent
  mailhooks events --table mailhooks-events --json | jq .data

A message is named by the id that its provider gave it; contact/ID and domain/ID name the other timelines. \
With --message or --recipient a table is queried; else all of it is read.

Exit status 1 if there is no event with the given --id.";

/// Reads the event store: the local stack's, running or not, or that of a deployed table
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The timeline of this message
    #[arg(long, value_name = "ID")]
    message: Option<String>,
    /// Only this provider's events
    #[arg(long)]
    provider: Option<ProviderName>,
    /// With --message: one state for each recipient. What weighs most counts, whatever came last: complained or
    /// unsubscribed, bounced for good, clicked, opened, delivered, refused by the provider, bounced for now,
    /// deferred, on its way
    #[arg(long, requires = "message", conflicts_with = "raw")]
    state: bool,
    /// Events about this address on which somebody must act
    #[arg(long, value_name = "ADDRESS")]
    recipient: Option<String>,
    /// The event with this id
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// The exact bytes that the provider sent, and nothing else; for one event
    #[arg(long, conflicts_with = "json")]
    raw: bool,
    /// How many of the newest
    #[arg(long, value_name = "NUMBER", default_value_t = NEWEST,
          conflicts_with_all = ["message", "recipient", "id"])]
    limit: usize,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let connection = connect::open(global).await?;
    let events = find::find(&connection.store, arguments)
        .await
        .with_context(|| format!("cannot read {}", connection.name))?;
    if let (Some(id), true) = (&arguments.id, events.is_empty()) {
        bail!("{} has no event {id}{}", connection.name, hint(arguments));
    }
    if arguments.raw {
        return raw(&connection, &events).await;
    }
    if events.is_empty() {
        let found = if arguments.names_something() {
            "has nothing like this"
        } else {
            "holds no event yet"
        };
        output::remark(&format!("{} {found}{}", connection.name, hint(arguments)));
        return Ok(());
    }
    if arguments.state {
        return state::print(&events, global.json);
    }
    if global.json {
        return events
            .iter()
            .try_for_each(|stored| output::print_json(&stored.event));
    }
    let (heading, time): (_, fn(&StoredEvent) -> Timestamp) = if arguments.names_something() {
        ("time", |stored| stored.event.time)
    } else {
        ("received", |stored| stored.received_at)
    };
    Ok(table(&events, heading, time).print()?)
}

/// The event with this id: by a query if the message is known, else by reading the whole table.
pub(crate) async fn by_id(
    store: &Store,
    id: &str,
    message: Option<&str>,
) -> Result<Option<StoredEvent>> {
    let arguments = Arguments {
        message: message.map(str::to_owned),
        provider: None,
        state: false,
        recipient: None,
        id: Some(id.to_owned()),
        raw: false,
        limit: 1,
    };
    Ok(find::find(store, &arguments).await?.pop())
}

impl Arguments {
    /// Whether it is about something, and not about what is new.
    fn names_something(&self) -> bool {
        self.message.is_some() || self.recipient.is_some() || self.id.is_some()
    }
}

fn table(
    events: &[StoredEvent],
    heading: &'static str,
    time: fn(&StoredEvent) -> Timestamp,
) -> Table {
    let header = [heading, "type", "action", "recipient", "detail", "id"];
    let mut table = Table::new(&header).stacked_from(2);
    for stored in events {
        let data = &stored.event.data;
        table.row(vec![
            output::moment(time(stored)),
            data.event_type.to_string(),
            data.action.to_string(),
            data.recipient.clone().unwrap_or_default(),
            describe::detail(data),
            stored.event.id.clone(),
        ]);
    }
    table
}

async fn raw(connection: &Connection, events: &[StoredEvent]) -> Result<()> {
    let [event] = events else {
        bail!(
            "{} events match and --raw is for one: name it with --id",
            events.len()
        );
    };
    let bytes = connection.store.raw(event).await;
    let bytes = bytes.with_context(|| format!("cannot read {}", connection.name))?;
    Ok(output::print_raw(&bytes)?)
}

/// What else to try where nothing was found.
fn hint(arguments: &Arguments) -> &'static str {
    if arguments.id.is_some() {
        ": ids are <provider>:<event key>; `mailhooks events` shows the newest"
    } else if arguments.message.is_some() {
        ": a message has the id that its provider gave it; `mailhooks events` shows the newest events"
    } else if arguments.recipient.is_some() {
        ": only events on which somebody must act are found by their recipient; --message finds all of a message"
    } else {
        "; `mailhooks dev --demo` records something in a local stack"
    }
}
