//! Erases events. A tombstone stays under the keys of each, so that a retry of the provider counts as a duplicate.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use normalization::Key;

use super::item::{self, StoredEvent};
use super::{Store, StoreError};

impl Store {
    /// Erases an event and its raw payload. What stays is its keys, its times of receipt and erasure, and an expiry as long from now
    /// as that of a new event. Repeating it is harmless. Returns false, and erases nothing, if the event waits to be announced.
    pub async fn forget(&self, stored: &StoredEvent, now: Timestamp) -> Result<bool, StoreError> {
        // It may have been changed since it was read.
        let Some(current) = self.event(&stored.key).await? else { return Ok(true) };
        if current.unannounced {
            return Ok(false);
        }
        // First, because only the event names them.
        for sort_key in current.part_keys.iter() {
            let part = Key { partition: current.key.partition.clone(), event: sort_key.clone() };
            let delete = self.client.delete_item().table_name(&self.table).set_key(Some(item::key(&part)));
            delete.send().await.map_err(|error| StoreError::of("DeleteItem", &error))?;
        }
        let text = |time| AttributeValue::S(item::sortable(time));
        let mut tombstone = item::key(&current.key);
        tombstone.extend([
            ("received_at".to_owned(), text(current.received_at)),
            ("forgotten_at".to_owned(), text(now)),
            ("expires_at".to_owned(), AttributeValue::N(self.settings.expiry(now).to_string())),
        ]);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(tombstone))
            .condition_expression("attribute_not_exists(outbox)");
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(service) if service.is_conditional_check_failed_exception() => Ok(false),
                _ => Err(StoreError::of("PutItem", &error)),
            },
        }
    }
}
