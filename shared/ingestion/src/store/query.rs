//! Looks up events.

use aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use normalization::{Key, ProviderName, lookup_form};

use super::found::{Found, read_all};
use super::item::{self, Item, StoredEvent};
use super::scan::PAGE;
use super::{Store, StoreError, raw};

/// The index of events by recipient.
const BY_RECIPIENT: &str = "by_recipient";

/// Events read concurrently, each by its own request.
const CONCURRENT_READS: usize = 25;

impl Store {
    /// The events of a message, sorted by the time at which they happened.
    pub async fn timeline(&self, provider: ProviderName, message: &str) -> Result<Found, StoreError> {
        self.under(&format!("{provider}#{message}")).await
    }

    /// The events with a partition key, sorted by the time at which they happened.
    pub async fn under(&self, partition_key: &str) -> Result<Found, StoreError> {
        let mut found = self.query(None, "pk", partition_key.to_owned()).await?;
        found
            .events
            .sort_by(|one, other| (one.event.time, &one.event.id).cmp(&(other.event.time, &other.event.id)));
        Ok(found)
    }

    /// The events in the index `by_recipient` about an address, the last that happened first. Without their raw payloads.
    pub async fn of_recipient(&self, address: &str) -> Result<Found, StoreError> {
        let mut found = self.query(Some(BY_RECIPIENT), "recipient", lookup_form(address)).await?;
        found.events.reverse();
        Ok(found)
    }

    /// Whether an event was recorded, also if it was erased since.
    pub async fn has(&self, key: &Key) -> Result<bool, StoreError> {
        let answer = self.get(key).projection_expression("pk").send().await;
        Ok(answer.map_err(|error| StoreError::of("GetItem", &error))?.item.is_some())
    }

    /// The events with these keys, in their order, with their raw payloads. Leaves out those that do not exist (any more). Reads
    /// them with eventual consistency, at half the price.
    pub async fn events(&self, keys: &[Key]) -> Result<Found, StoreError> {
        let reads = keys.iter().map(|key| async move {
            let answer = self.get(key).consistent_read(false).send().await;
            answer.map(|answer| answer.item).map_err(|error| StoreError::of("GetItem", &error))
        });
        // Collected because the compiler cannot prove that a stream over borrowed keys is `Send`
        // (https://github.com/rust-lang/rust/issues/102211).
        let reads: Vec<_> = reads.collect();
        let items: Vec<Option<Item>> = stream::iter(reads).buffered(CONCURRENT_READS).try_collect().await?;
        Ok(read_all(items.into_iter().flatten().collect()))
    }

    /// One event with its raw payload; `None` if it does not exist.
    pub async fn event(&self, key: &Key) -> Result<Option<StoredEvent>, StoreError> {
        let found = self.item(key).await?;
        Ok(found.map(StoredEvent::read).transpose()?.flatten())
    }

    /// The exact bytes that the provider sent for an event. Fails if a part of them is missing or damaged.
    pub async fn raw(&self, event: &StoredEvent) -> Result<Vec<u8>, StoreError> {
        if event.part_keys.is_empty() {
            return raw::decompress(&event.raw);
        }
        let mut compressed = Vec::new();
        for part_key in event.part_keys.iter() {
            let key = Key { partition: event.key.partition.clone(), event: part_key.clone() };
            let part = self.item(&key).await?;
            match part.and_then(|mut part| part.remove("raw")) {
                Some(AttributeValue::B(bytes)) => compressed.extend(bytes.into_inner()),
                _ => return Err(StoreError::unreadable("raw")),
            }
        }
        raw::decompress(&compressed)
    }

    /// The item with these keys, by a consistent read.
    pub(super) async fn item(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let answer = self.get(key).send().await.map_err(|error| StoreError::of("GetItem", &error))?;
        Ok(answer.item)
    }

    pub(super) fn get(&self, key: &Key) -> GetItemFluentBuilder {
        self.client.get_item().table_name(&self.table).set_key(Some(item::key(key))).consistent_read(true)
    }

    async fn query(&self, index: Option<&str>, name: &str, value: String) -> Result<Found, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .set_index_name(index.map(str::to_owned))
            .key_condition_expression("#key = :key")
            .expression_attribute_names("#key", name)
            .expression_attribute_values(":key", AttributeValue::S(value));
        let mut pages = request.into_paginator().page_size(PAGE).send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| StoreError::of("Query", &error))?;
            items.extend(page.items.unwrap_or_default());
        }
        Ok(read_all(items))
    }
}
