#![doc = include_str!("../../../../fixtures/emailit/README.md")]

use std::time::Duration;

use jiff::Timestamp;

use crate::bounce::{Classification, FailureReport, Severity, classify};
use crate::event::{Contact, Domain, Engagement, EventData, Message, Schedule, Suppression};
use crate::provider::{EventKey, Headers, Provider};
use crate::read::json::Object;
use crate::scheme::{DigestEncoding, Form, KeyEncoding, Part, Scheme};
use crate::translation::{
    Translation, bare_message_id, bounce, event_of, full_name, known, part, set_bounce, set_complaint,
};
use crate::{EventType, ProviderName, RejectedBy, SuppressionCause};

/// Emailit's webhooks.
pub static EMAILIT: Provider = Provider {
    name: ProviderName::Emailit,
    schemes: &[Scheme {
        header: "x-emailit-signature",
        form: Form::Prefixed(""),
        signed: &[Part::Timestamp("x-emailit-timestamp"), Part::Body],
        digest: DigestEncoding::Hex,
        key: KeyEncoding::Text,
        only_json: false,
    }],
    event_key: EventKey::Member("event_id"),
    drops_on_4xx: false,
    // <https://emailit.com/docs/webhooks/retries-and-failures.md>
    timeout: Duration::from_secs(30),
    // `to` is documented as one address: every recipient gets a separate mail. The meaning of a list is not documented.
    concerns_each: &[],
    translate,
    headers,
};

/// <https://emailit.com/docs/webhooks/event-types.md>. Types that are not in this table (audiences, subscribers,
/// templates, campaigns, verifications, commerce, tracked events) are `unknown` on purpose.
const TYPES: &[(&str, EventType)] = &[
    ("email.accepted", EventType::EmailQueued),
    ("email.scheduled", EventType::EmailScheduled),
    ("email.canceled", EventType::EmailCanceled),
    ("email.held", EventType::EmailHeld),
    ("email.delivered", EventType::EmailDelivered),
    ("email.bounced", EventType::EmailBounced),
    // Every failed attempt that will be repeated.
    ("email.attempted", EventType::EmailDeferred),
    ("email.failed", EventType::EmailFailed),
    ("email.rejected", EventType::EmailRejected),
    ("email.suppressed", EventType::EmailSuppressed),
    ("email.received", EventType::InboundReceived),
    ("email.complained", EventType::EmailComplained),
    ("email.clicked", EventType::EmailClicked),
    ("email.loaded", EventType::EmailOpened),
    ("email.unsubscribed", EventType::EmailUnsubscribed),
    ("email.resubscribed", EventType::EmailResubscribed),
    ("contact.created", EventType::ContactCreated),
    ("contact.updated", EventType::ContactUpdated),
    ("contact.deleted", EventType::ContactDeleted),
    ("domain.created", EventType::DomainCreated),
    ("domain.updated", EventType::DomainUpdated),
    ("domain.deleted", EventType::DomainDeleted),
    ("suppression.created", EventType::SuppressionCreated),
    ("suppression.deleted", EventType::SuppressionDeleted),
];

/// The event's own time, the most precise first. It is only in the resource.
const TIMES: &[&str] = &["unsubscribed_at", "resubscribed_at", "updated_at", "timestamp", "created_at"];

fn translate(event: &Object<'_>) -> Translation {
    let mut data = event_of(ProviderName::Emailit, TYPES, event.owned("type"));
    let resource = resource(event);
    match data.event_type {
        EventType::Unknown => data.message = part(unknown_message(&data, &resource)),
        EventType::ContactCreated | EventType::ContactUpdated | EventType::ContactDeleted => {
            data.contact = part(contact(&resource));
        }
        EventType::DomainCreated | EventType::DomainUpdated | EventType::DomainDeleted => {
            data.domain = part(domain(&resource));
        }
        EventType::SuppressionCreated | EventType::SuppressionDeleted => {
            data.recipient = resource.address("email");
            data.suppression = Some(Suppression { cause: Some(cause(resource.text("type").as_deref())) });
        }
        EventType::EmailOpened | EventType::EmailClicked => {
            data.message = part(engaged_message(&resource));
            data.engagement = part(engagement(&resource));
        }
        _ => {
            data.message = part(message(&resource));
            about_mail(&mut data, &resource);
        }
    }
    let occurred_at = match data.event_type {
        // Its `created_at` is when the suppression was made.
        EventType::SuppressionDeleted => None,
        _ => resource.first_time(TIMES),
    };
    let occurred_at = occurred_at.or_else(|| event.first_time(&["timestamp", "created_at"]));
    Translation::new(data, occurred_at, &resource, &["smtp_response"])
}

fn headers(_: &[u8], _: Timestamp) -> Headers {
    vec![("content-type", "application/json".to_owned()), ("user-agent", "Emailit-Webhooks/2.0".to_owned())]
}

/// The resource that the event is about: at first only in `object`, since February 2026 in `data.object`, and since
/// September in both. Test events have been seen with the members in `data` itself.
fn resource<'a>(event: &Object<'a>) -> Object<'a> {
    let data = event.object("data");
    let inner = data.as_ref().and_then(|data| data.object("object"));
    inner.or_else(|| event.object("object")).or(data).unwrap_or_default()
}

fn about_mail(data: &mut EventData, resource: &Object<'_>) {
    match data.event_type {
        // Always permanent, and without a reason: https://emailit.com/docs/dictionary/bounce-categories.md
        EventType::EmailBounced => {
            set_bounce(data, failure(resource, Severity::Hard));
        }
        EventType::EmailDeferred => {
            data.bounce = known(bounce(failure(resource, Severity::Soft), None));
        }
        EventType::EmailRejected => data.rejected_by = Some(RejectedBy::Provider),
        EventType::EmailSuppressed => {
            data.suppression = Some(Suppression { cause: Some(SuppressionCause::Unknown) });
        }
        EventType::EmailScheduled => {
            let scheduled_at = resource.time("scheduled_at");
            data.schedule = part(Schedule { scheduled_at, timezone: None });
        }
        EventType::EmailComplained => {
            // Test events contain it: https://github.com/emailit/plugins, references/events.md
            set_complaint(data, resource.text("complaint_type").as_deref());
        }
        _ => {}
    }
}

/// Classifies a failure by the provider's word and the `smtp_*` members, whose types are not documented.
fn failure(resource: &Object<'_>, severity: Severity) -> Classification {
    classify(&FailureReport {
        severity: Some(severity),
        smtp_code: resource.whole_number("smtp_code").and_then(|code| code.try_into().ok()),
        enhanced_code: resource.text("smtp_enhanced_code").as_deref(),
        reply: resource.text("smtp_response").as_deref(),
        explanation: None,
    })
}

fn message(resource: &Object<'_>) -> Message {
    Message {
        id: resource.id("id"),
        message_id: bare_message_id(resource, "message_id"),
        from: resource.address("from"),
        to: resource.addresses("to"),
        cc: resource.addresses("cc"),
        subject: resource.owned("subject"),
        metadata: resource.map("meta"),
        ..Message::default()
    }
}

/// In a load or click, `id` is the id of the load or click, and the mail is in `email`.
fn engaged_message(resource: &Object<'_>) -> Message {
    let email = resource.object("email").unwrap_or_default();
    Message {
        id: email.id("id").or_else(|| resource.id("email_id")),
        from: email.address("mail_from"),
        to: email.addresses("rcpt_to"),
        subject: email.owned("subject"),
        metadata: email.map("meta"),
        ..Message::default()
    }
}

/// The mail in an event of a type that is not in the table, if its resource is a mail or contains one.
fn unknown_message(data: &EventData, resource: &Object<'_>) -> Message {
    let word = data.provider_type.as_deref().unwrap_or_default();
    if let Some(email) = resource.object("email") {
        let engaged = engaged_message(resource);
        return if engaged.to.is_empty() { message(&email) } else { engaged };
    }
    if word.starts_with("email.") || resource.text("object").as_deref() == Some("email") {
        return message(resource);
    }
    Message::default()
}

/// The cause of a suppression. The documentation of early 2026 has other words for the same causes.
fn cause(word: Option<&str>) -> SuppressionCause {
    match word.unwrap_or_default() {
        "bounce" | "bounced" => SuppressionCause::Bounce,
        "complaint" | "complained" => SuppressionCause::Complaint,
        "unsubscribe" | "unsubscribed" => SuppressionCause::Unsubscribe,
        "recipient" | "manual" => SuppressionCause::Manual,
        _ => SuppressionCause::Unknown,
    }
}

fn engagement(resource: &Object<'_>) -> Engagement {
    Engagement {
        url: resource.object("link").and_then(|link| link.owned("url")),
        ip: resource.owned("ip_address"),
        user_agent: resource.owned("user_agent"),
        ..Engagement::default()
    }
}

fn contact(resource: &Object<'_>) -> Contact {
    let status = resource.truth("unsubscribed").map(|gone| if gone { "unsubscribed" } else { "subscribed" });
    Contact {
        id: resource.id("id"),
        address: resource.address("email"),
        name: full_name(resource.text("first_name"), resource.text("last_name")),
        status: status.map(str::to_owned),
        ..Contact::default()
    }
}

fn domain(resource: &Object<'_>) -> Domain {
    let verified = resource.time("verified_at").map(|_| "verified".to_owned());
    Domain {
        id: resource.id("id"),
        name: resource.owned("name"),
        status: resource.owned("status").or(verified),
        ..Domain::default()
    }
}
