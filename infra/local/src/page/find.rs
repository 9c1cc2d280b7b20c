//! Finds stored events that are not among the newest, which the page has.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt;
use ingestion::store::{Found, StoreError, StoredEvent};
use jiff::{SignedDuration, Timestamp};
use normalization::{Key, ProviderName};
use serde::Deserialize;
use serde_json::json;

use super::{Page, entry, error};

/// Most events in one answer.
const MOST: usize = 1_000;

/// Most events of a period that are looked at: a read of each costs half a read unit.
const LOOKED_AT: usize = 20_000;

/// Most entries of the index read in one query of a shard.
const PAGE: u16 = 1_000;

/// How far a receiver's clock may be ahead.
const SKEW: SignedDuration = SignedDuration::from_hours(1);

/// What to look for. Of the first three, at most one counts.
#[derive(Deserialize)]
pub(super) struct Wanted {
    recipient: Option<String>,
    message: Option<String>,
    id: Option<String>,
    provider: Option<ProviderName>,
    #[serde(rename = "type")]
    event_type: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// The events that were found, the newest first.
struct Result {
    events: Vec<StoredEvent>,
    /// Whether older events were not looked at.
    is_partial: bool,
}

/// Returns the entries of the events that match.
pub(super) async fn find(State(page): State<Arc<Page>>, Query(wanted): Query<Wanted>) -> Response {
    match page.find(&wanted).await {
        Ok(Result { mut events, is_partial }) => {
            events.retain(|stored| wanted.takes(stored));
            events.sort_by(|one, other| {
                (other.received_at, &other.event.id).cmp(&(one.received_at, &one.event.id))
            });
            let is_cut = events.len() > MOST;
            events.truncate(MOST);
            let entries: Vec<_> = events.iter().map(entry::stored).collect();
            Json(json!({"entries": entries, "is_partial": is_partial || is_cut})).into_response()
        }
        Err(problem) => error::failed(&problem),
    }
}

impl Wanted {
    fn takes(&self, stored: &StoredEvent) -> bool {
        let data = &stored.event.data;
        let is_of = |word: &String| {
            data.event_type.as_str() == word || data.provider_type.as_deref() == Some(word.as_str())
        };
        self.provider.is_none_or(|provider| data.provider == provider)
            && self.event_type.as_ref().is_none_or(is_of)
            && self.since.is_none_or(|since| stored.received_at >= since)
            && self.until.is_none_or(|until| stored.received_at < until)
    }

    fn has_id(&self, key: &Key) -> bool {
        self.id.as_ref().is_some_and(|id| key.event_id() == *id)
    }
}

impl Page {
    async fn find(&self, wanted: &Wanted) -> std::result::Result<Result, StoreError> {
        let store = &self.sources.store;
        let all = |found: Found| Result { events: found.events, is_partial: false };
        if let Some(address) = &wanted.recipient {
            return Ok(all(store.of_recipient(address.trim()).await?));
        }
        if let Some(message) = &wanted.message {
            let mut events = Vec::new();
            for &provider in ProviderName::ALL {
                events.extend(store.timeline(provider, message.trim()).await?.events);
            }
            return Ok(Result { events, is_partial: false });
        }
        self.find_in_period(wanted).await
    }

    async fn find_in_period(&self, wanted: &Wanted) -> std::result::Result<Result, StoreError> {
        let store = &self.sources.store;
        let now = self.sources.clock.now();
        let until = wanted.until.unwrap_or(now + SKEW);
        // The longest time that events are kept by default.
        let since = wanted.since.unwrap_or(now - SignedDuration::from_hours(180 * 24));
        let mut events = Vec::new();
        let mut looked_at = 0;
        let mut pages = store.received(since, until, PAGE);
        while let Some(page) = pages.try_next().await? {
            let of_period = page.entries.into_iter().map(|entry| entry.key);
            let keys: Vec<Key> = of_period.filter(|key| wanted.id.is_none() || wanted.has_id(key)).collect();
            looked_at += keys.len();
            let found = store.events(&keys).await?.events;
            events.extend(found.into_iter().filter(|stored| wanted.takes(stored)));
            if events.len() > MOST || looked_at > LOOKED_AT {
                return Ok(Result { events, is_partial: true });
            }
            if wanted.id.is_some() && !events.is_empty() {
                break;
            }
        }
        Ok(Result { events, is_partial: false })
    }
}
