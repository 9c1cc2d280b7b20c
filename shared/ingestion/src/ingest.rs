//! Records, announces and settles the events of one webhook: recorded once, announced at least once. Only recording decides
//! the status: a recorded event that is not announced carries the outbox mark, and the redrive announces it.

use std::collections::HashSet;
use std::iter::{repeat_n, repeat_with};
use std::ptr;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use normalization::{MailOutcome, Record};

use crate::announce::{Announced, CONCURRENT_WRITES, Pending, announce};
use crate::clock::Deadline;
use crate::failure::{Failure, flatten};
use crate::handled::{EventOutcome, HandledEvent};
use crate::notifier::Notifier;
use crate::store::{RawPayload, Recorded, Store};

/// How many events are created and taken through all steps at a time. A delivery that runs out of time has finished some waves,
/// so its retry has less to do; and memory stays bounded.
const WAVE: usize = 2 * CONCURRENT_WRITES;

/// Records, announces and settles the events of one webhook until the deadline. One event's failure does not stop the others.
pub(crate) async fn ingest(
    store: &Store,
    notifier: &Notifier,
    mut records: impl Iterator<Item = Record<'_>>,
    received_at: Timestamp,
    deadline: Deadline,
) -> Vec<HandledEvent> {
    let mut handled = Vec::new();
    // Set when the topics took nothing of a wave. Later waves are only recorded, so that hanging topics leave time for recording.
    let mut dead: Option<Failure> = None;
    loop {
        let wave: Vec<Record<'_>> = records.by_ref().take(WAVE).collect();
        if wave.is_empty() {
            return handled;
        }
        let recorded = record(store, notifier, &wave, received_at, deadline).await;
        let (places, pending) = pending(notifier, &wave, &recorded);
        let announced = match &dead {
            Some(why) => pending.iter().map(|_| Announced::Failed(why.clone())).collect(),
            None => announce(store, notifier, &pending, deadline).await,
        };
        dead = dead.or_else(|| why_dead(&announced));
        let mut of_record: Vec<_> = repeat_with(|| None).take(wave.len()).collect();
        for (place, announced) in places.into_iter().zip(announced) {
            if let Some(of_record) = of_record.get_mut(place) {
                *of_record = Some(announced);
            }
        }
        let all = wave.into_iter().zip(recorded).zip(of_record);
        handled.extend(all.map(|((record, recorded), announced)| event(record, recorded, announced)));
    }
}

async fn record(
    store: &Store,
    notifier: &Notifier,
    wave: &[Record<'_>],
    received_at: Timestamp,
    deadline: Deadline,
) -> Vec<Result<Recorded, Failure>> {
    let writes = wave.iter().zip(raw_payloads(wave)).map(|(record, raw)| async move {
        let due = notifier.announces(&record.event.data);
        flatten(deadline.run(store.record(record, &raw, received_at, due)).await)
    });
    let writes: Vec<_> = writes.collect();
    stream::iter(writes).buffered(CONCURRENT_WRITES).collect().await
}

/// The events to announce, with their indexes in the wave. A duplicate is announced as it was recorded, and only once.
fn pending<'w>(
    notifier: &Notifier,
    wave: &'w [Record<'_>],
    recorded: &'w [Result<Recorded, Failure>],
) -> (Vec<usize>, Vec<Pending<'w>>) {
    let mut seen = HashSet::new();
    let all = wave.iter().zip(recorded).enumerate();
    let waiting = all.filter_map(|(place, (record, recorded))| {
        let event = match recorded {
            Ok(Recorded::New) if notifier.announces(&record.event.data) => &record.event,
            Ok(Recorded::Known { unannounced: Some(recorded) }) => recorded,
            Ok(Recorded::New | Recorded::Known { unannounced: None }) | Err(_) => return None,
        };
        seen.insert(&record.key).then_some((place, Pending { key: &record.key, event }))
    });
    waiting.unzip()
}

/// The failure of the topics, if they took nothing of a wave and no event is to blame.
fn why_dead(announced: &[Announced]) -> Option<Failure> {
    let mut why = None;
    for announced in announced {
        match announced {
            Announced::Failed(failure) if !failure.blames_the_event() => why = Some(failure.clone()),
            Announced::Failed(_) => {}
            Announced::Settled | Announced::Unsettled(_) => return None,
        }
    }
    why
}

fn event(
    record: Record<'_>,
    recorded: Result<Recorded, Failure>,
    announced: Option<Announced>,
) -> HandledEvent {
    let is_announced = matches!(announced, Some(Announced::Settled | Announced::Unsettled(_)));
    HandledEvent {
        id: record.event.id_for_log().into_owned(),
        mail: MailOutcome::of(&record.event.data),
        key: record.key,
        recognized: record.recognized,
        outcome: match recorded {
            Ok(Recorded::New) => EventOutcome::Recorded,
            Ok(Recorded::Known { .. }) => EventOutcome::Duplicate,
            Err(failure) => EventOutcome::Unrecorded(failure),
        },
        announced: is_announced,
        waits: match announced {
            Some(Announced::Unsettled(failure) | Announced::Failed(failure)) => Some(failure),
            Some(Announced::Settled) | None => None,
        },
    }
}

/// The raw payload of each record. The records of a report on several recipients share one.
fn raw_payloads<'r>(records: &[Record<'r>]) -> Vec<Arc<RawPayload<'r>>> {
    let reports = records.chunk_by(|one, next| ptr::eq(one.raw, next.raw));
    let shared = reports.flat_map(|copies| {
        let raw = copies.first().map(RawPayload::of).map(Arc::new);
        raw.into_iter().flat_map(|raw| repeat_n(raw, copies.len()))
    });
    shared.collect()
}
