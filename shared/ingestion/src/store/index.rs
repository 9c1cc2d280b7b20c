//! The attributes under which the indexes `by_recipient` and `by_time` find an event.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use normalization::{Action, Event, EventType, Key, MAX_ADDRESS, lookup_form};

use super::attributes::{Item, sortable};

/// Shards of one day in the index `by_time`: a partition takes 1,000 writes per second, so eight take 8,000 events per second, as
/// many as the outbox (docs/scaling.md describes what to do beyond).
pub(super) const DAY_SHARDS: u8 = 8;

/// The attributes of an item that only the indexes need.
pub(super) const INDEXED: [&str; 3] = ["recipient", "occurred_at", "received_day"];

/// Days that an event is kept unless the configuration says otherwise.
const DEFAULT_RETENTION_DAYS: u32 = 180;

/// How events are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WriteSettings {
    /// Days until an event expires.
    pub retention_days: u32,
    /// The events in the index `by_recipient`.
    pub address_index: AddressIndex,
    /// Whether the index `by_time` has every event.
    pub time_index: bool,
}

impl Default for WriteSettings {
    fn default() -> Self {
        Self {
            retention_days: DEFAULT_RETENTION_DAYS,
            address_index: AddressIndex::default(),
            time_index: true,
        }
    }
}

/// The events in the index `by_recipient`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum AddressIndex {
    /// Every event that names its recipient, except incoming mail, opens and clicks: they are many, and the timeline of their
    /// message has them.
    #[default]
    Mail,
    /// Only events with an action.
    Actionable,
}

impl AddressIndex {
    /// Reads the value of the parameter `AddressIndex`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "mail" => Some(Self::Mail),
            "actionable" => Some(Self::Actionable),
            _ => None,
        }
    }

    fn has(self, event: &Event) -> bool {
        let data = &event.data;
        let by_type = match data.event_type {
            EventType::EmailOpened | EventType::EmailClicked => false,
            other => self == Self::Mail && !other.is_incoming(),
        };
        by_type || data.action != Action::None
    }
}

impl WriteSettings {
    /// When an item written at this time expires, in Unix seconds.
    pub(super) fn expiry(self, time: Timestamp) -> i64 {
        time.as_second() + i64::from(self.retention_days) * 86_400
    }

    /// The attributes of an event for the indexes.
    pub(super) fn index_attributes(self, event: &Event, key: &Key, received_at: Timestamp) -> Item {
        let recipient = event.data.recipient.as_deref().filter(|_| self.address_index.has(event));
        let recipient = recipient.filter(|recipient| recipient.len() <= MAX_ADDRESS);
        let about = recipient
            .map(|recipient| [("recipient", lookup_form(recipient)), ("occurred_at", sortable(event.time))]);
        let day =
            self.time_index.then(|| ("received_day", partition(day_of(received_at), shard(&key.event))));
        let attributes = about.into_iter().flatten().chain(day);
        attributes.map(|(name, value)| (name.to_owned(), AttributeValue::S(value))).collect()
    }
}

/// The day in UTC.
pub(super) fn day_of(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

/// A partition of the index `by_time`.
pub(super) fn partition(day: Date, shard: u8) -> String {
    format!("{day}#{shard}")
}

fn shard(event_key: &str) -> u8 {
    sum(event_key) % DAY_SHARDS
}

/// A number from 0 to 255 that spreads event keys evenly.
pub(super) fn sum(event_key: &str) -> u8 {
    event_key.bytes().fold(0, |sum: u8, byte| sum.wrapping_mul(31).wrapping_add(byte))
}
