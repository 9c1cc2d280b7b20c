//! Short summaries of events and announcements for people.

use jiff::Timestamp;
use normalization::{BounceReason, EventData};
use serde_json::Value;

use crate::engines::Announcement;

/// The details of an event beyond its type, in a few words.
pub fn detail(data: &EventData) -> String {
    let parts = [
        bounce(data),
        filter(data),
        data.complaint.as_ref().and_then(|complaint| Some(complaint.feedback_type?.to_string())),
        data.suppression.as_ref().and_then(|listed| Some(format!("because of: {}", listed.cause?))),
        engagement(data),
        delivery(data),
        account(data),
    ];
    let known: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    if known.is_empty() {
        return otherwise(data);
    }
    known.join("; ")
}

/// Formats a time in UTC, to the second.
pub fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn bounce(data: &EventData) -> Option<String> {
    let bounce = data.bounce.as_ref()?;
    let class = bounce.class.map(|class| class.to_string());
    let reason = bounce.reason.map(|reason| match reason {
        BounceReason::Unknown => "reason unknown".to_owned(),
        reason => reason.to_string(),
    });
    let verdict = class.into_iter().chain(reason).collect::<Vec<_>>().join(", ");
    let parts = [Some(verdict).filter(|verdict| !verdict.is_empty()), bounce.diagnostic.clone()];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(": "))
}

fn filter(data: &EventData) -> Option<String> {
    let filter = data.content_filter.as_ref()?;
    let score = filter.score.map(|score| format!("score {score}"));
    let rules = (!filter.rules.is_empty()).then(|| filter.rules.join(", "));
    Some(joined([score, rules, filter.threat.clone()]))
}

fn engagement(data: &EventData) -> Option<String> {
    let engagement = data.engagement.as_ref()?;
    let program = engagement.client.clone().or(engagement.user_agent.clone());
    Some(joined([engagement.url.clone(), program, engagement.country.clone()]))
}

fn delivery(data: &EventData) -> Option<String> {
    if let Some(schedule) = &data.schedule {
        return schedule.scheduled_at.map(|time| format!("due {}", moment(time)));
    }
    let delivery = data.delivery.as_ref()?;
    let next = delivery.next_attempt_at.map(|time| format!("next attempt {}", moment(time)));
    // The diagnostic of a bounce repeats the reply.
    let reply = delivery.smtp_response.clone().filter(|_| data.bounce.is_none());
    Some(joined([reply, next]))
}

fn account(data: &EventData) -> Option<String> {
    if let Some(contact) = &data.contact {
        return Some(joined([contact.address.clone(), contact.status.clone(), contact.reason.clone()]));
    }
    let domain = data.domain.as_ref()?;
    Some(joined([domain.name.clone(), domain.status.clone()]))
}

/// The fallback without other details: the subject, or the provider's event type.
fn otherwise(data: &EventData) -> String {
    let subject = data.message.as_ref().and_then(|message| message.subject.as_ref());
    match subject {
        Some(subject) => format!("\u{201c}{subject}\u{201d}"),
        None => data.provider_type.clone().unwrap_or_default(),
    }
}

fn joined<const N: usize>(words: [Option<String>; N]) -> String {
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The event in an announcement, or in a document of Amazon SES. A missing text is empty.
pub struct Announced<'a> {
    /// The event's type.
    pub event_type: &'a str,
    /// The recommended action.
    pub action: &'a str,
    /// The recipient; empty if the event has none.
    pub recipient: &'a str,
    /// The event's id.
    pub id: &'a str,
    /// The provider's id of the mail, if it has one.
    pub message: Option<&'a str>,
}

impl<'a> From<&'a Announcement> for Announced<'a> {
    fn from(announcement: &'a Announcement) -> Self {
        let message = &announcement.message;
        let attribute = |name: &str| announcement.attributes.get(name).map_or("", String::as_str);
        let recipient = message.pointer("/data/recipient").or_else(|| message.pointer("/mail/destination/0"));
        // A mail without an id has that of the event in a document.
        let of_document = message.pointer("/mail/messageId").filter(|id| *id != announcement.event_id());
        Self {
            event_type: attribute("type"),
            action: attribute("action"),
            recipient: recipient.and_then(Value::as_str).unwrap_or_default(),
            id: announcement.event_id(),
            message: message.pointer("/data/message/id").or(of_document).and_then(Value::as_str),
        }
    }
}
