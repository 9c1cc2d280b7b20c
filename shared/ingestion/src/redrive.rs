//! Announces recorded events that were not announced with their webhooks, because a topic or the function failed.

use std::fmt;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use normalization::{Event, id_for_log};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::announce::{Announced, Pending, announce};
use crate::clock::{Clock, Deadline};
use crate::failure::{Failure, flatten};
use crate::log::Log;
use crate::metric::Metric;
use crate::notifier::Notifier;
use crate::store::{Cursor, Shard, Store, Waiting};
use crate::watch::Watch;

/// How long an event waits before the redrive takes it: its webhook may still be processed (30 s, the longest timeout).
const PATIENCE: Duration = Duration::from_mins(1);

/// Keys read per page: ten calls of `PublishBatch`.
const PAGE: u16 = 100;

/// Bytes of events announced together; the last event may exceed it. Messages and calls need the same amount again, and the
/// function has 128 MB.
const MAX_BYTES: usize = 4 << 20;

/// Concurrent reads. [`MAX_BYTES`] may be exceeded by as many events of up to 400 KB.
const CONCURRENT_READS: usize = 10;

/// The most failures named in a log line.
const MAX_NAMED: usize = 20;

/// Announces waiting events. Two runs at once are harmless: both may announce an event, under the same id.
pub struct Redrive {
    store: Store,
    notifier: Notifier,
    clock: Clock,
    log: Log,
    watch: Watch,
    // Where a run stopped for lack of time. The next run continues there, so that failing events do not block those behind them.
    stopped: Mutex<Position>,
}

#[derive(Clone, Default)]
struct Position {
    shard: Shard,
    cursor: Option<Cursor>,
}

/// The result of a run.
#[derive(Debug, Default)]
pub struct RedriveReport {
    /// Events that were announced and settled.
    pub redriven: usize,
    /// Events that failed, without those for which the time was up.
    pub failures: Vec<RedriveFailure>,
    /// How long the oldest event had waited when the run began; `None` if no event is known to wait.
    pub oldest: Option<Duration>,
    /// Whether every waiting event was visited.
    pub finished: bool,
}

/// An event that could not be announced.
#[derive(Clone, Eq, PartialEq)]
pub struct RedriveFailure {
    /// The event's id; `None` if a part of the index could not be read.
    pub id: Option<String>,
    /// The reason.
    pub reason: String,
}

impl fmt::Debug for RedriveFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RedriveFailure")
            .field("id", &self.id.as_deref().map(id_for_log))
            .field("reason", &self.reason)
            .finish()
    }
}

impl Redrive {
    /// A redrive that uses these services.
    pub fn new(store: Store, notifier: Notifier, clock: Clock, log: Log) -> Self {
        Self { store, notifier, clock, log, watch: Watch::default(), stopped: Mutex::default() }
    }

    /// The same redrive, which also reports whether these providers send anything.
    #[must_use]
    pub fn watching(self, providers: Vec<String>) -> Self {
        Self { watch: Watch::new(providers), ..self }
    }

    /// Announces every event that has waited for more than a minute, until none is left or the time is up, and writes a log line.
    pub async fn run(&self, time: Duration) -> RedriveReport {
        let deadline = Deadline::after(time);
        let now = self.clock.now();
        let mut report = RedriveReport::default();
        report.oldest = self.oldest(now, deadline, &mut report).await;
        report.finished = match report.oldest {
            Some(waited) if waited > PATIENCE => self.walk(now - PATIENCE, deadline, &mut report).await,
            _ => !deadline.has_passed() && report.failures.is_empty(),
        };
        self.log.write(&line(&self.log, now, &report));
        self.watch.run(&self.store, &self.log, now, deadline).await;
        report
    }

    /// How long the oldest event has waited.
    async fn oldest(
        &self,
        now: Timestamp,
        deadline: Deadline,
        report: &mut RedriveReport,
    ) -> Option<Duration> {
        let mut oldest = None;
        for shard in Shard::default().all_from() {
            match flatten(deadline.run(self.store.oldest_waiting_in(shard)).await) {
                Ok(first) => oldest = first.into_iter().chain(oldest).min(),
                Err(failure) => report.add(None, &failure),
            }
        }
        let waited = now.duration_since(oldest?);
        Some(Duration::try_from(waited).unwrap_or_default())
    }

    /// Visits every shard once, from where the last run stopped. Returns whether it finished and could read all of them.
    async fn walk(&self, before: Timestamp, deadline: Deadline, report: &mut RedriveReport) -> bool {
        let mut stopped = self.stopped.lock().await;
        let start = std::mem::take(&mut *stopped);
        let mut cursor = start.cursor;
        let mut whole = true;
        for shard in start.shard.all_from() {
            loop {
                let page = self.store.waiting(shard, before, cursor.clone(), PAGE);
                let next = match flatten(deadline.run(page).await) {
                    Ok((waiting, next)) => {
                        let taken = self.announce(&waiting, deadline, report).await;
                        let last = waiting.get(..taken).and_then(<[_]>::last);
                        if taken < waiting.len() { last.map(Waiting::behind) } else { next }
                    }
                    Err(failure) => {
                        report.add(None, &failure);
                        whole = false;
                        None
                    }
                };
                if deadline.has_passed() {
                    // This page may be unfinished.
                    *stopped = Position { shard, cursor };
                    return false;
                }
                cursor = next;
                if cursor.is_none() {
                    break;
                }
            }
        }
        whole
    }

    /// Announces events from the start of a page up to [`MAX_BYTES`], and returns how many of the page it took.
    async fn announce(&self, page: &[Waiting], deadline: Deadline, report: &mut RedriveReport) -> usize {
        let (mut taken, mut bytes) = (0, 0);
        let mut events: Vec<(&Waiting, Event)> = Vec::new();
        for part in page.chunks(CONCURRENT_READS) {
            if bytes >= MAX_BYTES {
                break;
            }
            let reads: Vec<_> =
                part.iter().map(|waiting| deadline.run(self.store.waiting_event(waiting))).collect();
            let reads: Vec<_> = stream::iter(reads).buffered(CONCURRENT_READS).collect().await;
            for (waiting, event) in part.iter().zip(reads) {
                match flatten(event) {
                    Ok(None) => {}
                    Ok(Some((event, size))) => {
                        bytes += size;
                        events.push((waiting, event));
                    }
                    Err(failure) => report.add(Some(waiting.id()), &failure),
                }
            }
            taken += part.len();
        }
        self.settle(&events, deadline, report).await;
        taken
    }

    async fn settle(&self, events: &[(&Waiting, Event)], deadline: Deadline, report: &mut RedriveReport) {
        let pending: Vec<_> =
            events.iter().map(|(waiting, event)| Pending { key: &waiting.key, event }).collect();
        let announced = announce(&self.store, &self.notifier, &pending, deadline).await;
        for (pending, announced) in pending.iter().zip(&announced) {
            match announced {
                Announced::Settled => report.redriven += 1,
                Announced::Unsettled(failure) | Announced::Failed(failure) => {
                    report.add(Some(pending.event.id.clone()), failure);
                }
            }
        }
    }
}

impl RedriveReport {
    fn add(&mut self, id: Option<String>, failure: &Failure) {
        // Running out of time is not a failure: the next run continues.
        if !failure.is_out_of_time() {
            self.failures.push(RedriveFailure { id, reason: failure.to_string() });
        }
    }
}

/// The log line. Its metrics have no dimension, because events of all providers wait in one index.
fn line(log: &Log, now: Timestamp, report: &RedriveReport) -> Value {
    let mut counts = vec![
        (Metric::Redriven, report.redriven as u64),
        (Metric::RedriveFailed, report.failures.len() as u64),
    ];
    // Only a finished run knows that no event waits.
    let none = report.finished.then_some(Duration::ZERO);
    if let Some(waited) = report.oldest.or(none) {
        counts.push((Metric::OldestUnannouncedSeconds, waited.as_secs()));
    }
    let metrics: Vec<Metric> = counts.iter().map(|(metric, _)| *metric).collect();
    let named = report.failures.iter().take(MAX_NAMED);
    let failures = named.map(
        |RedriveFailure { id, reason }| json!({"event": id.as_deref().map(id_for_log), "reason": reason}),
    );
    let mut line = json!({
        "_aws": log.metric_directive(now, &[], &metrics),
        "outcome": "redriven",
        "finished": report.finished,
        "failures": failures.collect::<Vec<_>>(),
    });
    if let Value::Object(line) = &mut line {
        line.extend(counts.iter().map(|(metric, count)| (metric.as_str().to_owned(), (*count).into())));
    }
    line
}
