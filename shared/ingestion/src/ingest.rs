//! Records, announces and settles the events of one webhook: recorded once, announced at least once. Recording decides on
//! the answer: a recorded event that is not announced carries the outbox mark, and the redrive announces it.

use std::collections::HashSet;
use std::iter::repeat_n;
use std::ptr;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::ready;
use jiff::Timestamp;
use normalization::{Event, Record};

use crate::clock::Deadline;
use crate::deliver::{CONCURRENT_WRITES, Due, deliver, each};
use crate::failure::{Failure, within};
use crate::notifier::Notifier;
use crate::store::{RawPayload, Recorded, Store};

/// Events that are made and taken through all steps before the next ones are. So a delivery that runs out of time has
/// finished what it began, and its retry has less to do, however slow the table is; and no more of them are in
/// memory, whatever the webhook holds.
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
    /// The ids of all of them, as a log may hold them.
    pub events: Vec<String>,
    /// Events that do not say what they are.
    pub unrecognized: usize,
    /// Why events are not recorded, once for each.
    pub unrecorded: Vec<Failure>,
    /// Why recorded events are not announced and settled, once for each. They keep their outbox marks.
    pub unannounced: Vec<Failure>,
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
    mut records: impl Iterator<Item = Record<'_>>,
    received_at: Timestamp,
    deadline: Deadline,
) -> Report {
    let mut report = Report::default();
    // Why the topics took nothing of a wave. The later ones are only recorded: topics that hang must not use up the time
    // that recording needs.
    let mut dead: Option<Failure> = None;
    loop {
        let wave: Vec<Record<'_>> = records.by_ref().take(WAVE).collect();
        if wave.is_empty() {
            return report;
        }
        let ids = wave.iter().map(|record| record.event.id_for_log().into_owned());
        report.events.extend(ids);
        report.unrecognized += wave.iter().filter(|record| !record.recognized).count();
        let waiting = record(store, notifier, &wave, received_at, deadline, &mut report).await;
        if let Some(why) = &dead {
            report.unannounced.extend(waiting.iter().map(|_| why.clone()));
            continue;
        }
        let due: Vec<Due<'_>> = waiting.iter().map(Waiting::due).collect();
        let delivered = deliver(store, notifier, &due, deadline).await;
        report.announced += delivered.announced;
        for (_, why) in delivered.failures {
            if delivered.announced == 0 && !why.blames_the_event() {
                dead = Some(why.clone());
            }
            report.unannounced.push(why);
        }
    }
}

/// An event that is recorded and waits to be announced.
struct Waiting<'r> {
    record: &'r Record<'r>,
    /// The event as it was recorded, if that was before now.
    recorded: Option<Box<Event>>,
}

impl Waiting<'_> {
    fn due(&self) -> Due<'_> {
        Due { key: &self.record.key, event: self.recorded.as_deref().unwrap_or(&self.record.event) }
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
    let raws = &raw_payloads(records);
    let mut writes = each(records)
        .map(|index| async move {
            let record = records.get(index)?;
            let raw = raws.get(index)?;
            let due = notifier.announces(record.event.data.event_type);
            let write = store.record(record, raw, received_at, due);
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
                report.unrecorded.push(failure);
                None
            }
        };
        if let Some(recorded) = recorded
            && seen.insert(&record.key)
        {
            waiting.push(Waiting { record, recorded });
        }
    }
    waiting
}

/// The raw payload of each record; the records of a report on several recipients share one.
fn raw_payloads<'r>(records: &[Record<'r>]) -> Vec<Arc<RawPayload<'r>>> {
    let reports = records.chunk_by(|one, next| ptr::eq(one.raw, next.raw));
    let shared = reports.flat_map(|copies| {
        let raw = copies.first().map(RawPayload::of).map(Arc::new);
        raw.into_iter().flat_map(|raw| repeat_n(raw, copies.len()))
    });
    shared.collect()
}
