//! Erases events. A tombstone stays under the keys of each, so that a retry of the provider counts as a duplicate.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use normalization::Key;

use super::item::{self, StoredEvent};
use super::{Store, StoreError};

impl Store {
    /// Erases an event and its raw payload, also if it was changed since it was read. What stays is its keys, its times of receipt
    /// and erasure, and an expiry as long from now as that of a new event. An event that does not exist any more stays so. Repeating
    /// it is harmless.
    pub async fn forget(&self, stored: &StoredEvent, now: Timestamp) -> Result<(), StoreError> {
        // First, because only the event names them.
        for sort_key in stored.part_keys.iter() {
            let part = Key { partition: stored.key.partition.clone(), event: sort_key.clone() };
            let delete = self.client.delete_item().table_name(&self.table).set_key(Some(item::key(&part)));
            delete.send().await.map_err(|error| StoreError::of("DeleteItem", &error))?;
        }
        let text = |time| AttributeValue::S(item::sortable(time));
        let mut tombstone = item::key(&stored.key);
        tombstone.extend([
            ("received_at".to_owned(), text(stored.received_at)),
            ("forgotten_at".to_owned(), text(now)),
            ("expires_at".to_owned(), AttributeValue::N(self.settings.expiry(now).to_string())),
        ]);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(tombstone))
            .condition_expression("attribute_exists(pk)");
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(service) if service.is_conditional_check_failed_exception() => Ok(()),
                _ => Err(StoreError::of("PutItem", &error)),
            },
        }
    }
}
