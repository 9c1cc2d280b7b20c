//! Reads the events and announcements of earlier runs when the page is first opened.

use std::sync::Arc;

use futures_util::TryStreamExt;
use ingestion::store::{Found, Scan, StoreError, StoredEvent};
use jiff::SignedDuration;
use serde_json::Value;

use super::timeline::KEPT;
use super::{Page, entry};
use crate::engines::Announcement;
use crate::news::SKEW;

/// Most events read of a deployed stack: the page finds others when asked.
const OF_DEPLOYED: usize = 2_000;

/// Most entries of the index read in one query of a shard.
const PAGE: u16 = 1_000;

impl Page {
    /// Starts reading the history, unless an earlier call has.
    pub(super) fn read_history(self: &Arc<Self>) {
        if self.history.set(()).is_err() {
            return;
        }
        let page = Arc::clone(self);
        let mut mark = self.timeline.watch();
        tokio::spawn(async move {
            let reading = async {
                let (stored, problem) = match page.stored().await {
                    Ok(Found { events, unreadable }) if unreadable.is_empty() => (events, None),
                    Ok(Found { events, unreadable }) => {
                        let number = unreadable.len();
                        (events, Some(format!("{number} items of the table are not in mailhooks' format")))
                    }
                    Err(problem) => (Vec::new(), Some(problem.to_string())),
                };
                let entries = merge(&stored, &page.announced_before());
                page.timeline.add_history(entries, problem);
            };
            tokio::select! {
                () = reading => {}
                _ = mark.wait_for(|mark| mark.stopping) => {}
            }
        });
    }

    /// The newest stored events that were received before this run.
    async fn stored(&self) -> Result<Found, StoreError> {
        if self.sources.local.is_some() { self.scanned().await } else { self.queried().await }
    }

    /// Those of a local stack, whose table is small. An older version may have written events that the index by time lacks.
    async fn scanned(&self) -> Result<Found, StoreError> {
        let (mut newest, mut unreadable) = (Vec::new(), Vec::new());
        let mut pages = self.sources.store.pages(Scan::default());
        while let Some(page) = pages.try_next().await? {
            unreadable.extend(page.found.unreadable);
            let before = page.found.events.into_iter().filter(|stored| stored.received_at < self.started);
            newest.extend(before);
            if newest.len() > 2 * KEPT {
                keep_newest(&mut newest);
            }
        }
        keep_newest(&mut newest);
        Ok(Found { events: newest, unreadable })
    }

    /// Those of a deployed stack, through the index by time.
    async fn queried(&self) -> Result<Found, StoreError> {
        let store = &self.sources.store;
        let mut all = Found::default();
        let longest = SignedDuration::from_hours(24 * i64::from(store.retention_days()));
        // The page leaves out what it has as news.
        let mut pages = store.received(self.started - longest, self.started + SKEW, PAGE);
        while let Some(page) = pages.try_next().await? {
            let room = OF_DEPLOYED - all.events.len();
            let keys: Vec<_> = page.entries.into_iter().take(room).map(|entry| entry.key).collect();
            let found = store.events(&keys).await?;
            all.events.extend(found.events);
            all.unreadable.extend(found.unreadable);
            if all.events.len() >= OF_DEPLOYED {
                break;
            }
        }
        Ok(all)
    }

    /// The newest announcements before this run, newest first.
    fn announced_before(&self) -> Vec<Announcement> {
        let Some(local) = &self.sources.local else { return Vec::new() };
        let mut announced = local.announced.after(0);
        announced.truncate(self.announced_at_start);
        announced.reverse();
        announced.truncate(KEPT);
        announced
    }
}

fn keep_newest(events: &mut Vec<StoredEvent>) {
    events.sort_by(|one, other| (other.received_at, &other.event.id).cmp(&(one.received_at, &one.event.id)));
    events.truncate(KEPT);
}

/// Merges both into one list, newest first.
fn merge(stored: &[StoredEvent], announced: &[Announcement]) -> Vec<Value> {
    let events = stored.iter().map(|stored| (stored.received_at, entry::stored(stored)));
    let announcements =
        announced.iter().map(|announcement| (announcement.published_at, entry::announcement(announcement)));
    let mut all: Vec<_> = events.chain(announcements).collect();
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    all.into_iter().map(|(_, entry)| entry).collect()
}
