//! Finding events: by query where the table has an index for it, else by reading all of it.

use anyhow::Result;
use ingestion::clock;
use ingestion::store::{Store, StoredEvent};
use jiff::Timestamp;
use normalization::ProviderName;

use super::Arguments;
use crate::output;

/// The events that the arguments name, by the time they happened; where they name none, the newest, the last received first.
pub(super) async fn find(store: &Store, arguments: &Arguments) -> Result<Vec<StoredEvent>> {
    let wanted = Wanted {
        arguments,
        now: clock::now(),
    };
    let mut events = if let Some(message) = &arguments.message {
        of_message(store, message, arguments.provider).await?
    } else if let Some(id) = &arguments.id {
        return scan(store, &wanted, |found| has_id(found, id)).await;
    } else if let Some(recipient) = &arguments.recipient {
        of_recipient(store, recipient).await?
    } else {
        return scan(store, &wanted, |_| false).await;
    };
    events.retain(|stored| wanted.takes(stored));
    events.sort_by(|one, other| {
        (one.event.time, &one.event.id).cmp(&(other.event.time, &other.event.id))
    });
    Ok(events)
}

/// What is shown.
struct Wanted<'a> {
    arguments: &'a Arguments,
    now: Timestamp,
}

impl Wanted<'_> {
    fn takes(&self, stored: &StoredEvent) -> bool {
        let Arguments {
            provider,
            recipient,
            id,
            ..
        } = self.arguments;
        let data = &stored.event.data;
        let same = |address: &String| {
            data.recipient
                .as_ref()
                .is_some_and(|recipient| recipient.to_lowercase() == address.to_lowercase())
        };
        // DynamoDB removes what has expired within days, not at once.
        stored.expires_at.is_none_or(|end| end > self.now)
            && provider.is_none_or(|name| data.provider == name)
            && recipient.as_ref().is_none_or(same)
            && id.as_ref().is_none_or(|id| has_id(stored, id))
    }
}

/// Whether this is the event's id, or what a log has in its place.
fn has_id(stored: &StoredEvent, id: &str) -> bool {
    stored.event.id == id || stored.event.id_for_log() == id
}

async fn of_message(
    store: &Store,
    message: &str,
    provider: Option<ProviderName>,
) -> Result<Vec<StoredEvent>> {
    let bare = message
        .trim()
        .strip_prefix('<')
        .and_then(|inner| inner.strip_suffix('>'));
    let message = bare.unwrap_or(message);
    let mut events = Vec::new();
    for &name in ProviderName::ALL {
        if provider.is_none_or(|provider| provider == name) {
            events.extend(store.timeline(name, message).await?);
        }
    }
    Ok(events)
}

/// The index has neither raw payloads nor the end of an event's stay.
async fn of_recipient(store: &Store, recipient: &str) -> Result<Vec<StoredEvent>> {
    let mut events = Vec::new();
    for found in store.of_recipient(recipient.trim()).await? {
        events.extend(store.event(&found.partition_key, &found.event_key).await?);
    }
    Ok(events)
}

/// Reads the table until `enough` says so of an event, or to its end, and keeps the newest.
async fn scan(
    store: &Store,
    wanted: &Wanted<'_>,
    enough: impl Fn(&StoredEvent) -> bool,
) -> Result<Vec<StoredEvent>> {
    // Counted every six hours only, and for the bar only.
    let size = store.size().await.ok().filter(|size| *size > 0);
    let bar = output::progress(size, "items read");
    let mut newest: Vec<StoredEvent> = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.scan(cursor).await?;
        bar.inc(page.scanned as u64);
        newest.extend(
            page.events
                .into_iter()
                .filter(|stored| wanted.takes(stored)),
        );
        newest.sort_by(|one, other| {
            (other.received_at, &other.event.id).cmp(&(one.received_at, &one.event.id))
        });
        newest.truncate(wanted.arguments.limit);
        cursor = page.next;
        if cursor.is_none() || newest.iter().any(&enough) {
            bar.finish_and_clear();
            return Ok(newest);
        }
    }
}
