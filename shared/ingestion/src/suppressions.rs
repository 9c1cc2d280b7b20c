//! The table of the suppression list: one item per address, which an application reads with one `GetItem`.

mod consumer;
mod entry;
mod forgotten;
mod keeper;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use futures_util::stream::{self, BoxStream, StreamExt};
use jiff::Timestamp;
use normalization::suppression::{Evidence, Kind, Policy};

use crate::store::{Size, StoreError};
use entry::Item;

pub use consumer::{Batch, Consumer, Response};
pub use entry::{Answer, Entry, Explained};
pub use forgotten::{SALT, is_address};
pub use keeper::Keeper;

/// Writers of one address at a time that all succeed: each attempt of the last one lets another through. More than a batch
/// of the queue has.
const ATTEMPTS: usize = 32;

/// Most entries read for one page. DynamoDB also limits a page to one megabyte, which is about as many entries, but a
/// stand-in for DynamoDB may read the rest of the table to fill that megabyte.
const PAGE: i32 = 1_000;

/// The table of the list.
#[derive(Clone)]
pub struct Suppressions {
    client: Client,
    table: String,
    policy: Policy,
}

impl Suppressions {
    /// A list over an existing table.
    pub fn new(client: Client, table: impl Into<String>, policy: Policy) -> Self {
        Self { client, table: table.into(), policy }
    }

    /// The rules of the list.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The entry of an address, in lookup form.
    pub async fn get(&self, address: &str) -> Result<Option<Entry>, StoreError> {
        let read = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = read.key("address", AttributeValue::S(address.to_owned())).send().await;
        let item = answer.map_err(|error| StoreError::of("GetItem", &error))?.item;
        item.map(Entry::read).transpose()
    }

    /// All entries, in no particular order, in pages, from this number of segments of the table in parallel. Those of erased addresses
    /// have a hash as their key. Ends after the first page that fails.
    pub fn pages(&self, segments: u16) -> BoxStream<'_, Result<Vec<Entry>, StoreError>> {
        let segments = (0..segments).map(|segment| {
            stream::try_unfold(Some(None), move |next| async move {
                let Some(from) = next else { return Ok(None) };
                let (entries, next) = self.page((segment, segments), from).await?;
                Ok(Some((entries, next.map(Some))))
            })
            .boxed()
        });
        stream::select_all(segments).boxed()
    }

    async fn page(
        &self,
        (segment, segments): (u16, u16),
        from: Option<Item>,
    ) -> Result<(Vec<Entry>, Option<Item>), StoreError> {
        let mut scan = self.client.scan().table_name(&self.table).limit(PAGE).set_exclusive_start_key(from);
        if segments > 1 {
            scan = scan.segment(segment.into()).total_segments(segments.into());
        }
        let answer = scan.send().await.map_err(|error| StoreError::of("Scan", &error))?;
        let is_entry = |item: &Item| item.get("address") != Some(&AttributeValue::S(SALT.to_owned()));
        let items = answer.items.unwrap_or_default().into_iter().filter(is_entry);
        Ok((items.map(Entry::read).collect::<Result<_, _>>()?, answer.last_evaluated_key))
    }

    /// The approximate size of the table, which DynamoDB updates every six hours.
    pub async fn size(&self) -> Result<Size, StoreError> {
        let answer = self.client.describe_table().table_name(&self.table).send().await;
        let table = answer.map_err(|error| StoreError::of("DescribeTable", &error))?.table;
        Ok(table.map(|table| Size::of(&table)).unwrap_or_default())
    }

    /// Adds evidence about an address, in lookup form, and applies the rules. Returns whether the entry changed. Concurrent
    /// writers and repeated evidence end with the same entry.
    pub async fn add(
        &self,
        address: &str,
        evidence: &[(Kind, Evidence)],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut known = self.get(address).await?;
        for _ in 0..ATTEMPTS {
            let mut slots = known.as_ref().map(|entry| entry.slots.clone()).unwrap_or_default();
            for (kind, evidence) in evidence {
                slots.add(*kind, evidence.clone());
            }
            let attributes = entry::attributes(address, &slots, &self.policy, now);
            let is_known = known.as_ref().is_some_and(|entry| entry.has(&attributes));
            if is_known || slots.is_empty() {
                return Ok(false);
            }
            match self.replace(known.as_ref(), attributes, address).await? {
                Replaced::Done => return Ok(true),
                Replaced::Changed(other) => known = other,
            }
        }
        Err(StoreError::busy("PutItem"))
    }

    async fn replace(
        &self,
        known: Option<&Entry>,
        attributes: Item,
        address: &str,
    ) -> Result<Replaced, StoreError> {
        let version = known.map_or(0, Entry::version);
        let item = entry::with_version(attributes, version + 1);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let put = if known.is_some() {
            put.condition_expression("version = :version")
                .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
        } else {
            put.condition_expression("attribute_not_exists(address)")
        };
        let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else {
            return Ok(Replaced::Done);
        };
        let failure = StoreError::of("PutItem", &error);
        match error.into_service_error() {
            // Without the old item, the entry is read.
            PutItemError::ConditionalCheckFailedException(old) => Ok(Replaced::Changed(match old.item {
                Some(item) => Some(Entry::read(item)?),
                None => self.get(address).await?,
            })),
            _ => Err(failure),
        }
    }
}

enum Replaced {
    Done,
    /// Another writer changed the entry, which is now this.
    Changed(Option<Entry>),
}
