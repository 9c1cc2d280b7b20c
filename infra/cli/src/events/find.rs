//! Finds events: with a query if the table has an index for it, otherwise by reading the whole table.

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use indicatif::ProgressBar;
use ingestion::clock;
use ingestion::store::{Found, Store, StoredEvent};
use jiff::Timestamp;
use normalization::{Event, ProviderName, lookup_form};

use super::Arguments;
use crate::connect::Connection;
use crate::output;

/// Finds the events that match the arguments and were received since `since`. Events of a message, recipient or id are
/// in order of their time; otherwise the result is the newest events, last received first.
pub(super) async fn find(
    connection: &Connection,
    arguments: &Arguments,
    since: Option<Timestamp>,
) -> Result<Found> {
    let wanted = Wanted { arguments, since, now: clock::now() };
    wanted.find(&connection.store).await.with_context(|| connection.unreadable())
}

/// The selection of events.
struct Wanted<'a> {
    arguments: &'a Arguments,
    since: Option<Timestamp>,
    now: Timestamp,
}

impl Wanted<'_> {
    async fn find(&self, store: &Store) -> Result<Found> {
        let Self { arguments, since, .. } = *self;
        let mut found = if let Some(message) = &arguments.message {
            of_message(store, message, arguments.selection.provider).await?
        } else if let Some(id) = &arguments.id {
            scan(store, self, |found| has_id(found, id)).await?
        } else if let Some(recipient) = &arguments.recipient {
            of_recipient(store, recipient, since).await?
        } else {
            return scan(store, self, |_| false).await;
        };
        if let Some(id) = &arguments.id {
            // With --id, other events that cannot be read are not reported.
            found.unreadable.retain(|unreadable| unreadable.id() == *id);
        }
        found.events.retain(|stored| self.takes(stored));
        found
            .events
            .sort_by(|one, other| (one.event.time, &one.event.id).cmp(&(other.event.time, &other.event.id)));
        Ok(found)
    }

    fn takes(&self, stored: &StoredEvent) -> bool {
        let Arguments { selection, recipient, id, .. } = self.arguments;
        // DynamoDB may take days to delete an expired item.
        stored.expires_at.is_none_or(|end| end > self.now)
            && self.since.is_none_or(|since| stored.received_at >= since)
            && selection.takes(stored)
            && recipient.as_ref().is_none_or(|address| is_about(&stored.event, address))
            && id.as_ref().is_none_or(|id| has_id(stored, id))
    }
}

/// Whether this is the event's id, or the form of the id that logs contain.
fn has_id(stored: &StoredEvent, id: &str) -> bool {
    stored.event.id == id || stored.event.id_for_log() == id
}

async fn of_message(store: &Store, message: &str, provider: Option<ProviderName>) -> Result<Found> {
    let bare = message.trim().strip_prefix('<').and_then(|inner| inner.strip_suffix('>'));
    let message = bare.unwrap_or(message);
    let mut all = Found::default();
    for &name in ProviderName::ALL {
        if provider.is_none_or(|provider| provider == name) {
            let found = store.timeline(name, message).await?;
            all.events.extend(found.events);
            all.unreadable.extend(found.unreadable);
        }
    }
    Ok(all)
}

/// Whether an event is about this address, compared by its lookup form, so that the spelling does not matter.
pub(super) fn is_about(event: &Event, address: &str) -> bool {
    event.data.recipient.as_deref().is_some_and(|one| lookup_form(one) == lookup_form(address.trim()))
}

/// Reads the whole table for all events about an address, in any message.
pub(super) async fn all_about(store: &Store, address: &str) -> Result<Vec<Event>> {
    let bar = output::progress(None, "items read");
    let now = clock::now();
    let mut events = Vec::new();
    let mut pages = store.pages(None, None);
    while let Some(page) = pages.try_next().await? {
        bar.inc(page.scanned as u64);
        let current = page.found.events.into_iter().filter(|one| one.expires_at.is_none_or(|end| end > now));
        events.extend(current.map(|stored| stored.event).filter(|event| is_about(event, address)));
    }
    bar.finish_and_clear();
    Ok(events)
}

/// Queries the index, then reads each event from the table: the index lacks raw payloads and expiry times.
async fn of_recipient(store: &Store, recipient: &str, since: Option<Timestamp>) -> Result<Found> {
    let mut found = store.of_recipient(recipient.trim()).await?;
    let mut events = Vec::new();
    for known in found.events {
        if since.is_none_or(|since| known.received_at >= since) {
            events.extend(store.event(&known.key).await?);
        }
    }
    found.events = events;
    Ok(found)
}

/// Reads the table until an event satisfies `enough`, or to its end, and keeps the newest matching events.
async fn scan(store: &Store, wanted: &Wanted<'_>, enough: impl Fn(&StoredEvent) -> bool) -> Result<Found> {
    let bar = if wanted.arguments.follow {
        ProgressBar::hidden()
    } else {
        // DynamoDB updates this count only every six hours, which is enough for a progress bar.
        let size = store.size().await.ok().map(|size| size.items);
        output::progress(size.filter(|size| *size > 0), "items read")
    };
    let mut newest = Found::default();
    let mut pages = store.pages(None, wanted.since);
    while let Some(page) = pages.try_next().await? {
        bar.inc(page.scanned as u64);
        newest.unreadable.extend(page.found.unreadable);
        let events = page.found.events.into_iter();
        newest.events.extend(events.filter(|stored| wanted.takes(stored)));
        newest.events.sort_by(|one, other| {
            (other.received_at, &other.event.id).cmp(&(one.received_at, &one.event.id))
        });
        newest.events.truncate(wanted.arguments.limit());
        if newest.events.iter().any(&enough) {
            break;
        }
    }
    bar.finish_and_clear();
    Ok(newest)
}
