//! Decides whether an address should be suppressed, with the reason and a list of the events that were not read.
//!
//! Among contradicting events only the newest counts, whatever mail it is about; the event with the most weight decides.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use ingestion::store::StoredEvent;
use mailhooks_local::standing;
use mailhooks_local::summary;
use normalization::{Action, Event, EventData, EventType, SuppressionCause};
use serde_json::{Value, json};

use super::find::{self, is_about};
use crate::connect::Connection;
use crate::options::Global;
use crate::output;

/// The events that the recipient index lacks. They are missing from the decision if only a part of the table is read.
const NOT_LOOKED_AT: &[&str] = &[
    "mail that was suppressed, held or failed",
    "resubscriptions and withdrawn complaints (not-spam) in other mails",
];

/// The verdict on an address.
pub(super) struct Suppression<'a> {
    address: &'a str,
    action: Action,
    /// The event that decides.
    decisive: Option<Event>,
    /// The number of events that call for the same action.
    events: usize,
    /// Whether all events were read, rather than only the indexed ones and their messages.
    is_complete: bool,
}

impl<'a> Suppression<'a> {
    /// Judges an address by its events with an action and by all others that are cheap to read: a whole local table, or
    /// the messages of these events in a deployed one.
    pub(super) async fn find(
        connection: &Connection,
        address: &'a str,
        actionable: &[StoredEvent],
        global: &Global,
    ) -> Result<Self> {
        let store = &connection.store;
        if !global.is_deployed() {
            return Ok(Self::judge(address, &find::all_about(store, address).await?, true));
        }
        let messages: BTreeSet<&str> =
            actionable.iter().map(|stored| stored.key.partition.as_str()).collect();
        let mut events: Vec<Event> = Vec::new();
        for message in messages {
            let found = store.under(message).await.with_context(|| connection.unreadable())?;
            events.extend(found.events.into_iter().map(|stored| stored.event));
        }
        events.retain(|event| is_about(event, address));
        Ok(Self::judge(address, &events, false))
    }

    fn judge(address: &'a str, events: &[Event], is_complete: bool) -> Self {
        let events: Vec<&Event> = events.iter().collect();
        let mut standing = standing(&events);
        standing.retain(|event| weight(&event.data) > 0);
        standing.sort_by_key(|event| (weight(&event.data), event.time));
        let decisive = standing.pop();
        let action = decisive.map_or(Action::None, |event| says(&event.data));
        let agreeing = standing.iter().filter(|event| says(&event.data) == action);
        Self {
            address,
            action,
            events: agreeing.count() + usize::from(decisive.is_some()),
            decisive: decisive.cloned(),
            is_complete,
        }
    }

    pub(super) fn sentence(&self) -> String {
        if self.is_complete {
            return self.answer();
        }
        format!("{}. Not looked at: {}", self.answer(), NOT_LOOKED_AT.join("; "))
    }

    fn answer(&self) -> String {
        let address = self.address;
        let Some(event) = &self.decisive else {
            let verb = if self.is_complete { "is known" } else { "was found" };
            return format!("nothing {verb} against {address}");
        };
        let count = match self.events {
            1 => "one event says".to_owned(),
            count => format!("{count} events say"),
        };
        let last = format!("{} on {}, by {}", what(event), output::moment(event.time), event.id);
        match self.action {
            Action::Suppress if self.events == 1 => format!("{address} is to be suppressed: {last}"),
            Action::Suppress => format!("{address} is to be suppressed: {last} ({count} so)"),
            Action::Count => format!(
                "{address} is not to be suppressed yet: {count} that it bounced temporarily, the last: {last}"
            ),
            Action::Investigate => format!(
                "{address} is not to be suppressed: {count} that something else caused the failure, the last: {last}"
            ),
            Action::None => {
                format!("nothing says to suppress {address}, but mail to it was not sent: {last}")
            }
        }
    }

    /// The verdict as a JSON object.
    pub(super) fn object(&self) -> Value {
        let data = self.decisive.as_ref().map(|event| &event.data);
        let not_looked_at = if self.is_complete { &[] } else { NOT_LOOKED_AT };
        json!({
            "recipient": self.address,
            "action": self.action,
            "state": data.map(|data| data.event_type),
            "provider": data.map(|data| data.provider),
            "since": self.decisive.as_ref().map(|event| event.time),
            "id": self.decisive.as_ref().map(|event| &event.id),
            "events": self.events,
            "not_looked_at": not_looked_at,
        })
    }
}

/// The action that an event calls for. An address on the provider's own list of bounces or complaints is suppressed.
fn says(data: &EventData) -> Action {
    let cause = data.suppression.as_ref().and_then(|listed| listed.cause);
    let listed = matches!(cause, Some(SuppressionCause::Bounce | SuppressionCause::Complaint));
    if data.event_type == EventType::EmailSuppressed && listed {
        return Action::Suppress;
    }
    data.action
}

/// The weight of an event: the highest decides, and among equal weights the newest. 0 says nothing about the address.
fn weight(data: &EventData) -> u8 {
    use EventType as Type;
    match (says(data), data.event_type) {
        (Action::Suppress, Type::EmailComplained) => 6,
        (Action::Suppress, Type::EmailUnsubscribed) => 5,
        (Action::Suppress, Type::EmailSuppressed) => 3,
        (Action::Suppress, _) => 4,
        (Action::Count, _) => 2,
        (Action::Investigate, _)
        | (Action::None, Type::EmailSuppressed | Type::EmailHeld | Type::EmailFailed | Type::EmailRejected) => {
            1
        }
        (Action::None, _) => 0,
    }
}

/// Describes the event in the past tense.
fn what(event: &Event) -> String {
    let data = &event.data;
    match data.event_type {
        EventType::EmailComplained => "complained".to_owned(),
        EventType::EmailUnsubscribed => "unsubscribed".to_owned(),
        EventType::EmailBounced => format!("bounced ({})", summary::detail(data)),
        other => format!("{other} ({})", summary::detail(data)),
    }
}
