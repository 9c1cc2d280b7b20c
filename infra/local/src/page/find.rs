//! Finds stored events that are not among the newest, which the page has.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt;
use ingestion::store::{AddressIndex, Found, StoreError, StoredEvent};
use jiff::{SignedDuration, Timestamp};
use normalization::{Action, Key, ProviderName};
use serde::Deserialize;
use serde_json::json;

use super::{Page, entry, error};
use crate::news::SKEW;

/// Most events in one answer.
const MOST: usize = 1_000;

/// Most entries of the index that are looked at for one answer; a day without events counts as one of each of its shards.
const LOOKED_AT: usize = 20_000;

/// The queries of a day.
const OF_A_DAY: usize = 8;

/// Most entries of the index read in one query of a shard.
const PAGE: u16 = 1_000;

/// What to look for. Of the first three, at most one counts.
#[derive(Deserialize)]
pub(super) struct Wanted {
    recipient: Option<String>,
    message: Option<String>,
    id: Option<String>,
    provider: Option<ProviderName>,
    #[serde(rename = "type")]
    event_type: Option<String>,
    action: Option<Action>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// What was found.
#[derive(Default)]
struct Answer {
    /// In no particular order.
    events: Vec<StoredEvent>,
    unreadable: usize,
    /// Where the next search continues; `None` if everything was looked at.
    reached: Option<Timestamp>,
    /// The events that the index does not have, for people.
    lacks: Option<&'static str>,
}

/// Returns the entries of the events that match, newest first.
pub(super) async fn find(State(page): State<Arc<Page>>, Query(wanted): Query<Wanted>) -> Response {
    match page.find(&wanted).await {
        Ok(Answer { mut events, unreadable, reached, lacks }) => {
            events.sort_by(|one, other| {
                (other.received_at, &other.event.id).cmp(&(one.received_at, &one.event.id))
            });
            let is_cut = events.len() > MOST;
            events.truncate(MOST);
            let reached = if is_cut { events.last().map(|stored| stored.received_at) } else { reached };
            let entries: Vec<_> = events.iter().map(entry::stored).collect();
            let answer =
                json!({"entries": entries, "reached": reached, "unreadable": unreadable, "lacks": lacks});
            Json(answer).into_response()
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
            && self.action.is_none_or(|action| data.action == action)
            && self.since.is_none_or(|since| stored.received_at >= since)
            && self.until.is_none_or(|until| stored.received_at < until)
    }
}

impl Page {
    async fn find(&self, wanted: &Wanted) -> Result<Answer, StoreError> {
        let store = &self.sources.store;
        let mut answer = Answer::default();
        if let Some(address) = &wanted.recipient {
            answer.take(wanted, store.of_recipient(address.trim()).await?);
            answer.lacks = Some(match store.address_index() {
                AddressIndex::Mail => "opens, clicks and incoming mail",
                AddressIndex::Actionable => "events without an action",
            });
        } else if let Some(message) = &wanted.message {
            for &provider in ProviderName::ALL {
                answer.take(wanted, store.timeline(provider, message.trim()).await?);
            }
        } else {
            self.find_in_period(wanted, &mut answer).await?;
        }
        Ok(answer)
    }

    async fn find_in_period(&self, wanted: &Wanted, answer: &mut Answer) -> Result<(), StoreError> {
        let store = &self.sources.store;
        let now = self.sources.clock.now();
        // No event is older, apart from those that DynamoDB is slow to delete.
        let first = now - SignedDuration::from_hours(24 * i64::from(store.retention_days()));
        let since = wanted.since.map_or(first, |since| since.max(first));
        let mut looked_at = 0;
        let mut pages = store.received(since, wanted.until.unwrap_or(now + SKEW), PAGE);
        while let Some(page) = pages.try_next().await? {
            looked_at += page.entries.len().max(OF_A_DAY);
            let last = page.entries.last().map(|entry| entry.received_at);
            let keys: Vec<Key> = page.entries.into_iter().map(|entry| entry.key).collect();
            let is_it = |key: &&Key| wanted.id.as_ref().is_none_or(|id| key.event_id() == *id);
            let keys: Vec<Key> = keys.iter().filter(is_it).cloned().collect();
            answer.take(wanted, store.events(&keys).await?);
            if wanted.id.is_some() && !answer.events.is_empty() {
                return Ok(());
            }
            if let Some(last) = last.filter(|_| answer.events.len() > MOST || looked_at > LOOKED_AT) {
                answer.reached = Some(last);
                return Ok(());
            }
        }
        Ok(())
    }
}

impl Answer {
    fn take(&mut self, wanted: &Wanted, found: Found) {
        self.unreadable += found.unreadable.len();
        self.events.extend(found.events.into_iter().filter(|stored| wanted.takes(stored)));
    }
}
