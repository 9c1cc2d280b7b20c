//! Putting an event, as it is understood today, in the place of the recorded one.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use normalization::Event;
use serde_json::Value;

use super::item::{self, StoredEvent};
use super::{Store, StoreError};

/// What became of an event that was to be put in the place of the recorded one.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Rewrite {
    /// It is there now.
    Done,
    /// Somebody else changed or removed the item since it was read: it was left alone.
    Conflict,
}

impl StoredEvent {
    /// The event's data, id and time, with whatever else the item holds in their place: an event of another version
    /// may have members that are not known here.
    pub fn as_stored(&self) -> Result<Value, StoreError> {
        as_json(self.attributes.0.clone())
    }

    /// The moment at which the event was received: to the last digit where it is the time of the event, as it is of one
    /// whose provider gives none, else to the millisecond.
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
    /// Puts an event in the place of the recorded one, under the same keys, with what it is found by. If it is `due` it
    /// gets an outbox mark, until [`Store::settle`] takes that away. Raw payload, receipt and the end of its stay remain
    /// as they are.
    pub async fn rewrite(
        &self,
        stored: &StoredEvent,
        event: &Event,
        due: bool,
    ) -> Result<Rewrite, StoreError> {
        let mut set = item::index_attributes(event);
        let mut remove = item::INDEXED.to_vec();
        remove.retain(|name| !set.contains_key(*name));
        let attributes = item::event_attributes(event);
        set.insert("event".to_owned(), AttributeValue::M(attributes));
        if due {
            let shard = item::shard(&stored.key.event);
            set.insert("outbox".to_owned(), AttributeValue::S(shard));
        }
        let mut expression = vec!["SET"];
        let assignments: Vec<_> = set.keys().map(|name| format!("{name} = :{name}")).collect();
        let assignments = assignments.join(", ");
        expression.push(&assignments);
        let removed = remove.join(", ");
        if !removed.is_empty() {
            expression.extend(["REMOVE", &removed]);
        }
        let values = set.into_iter();
        let mut values: item::Item = values.map(|(name, value)| (format!(":{name}"), value)).collect();
        let recorded = AttributeValue::M(stored.attributes.0.clone());
        values.insert(":recorded".to_owned(), recorded);
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&stored.key)))
            .update_expression(expression.join(" "))
            // Also of an item that has gone: an update would make a new one.
            .condition_expression("event = :recorded")
            .set_expression_attribute_values(Some(values));
        match update.send().await {
            Ok(_) => Ok(Rewrite::Done),
            Err(error) => match error.as_service_error() {
                Some(service) if service.is_conditional_check_failed_exception() => Ok(Rewrite::Conflict),
                _ => Err(StoreError::of("UpdateItem", &error)),
            },
        }
    }
}
