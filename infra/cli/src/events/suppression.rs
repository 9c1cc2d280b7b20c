//! Decides whether an address should be suppressed, by the rules of [`normalization::suppression`], with the reason, the result
//! of the last mail to it, and a list of the events that were not read.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use ingestion::clock;
use ingestion::store::AddressIndex;
use jiff::Timestamp;
use mailhooks_local::summary;
use normalization::suppression::{Evidence, Kind, Policy, Reason, Slots, evidence_of};
use normalization::{Action, Event, EventType, lookup_form};
use serde_json::{Value, json};

use super::last_mail::LastMail;
use super::recipient::{self, is_about};
use crate::connect::Connection;
use crate::{output, suppressions};

/// The events that the index by recipient lacks if it has only events with an action. They are missing from the decision; the
/// suppression list knows all but the first.
const NOT_LOOKED_AT: &[&str] = &[
    "mail that was suppressed, held or failed",
    "resubscriptions and withdrawn complaints (not-spam) in other mails",
    "changes of the provider's suppression list",
];

/// The verdict on an address.
pub(super) struct Suppression<'a> {
    address: &'a str,
    action: Action,
    /// The event that decides.
    decisive: Option<Event>,
    /// The evidence that decides and is only in the suppression list, and a sentence about it.
    from_list: Option<(Evidence, String)>,
    /// The number of events that call for the same action.
    events: usize,
    /// Whether any event names the address.
    is_known: bool,
    /// The result of the last mail, as a clause.
    last: Option<String>,
    /// The same for programs.
    last_object: Value,
    last_delivered: Option<Timestamp>,
    /// What was not read.
    not_looked_at: &'static [&'static str],
}

impl<'a> Suppression<'a> {
    /// Judges an address by the events of the index by recipient. If it has only those with an action, also by the others of
    /// their messages.
    pub(super) async fn find(connection: &Connection, address: &'a str) -> Result<Self> {
        let store = &connection.store;
        let (listed, policy) = list(connection, address).await?;
        let indexed = recipient::indexed(connection, address).await?.events;
        if store.address_index() == AddressIndex::Mail {
            let events: Vec<Event> = indexed.into_iter().map(|stored| stored.event).collect();
            return Ok(Self::judge(address, &events, &[], listed, &policy));
        }
        let known = if connection.list.is_some() { 1 } else { NOT_LOOKED_AT.len() };
        let not_looked_at = NOT_LOOKED_AT.get(..known).unwrap_or_default();
        let messages: BTreeSet<&str> = indexed.iter().map(|stored| stored.key.partition.as_str()).collect();
        let mut events: Vec<Event> = Vec::new();
        for message in messages {
            let found = store.under(message).await.with_context(|| connection.unreadable())?;
            events.extend(found.events.into_iter().map(|stored| stored.event));
        }
        events.retain(|event| is_about(event, address));
        Ok(Self::judge(address, &events, not_looked_at, listed, &policy))
    }

    /// Judges by these events and by what the suppression list has about the address.
    fn judge(
        address: &'a str,
        events: &[Event],
        not_looked_at: &'static [&'static str],
        listed: Slots,
        policy: &Policy,
    ) -> Self {
        let all = events;
        let mut slots = listed;
        for (kind, evidence) in events.iter().filter_map(evidence_of) {
            slots.add(kind, evidence);
        }
        let by_id = |evidence: &Evidence| events.iter().find(|event| event.id == evidence.event);
        let found = slots.suppression(policy, clock::now());
        let released = slots.newest(Kind::Released).filter(|_| found.is_none());
        let mut from_list =
            released.map(|evidence| (evidence.clone(), suppressions::released(address, evidence)));
        let (action, decisive, events) = if let Some(found) = found {
            let events = match found.reason {
                Reason::SoftBounces => slots.soft().len(),
                _ => events.iter().filter(|event| suppresses(event, &slots, policy)).count(),
            };
            let decisive = by_id(found.evidence);
            if decisive.is_none() {
                from_list = Some((found.evidence.clone(), suppressions::suppressed(address, &found)));
            }
            (Action::Suppress, decisive, events)
        } else if from_list.is_some() {
            (Action::None, None, 0)
        } else if let Some(bounce) = slots.newest(Kind::Soft) {
            (Action::Count, by_id(bounce), slots.soft().len())
        } else {
            let not_sent = events.iter().filter(|event| was_not_sent(event)).max_by_key(|event| event.time);
            let action = not_sent.map_or(Action::None, |event| event.data.action);
            let agrees = |event: &&Event| was_not_sent(event) && event.data.action == action;
            (action, not_sent, events.iter().filter(agrees).count())
        };
        let last = LastMail::find(all);
        // Without an action, the answer names no event.
        let said = decisive.filter(|_| action != Action::None).map(|event| event.id.as_str());
        Self {
            address,
            action,
            decisive: decisive.cloned(),
            from_list,
            events,
            is_known: !all.is_empty(),
            last: last.as_ref().map(|last| last.clause(said)),
            last_object: last.as_ref().map_or(Value::Null, LastMail::object),
            last_delivered: last.as_ref().and_then(LastMail::delivered),
            not_looked_at,
        }
    }

    pub(super) fn sentence(&self) -> String {
        let last = self.last.as_ref().map(|last| format!("; {last}")).unwrap_or_default();
        let answer = format!("{}{last}", self.answer());
        if self.not_looked_at.is_empty() {
            return answer;
        }
        format!("{answer}. Not looked at: {}", self.not_looked_at.join("; "))
    }

    fn answer(&self) -> String {
        let address = self.address;
        if let Some((_, sentence)) = &self.from_list {
            return sentence.clone();
        }
        let Some(event) = &self.decisive else {
            return match (self.is_known, self.not_looked_at) {
                (true, _) => format!("nothing says to suppress {address}"),
                (false, []) => format!("no event names {address} as its recipient"),
                (false, _) => format!("no event that was looked at names {address}"),
            };
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
            Action::None => format!("nothing says to suppress {address}"),
        }
    }

    /// The verdict as a JSON object.
    pub(super) fn object(&self) -> Value {
        let data = self.decisive.as_ref().map(|event| &event.data);
        let from_list = self.from_list.as_ref().map(|(evidence, _)| evidence);
        let listed = from_list.map(|evidence| (evidence.time, &evidence.event));
        let decisive = self.decisive.as_ref().map(|event| (event.time, &event.id)).or(listed);
        let provider = data.map(|data| data.provider).or_else(|| from_list?.provider);
        json!({
            "recipient": self.address,
            "action": self.action,
            "state": data.map(|data| data.event_type),
            "provider": provider,
            "since": decisive.map(|(time, _)| time),
            "id": decisive.map(|(_, id)| id),
            "events": self.events,
            "last": self.last_object,
            "last_delivered": self.last_delivered,
            "not_looked_at": self.not_looked_at,
        })
    }
}

/// What the suppression list has about the address, and its rules.
async fn list(connection: &Connection, address: &str) -> Result<(Slots, Policy)> {
    let Some(list) = &connection.list else { return Ok((Slots::default(), Policy::default())) };
    let known = list.evidence(&lookup_form(address)).await.with_context(|| connection.unreadable())?;
    Ok((known.unwrap_or_default(), *list.policy()))
}

/// Whether this event alone would suppress the address, beside what takes evidence back.
fn suppresses(event: &Event, slots: &Slots, policy: &Policy) -> bool {
    let Some((kind, evidence)) = evidence_of(event) else { return false };
    let mut alone = Slots::default();
    alone.add(kind, evidence);
    for against in [Kind::NotSpam, Kind::Resubscribe, Kind::Unlisted] {
        if let Some(newer) = slots.newest(against) {
            alone.add(against, newer.clone());
        }
    }
    alone.suppression(policy, clock::now()).is_some()
}

/// Whether an event reports mail that was not sent, for another reason than the address.
fn was_not_sent(event: &Event) -> bool {
    use EventType as Type;
    let not_sent = [Type::EmailSuppressed, Type::EmailHeld, Type::EmailFailed, Type::EmailRejected];
    event.data.action == Action::Investigate || not_sent.contains(&event.data.event_type)
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
