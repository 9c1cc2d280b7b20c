//! Derives the state of a message for each recipient from its events. Providers deliver events late and out of
//! order, so the most significant event decides, and among equals the latest.

mod standing;

use std::collections::BTreeMap;

use normalization::{Action, BounceClass, Event, EventType, ProviderName, lookup_form};
use serde_json::{Value, json};

pub use standing::standing;

/// The state of a message for one recipient.
pub struct State<'a> {
    /// The address in the provider's spelling; `None` if no event has one.
    pub recipient: Option<&'a str>,
    /// The event that determines the state.
    pub decisive: &'a Event,
    /// The number of the recipient's events.
    pub events: usize,
}

impl State<'_> {
    /// The state as JSON.
    pub fn object(&self) -> Value {
        let (event, data) = (self.decisive, &self.decisive.data);
        json!({
            "provider": data.provider,
            "message": data.message.as_ref().and_then(|message| message.id.as_deref()),
            "recipient": self.recipient,
            "state": data.event_type,
            "action": data.action,
            "since": event.time,
            "id": event.id,
            "events": self.events,
        })
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
    let states = by_recipient.into_values().filter_map(|events| {
        let recipients = events.iter().map(|event| event.data.recipient.as_deref());
        let decisive = standing(&events).into_iter().max_by_key(|event| (weight(event), event.time))?;
        Some(State { recipient: recipients.flatten().next(), decisive, events: events.len() })
    });
    states.collect()
}

/// The significance of an event for the final state of a message: the recipient's wish, then a permanent failure, then proof of
/// arrival, then a rejection before sending, then a temporary state.
fn weight(event: &Event) -> u8 {
    use EventType as Type;
    let class = event.data.bounce.as_ref().and_then(|bounce| bounce.class);
    match event.data.event_type {
        // A report of `not-spam` is not a complaint.
        Type::EmailComplained if event.data.action != Action::None => 12,
        // The later of the two decides.
        Type::EmailUnsubscribed | Type::EmailResubscribed => 11,
        Type::EmailBounced if class == Some(BounceClass::Permanent) => 10,
        Type::EmailClicked | Type::InboundBlocked => 9,
        Type::EmailOpened | Type::EmailComplained | Type::InboundSpam => 8,
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
        | Type::Unknown => 0,
    }
}

#[cfg(test)]
mod tests {
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
        let time = jiff::Timestamp::from_second(second).unwrap();
        Event { id: format!("emailit:{second}"), time, data }
    }

    fn state(types: &[EventType]) -> EventType {
        let events: Vec<Event> =
            types.iter().zip(1..).map(|(word, second)| event(*word, second, Some("a"))).collect();
        states(&events.iter().collect::<Vec<_>>()).first().unwrap().decisive.data.event_type
    }

    #[test]
    fn order_does_not_fool() {
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
