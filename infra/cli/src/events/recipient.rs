//! Finds the events about an address.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use ingestion::store::{Found, StoredEvent};
use normalization::{Event, EventType, lookup_form};

use super::wanted::Wanted;
use crate::connect::Connection;
use crate::reading;
use crate::selection::Selection;

/// Messages that are looked up at the same time.
const CONCURRENT: usize = 10;

/// Most events of the index whose messages are looked up.
const MOST_MESSAGES: usize = 1_000;

/// Finds the newest events about an address, last first: those of the index, and the opens and clicks of their messages, which the
/// index does not have.
pub(super) async fn find(connection: &Connection, address: &str, wanted: &Wanted<'_>) -> Result<Found> {
    let limit = wanted.arguments.limit();
    reading::check_by_recipient(connection).await?;
    let mut found = indexed(connection, address).await?;
    let selection = &wanted.arguments.selection;
    found.events.retain(|stored| selection.is_in_period(stored));
    // An open or click that is selected may belong to any of the messages.
    let selects = *selection != Selection::default();
    let looked_at = if selects { MOST_MESSAGES } else { limit.min(MOST_MESSAGES) };
    let messages: BTreeSet<String> =
        found.events.iter().take(looked_at).map(|stored| stored.key.partition.clone()).collect();
    let indexed: BTreeSet<_> = found.events.iter().map(|stored| stored.event.id.clone()).collect();
    let mut timelines = stream::iter(messages)
        .map(|message| async move { connection.store.under(&message).await })
        .buffered(CONCURRENT);
    let mut events = Vec::new();
    while let Some(timeline) = timelines.try_next().await.with_context(|| connection.unreadable())? {
        let about = about(&timeline.events, address);
        let in_index = |stored: &StoredEvent| indexed.contains(&stored.event.id);
        let of_message = timeline.events.into_iter();
        events.extend(of_message.filter(|stored| in_index(stored) || about.contains(&stored.event.id)));
    }
    events.retain(|stored| wanted.takes(stored));
    events.sort_by(|one, other| (other.event.time, &other.event.id).cmp(&(one.event.time, &one.event.id)));
    events.truncate(limit);
    Ok(Found { events, unreadable: found.unreadable })
}

/// The events of the index about an address, the last that happened first, without raw payloads.
pub(super) async fn indexed(connection: &Connection, address: &str) -> Result<Found> {
    connection.store.of_recipient(address.trim()).await.with_context(|| connection.unreadable())
}

/// Whether an event is about this address, compared by its lookup form, so that the spelling does not matter.
pub(super) fn is_about(event: &Event, address: &str) -> bool {
    event.data.recipient.as_deref().is_some_and(|one| lookup_form(one) == lookup_form(address.trim()))
}

/// The ids of the opens and clicks of a message that are about the address: those that name it, and those without an address if the
/// message has no other recipient.
fn about(timeline: &[StoredEvent], address: &str) -> BTreeSet<String> {
    let form = lookup_form(address.trim());
    let recipient = |event: &Event| event.data.recipient.as_deref().map(lookup_form);
    let is_alone = timeline.iter().filter_map(|stored| recipient(&stored.event)).all(|other| other == form);
    let engagements = timeline
        .iter()
        .map(|stored| &stored.event)
        .filter(|event| [EventType::EmailOpened, EventType::EmailClicked].contains(&event.data.event_type));
    let about = engagements.filter(|event| match recipient(event) {
        Some(other) => other == form,
        None => is_alone,
    });
    about.map(|event| event.id.clone()).collect()
}
