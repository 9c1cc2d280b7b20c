//! Reads the index `by_time`: the keys of all events, newest first.

use std::collections::VecDeque;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use futures_util::future::try_join_all;
use futures_util::stream::{self, BoxStream, StreamExt};
use jiff::Timestamp;
use jiff::civil::Date;
use normalization::Key;

use super::index::{self, DAY_SHARDS};
use super::item::{self, Item};
use super::{Store, StoreError};

/// The index of all events, by the day of their receipt.
pub(super) const BY_TIME: &str = "by_time";

/// An event in the index `by_time`, which has its keys only.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// The keys of its item.
    pub key: Key,
    /// The time of receipt.
    pub received_at: Timestamp,
}

/// Entries of the index that follow each other, newest first.
pub struct Entries {
    /// The entries; empty for a day without events.
    pub entries: Vec<Received>,
    /// The read units that these queries cost.
    pub read_units: f64,
}

impl Store {
    /// The events that were received from `since` on and before `until`, newest first, in queries of at most `page` entries in
    /// each shard of a day. Goes back to the day of `since`, however long no event was received. The index is eventually
    /// consistent, so an event that was just recorded may be missing. Ends after the first query that fails.
    pub fn received(
        &self,
        since: Timestamp,
        until: Timestamp,
        page: u16,
    ) -> BoxStream<'_, Result<Entries, StoreError>> {
        let period = Period { since, until, page };
        stream::try_unfold(Some(Day::new(index::day_of(until))), move |day| async move {
            let Some(mut day) = day.filter(|day| day.date >= index::day_of(since)) else { return Ok(None) };
            let read_units = self.fill(&mut day, period).await?;
            let entries = day.take();
            let next = if day.is_read() { day.date.yesterday().ok().map(Day::new) } else { Some(day) };
            Ok(Some((Entries { entries, read_units }, next)))
        })
        .boxed()
    }

    /// Reads the next page of each shard that has no unread entries. Returns the read units.
    async fn fill(&self, day: &mut Day, period: Period) -> Result<f64, StoreError> {
        let date = day.date;
        let empty =
            day.shards.iter_mut().zip(0..).filter(|(shard, _)| shard.entries.is_empty() && !shard.is_read);
        let queries: Vec<_> =
            empty.map(|(shard, number)| self.next_page(date, number, shard, period)).collect();
        Ok(try_join_all(queries).await?.iter().sum())
    }

    async fn next_page(
        &self,
        date: Date,
        number: u8,
        shard: &mut Shard,
        period: Period,
    ) -> Result<f64, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_TIME)
            .key_condition_expression("received_day = :day AND received_at BETWEEN :since AND :until")
            .expression_attribute_values(":day", AttributeValue::S(index::partition(date, number)))
            .expression_attribute_values(":since", AttributeValue::S(item::sortable(period.since)))
            .expression_attribute_values(":until", AttributeValue::S(item::sortable(period.until)))
            .scan_index_forward(false)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .limit(period.page.into())
            .set_exclusive_start_key(shard.next.take());
        let answer = request.send().await.map_err(|error| StoreError::of("Query", &error))?;
        let consumed = answer.consumed_capacity.and_then(|consumed| consumed.capacity_units);
        shard.next = answer.last_evaluated_key;
        shard.is_read = shard.next.is_none();
        for keys in answer.items.unwrap_or_default() {
            let entry = read(&keys)?;
            // `BETWEEN` includes its end, and times in the index are cut to milliseconds.
            if entry.received_at < period.until {
                shard.entries.push_back(entry);
            }
        }
        Ok(consumed.unwrap_or_default())
    }
}

#[derive(Clone, Copy)]
struct Period {
    since: Timestamp,
    until: Timestamp,
    page: u16,
}

/// A day that is being read.
struct Day {
    date: Date,
    shards: [Shard; DAY_SHARDS as usize],
}

/// A shard of the day.
#[derive(Default)]
struct Shard {
    /// What was read and not returned, newest first.
    entries: VecDeque<Received>,
    /// The start of the next page.
    next: Option<Item>,
    /// Whether there is no further page.
    is_read: bool,
}

impl Day {
    fn new(date: Date) -> Self {
        Self { date, shards: Default::default() }
    }

    /// Removes the newest entries, up to the point where the next one may be in a page that was not read.
    fn take(&mut self) -> Vec<Received> {
        let mut taken = Vec::new();
        while !self.shards.iter().any(|shard| shard.entries.is_empty() && !shard.is_read) {
            let newest =
                self.shards.iter_mut().max_by_key(|shard| shard.entries.front().map(|one| one.received_at));
            let Some(entry) = newest.and_then(|shard| shard.entries.pop_front()) else { break };
            taken.push(entry);
        }
        taken
    }

    fn is_read(&self) -> bool {
        self.shards.iter().all(|shard| shard.is_read && shard.entries.is_empty())
    }
}

fn read(keys: &Item) -> Result<Received, StoreError> {
    let received_at = item::text(keys, "received_at")?;
    let received_at = received_at.parse().map_err(|_| StoreError::unreadable("received_at"))?;
    Ok(Received { key: item::read_key(keys)?, received_at })
}
