//! Whether an address is to be suppressed, and why: what all that is known against it amounts to.

use anyhow::Result;
use ingestion::store::{Store, StoredEvent};
use normalization::{Action, Event, EventType, lookup_form};
use serde_json::{Value, json};

use super::state::weight;
use crate::{describe, output};

/// What the events on which somebody must act say about an address.
pub(super) struct Verdict<'a> {
    address: &'a str,
    /// What weighs most, the last of its kind.
    decisive: Option<&'a Event>,
    /// How many events say that the same is to be done.
    events: usize,
}

impl<'a> Verdict<'a> {
    /// Weighs the events about an address, of all messages.
    pub(super) async fn of(
        store: &Store,
        address: &'a str,
        events: &'a [StoredEvent],
    ) -> Result<Self> {
        let mut counting = Vec::new();
        for stored in events {
            if !is_taken_back(store, stored).await? {
                counting.push(&stored.event);
            }
        }
        let decisive = counting
            .iter()
            .copied()
            .max_by_key(|event| (urgency(event.data.action), weight(event), event.time));
        let action = decisive.map(|event| event.data.action);
        let agreeing = counting
            .iter()
            .filter(|event| Some(event.data.action) == action);
        Ok(Self {
            address,
            decisive,
            events: agreeing.count(),
        })
    }

    /// The answer in a sentence.
    pub(super) fn sentence(&self) -> String {
        let address = self.address;
        let Some(event) = self.decisive else {
            return format!("nothing is known against {address}");
        };
        let (count, verb) = match self.events {
            1 => ("one event".to_owned(), "says"),
            count => (format!("{count} events"), "say"),
        };
        let last = format!(
            "{} on {}, by {}",
            what(event),
            output::moment(event.time),
            event.id
        );
        match event.data.action {
            Action::Suppress if self.events == 1 => {
                format!("{address} is to be suppressed: {last}")
            }
            Action::Suppress => format!("{address} is to be suppressed: {last} ({count} say so)"),
            Action::Count => format!(
                "{address} is not to be suppressed yet: {count} {verb} that it bounced for now, the last: {last}"
            ),
            _ => format!(
                "nothing is known against {address}: {count} {verb} that something else is at fault, the last: {last}"
            ),
        }
    }

    /// The same for programs.
    pub(super) fn object(&self) -> Value {
        let data = self.decisive.map(|event| &event.data);
        json!({
            "recipient": self.address,
            "action": data.map_or(Action::None, |data| data.action),
            "state": data.map(|data| data.event_type),
            "provider": data.map(|data| data.provider),
            "since": self.decisive.map(|event| event.time),
            "id": self.decisive.map(|event| &event.id),
            "events": self.events,
        })
    }
}

fn urgency(action: Action) -> u8 {
    match action {
        Action::Suppress => 3,
        Action::Count => 2,
        Action::Investigate => 1,
        Action::None => 0,
    }
}

/// What happened, in the past tense.
fn what(event: &Event) -> String {
    let data = &event.data;
    match data.event_type {
        EventType::EmailComplained => "complained".to_owned(),
        EventType::EmailUnsubscribed => "unsubscribed".to_owned(),
        EventType::EmailBounced => format!("bounced ({})", describe::detail(data)),
        other => format!("{other} ({})", describe::detail(data)),
    }
}

/// Whether the recipient wants mail again. A resubscription is not in the index by recipient, since nobody must act on
/// it, but in the timeline of the message.
async fn is_taken_back(store: &Store, stored: &StoredEvent) -> Result<bool> {
    let event = &stored.event;
    if event.data.event_type != EventType::EmailUnsubscribed {
        return Ok(false);
    }
    let address = |event: &Event| event.data.recipient.as_deref().map(lookup_form);
    let timeline = store.under(&stored.partition_key).await?;
    Ok(timeline.events.iter().any(|later| {
        later.event.data.event_type == EventType::EmailResubscribed
            && later.event.time > event.time
            && address(&later.event) == address(event)
    }))
}
