//! The state of a message for each recipient: its event of the highest rank.
//!
//! Providers deliver events late, twice and out of order. A rank depends only on the event, so a consumer that keeps one
//! state per message and recipient replaces it on the condition that the rank of the new event is higher, and ends with
//! the same state whatever the order. docs/reference.md lists the weights.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::read::address::lookup_form;
use crate::{Action, BounceClass, Event, EventType, ProviderName};

/// The state of a message for one recipient.
pub struct State<'a> {
    /// The address in the provider's spelling; `None` if no event has one.
    pub recipient: Option<&'a str>,
    /// The event of the highest rank.
    pub decisive: &'a Event,
    /// The number of the recipient's events.
    pub events: usize,
}

impl Serialize for State<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            provider: ProviderName,
            message: Option<&'a str>,
            recipient: Option<&'a str>,
            state: EventType,
            action: Action,
            since: Timestamp,
            id: &'a str,
            events: usize,
        }
        let (event, data) = (self.decisive, &self.decisive.data);
        Members {
            provider: data.provider,
            message: data.message.as_ref().and_then(|message| message.id.as_deref()),
            recipient: self.recipient,
            state: data.event_type,
            action: data.action,
            since: event.time,
            id: &event.id,
            events: self.events,
        }
        .serialize(serializer)
    }
}

/// The state for each recipient of these events, which belong to one message.
pub fn states<'a>(events: &[&'a Event]) -> Vec<State<'a>> {
    let mut by_recipient: BTreeMap<(ProviderName, Option<String>), Vec<&'a Event>> = BTreeMap::new();
    for event in events {
        // Providers report an address as the sender wrote it, in lower case, or with its domain as A-labels.
        let recipient = event.data.recipient.as_deref().map(lookup_form);
        let provider = event.data.provider;
        by_recipient.entry((provider, recipient)).or_default().push(event);
    }
    for provider in ProviderName::ALL {
        // If a message has one recipient, events without an address are that recipient's.
        let mut known =
            by_recipient.keys().filter(|(name, recipient)| name == provider && recipient.is_some());
        if let (Some(only), None) = (known.next().cloned(), known.next())
            && let Some(unsaid) = by_recipient.remove(&(*provider, None))
        {
            by_recipient.entry(only).or_default().extend(unsaid);
        }
    }
    let states = by_recipient.into_values().filter_map(|mut events| {
        events.sort_by_key(|event| rank(event));
        let recipient = events.iter().rev().find_map(|event| event.data.recipient.as_deref());
        Some(State { recipient, decisive: events.last()?, events: events.len() })
    });
    states.collect()
}

/// What decides between the events of one message and recipient. Ranks are compared by weight, then by time, then by id,
/// which decides between events of the same time.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub struct Rank<'a> {
    /// The [`weight`] of the event.
    pub weight: u8,
    /// When the event happened.
    pub time: Timestamp,
    /// The id of the event.
    pub id: &'a str,
}

/// A text that sorts as the rank does: `12#2026-10-01T09:14:06.000000000Z#emailit:evt_1`.
impl fmt::Display for Rank<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02}#{:.9}#{}", self.weight, self.time, self.id)
    }
}

/// The rank of an event.
pub fn rank(event: &Event) -> Rank<'_> {
    Rank { weight: weight(event), time: event.time, id: &event.id }
}

/// How much an event says about the final state: first the recipient's wish, then a permanent failure, then proof of arrival,
/// then a refusal before sending, then a temporary state. Events that take each other back have the same weight, so that the
/// later one decides.
pub fn weight(event: &Event) -> u8 {
    use EventType as Type;
    let class = event.data.bounce.as_ref().and_then(|bounce| bounce.class);
    match event.data.event_type {
        // With the type `not-spam` it takes an earlier complaint back.
        Type::EmailComplained => 12,
        Type::EmailUnsubscribed | Type::EmailResubscribed => 11,
        Type::EmailBounced if class == Some(BounceClass::Permanent) => 10,
        Type::EmailClicked | Type::InboundBlocked => 9,
        Type::EmailOpened | Type::InboundSpam => 8,
        Type::EmailDelivered | Type::InboundDelivered => 7,
        Type::EmailRejected
        | Type::EmailSpam
        | Type::EmailSuppressed
        | Type::EmailFailed
        | Type::EmailCanceled => 6,
        Type::EmailBounced => 5,
        Type::EmailDeferred => 4,
        Type::EmailHeld => 3,
        Type::EmailSent | Type::InboundReceived => 2,
        Type::EmailQueued | Type::EmailScheduled => 1,
        Type::EmailDeleted
        | Type::ContactCreated
        | Type::ContactUpdated
        | Type::ContactDeleted
        | Type::DomainCreated
        | Type::DomainUpdated
        | Type::DomainDeleted
        | Type::DomainVerified
        | Type::SuppressionCreated
        | Type::SuppressionDeleted
        | Type::Unknown => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(event_type: EventType, second: i64, recipient: Option<&str>) -> Event {
        let data = json!({
            "provider": "emailit",
            "type": event_type,
            "action": if event_type == EventType::EmailComplained { "suppress" } else { "none" },
            "recipient": recipient,
            "bounce": {"class": "permanent"},
        });
        let data = serde_json::from_value(data).unwrap();
        let time = Timestamp::from_second(second).unwrap();
        Event { id: format!("emailit:{second}"), time, data }
    }

    fn state(types: &[EventType]) -> EventType {
        let events: Vec<Event> =
            types.iter().zip(1..).map(|(word, second)| event(*word, second, Some("a"))).collect();
        states(&events.iter().collect::<Vec<_>>()).first().unwrap().decisive.data.event_type
    }

    #[test]
    fn the_most_significant_event_decides() {
        use EventType as Type;
        let cases = [
            (&[Type::EmailDelivered, Type::EmailQueued][..], Type::EmailDelivered),
            (&[Type::EmailBounced, Type::EmailDelivered], Type::EmailBounced),
            (&[Type::EmailComplained, Type::EmailBounced, Type::EmailClicked], Type::EmailComplained),
            (&[Type::EmailComplained, Type::EmailDelivered], Type::EmailComplained),
            (&[Type::EmailDelivered, Type::EmailDeferred, Type::EmailFailed], Type::EmailDelivered),
            (&[Type::EmailUnsubscribed, Type::EmailResubscribed], Type::EmailResubscribed),
            (&[Type::EmailResubscribed, Type::EmailUnsubscribed], Type::EmailUnsubscribed),
        ];
        for (types, expected) in cases {
            assert_eq!(state(types), expected, "{types:?}");
        }
    }

    /// Keeps the state of one recipient as a consumer does: by a write on a condition.
    fn keep(kept: &mut Option<(String, String)>, event: &Event) {
        let rank = rank(event).to_string();
        if kept.as_ref().is_none_or(|(old, _)| *old < rank) {
            *kept = Some((rank, event.id.clone()));
        }
    }

    #[test]
    fn conditional_writes_in_any_order_and_twice_keep_the_same_state() {
        const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        for (first, second) in
            EventType::ALL.iter().flat_map(|one| EventType::ALL.iter().map(move |two| (one, two)))
        {
            for third in [EventType::EmailDelivered, EventType::EmailComplained, EventType::EmailBounced] {
                // Two of the three happen at the same time.
                let types = [(*first, 1, 'a'), (*second, 1, 'b'), (third, 2, 'c')];
                let events = types.map(|(event_type, second, id)| Event {
                    id: format!("emailit:{id}"),
                    ..event(event_type, second, Some("ada"))
                });
                let references: Vec<&Event> = events.iter().collect();
                let expected = &states(&references).first().unwrap().decisive.id;
                for order in ORDERS {
                    let mut kept = None;
                    for place in order.iter().chain(&order) {
                        keep(&mut kept, &events[*place]);
                    }
                    assert_eq!(&kept.unwrap().1, expected, "{first} {second} {third} in the order {order:?}");
                }
            }
        }
    }

    #[test]
    fn the_text_of_a_rank_sorts_by_the_fraction_of_a_second() {
        let at = |time: &str| Rank { weight: 7, time: time.parse().unwrap(), id: "jasni:1" }.to_string();
        assert_eq!(at("2026-10-01T09:14:06Z"), "07#2026-10-01T09:14:06.000000000Z#jasni:1");
        assert!(at("2026-10-01T09:14:06Z") < at("2026-10-01T09:14:06.5Z"));
    }

    #[test]
    fn an_address_is_the_same_in_capitals() {
        let events = [
            event(EventType::EmailComplained, 1, Some("Ada@example.com")),
            event(EventType::EmailDelivered, 2, Some("ada@example.com")),
        ];
        let one = states(&events.iter().collect::<Vec<_>>());
        assert_eq!(one.len(), 1);
        assert_eq!((one[0].recipient, one[0].events), (Some("Ada@example.com"), 2));
        assert_eq!(one[0].decisive.data.event_type, EventType::EmailComplained);
    }

    #[test]
    fn an_open_without_address_is_of_the_only_recipient() {
        let events =
            [event(EventType::EmailDelivered, 1, Some("ada")), event(EventType::EmailOpened, 2, None)];
        let one = states(&events.iter().collect::<Vec<_>>());
        assert_eq!(one.len(), 1);
        assert_eq!(one[0].decisive.data.event_type, EventType::EmailOpened);
        let other = event(EventType::EmailDelivered, 3, Some("bob"));
        assert_eq!(states(&[&events[0], &events[1], &other]).len(), 3);
    }
}
