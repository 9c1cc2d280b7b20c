//! Reads the stored events of a period: through the index `by_time` while that costs less than a scan of the whole table, else
//! with a scan.

mod cost;
mod coverage;
mod scan;

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use ingestion::clock;
use ingestion::store::{Received, Size, StoredEvent, Unreadable};
use jiff::{SignedDuration, Timestamp};
use normalization::Key;

use crate::connect::Connection;
use crate::output;

pub(crate) use coverage::check_by_recipient;
pub(crate) use scan::{Segments, begin, begin_list};

/// Events read at a time.
const BATCH: usize = 100;

/// Most entries of the index read in one query of a shard.
const PAGE: u16 = 1_000;

/// Read units of an event read by its keys with eventual consistency. It is half a unit per 4 KB, and most events fit into them.
const OF_AN_EVENT: f64 = 0.5;

/// How far a receiver's clock may be ahead.
const SKEW: SignedDuration = SignedDuration::from_hours(1);

/// The period that is read, and how.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    /// The number of events that the caller asks for, if it is limited.
    pub(crate) wanted: Option<usize>,
    pub(crate) segments: &'a Segments,
}

impl Reading<'_> {
    /// Whether all events since the first one are read, for which a scan costs least.
    fn is_whole(self) -> bool {
        self.since.is_none() && self.wanted.is_none()
    }
}

/// Takes the events that are read. The selection of events is up to the collector.
pub(crate) trait Collector {
    /// Takes an event.
    fn take(&mut self, stored: StoredEvent);

    /// Whether older events are not needed.
    fn has_enough(&self) -> bool;

    /// Forgets all events: they are read again, in no particular order.
    fn restart(&mut self);
}

/// Reads events into the collector. Returns the items that could not be read.
pub(crate) async fn read(
    connection: &Connection,
    reading: Reading<'_>,
    collector: &mut impl Collector,
) -> Result<Vec<Unreadable>> {
    let mut is_said = false;
    if !reading.is_whole()
        && let Some(mut budget) = budget(connection).await?
    {
        if let Some(all) = coverage::check_by_time(connection).await? {
            all.events.into_iter().for_each(|stored| collector.take(stored));
            return Ok(all.unreadable);
        }
        if let Some(unreadable) = newest_first(connection, reading, &mut budget, collector).await? {
            return Ok(unreadable);
        }
        collector.restart();
        is_said = budget.is_said;
    }
    scan::all(connection, reading, is_said, |stored| collector.take(stored)).await
}

/// Finds the keys of the event for which `is_it` is true in the index, the newest first. `None` if the index has none, or if it
/// costs less to read the whole table.
pub(crate) async fn find_key(
    connection: &Connection,
    reading: Reading<'_>,
    is_it: impl Fn(&Key) -> bool,
) -> Result<Option<Key>> {
    let Some(mut budget) = budget(connection).await? else { return Ok(None) };
    let (since, until) = period(reading);
    let mut pages = connection.store.received(since, until, PAGE);
    while let Some(page) = pages.try_next().await.with_context(|| connection.unreadable())? {
        if let Some(found) = page.entries.into_iter().find(|one| is_it(&one.key)) {
            return Ok(Some(found.key));
        }
        budget.spend(page.read_units);
        if budget.is_spent() {
            break;
        }
    }
    Ok(None)
}

/// Whether the index by time can be used.
pub(crate) async fn has_time_index(connection: &Connection) -> Result<bool> {
    Ok(budget(connection).await?.is_some())
}

/// What reading through the index by time may cost; `None` if the index cannot be used.
async fn budget(connection: &Connection) -> Result<Option<Budget>> {
    if !connection.is_deployed {
        // The engine would count all items to say the size of its table.
        return Ok(Some(Budget::of(connection.file_bytes, None)));
    }
    if !connection.uses_time_index {
        return Ok(None);
    }
    let size = connection.store.size().await.with_context(|| connection.unreadable())?;
    Ok(size.has_time_index.then(|| Budget::of(size.bytes, Some(size))))
}

/// Reads through the index, newest first. `None` if reading the whole table costs less.
async fn newest_first(
    connection: &Connection,
    reading: Reading<'_>,
    budget: &mut Budget,
    collector: &mut impl Collector,
) -> Result<Option<Vec<Unreadable>>> {
    let (since, until) = period(reading);
    let page = reading.wanted.map_or(PAGE, |wanted| u16::try_from(wanted).unwrap_or(PAGE).clamp(1, PAGE));
    let bar = output::progress(None, "events read, newest first");
    let mut unreadable = Vec::new();
    let mut pages = connection.store.received(since, until, page);
    while let Some(page) = pages.try_next().await.with_context(|| connection.unreadable())? {
        budget.spend(page.read_units);
        for batch in page.entries.chunks(BATCH) {
            let keys: Vec<Key> = batch.iter().map(|Received { key, .. }| key.clone()).collect();
            let found = connection.store.events(&keys).await.with_context(|| connection.unreadable())?;
            bar.inc(keys.len() as u64);
            unreadable.extend(found.unreadable);
            found.events.into_iter().for_each(|stored| collector.take(stored));
            budget.spend(OF_AN_EVENT * as_units(keys.len()));
            if collector.has_enough() {
                bar.finish_and_clear();
                return Ok(Some(unreadable));
            }
        }
        if budget.is_spent() {
            bar.finish_and_clear();
            return Ok(None);
        }
        if let Some(size) = budget.noticeable() {
            bar.suspend(|| scan::say_cost(connection, size, reading.segments));
        }
    }
    bar.finish_and_clear();
    Ok(Some(unreadable))
}

fn period(reading: Reading<'_>) -> (Timestamp, Timestamp) {
    let until = reading.until.unwrap_or_else(|| clock::now() + SKEW);
    (reading.since.unwrap_or(Timestamp::MIN), until)
}

/// What reading through the index may cost: as much as a scan of the whole table, which is then the better way. So no command
/// costs more than twice as much as a scan.
struct Budget {
    /// The read units of a scan.
    scan: f64,
    /// The size of a deployed table.
    size: Option<Size>,
    /// The read units that were spent.
    spent: f64,
    is_said: bool,
}

impl Budget {
    fn of(bytes: u64, size: Option<Size>) -> Self {
        Self { scan: cost::units(bytes), size, spent: 0.0, is_said: false }
    }

    fn spend(&mut self, units: f64) {
        self.spent += units;
    }

    fn is_spent(&self) -> bool {
        self.spent > self.scan
    }

    /// The size of a deployed table, once, when enough is spent for a word about it.
    fn noticeable(&mut self) -> Option<&Size> {
        let is_first = !self.is_said && self.spent > cost::units(cost::NOTICEABLE);
        self.is_said |= is_first;
        self.size.as_ref().filter(|_| is_first)
    }
}

fn as_units(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
