//! Prints the events that were found, as text or JSON.

use anyhow::{Context, Result, bail, ensure};
use ingestion::store::{StoredEvent, Unreadable};
use jiff::Timestamp;
use mailhooks_local::summary;
use normalization::Event;
use normalization::state::states;

use super::suppression::Suppression;
use super::{Arguments, rows};
use crate::connect::Connection;
use crate::options::Global;
use crate::output::{self, Table};
use crate::selection::Selection;

/// The most unreadable events that an error names; further ones are only counted.
const NAMED: usize = 5;

pub(super) async fn found(
    events: &[StoredEvent],
    arguments: &Arguments,
    global: &Global,
    connection: &Connection,
) -> Result<()> {
    if let (Some(id), true) = (&arguments.id, events.is_empty()) {
        bail!("{} has no event {id}{}", connection.name, hint(arguments));
    }
    if let (Some(message), true) = (&arguments.message, events.is_empty() && !arguments.selection.is_narrow())
    {
        bail!("{} has no message {message}{}", connection.name, hint(arguments));
    }
    if arguments.raw {
        return raw(connection, events).await;
    }
    if arguments.state && arguments.message.is_some() {
        return states_of(events, global.json);
    }
    // With --json and without --state, only the events are printed.
    let address = arguments.asks_for_a_verdict().filter(|_| arguments.state || !global.json);
    let verdict = match address {
        Some(address) => Some(Suppression::find(connection, address).await?),
        None => None,
    };
    if arguments.csv {
        return rows::print(events);
    }
    if !arguments.state {
        list(events, arguments, global, connection)?;
    }
    match verdict {
        Some(verdict) if arguments.state && global.json => output::print_json(&verdict.object()),
        Some(verdict) if !global.json => {
            let gap = if arguments.state || events.is_empty() { "" } else { "\n" };
            let sentence = output::printable(&verdict.sentence());
            Ok(output::print(&format!("{gap}{sentence}"))?)
        }
        _ => Ok(()),
    }
}

fn list(
    events: &[StoredEvent],
    arguments: &Arguments,
    global: &Global,
    connection: &Connection,
) -> Result<()> {
    if events.is_empty() {
        let narrowed = arguments.names_something() || arguments.selection != Selection::default();
        let found = if narrowed { "has no matching events" } else { "has no events yet" };
        output::remark(&format!("{} {found}{}", connection.name, hint(arguments)));
        return Ok(());
    }
    if global.json {
        return events.iter().try_for_each(|stored| output::print_json(&stored.event));
    }
    let (heading, time): (_, fn(&StoredEvent) -> Timestamp) = if arguments.names_something() {
        ("time", |stored| stored.event.time)
    } else {
        ("received", |stored| stored.received_at)
    };
    Ok(table(events, heading, time).print()?)
}

/// Fails if items were unreadable. The readable ones are printed first, so that a bad item does not hide them.
pub(super) fn all_readable(unreadable: &[Unreadable], connection: &Connection) -> Result<()> {
    let mut named: Vec<_> = unreadable.iter().map(Unreadable::id).take(NAMED).collect();
    if unreadable.len() > NAMED {
        named.push(format!("{} more", unreadable.len() - NAMED));
    }
    ensure!(
        unreadable.is_empty(),
        "{} has items that are not in mailhooks' format and are not shown: {}",
        connection.name,
        named.join(", ")
    );
    Ok(())
}

fn table(events: &[StoredEvent], heading: &'static str, time: fn(&StoredEvent) -> Timestamp) -> Table {
    let header = [heading, "type", "action", "recipient", "detail", "id"];
    let mut table = Table::new(&header);
    for stored in events {
        let data = &stored.event.data;
        table.row(vec![
            output::moment(time(stored)),
            data.event_type.to_string(),
            data.action.to_string(),
            data.recipient.clone().unwrap_or_default(),
            summary::detail(data),
            stored.event.id.clone(),
        ]);
    }
    table
}

async fn raw(connection: &Connection, events: &[StoredEvent]) -> Result<()> {
    let [event] = events else {
        bail!("{} events match, but --raw shows one: select it with --id", events.len());
    };
    let bytes = connection.store.raw(event).await.with_context(|| connection.unreadable())?;
    Ok(output::print_raw(&bytes)?)
}

/// A suggestion for an empty result.
fn hint(arguments: &Arguments) -> &'static str {
    if arguments.id.is_some() {
        ": ids are <provider>:<event key>; `mailhooks events` shows the newest"
    } else if arguments.message.is_some() {
        ": a message has the id that its provider gave it; `mailhooks events` shows the newest events"
    } else if arguments.recipient.is_some() {
        ""
    } else {
        "; `mailhooks dev --demo` records samples in a local stack"
    }
}

/// Prints the state of a message for each recipient.
fn states_of(events: &[StoredEvent], json: bool) -> Result<()> {
    let events: Vec<&Event> = events.iter().map(|stored| &stored.event).collect();
    let mut table = Table::new(&["recipient", "state", "action", "since", "events", "detail", "id"]);
    for state in states(&events) {
        let (event, data) = (state.decisive, &state.decisive.data);
        if json {
            output::print_json(&state)?;
        }
        table.row(vec![
            state.recipient.unwrap_or("(not said)").to_owned(),
            data.event_type.to_string(),
            data.action.to_string(),
            output::moment(event.time),
            match state.events {
                1 => "1 event".to_owned(),
                number => format!("{number} events"),
            },
            summary::detail(data),
            event.id.clone(),
        ]);
    }
    if !json {
        table.print()?;
    }
    Ok(())
}
