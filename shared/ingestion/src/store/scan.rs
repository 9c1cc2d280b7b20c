//! Reads the whole table.

use aws_sdk_dynamodb::types::{AttributeValue, TableDescription};
use futures_util::stream::{self, BoxStream, StreamExt};
use jiff::Timestamp;
use normalization::Key;

use super::by_time::BY_TIME;
use super::found::{Found, read_all};
use super::item::{self, Item};
use super::{Store, StoreError};

/// Most items read for one page. DynamoDB also limits a page to one megabyte, which is about as many events, but a
/// stand-in for DynamoDB may read the rest of the table to fill that megabyte.
pub(super) const PAGE: i32 = 1_000;

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

/// The approximate size of a table, and its index.
#[derive(Default)]
pub struct Size {
    /// The number of items, including those that are not events.
    pub items: u64,
    /// Their total size in bytes.
    pub bytes: u64,
    /// Whether the index `by_time` exists and is filled.
    pub has_time_index: bool,
}

/// One page of a table scan.
pub struct Page {
    /// The events on the page.
    pub found: Found,
    /// The number of items read, including those that are not events.
    pub scanned: usize,
    /// The segment of the table that the page belongs to.
    pub segment: usize,
    /// The start of the segment's next page, if there is one.
    pub next: Option<Cursor>,
}

/// The part of a table that a scan reads.
#[derive(Clone)]
pub struct Scan {
    /// The start in each segment of the table; `None` for a segment that needs not be read. Segments are read in parallel.
    pub segments: Vec<Option<Start>>,
    /// Skips events received before, although the scan still reads and bills them.
    pub since: Option<Timestamp>,
}

/// The start of a scan in a segment.
#[derive(Clone)]
pub enum Start {
    /// The segment's first item.
    First,
    /// The item that follows.
    Behind(Cursor),
}

impl Default for Scan {
    fn default() -> Self {
        Self::parallel(1)
    }
}

impl Scan {
    /// A scan of the whole table in this number of segments.
    pub fn parallel(segments: usize) -> Self {
        Self { segments: vec![Some(Start::First); segments], since: None }
    }
}

impl Store {
    /// Scans the table in no particular order. Ends after the first page that fails.
    pub fn pages(&self, scan: Scan) -> BoxStream<'_, Result<Page, StoreError>> {
        let Scan { segments, since } = scan;
        let total = segments.len();
        let starts = segments.into_iter().enumerate().filter_map(|(number, start)| Some((number, start?)));
        let segments = starts.map(|(number, start)| {
            let first = match start {
                Start::First => None,
                Start::Behind(cursor) => Some(cursor),
            };
            stream::try_unfold(Some(first), move |next| async move {
                let Some(from) = next else { return Ok(None) };
                let page = self.page((number, total), from, since).await?;
                let next = page.next.clone().map(Some);
                Ok(Some((page, next)))
            })
            .boxed()
        });
        stream::select_all(segments).boxed()
    }

    async fn page(
        &self,
        (segment, total): (usize, usize),
        from: Option<Cursor>,
        since: Option<Timestamp>,
    ) -> Result<Page, StoreError> {
        let mut request = self
            .client
            .scan()
            .table_name(&self.table)
            .limit(PAGE)
            .set_exclusive_start_key(from.map(Cursor::into_item));
        if total > 1 {
            request = request.segment(small(segment)).total_segments(small(total));
        }
        if let Some(since) = since {
            let since = AttributeValue::S(item::sortable(since));
            request = request.filter_expression("received_at >= :since");
            request = request.expression_attribute_values(":since", since);
        }
        let answer = request.send().await.map_err(|error| StoreError::of("Scan", &error))?;
        Ok(Page {
            scanned: usize::try_from(answer.scanned_count).unwrap_or_default(),
            found: read_all(answer.items.unwrap_or_default()),
            segment,
            next: answer.last_evaluated_key.map(Cursor::new),
        })
    }

    /// The approximate size of the table, which DynamoDB updates every six hours.
    pub async fn size(&self) -> Result<Size, StoreError> {
        Ok(self.description().await?.map(|table| Size::of(&table)).unwrap_or_default())
    }
}

impl Size {
    pub(crate) fn of(table: &TableDescription) -> Self {
        let number = |count: Option<i64>| count.unwrap_or_default().try_into().unwrap_or_default();
        let indexes = table.global_secondary_indexes().iter();
        let mut filled = indexes.filter(|index| index.backfilling != Some(true));
        Self {
            items: number(table.item_count),
            bytes: number(table.table_size_bytes),
            has_time_index: filled.any(|index| index.index_name() == Some(BY_TIME)),
        }
    }
}

/// A number of segments, of which a table has at most a million.
fn small(number: usize) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}
