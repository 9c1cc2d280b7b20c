//! The table of events. (`pk`, `sk`) identifies an event. It is written by one conditional put, which returns the old item if it
//! exists: no race can record an event twice, and a duplicate costs one call.

mod attributes;
mod by_time;
mod error;
mod forget;
mod found;
mod index;
mod item;
mod outbox;
mod query;
mod raw;
mod rewrite;
mod scan;
mod table_schema;
mod unseen;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use normalization::{Event, Key, ProviderName, Record};

pub use by_time::{Entries, Received};
pub use error::StoreError;
pub use found::{Found, Unreadable};
pub use index::{AddressIndex, WriteSettings};
pub use item::StoredEvent;
pub use outbox::{Shard, Waiting};
pub use raw::RawPayload;
pub use rewrite::to_be_stored;
pub use scan::{Cursor, Page, Scan, Size, Start};
pub use table_schema::TableSchema;
pub use unseen::{SAMPLE_MESSAGE, is_sample};

/// Concurrent writes of a raw payload's parts. The largest payload, of 6 MB, has sixteen.
const CONCURRENT_PARTS: usize = 4;

/// The event table.
#[derive(Clone)]
pub struct Store {
    client: Client,
    table: String,
    settings: WriteSettings,
}

/// The result of recording.
#[derive(Clone, Debug, PartialEq)]
pub enum Recorded {
    /// It was new.
    New,
    /// It was recorded before.
    Known {
        /// The recorded event, if it was not announced yet.
        unannounced: Option<Box<Event>>,
    },
}

impl Store {
    /// A store over an existing table.
    pub fn new(client: Client, table: impl Into<String>, settings: WriteSettings) -> Self {
        Self { client, table: table.into(), settings }
    }

    /// Days that events are kept.
    pub fn retention_days(&self) -> u32 {
        self.settings.retention_days
    }

    /// The events that the store writes into the index by recipient.
    pub fn address_index(&self) -> AddressIndex {
        self.settings.address_index
    }

    /// Records an event exactly once, with its raw payload. A `due` event carries the outbox mark until [`Store::settle`] removes it.
    pub async fn record(
        &self,
        record: &Record<'_>,
        raw: &RawPayload<'_>,
        received_at: Timestamp,
        due: bool,
    ) -> Result<Recorded, StoreError> {
        let draft = item::Draft::new(record, received_at, self.settings, due);
        let item = if raw.needs_parts() {
            if let Some(known) = self.known(record).await? {
                return Ok(known);
            }
            let (sort_keys, parts) = draft.parts(record, raw);
            self.write_parts(parts).await?;
            draft.with_parts(sort_keys)
        } else {
            draft.with_raw(raw)
        };
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else {
            return Ok(Recorded::New);
        };
        let failure = StoreError::of("PutItem", &error);
        match error.into_service_error() {
            PutItemError::ConditionalCheckFailedException(old) => match old.item {
                Some(old) => Ok(item::known(old, &record.event)),
                // It is unknown whether the event waits. If the item has expired meanwhile, the retry records it.
                None => self.known(record).await?.ok_or(failure),
            },
            _ => Err(failure),
        }
    }

    /// Removes the outbox mark of an announced event.
    pub async fn settle(&self, key: &Key) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(key)))
            .update_expression("REMOVE outbox")
            // Without it, an update would recreate an expired item, and the next delivery would count as a duplicate.
            .condition_expression("attribute_exists(pk)");
        updated(update).await.map(drop)
    }

    /// Opens the connection by reading an item of the provider that does not exist. Its role allows no other items.
    pub async fn warm(&self, provider: ProviderName) {
        let nothing = Key { partition: format!("{provider}#warm"), event: "warm".to_owned() };
        let request = self.client.get_item().table_name(&self.table);
        drop(request.set_key(Some(item::key(&nothing))).send().await);
    }

    async fn known(&self, record: &Record<'_>) -> Result<Option<Recorded>, StoreError> {
        let found = self.item(&record.key).await?;
        Ok(found.map(|old| item::known(old, &record.event)))
    }

    /// Writes all parts even if one fails: an abandoned write may still take effect.
    async fn write_parts(&self, parts: Vec<item::Item>) -> Result<(), StoreError> {
        let writes = stream::iter(parts).map(async |part| {
            let put = self.client.put_item().table_name(&self.table).set_item(Some(part));
            put.send().await.map(drop).map_err(|error| StoreError::of("PutItem", &error))
        });
        let written: Vec<Result<(), StoreError>> = writes.buffer_unordered(CONCURRENT_PARTS).collect().await;
        written.into_iter().collect()
    }
}

/// Changes an item: whether it was as the condition says.
async fn updated(update: UpdateItemFluentBuilder) -> Result<bool, StoreError> {
    match update.send().await {
        Ok(_) => Ok(true),
        Err(error) => match error.as_service_error() {
            Some(service) if service.is_conditional_check_failed_exception() => Ok(false),
            _ => Err(StoreError::of("UpdateItem", &error)),
        },
    }
}
