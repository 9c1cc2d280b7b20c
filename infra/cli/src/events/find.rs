//! Finds the events that the arguments select.

use anyhow::Result;
use ingestion::store::{Found, StoredEvent};

use super::wanted::Wanted;
use super::{Arguments, by_id, message, recipient};
use crate::connect::Connection;
use crate::reading::{self, Collector};

/// Finds the events that match the arguments. Events of a message are in the order of their time; others are the newest, last
/// first.
pub(super) async fn find(connection: &Connection, arguments: &Arguments) -> Result<Found> {
    let wanted = Wanted::new(arguments);
    if let Some(id) = &arguments.id {
        let found = by_id::find(connection, id, arguments).await?;
        return Ok(wanted.among(found));
    }
    if let Some(message) = &arguments.message {
        let found = message::find(connection, message, arguments.selection.provider).await?;
        let mut found = wanted.among(found);
        found
            .events
            .sort_by(|one, other| (one.event.time, &one.event.id).cmp(&(other.event.time, &other.event.id)));
        return Ok(found);
    }
    if let Some(address) = &arguments.recipient {
        return recipient::find(connection, address, &wanted).await;
    }
    let mut newest = Newest { wanted, events: Vec::new() };
    let unreadable = reading::read(connection, arguments.reading(), &mut newest).await?;
    newest.sort();
    Ok(Found { events: newest.events, unreadable })
}

/// Collects the newest events.
struct Newest<'a> {
    wanted: Wanted<'a>,
    events: Vec<StoredEvent>,
}

impl Newest<'_> {
    fn sort(&mut self) {
        self.events.sort_by(|one, other| {
            (other.received_at, &other.event.id).cmp(&(one.received_at, &one.event.id))
        });
        self.events.truncate(self.wanted.arguments.limit());
    }
}

impl Collector for Newest<'_> {
    fn take(&mut self, stored: StoredEvent) {
        let limit = self.wanted.arguments.limit();
        if self.wanted.takes(&stored) {
            self.events.push(stored);
        }
        // In no particular order, older events may have come first.
        if self.events.len() > limit.saturating_mul(2).saturating_add(1_000) {
            self.sort();
        }
    }

    fn has_enough(&self) -> bool {
        self.events.len() >= self.wanted.arguments.limit()
    }

    fn restart(&mut self) {
        self.events.clear();
    }
}
