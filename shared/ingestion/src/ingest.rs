//! Records, announces and settles the events of one webhook: recorded once, announced at least once.

use std::collections::HashSet;

use futures_util::StreamExt;
use futures_util::future::ready;
use jiff::Timestamp;
use normalization::{Event, Record};

use crate::clock::Deadline;
use crate::deliver::{CONCURRENT_WRITES, Due, deliver, each};
use crate::failure::{Failure, within};
use crate::notifier::Notifier;
use crate::store::{Recorded, Store};

/// Events that are taken through all steps before the next ones begin. So a delivery that runs out of time has
/// finished what it began, and its retry has less to do, however slow the table is.
const WAVE: usize = 2 * CONCURRENT_WRITES;

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
    pub failures: Vec<Failure>,
}

impl Report {
    /// Events that are recorded.
    #[must_use]
    pub fn received(&self) -> usize {
        self.recorded + self.duplicates
    }
}

/// Takes the events of one webhook through record, announce and settle, until the time is up. A failure of one
/// does not stop the others.
pub(crate) async fn ingest(
    store: &Store,
    notifier: &Notifier,
    records: &[Record<'_>],
    received_at: Timestamp,
    deadline: Deadline,
) -> Report {
    let mut report = Report::default();
    for wave in records.chunks(WAVE) {
        let waiting = record(store, notifier, wave, received_at, deadline, &mut report).await;
        let due: Vec<Due<'_>> = waiting.iter().map(Waiting::due).collect();
        let delivered = deliver(store, notifier, &due, deadline).await;
        report.announced += delivered.announced;
        let failures = delivered.failures.into_iter();
        report.failures.extend(failures.map(|(_, why)| why));
    }
    report
}

/// An event that is recorded and waits to be announced.
struct Waiting<'r> {
    record: &'r Record<'r>,
    /// The event as it was recorded, if that was before now.
    recorded: Option<Box<Event>>,
}

impl Waiting<'_> {
    fn due(&self) -> Due<'_> {
        Due {
            partition_key: &self.record.partition_key,
            event_key: &self.record.event_key,
            event: self.recorded.as_deref().unwrap_or(&self.record.event),
        }
    }
}

async fn record<'r>(
    store: &Store,
    notifier: &Notifier,
    records: &'r [Record<'_>],
    received_at: Timestamp,
    deadline: Deadline,
    report: &mut Report,
) -> Vec<Waiting<'r>> {
    let mut writes = each(records)
        .map(|index| async move {
            let record = records.get(index)?;
            let due = notifier.announces(record.event.data.event_type);
            let write = store.record(record, received_at, due);
            Some((record, due, within(deadline.bound(write).await)))
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
            Err(failure) => {
                report.failures.push(failure);
                None
            }
        };
        if let Some(recorded) = recorded
            && seen.insert((&record.partition_key, &record.event_key))
        {
            waiting.push(Waiting { record, recorded });
        }
    }
    waiting
}
