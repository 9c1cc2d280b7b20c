//! Finds the events that wait to be announced, by shard.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use normalization::{Event, Key};

use super::item::{self, Item};
use super::scan::Cursor;
use super::{Store, StoreError};

/// The index of the events that wait to be announced, by shard.
const OUTBOX: &str = "outbox";

/// A shard of the index `outbox`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Shard(u8);

impl Shard {
    /// All shards, starting with this one.
    pub fn all_from(self) -> impl Iterator<Item = Self> {
        (0..item::OUTBOX_SHARDS).map(move |step| Self((self.0 + step) % item::OUTBOX_SHARDS))
    }
}

/// A waiting event, with its keys only, as in the index.
pub struct Waiting {
    /// The keys of its item.
    pub key: Key,
    /// The time of receipt; 1970 if it cannot be read, so that it stands out.
    pub received_at: Timestamp,
    keys: Item,
}

impl Waiting {
    /// The start of a page whose first event follows this one.
    pub fn behind(&self) -> Cursor {
        Cursor::new(self.keys.clone())
    }

    /// The event's id.
    pub fn id(&self) -> String {
        self.key.event_id()
    }
}

impl Store {
    /// At most `limit` waiting events of a shard that were received before `before`, oldest first, and the start of the next
    /// page, if there is one. The index is eventually consistent, so an event that was just settled may still be in the
    /// result.
    pub async fn waiting(
        &self,
        shard: Shard,
        before: Timestamp,
        from: Option<Cursor>,
        limit: u16,
    ) -> Result<(Vec<Waiting>, Option<Cursor>), StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(OUTBOX)
            .key_condition_expression("outbox = :shard AND received_at < :before")
            .expression_attribute_values(":shard", AttributeValue::S(shard.0.to_string()))
            .expression_attribute_values(":before", AttributeValue::S(item::sortable(before)))
            .set_exclusive_start_key(from.map(Cursor::into_item))
            .limit(limit.into());
        let answer = request.send().await.map_err(|error| StoreError::of("Query", &error))?;
        let items = answer.items.unwrap_or_default();
        let waiting = items.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok((waiting, answer.last_evaluated_key.map(Cursor::new)))
    }

    /// The time of receipt of the oldest waiting event in a shard. Includes events whose time is in the future because
    /// the receiver's clock was ahead.
    pub async fn oldest_waiting_in(&self, shard: Shard) -> Result<Option<Timestamp>, StoreError> {
        let (first, _) = self.waiting(shard, Timestamp::MAX, None, 1).await?;
        Ok(first.first().map(|waiting| waiting.received_at))
    }

    /// The time of receipt of the oldest waiting event in all shards.
    pub async fn oldest_waiting(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut oldest = None;
        for shard in Shard::default().all_from() {
            oldest = self.oldest_waiting_in(shard).await?.into_iter().chain(oldest).min();
        }
        Ok(oldest)
    }

    /// The recorded event and its approximate memory in bytes; `None` if it no longer waits, for example because another
    /// process has announced it. Without its raw payload, which can be many times larger. Fails if the table does not
    /// answer, or if the item is not in mailhooks' format.
    pub async fn waiting_event(&self, waiting: &Waiting) -> Result<Option<(Event, usize)>, StoreError> {
        let request = self.get(&waiting.key).projection_expression("event, outbox");
        let answer = request.send().await.map_err(|error| StoreError::of("GetItem", &error))?;
        let waits = |item: &Item| item.contains_key("outbox");
        let Some(mut item) = answer.item.filter(waits) else {
            return Ok(None);
        };
        let event = item.remove("event");
        let bytes = event.as_ref().map_or(0, weight);
        match event {
            Some(AttributeValue::M(attributes)) => Ok(Some((item::read_event(attributes)?, bytes))),
            _ => Err(StoreError::unreadable("event")),
        }
    }
}

/// The approximate memory of an attribute in bytes: its strings, and the overhead of each value in a map or list.
fn weight(value: &AttributeValue) -> usize {
    const OF_A_VALUE: usize = 100;
    let inside = match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::L(values) => values.iter().map(weight).sum(),
        AttributeValue::M(members) => members.iter().map(|(name, value)| name.len() + weight(value)).sum(),
        _ => 0,
    };
    OF_A_VALUE + inside
}

fn read(keys: Item) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        key: item::read_key(&keys)?,
        received_at: item::text(&keys, "received_at")?.parse().unwrap_or_default(),
        keys,
    })
}
