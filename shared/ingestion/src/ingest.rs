//! Records, announces and settles the events of one webhook: recorded once, announced at least once.

use std::collections::HashSet;

use futures_util::future::ready;
use futures_util::{Stream, StreamExt, stream};
use jiff::Timestamp;
use normalization::{Event, Record};

use crate::notifier::Notifier;
use crate::store::{Recorded, Store};

/// Writes on their way at a time. Each costs the same work whatever their number, but each needs a connection
/// of its own, whose handshake costs five writes; from 16 to 32 on an array gets hardly faster.
const CONCURRENT_WRITES: usize = 24;

/// What came of the events of one webhook.
#[derive(Debug, Default)]
pub struct Report {
    /// Events that were new.
    pub recorded: usize,
    /// Events that were known, announced now or before.
    pub duplicates: usize,
    /// Events that were announced now.
    pub announced: usize,
    /// What failed: once for each event that is not recorded, announced and settled.
    pub failures: Vec<String>,
}

impl Report {
    /// Events that are recorded.
    #[must_use]
    pub fn received(&self) -> usize {
        self.recorded + self.duplicates
    }
}

/// Takes the events of one webhook through record, announce and settle. A failure of one does not stop the
/// others.
pub(crate) async fn ingest(
    store: &Store,
    notifier: &Notifier,
    records: &[Record<'_>],
    received_at: Timestamp,
) -> Report {
    let mut report = Report::default();
    let due = record(store, notifier, records, received_at, &mut report).await;
    let announced = announce(notifier, &due, &mut report).await;
    settle(store, &announced, &mut report).await;
    report
}

/// An event that is recorded and waits to be announced.
struct Due<'r> {
    record: &'r Record<'r>,
    /// The event as it was recorded, if that was before now.
    recorded: Option<Box<Event>>,
}

impl Due<'_> {
    fn event(&self) -> &Event {
        self.recorded.as_deref().unwrap_or(&self.record.event)
    }
}

async fn record<'r>(
    store: &Store,
    notifier: &Notifier,
    records: &'r [Record<'_>],
    received_at: Timestamp,
    report: &mut Report,
) -> Vec<Due<'r>> {
    let mut writes = each(records)
        .map(|index| async move {
            let record = records.get(index)?;
            let due = notifier.announces(record.event.data.event_type);
            Some((record, due, store.record(record, received_at, due).await))
        })
        .buffered(CONCURRENT_WRITES)
        .filter_map(ready);
    let mut waiting = Vec::new();
    // One event may stand in a batch twice; once is enough.
    let mut seen = HashSet::new();
    while let Some((record, due, outcome)) = writes.next().await {
        let recorded = match outcome {
            Ok(Recorded::New) => {
                report.recorded += 1;
                due.then_some(None)
            }
            Ok(Recorded::Known { unannounced }) => {
                report.duplicates += 1;
                unannounced.map(Some)
            }
            Err(error) => {
                report.failures.push(error.to_string());
                None
            }
        };
        if let Some(recorded) = recorded
            && seen.insert((&record.partition_key, &record.event_key))
        {
            waiting.push(Due { record, recorded });
        }
    }
    waiting
}

async fn announce<'r>(
    notifier: &Notifier,
    due: &[Due<'r>],
    report: &mut Report,
) -> Vec<&'r Record<'r>> {
    let events: Vec<&Event> = due.iter().map(Due::event).collect();
    let mut announced = Vec::with_capacity(due.len());
    for (due, outcome) in due.iter().zip(notifier.announce(&events).await) {
        match outcome {
            Ok(()) => announced.push(due.record),
            Err(error) => report.failures.push(error.to_string()),
        }
    }
    report.announced = announced.len();
    announced
}

async fn settle(store: &Store, announced: &[&Record<'_>], report: &mut Report) {
    let mut updates = each(announced)
        .map(|index| async move { Some(store.settle(announced.get(index)?).await) })
        .buffer_unordered(CONCURRENT_WRITES)
        .filter_map(ready);
    while let Some(outcome) = updates.next().await {
        if let Err(error) = outcome {
            report.failures.push(error.to_string());
        }
    }
}

/// The indices of a slice as a stream. A stream of references would do, if the compiler could see that what
/// is made of it is `Send` (<https://github.com/rust-lang/rust/issues/102211>).
fn each<T>(slice: &[T]) -> impl Stream<Item = usize> + use<T> {
    stream::iter(0..slice.len())
}
