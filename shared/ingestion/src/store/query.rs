//! Looks up events.

use aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::stream::{self, BoxStream, StreamExt};
use jiff::Timestamp;
use normalization::{Key, ProviderName, lookup_form};

use super::item::{self, Item, StoredEvent};
use super::{Store, StoreError, raw};

/// The index of actionable events by recipient.
const BY_RECIPIENT: &str = "by_recipient";

/// Most items read for one page. DynamoDB also limits a page to one megabyte, which is about as many events, but a
/// stand-in for DynamoDB may read the rest of the table to fill that megabyte.
const PAGE: i32 = 1_000;

/// The position at which a scan continues.
#[derive(Clone)]
pub struct Cursor(Item);

impl Cursor {
    /// Continues a scan after the item with these keys.
    pub fn behind(key: &Key) -> Self {
        Self(item::key(key))
    }

    /// The keys of the last item that the scan read; `None` if they are not strings.
    pub fn key(&self) -> Option<Key> {
        item::read_key(&self.0).ok()
    }

    pub(super) fn new(item: Item) -> Self {
        Self(item)
    }

    pub(super) fn into_item(self) -> Item {
        self.0
    }
}

/// The result of a lookup. An unreadable item does not hide the others.
#[derive(Default)]
pub struct Found {
    /// The events.
    pub events: Vec<StoredEvent>,
    /// Items that could not be read as events.
    pub unreadable: Vec<Unreadable>,
}

/// An item that is not in mailhooks' format.
pub struct Unreadable {
    /// Its keys. A key that is not a string is empty.
    pub key: Key,
    /// The reason why it cannot be read.
    pub error: StoreError,
}

impl Unreadable {
    /// The event's id, derived from the keys.
    pub fn id(&self) -> String {
        self.key.event_id()
    }
}

/// The approximate size of the table.
pub struct Size {
    /// The number of items, including those that are not events.
    pub items: u64,
    /// Their total size in bytes.
    pub bytes: u64,
}

/// One page of a table scan.
pub struct Page {
    /// The events on the page.
    pub found: Found,
    /// The number of items read, including those that are not events.
    pub scanned: usize,
    /// The start of the next page, if there is one.
    pub next: Option<Cursor>,
}

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

    /// The actionable events of a recipient, sorted by the time at which they happened. Without their raw payloads.
    pub async fn of_recipient(&self, address: &str) -> Result<Found, StoreError> {
        self.query(Some(BY_RECIPIENT), "recipient", lookup_form(address)).await
    }

    /// One event with its raw payload; `None` if it does not exist.
    pub async fn event(&self, key: &Key) -> Result<Option<StoredEvent>, StoreError> {
        let found = self.item(key).await?;
        Ok(found.map(StoredEvent::read).transpose()?.flatten())
    }

    /// Scans the table in no particular order, after `from` if given. Skips events received before `since`, although the scan
    /// still reads and bills them. Ends after the first page that fails.
    pub fn pages(
        &self,
        from: Option<Cursor>,
        since: Option<Timestamp>,
    ) -> BoxStream<'_, Result<Page, StoreError>> {
        stream::try_unfold(Some(from), move |next| async move {
            let Some(from) = next else { return Ok(None) };
            let page = self.page(from, since).await?;
            let next = page.next.clone().map(Some);
            Ok(Some((page, next)))
        })
        .boxed()
    }

    async fn page(&self, from: Option<Cursor>, since: Option<Timestamp>) -> Result<Page, StoreError> {
        let mut request = self
            .client
            .scan()
            .table_name(&self.table)
            .limit(PAGE)
            .set_exclusive_start_key(from.map(Cursor::into_item));
        if let Some(since) = since {
            let since = AttributeValue::S(item::sortable(since));
            request = request.filter_expression("received_at >= :since");
            request = request.expression_attribute_values(":since", since);
        }
        let answer = request.send().await.map_err(|error| StoreError::of("Scan", &error))?;
        Ok(Page {
            scanned: usize::try_from(answer.scanned_count).unwrap_or_default(),
            found: read_all(answer.items.unwrap_or_default()),
            next: answer.last_evaluated_key.map(Cursor::new),
        })
    }

    /// The approximate size of the table, which DynamoDB updates every six hours.
    pub async fn size(&self) -> Result<Size, StoreError> {
        let table = self.description().await?;
        let (items, bytes) =
            table.map(|table| (table.item_count, table.table_size_bytes)).unwrap_or_default();
        let number = |count: Option<i64>| count.unwrap_or_default().try_into().unwrap_or_default();
        Ok(Size { items: number(items), bytes: number(bytes) })
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

fn read_all(items: Vec<Item>) -> Found {
    let mut found = Found::default();
    for item in items {
        let text = |name| item::text(&item, name).unwrap_or_default().to_owned();
        let key = Key { partition: text("pk"), event: text("sk") };
        match StoredEvent::read(item) {
            Ok(event) => found.events.extend(event),
            Err(error) => found.unreadable.push(Unreadable { key, error }),
        }
    }
    found
}
