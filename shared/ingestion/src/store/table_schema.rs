//! Reads the schema of a table, to compare it with the template.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{KeySchemaElement, TableDescription, TableStatus, TimeToLiveStatus};

use super::{Store, StoreError};

/// The keys, the indexes and the time to live of a table.
#[derive(Eq, PartialEq)]
pub struct TableSchema {
    /// The names of the table's keys, partition key first.
    pub keys: Vec<String>,
    /// The names of the keys of each index, by index name. Excludes indexes that are still being filled.
    pub indexes: BTreeMap<String, Vec<String>>,
    /// The attribute with the expiry time of an item; `None` if items do not expire.
    pub expires_by: Option<String>,
}

impl Store {
    /// The schema of the table; `None` if the table is being created or deleted.
    pub async fn table_schema(&self) -> Result<Option<TableSchema>, StoreError> {
        let table = self.description().await?;
        let usable = [TableStatus::Active, TableStatus::Updating];
        let is_usable = |status: &TableStatus| usable.contains(status);
        let Some(table) = table.filter(|table| table.table_status().is_some_and(is_usable)) else {
            return Ok(None);
        };
        let indexes = table.global_secondary_indexes().iter();
        let indexes = indexes
            .filter(|index| index.backfilling != Some(true))
            .filter_map(|index| Some((index.index_name()?.to_owned(), names(index.key_schema()))));
        Ok(Some(TableSchema {
            keys: names(table.key_schema()),
            indexes: indexes.collect(),
            expires_by: self.expires_by().await?,
        }))
    }

    async fn expires_by(&self) -> Result<Option<String>, StoreError> {
        let answer = self
            .client
            .describe_time_to_live()
            .table_name(&self.table)
            .send()
            .await
            .map_err(|error| StoreError::of("DescribeTimeToLive", &error))?;
        let enabled = [TimeToLiveStatus::Enabled, TimeToLiveStatus::Enabling];
        let description = answer.time_to_live_description.filter(|described| {
            described.time_to_live_status().is_some_and(|status| enabled.contains(status))
        });
        Ok(description.and_then(|described| described.attribute_name))
    }

    /// The description of the table.
    pub(super) async fn description(&self) -> Result<Option<TableDescription>, StoreError> {
        let answer = self.client.describe_table().table_name(&self.table).send().await;
        Ok(answer.map_err(|error| StoreError::of("DescribeTable", &error))?.table)
    }
}

fn names(keys: &[KeySchemaElement]) -> Vec<String> {
    keys.iter().map(|key| key.attribute_name().to_owned()).collect()
}
