//! Removes events that a newer one undoes: a complaint that was withdrawn, and an unsubscription before a
//! resubscription.

use jiff::Timestamp;
use normalization::{Action, Event, EventData, EventType};

/// The events of one address without those that a newer one undoes.
pub fn standing<'e>(events: &[&'e Event]) -> Vec<&'e Event> {
    let newest = |is: fn(&EventData) -> bool| -> Option<Timestamp> {
        events.iter().filter(|event| is(&event.data)).map(|event| event.time).max()
    };
    let withdrawn = newest(is_withdrawal);
    let resubscribed = newest(|data| data.event_type == EventType::EmailResubscribed);
    let stands = |event: &&Event| {
        let undone = match event.data.event_type {
            EventType::EmailComplained if !is_withdrawal(&event.data) => withdrawn,
            EventType::EmailUnsubscribed => resubscribed,
            _ => None,
        };
        undone.is_none_or(|undone| undone <= event.time)
    };
    events.iter().copied().filter(stands).collect()
}

/// A report of `not-spam` withdraws a complaint.
fn is_withdrawal(data: &EventData) -> bool {
    data.event_type == EventType::EmailComplained && data.action == Action::None
}
