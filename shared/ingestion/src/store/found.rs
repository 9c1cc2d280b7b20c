//! The events that a lookup found.

use normalization::Key;

use super::StoreError;
use super::item::{self, Item, StoredEvent};

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

pub(super) fn read_all(items: Vec<Item>) -> Found {
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
