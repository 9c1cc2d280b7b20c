//! Looking events up.

use aws_sdk_dynamodb::types::AttributeValue;
use normalization::ProviderName;

use super::item::{self, Item, StoredEvent};
use super::{Store, StoreError, raw};

/// The index of every actionable event, by its recipient.
const BY_RECIPIENT: &str = "by_recipient";

/// Where a scan goes on.
#[derive(Clone)]
pub struct Cursor(Item);

impl Cursor {
    pub(super) fn new(item: Item) -> Self {
        Self(item)
    }

    pub(super) fn into_item(self) -> Item {
        self.0
    }
}

/// A part of the table.
pub struct Page {
    /// The events in it.
    pub events: Vec<StoredEvent>,
    /// Items looked at, events and others.
    pub scanned: usize,
    /// Where the next page starts, if there is one.
    pub next: Option<Cursor>,
}

impl Store {
    /// A message's events, by the time they happened.
    pub async fn timeline(
        &self,
        provider: ProviderName,
        message: &str,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let partition_key = format!("{provider}#{message}");
        let mut events = self.query(None, "pk", partition_key).await?;
        events.sort_by(|one, other| {
            (one.event.time, &one.event.id).cmp(&(other.event.time, &other.event.id))
        });
        Ok(events)
    }

    /// The actionable events of a recipient, by the time they happened. Without their raw payloads.
    pub async fn of_recipient(&self, address: &str) -> Result<Vec<StoredEvent>, StoreError> {
        let recipient = item::index_recipient(address);
        self.query(Some(BY_RECIPIENT), "recipient", recipient).await
    }

    /// One event, whole: with its raw payload.
    pub async fn event(
        &self,
        partition_key: &str,
        event_key: &str,
    ) -> Result<Option<StoredEvent>, StoreError> {
        let found = self.item(partition_key, event_key).await?;
        Ok(found.map(StoredEvent::read).transpose()?.flatten())
    }

    /// The next part of the whole table, in no order.
    pub async fn scan(&self, from: Option<Cursor>) -> Result<Page, StoreError> {
        let request = self
            .client
            .scan()
            .table_name(&self.table)
            .set_exclusive_start_key(from.map(Cursor::into_item));
        let answer = request
            .send()
            .await
            .map_err(|error| StoreError::of("Scan", &error))?;
        let items = answer.items.unwrap_or_default();
        let scanned = items.len();
        Ok(Page {
            events: read_all(items)?,
            scanned,
            next: answer.last_evaluated_key.map(Cursor::new),
        })
    }

    /// About how many items the table holds; DynamoDB counts every six hours.
    pub async fn size(&self) -> Result<u64, StoreError> {
        let answer = self
            .client
            .describe_table()
            .table_name(&self.table)
            .send()
            .await;
        let table = answer
            .map_err(|error| StoreError::of("DescribeTable", &error))?
            .table;
        let count = table.and_then(|table| table.item_count).unwrap_or_default();
        Ok(count.try_into().unwrap_or_default())
    }

    /// The exact bytes that the provider sent for an event.
    pub async fn raw(&self, event: &StoredEvent) -> Result<Vec<u8>, StoreError> {
        if event.part_keys.is_empty() {
            return raw::decompress(&event.raw);
        }
        let mut compressed = Vec::new();
        for part_key in &event.part_keys {
            let part = self.item(&event.partition_key, part_key).await?;
            match part.and_then(|mut part| part.remove("raw")) {
                Some(AttributeValue::B(bytes)) => compressed.extend(bytes.into_inner()),
                _ => return Err(StoreError::unreadable("raw")),
            }
        }
        raw::decompress(&compressed)
    }

    /// What lies under these keys now.
    pub(super) async fn item(
        &self,
        partition_key: &str,
        sort_key: &str,
    ) -> Result<Option<Item>, StoreError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(item::key(partition_key, sort_key)))
            .consistent_read(true);
        let answer = request
            .send()
            .await
            .map_err(|error| StoreError::of("GetItem", &error))?;
        Ok(answer.item)
    }

    async fn query(
        &self,
        index: Option<&str>,
        name: &str,
        value: String,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .set_index_name(index.map(str::to_owned))
            .key_condition_expression("#key = :key")
            .expression_attribute_names("#key", name)
            .expression_attribute_values(":key", AttributeValue::S(value));
        let mut pages = request.into_paginator().send();
        let mut events = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| StoreError::of("Query", &error))?;
            events.extend(read_all(page.items.unwrap_or_default())?);
        }
        Ok(events)
    }
}

fn read_all(items: Vec<Item>) -> Result<Vec<StoredEvent>, StoreError> {
    items
        .into_iter()
        .filter_map(|item| StoredEvent::read(item).transpose())
        .collect()
}
