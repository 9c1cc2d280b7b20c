//! The format of an event in the table.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use normalization::{Event, EventData, Key, RAW_PART, Record, Redacted};

pub(super) use super::attributes::{Item, sortable};
use super::index::{self, INDEXED, WriteSettings};
use super::{RawPayload, Recorded, StoreError};

/// Shards of the index `outbox`: a partition takes 1,000 writes per second and an announced event makes two, so sixteen shards
/// take 8,000 announced events per second (docs/scaling.md describes what to do beyond).
pub(crate) const OUTBOX_SHARDS: u8 = 16;

/// An item to be written, without its raw payload.
pub(super) struct Draft(Item);

impl Draft {
    pub(super) fn new(
        record: &Record<'_>,
        received_at: Timestamp,
        settings: WriteSettings,
        due: bool,
    ) -> Self {
        let event = &record.event;
        let mut item = key(&record.key);
        item.insert("event".to_owned(), AttributeValue::M(event_attributes(event)));
        item.insert("received_at".to_owned(), AttributeValue::S(sortable(received_at)));
        let expires_at = AttributeValue::N(settings.expiry(received_at).to_string());
        item.insert("expires_at".to_owned(), expires_at);
        if due {
            item.insert("outbox".to_owned(), AttributeValue::S(shard(&record.key.event)));
        }
        item.extend(settings.index_attributes(event, &record.key, received_at));
        Self(item)
    }

    /// The raw payload as separate items, to be written before the event's, and their sort keys.
    pub(super) fn parts(&self, record: &Record<'_>, raw: &RawPayload<'_>) -> (Vec<String>, Vec<Item>) {
        let parts = raw.parts().zip(0..).map(|(bytes, number)| {
            let sort_key = format!("{}{RAW_PART}{}/{number}", record.key.event, raw.digest());
            let mut part = key(&Key { partition: record.key.partition.clone(), event: sort_key.clone() });
            part.insert("raw".to_owned(), AttributeValue::B(Blob::new(bytes)));
            for name in ["received_at", "expires_at"] {
                part.extend(self.0.get_key_value(name).map(|(name, value)| (name.clone(), value.clone())));
            }
            (sort_key, part)
        });
        parts.unzip()
    }

    /// The item with its raw payload.
    pub(super) fn with_raw(mut self, raw: &RawPayload<'_>) -> Item {
        let raw = AttributeValue::B(Blob::new(raw.compressed()));
        self.0.insert("raw".to_owned(), raw);
        self.0
    }

    /// The item with the sort keys of its raw payload's parts.
    pub(super) fn with_parts(mut self, sort_keys: Vec<String>) -> Item {
        let keys = sort_keys.into_iter().map(AttributeValue::S).collect();
        self.0.insert("raw_parts".to_owned(), AttributeValue::L(keys));
        self.0
    }
}

/// A stored event.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// The event.
    pub event: Event,
    /// The keys that it is stored under.
    pub key: Key,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it expires; `None` if it was read without that.
    pub expires_at: Option<Timestamp>,
    /// Whether it waits to be announced.
    pub unannounced: bool,
    /// The event exactly as stored.
    pub(super) attributes: Redacted<Item>,
    /// The attributes for the indexes.
    pub(super) indexed: Redacted<Item>,
    pub(super) raw: Redacted<Vec<u8>>,
    /// The sort keys of the raw payload's parts, if it has any.
    pub(super) part_keys: Redacted<Vec<String>>,
}

impl StoredEvent {
    /// Reads an item; `None` if it is a part of a raw payload.
    pub(super) fn read(mut item: Item) -> Result<Option<Self>, StoreError> {
        let attributes = match item.remove("event") {
            None => return Ok(None),
            Some(AttributeValue::M(attributes)) => attributes,
            Some(_) => return Err(StoreError::unreadable("event")),
        };
        let key = read_key(&item)?;
        let received_at = time(text(&item, "received_at")?, "received_at")?;
        let part_keys = match item.get("raw_parts") {
            Some(AttributeValue::L(keys)) => keys.iter().filter_map(|key| key.as_s().ok().cloned()).collect(),
            _ => Vec::new(),
        };
        let expires_at = match item.get("expires_at") {
            Some(AttributeValue::N(seconds)) => {
                seconds.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok())
            }
            _ => None,
        };
        let raw = match item.remove("raw") {
            Some(AttributeValue::B(bytes)) => bytes.into_inner(),
            _ => Vec::new(),
        };
        let indexed = INDEXED.iter().filter_map(|name| item.remove_entry(*name)).collect();
        Ok(Some(Self {
            event: read_event(attributes.clone())?,
            indexed: Redacted(indexed),
            attributes: Redacted(attributes),
            key,
            received_at,
            expires_at,
            unannounced: item.contains_key("outbox"),
            raw: Redacted(raw),
            part_keys: Redacted(part_keys),
        }))
    }
}

/// The result for a duplicate: the recorded event, if it was not announced. `fresh`, the same event by today's mapping, replaces an
/// unreadable one.
pub(super) fn known(mut old: Item, fresh: &Event) -> Recorded {
    let unannounced = old.contains_key("outbox").then(|| {
        let recorded = match old.remove("event") {
            Some(AttributeValue::M(attributes)) => read_event(attributes).ok(),
            _ => None,
        };
        Box::new(recorded.unwrap_or_else(|| fresh.clone()))
    });
    Recorded::Known { unannounced }
}

pub(super) fn key(key: &Key) -> Item {
    [("pk", &key.partition), ("sk", &key.event)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), AttributeValue::S(value.clone())))
        .collect()
}

pub(super) fn read_key(item: &Item) -> Result<Key, StoreError> {
    Ok(Key { partition: text(item, "pk")?.to_owned(), event: text(item, "sk")?.to_owned() })
}

pub(super) fn text<'i>(item: &'i Item, name: &str) -> Result<&'i str, StoreError> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(StoreError::unreadable(name)),
    }
}

/// The event's data as native attributes, with id and time; the constant envelope is put back on reading.
pub(super) fn event_attributes(event: &Event) -> Item {
    let mut attributes: Item = serde_dynamo::to_item(&event.data)
        .expect("an event's data is a map of texts, numbers, lists and maps");
    attributes.insert("id".to_owned(), AttributeValue::S(event.id.clone()));
    attributes.insert("time".to_owned(), AttributeValue::S(event.time.to_string()));
    attributes
}

pub(super) fn read_event(attributes: Item) -> Result<Event, StoreError> {
    let id = text(&attributes, "id")?.to_owned();
    let time = time(text(&attributes, "time")?, "time")?;
    // Members that the data does not have, such as these two, are ignored.
    let data: EventData = serde_dynamo::from_item(attributes).map_err(|_| StoreError::unreadable("event"))?;
    Ok(Event { id, time, data })
}

fn time(text: &str, what: &str) -> Result<Timestamp, StoreError> {
    text.parse().map_err(|_| StoreError::unreadable(what))
}

/// The outbox shard of an event.
pub(super) fn shard(event_key: &str) -> String {
    (index::sum(event_key) % OUTBOX_SHARDS).to_string()
}
