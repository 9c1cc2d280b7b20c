//! Replaces a recorded event with the same event in the current mapping.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use normalization::Event;
use serde_json::Value;

use super::index::INDEXED;
use super::item::{self, StoredEvent};
use super::{Store, StoreError, updated};

impl StoredEvent {
    /// The stored event as JSON: its data, id and time, and any members that only another version of mailhooks knows.
    /// Fails if the item has a value that JSON cannot represent.
    pub fn as_stored(&self) -> Result<Value, StoreError> {
        as_json(self.attributes.0.clone())
    }

    /// Whether the index `by_time` has the event.
    pub fn is_in_time_index(&self) -> bool {
        let [.., name] = INDEXED;
        self.indexed.contains_key(name)
    }

    /// The time of receipt. It has full precision if it is also the time of the event, as for providers that send no
    /// time, and otherwise milliseconds.
    pub fn received_exactly(&self) -> Timestamp {
        let of_event = item::sortable(self.event.time) == item::sortable(self.received_at);
        if of_event { self.event.time } else { self.received_at }
    }
}

/// An event in the form of [`StoredEvent::as_stored`].
pub fn to_be_stored(event: &Event) -> Result<Value, StoreError> {
    as_json(item::event_attributes(event))
}

fn as_json(attributes: item::Item) -> Result<Value, StoreError> {
    serde_dynamo::from_item(attributes).map_err(|_| StoreError::unreadable("event"))
}

impl Store {
    /// Whether the index `by_recipient` has a stored event, or does not need it.
    pub fn is_in_address_index(&self, stored: &StoredEvent) -> bool {
        let [name, ..] = INDEXED;
        !self.indexed(stored, &stored.event).contains_key(name) || stored.indexed.contains_key(name)
    }

    /// The attributes for the indexes as they are stored, and as they would be for this event, as JSON.
    pub fn index_attributes(&self, stored: &StoredEvent, event: &Event) -> Result<[Value; 2], StoreError> {
        Ok([as_json(stored.indexed.0.clone())?, as_json(self.indexed(stored, event))?])
    }

    fn indexed(&self, stored: &StoredEvent, event: &Event) -> item::Item {
        self.settings.index_attributes(event, &stored.key, stored.received_at)
    }

    /// Replaces a recorded event under the same keys, with its index attributes. A `due` event gets an outbox mark, which
    /// [`Store::settle`] removes. Raw payload, time of receipt and expiry stay. Returns false, and changes nothing, if the
    /// item was changed or removed since it was read.
    pub async fn rewrite(&self, stored: &StoredEvent, event: &Event, due: bool) -> Result<bool, StoreError> {
        let mut set = self.indexed(stored, event);
        let mut removed = INDEXED.to_vec();
        removed.retain(|name| !set.contains_key(*name));
        set.insert("event".to_owned(), AttributeValue::M(item::event_attributes(event)));
        if due {
            set.insert("outbox".to_owned(), AttributeValue::S(item::shard(&stored.key.event)));
        }
        let assignments: Vec<_> = set.keys().map(|name| format!("{name} = :{name}")).collect();
        let mut expression = format!("SET {}", assignments.join(", "));
        if !removed.is_empty() {
            expression.extend([" REMOVE ", &removed.join(", ")]);
        }
        let values = set.into_iter().map(|(name, value)| (format!(":{name}"), value));
        let mut values: item::Item = values.collect();
        values.insert(":recorded".to_owned(), AttributeValue::M(stored.attributes.0.clone()));
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&stored.key)))
            .update_expression(expression)
            // Also fails if the item was deleted, where an update would create a new one.
            .condition_expression("event = :recorded")
            .set_expression_attribute_values(Some(values));
        updated(update).await
    }
}
