//! Finds events as they are recorded, with queries of the index by time.

use std::collections::{HashMap, HashSet};

use futures_util::TryStreamExt;
use ingestion::store::{Found, Received, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use normalization::Key;

/// Most entries of the index read in one query of a shard.
const PAGE: u16 = 1_000;

/// How late an event may appear after a newer one: a receiver has 30 s to record a webhook, and clocks differ.
const LATE: SignedDuration = SignedDuration::from_mins(2);

/// How far the clock of a receiver may be ahead of this machine's, or behind.
pub(crate) const SKEW: SignedDuration = SignedDuration::from_hours(1);

/// The events since a time that were not found before.
#[derive(Clone)]
pub struct News {
    since: Timestamp,
    /// The ids of the events that were found, and when each was received.
    seen: HashMap<String, Timestamp>,
}

impl News {
    /// Finds events that were received from this time on.
    pub fn since(since: Timestamp) -> Self {
        Self { since, seen: HashMap::new() }
    }

    /// Finds events that are recorded from now on. Fails if the table does not answer.
    pub async fn from_now_on(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        let mut news = Self::since(now - SKEW);
        news.unseen(store, now).await?;
        Ok(news)
    }

    /// The events that were recorded since the last call, oldest first. Fails if the table does not answer; then the next call
    /// finds them.
    pub async fn next(&mut self, store: &Store, now: Timestamp) -> Result<Found, StoreError> {
        let before = self.clone();
        let mut new = self.unseen(store, now).await?;
        new.sort_by(|one, other| {
            (one.received_at, &one.key.event).cmp(&(other.received_at, &other.key.event))
        });
        let keys: Vec<_> = new.into_iter().map(|entry| entry.key).collect();
        let found = store.events(&keys).await.inspect_err(|_| *self = before)?;
        // The table is read with eventual consistency, and may lack what its index has already: the next call reads it.
        let is_found: HashSet<_> = found
            .events
            .iter()
            .map(|stored| &stored.key)
            .chain(found.unreadable.iter().map(|one| &one.key))
            .map(Key::event_id)
            .collect();
        for id in keys.iter().map(Key::event_id).filter(|id| !is_found.contains(id)) {
            self.seen.remove(&id);
        }
        Ok(found)
    }

    /// The entries of the index that were not found before.
    async fn unseen(&mut self, store: &Store, now: Timestamp) -> Result<Vec<Received>, StoreError> {
        let pages: Vec<_> = store.received(self.since, now + SKEW, PAGE).try_collect().await?;
        let entries = pages.into_iter().flat_map(|page| page.entries);
        let new: Vec<_> = entries.filter(|entry| !self.seen.contains_key(&entry.key.event_id())).collect();
        self.seen.extend(new.iter().map(|entry| (entry.key.event_id(), entry.received_at)));
        let newest = self.seen.values().max().and_then(|newest| newest.checked_sub(LATE).ok());
        let newest = newest.map_or(self.since, |newest| newest.max(self.since));
        // Without events, the period would grow, and its price with it.
        self.since = newest.max(now - SKEW);
        self.seen.retain(|_, received| *received >= self.since);
        Ok(new)
    }
}
