//! Looking events up.

use aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::stream::{self, BoxStream, StreamExt};
use jiff::Timestamp;
use normalization::{Key, ProviderName, lookup_form};

use super::item::{self, Item, StoredEvent};
use super::{Store, StoreError, raw};

/// The index of every actionable event, by its recipient.
const BY_RECIPIENT: &str = "by_recipient";

/// Items that DynamoDB reads for one page at most. A page is one megabyte at most in any case, which is about as many
/// events; but an engine that stands in for DynamoDB may read all that is left of a table to find that megabyte.
const PAGE: i32 = 1_000;

/// The position at which a scan continues.
#[derive(Clone)]
pub struct Cursor(Item);

impl Cursor {
    /// Behind the item with these keys, as a scan of the table comes by it.
    pub fn behind(key: &Key) -> Self {
        Self(item::key(key))
    }

    /// The keys of the item that a scan of the table has come to.
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

/// Events that were looked up. One item that cannot be read hides no other.
#[derive(Default)]
pub struct Found {
    /// The events.
    pub events: Vec<StoredEvent>,
    /// What should be an event as well.
    pub unreadable: Vec<Unreadable>,
}

/// An item that is not as mailhooks writes it.
pub struct Unreadable {
    /// Its keys; empty where they are no text.
    pub key: Key,
    /// What is wrong with it.
    pub error: StoreError,
}

impl Unreadable {
    /// The event's id, by its keys.
    pub fn id(&self) -> String {
        self.key.event_id()
    }
}

/// How large the table is.
pub struct Size {
    /// Its items, events and others.
    pub items: u64,
    /// What they hold.
    pub bytes: u64,
}

/// A part of the table.
pub struct Page {
    /// What is in it.
    pub found: Found,
    /// Items looked at, events and others.
    pub scanned: usize,
    /// Where the next page starts, if there is one.
    pub next: Option<Cursor>,
}

impl Store {
    /// A message's events, by the time they happened.
    pub async fn timeline(&self, provider: ProviderName, message: &str) -> Result<Found, StoreError> {
        self.under(&format!("{provider}#{message}")).await
    }

    /// The events under a partition key, by the time they happened.
    pub async fn under(&self, partition_key: &str) -> Result<Found, StoreError> {
        let mut found = self.query(None, "pk", partition_key.to_owned()).await?;
        found
            .events
            .sort_by(|one, other| (one.event.time, &one.event.id).cmp(&(other.event.time, &other.event.id)));
        Ok(found)
    }

    /// The actionable events of a recipient, by the time they happened. Without their raw payloads.
    pub async fn of_recipient(&self, address: &str) -> Result<Found, StoreError> {
        self.query(Some(BY_RECIPIENT), "recipient", lookup_form(address)).await
    }

    /// One event, whole: with its raw payload.
    pub async fn event(&self, key: &Key) -> Result<Option<StoredEvent>, StoreError> {
        let found = self.item(key).await?;
        Ok(found.map(StoredEvent::read).transpose()?.flatten())
    }

    /// The whole table, in no order, behind `from` if it is given, and without what was received before `since`: all of
    /// it is read none the less, and paid for. A page that cannot be read is the last one.
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

    /// About how large the table is; DynamoDB counts every six hours.
    pub async fn size(&self) -> Result<Size, StoreError> {
        let table = self.description().await?;
        let (items, bytes) =
            table.map(|table| (table.item_count, table.table_size_bytes)).unwrap_or_default();
        let number = |count: Option<i64>| count.unwrap_or_default().try_into().unwrap_or_default();
        Ok(Size { items: number(items), bytes: number(bytes) })
    }

    /// The exact bytes that the provider sent for an event.
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

    /// What lies under these keys now.
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
