//! The newest entries, which the page lists. Limited to the number that a browser can show smoothly.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::watch;

/// Most entries kept: about 20 MB, and the page can scroll through them without delay.
pub(super) const KEPT: usize = 20_000;

/// Most requests that were not accepted and are kept with their headers and the start of their body.
const KEPT_REQUESTS: usize = 200;

/// One entry as JSON for the page, with its number. Numbers increase by one; entries of earlier runs have negative
/// numbers.
#[derive(Clone)]
struct Entry {
    seq: i64,
    json: Arc<RawValue>,
}

/// The version of the timeline. Followers wait for it to change, so that a slow one does not block a receiver.
#[derive(Clone, Copy, Default)]
pub(super) struct Mark {
    pub(super) newest: i64,
    /// Whether the entries of earlier runs have been added.
    pub(super) history_read: bool,
    /// Counts the changes of [`Timeline::trouble`].
    pub(super) troubles: u64,
    pub(super) stopping: bool,
}

#[derive(Default)]
pub(super) struct Timeline {
    kept: Mutex<Kept>,
    mark: watch::Sender<Mark>,
}

#[derive(Default)]
struct Kept {
    /// Oldest first.
    entries: VecDeque<Entry>,
    requests: VecDeque<(i64, Value)>,
    /// Why entries of earlier runs are missing.
    problem: Option<String>,
    /// Why new events cannot be read now.
    trouble: Option<String>,
}

/// The entries after a given one.
pub(super) struct News {
    /// Oldest first.
    pub(super) entries: Vec<Arc<RawValue>>,
    /// The number of the last entry.
    pub(super) last: i64,
    /// Whether entries are missing because they are no longer kept.
    pub(super) gaps: bool,
}

impl Timeline {
    /// Adds entries, oldest first. The entry of a request that was not accepted comes with its details.
    pub(super) fn push(&self, entries: Vec<Value>, request: Option<Value>) {
        let mut kept = self.kept();
        let mut newest = self.mark.borrow().newest;
        for entry in entries {
            newest += 1;
            kept.entries.extend(Entry::new(newest, entry));
        }
        if let Some(request) = request {
            kept.requests.push_back((newest, request));
        }
        let surplus = kept.entries.len().saturating_sub(KEPT);
        kept.entries.drain(..surplus);
        let surplus = kept.requests.len().saturating_sub(KEPT_REQUESTS);
        kept.requests.drain(..surplus);
        self.mark.send_modify(|mark| mark.newest = newest);
    }

    /// Adds entries of earlier runs, newest first, up to the limit, and the reason if some are missing.
    pub(super) fn add_history(&self, entries: Vec<Value>, problem: Option<String>) {
        let mut kept = self.kept();
        kept.problem = problem;
        let room = KEPT.saturating_sub(kept.entries.len());
        for (number, entry) in (1..).zip(entries.into_iter().take(room)) {
            if let Some(entry) = Entry::new(-number, entry) {
                kept.entries.push_front(entry);
            }
        }
        self.mark.send_modify(|mark| mark.history_read = true);
    }

    /// At most `limit` entries older than this one, newest first; the number to continue from, if there are more; and
    /// why entries of earlier runs are missing.
    pub(super) fn before(
        &self,
        before: Option<i64>,
        limit: usize,
    ) -> (Vec<Arc<RawValue>>, Option<i64>, Option<String>) {
        let kept = self.kept();
        let end = before
            .map_or(kept.entries.len(), |before| kept.entries.partition_point(|entry| entry.seq < before));
        let start = end.saturating_sub(limit);
        let page: Vec<&Entry> = kept.entries.range(start..end).rev().collect();
        let next = page.last().map(|entry| entry.seq).filter(|_| start > 0);
        (page.into_iter().map(|entry| Arc::clone(&entry.json)).collect(), next, kept.problem.clone())
    }

    /// At most `limit` entries newer than this one.
    pub(super) fn after(&self, after: i64, limit: usize) -> News {
        let kept = self.kept();
        let start = kept.entries.partition_point(|entry| entry.seq <= after);
        let end = kept.entries.len().min(start.saturating_add(limit));
        let news: Vec<&Entry> = kept.entries.range(start..end).collect();
        News {
            gaps: news.first().is_some_and(|entry| entry.seq > after + 1),
            last: news.last().map_or(after, |entry| entry.seq),
            entries: news.iter().map(|entry| Arc::clone(&entry.json)).collect(),
        }
    }

    /// The details of a request that was not accepted, if they are still kept.
    pub(super) fn request(&self, seq: i64) -> Option<Value> {
        let kept = self.kept();
        kept.requests.iter().find(|(number, _)| *number == seq).map(|(_, request)| request.clone())
    }

    /// Why new events cannot be read now; `None` if they can.
    pub(super) fn trouble(&self) -> Option<String> {
        self.kept().trouble.clone()
    }

    /// Says whether new events can be read now.
    pub(super) fn set_trouble(&self, trouble: Option<String>) {
        let mut kept = self.kept();
        let changed = kept.trouble != trouble;
        kept.trouble = trouble;
        drop(kept);
        if changed {
            self.mark.send_modify(|mark| mark.troubles += 1);
        }
    }

    /// Notifies of changes.
    pub(super) fn watch(&self) -> watch::Receiver<Mark> {
        self.mark.subscribe()
    }

    pub(super) fn stop(&self) {
        self.mark.send_modify(|mark| mark.stopping = true);
    }

    /// Ignores poisoning: a panic elsewhere leaves the data consistent.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn new(seq: i64, mut entry: Value) -> Option<Self> {
        entry.as_object_mut()?.insert("seq".to_owned(), seq.into());
        let json = to_raw_value(&entry).ok()?.into();
        Some(Self { seq, json })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn numbers(entries: &[Arc<RawValue>]) -> Vec<i64> {
        let parse = |entry: &Arc<RawValue>| serde_json::from_str::<Value>(entry.get()).unwrap();
        entries.iter().map(|entry| parse(entry)["seq"].as_i64().unwrap()).collect()
    }

    #[test]
    fn history_comes_before_what_happened_since() {
        let timeline = Timeline::default();
        timeline.push(vec![json!({"n": "first"}), json!({"n": "second"})], None);
        timeline.add_history(vec![json!({"n": "yesterday"}), json!({"n": "long ago"})], None);
        let (page, next, _) = timeline.before(None, 3);
        assert_eq!((numbers(&page), next), (vec![2, 1, -1], Some(-1)));
        let (page, next, _) = timeline.before(next, 3);
        assert_eq!((numbers(&page), next), (vec![-2], None));
    }

    #[test]
    fn it_does_not_grow_and_says_so_to_who_is_too_slow() {
        let timeline = Timeline::default();
        timeline.push(vec![json!({}); 10], None);
        let news = timeline.after(4, 100);
        assert_eq!((news.entries.len(), news.last, news.gaps), (6, 10, false));
        timeline.push(vec![json!({}); KEPT], None);
        let news = timeline.after(4, 100);
        assert_eq!((news.entries.len(), news.last, news.gaps), (100, 110, true));
        timeline.add_history(vec![json!({})], None);
        assert_eq!(timeline.after(-1_000, usize::MAX).entries.len(), KEPT);
    }

    #[test]
    fn only_the_last_requests_are_kept() {
        let timeline = Timeline::default();
        for number in 0..=KEPT_REQUESTS {
            timeline.push(vec![json!({})], Some(json!(number)));
        }
        assert_eq!(timeline.request(1), None);
        assert_eq!(timeline.request(2), Some(json!(1)));
    }
}
