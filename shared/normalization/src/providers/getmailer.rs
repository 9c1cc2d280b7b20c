#![doc = include_str!("../../../../fixtures/getmailer/README.md")]

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::bounce::{FailureReport, Severity, classify};
use crate::event::{
    Contact, Delivery, Domain, Engagement, EventData, Inbound, Message, Schedule, Suppression,
};
use crate::provider::{EventKey, Headers, Provider};
use crate::read::json::Object;
use crate::scheme::Scheme;
use crate::translation::{Translation, attachments, bounce, event_of, full_name, known, part, set_bounce};
use crate::{EventType, ProviderName, SuppressionCause};

/// GetMailer's webhooks.
pub static GETMAILER: Provider = Provider {
    name: ProviderName::GetMailer,
    schemes: &[Scheme::sha256_of_body("x-getmailer-signature")],
    event_key: EventKey::Member("id"),
    drops_on_4xx: false,
    // <https://getmailer.co/docs/webhooks>
    timeout: Duration::from_secs(30),
    // `to` is documented as one address; the meaning of a list is not documented.
    concerns_each: &[],
    translate,
    headers,
};

/// <https://app.getmailer.co/docs/webhook-events>, and `email.unsubscribed` from
/// <https://getmailer.co/features/webhooks>.
const TYPES: &[(&str, EventType)] = &[
    ("email.sent", EventType::EmailSent),
    ("email.delivered", EventType::EmailDelivered),
    ("email.bounced", EventType::EmailBounced),
    ("email.complained", EventType::EmailComplained),
    ("email.opened", EventType::EmailOpened),
    ("email.clicked", EventType::EmailClicked),
    ("email.delivery_delayed", EventType::EmailDeferred),
    ("email.suppressed", EventType::EmailSuppressed),
    ("email.scheduled", EventType::EmailScheduled),
    ("email.received", EventType::InboundReceived),
    ("email.unsubscribed", EventType::EmailUnsubscribed),
    ("contact.created", EventType::ContactCreated),
    ("contact.updated", EventType::ContactUpdated),
    ("contact.deleted", EventType::ContactDeleted),
    ("domain.created", EventType::DomainCreated),
    ("domain.updated", EventType::DomainUpdated),
    ("domain.deleted", EventType::DomainDeleted),
    ("domain.verified", EventType::DomainVerified),
];

/// The event's own time; the member depends on the type.
const TIMES: &[&str] = &[
    "deliveredAt",
    "complainedAt",
    "openedAt",
    "clickedAt",
    "delayedAt",
    "suppressedAt",
    "receivedAt",
    "unsubscribedAt",
    "bouncedAt",
    "verifiedAt",
    "deletedAt",
    "updatedAt",
    "createdAt",
];

/// The members that contain the reason for a failure.
const REPLIES: &[&str] = &["diagnosticCode", "bounceReason", "reason"];

fn translate(event: &Object<'_>) -> Translation {
    let mut data = event_of(ProviderName::GetMailer, TYPES, event.owned("type"));
    let details = event.object("data").unwrap_or_default();
    let occurred_at = details.first_time(TIMES).or_else(|| event.first_time(&["timestamp", "created_at"]));
    match data.event_type {
        EventType::ContactCreated | EventType::ContactUpdated | EventType::ContactDeleted => {
            data.contact = part(contact(&details));
        }
        EventType::DomainCreated
        | EventType::DomainUpdated
        | EventType::DomainDeleted
        | EventType::DomainVerified => data.domain = part(domain(&details)),
        _ => {
            data.message = part(message(&details));
            about_mail(&mut data, &details);
        }
    }
    Translation::new(data, occurred_at, &details, REPLIES)
}

fn headers(_: &[u8], _: Timestamp) -> Headers {
    vec![("content-type", "application/json".to_owned())]
}

fn about_mail(data: &mut EventData, details: &Object<'_>) {
    match data.event_type {
        EventType::EmailBounced => {
            let classified = classify(&FailureReport {
                severity: details.text("bounceType").as_deref().and_then(Severity::of_word),
                reply: details.text("diagnosticCode").as_deref(),
                explanation: details.text("bounceReason").as_deref(),
                ..FailureReport::default()
            });
            set_bounce(data, classified);
        }
        EventType::EmailDeferred => {
            let classified = classify(&FailureReport {
                severity: Some(Severity::Soft),
                reply: details.text("diagnosticCode").as_deref(),
                explanation: details.text("reason").as_deref(),
                ..FailureReport::default()
            });
            data.bounce = known(bounce(classified, None));
        }
        EventType::EmailSuppressed => {
            let cause = Some(suppression_cause(details.text("reason").as_deref()));
            data.suppression = Some(Suppression { cause });
        }
        EventType::EmailScheduled => {
            data.schedule = part(Schedule {
                scheduled_at: details.first_time(&["scheduledFor", "scheduledAt"]),
                timezone: details.owned("timezone"),
            });
        }
        EventType::InboundReceived => {
            data.inbound = part(Inbound { attachments: attachments(details), ..Inbound::default() });
        }
        _ => {}
    }
    data.engagement = part(Engagement {
        url: details.owned("link"),
        ip: details.owned("ipAddress"),
        user_agent: details.owned("userAgent"),
        ..Engagement::default()
    });
    data.delivery = part(Delivery {
        smtp_response: details.owned("smtpResponse"),
        retry_count: details.whole_number("retryCount"),
        next_attempt_at: details.time("nextRetryAt"),
        ..Delivery::default()
    });
}

fn message(details: &Object<'_>) -> Message {
    Message {
        id: details.id("emailId"),
        from: details.address("from"),
        to: details.addresses("to"),
        cc: details.addresses("cc"),
        subject: details.owned("subject"),
        tags: details.texts("tags"),
        metadata: details.map("metadata"),
        ..Message::default()
    }
}

fn suppression_cause(reason: Option<&str>) -> SuppressionCause {
    match reason.map(str::to_ascii_lowercase).as_deref() {
        Some("bounce" | "bounced") => SuppressionCause::Bounce,
        Some("complaint" | "complained") => SuppressionCause::Complaint,
        Some("manual") => SuppressionCause::Manual,
        Some("unsubscribe" | "unsubscribed") => SuppressionCause::Unsubscribe,
        _ => SuppressionCause::Unknown,
    }
}

fn contact(details: &Object<'_>) -> Contact {
    Contact {
        id: details.id("contactId"),
        address: details.address("email"),
        name: full_name(details.text("firstName"), details.text("lastName")),
        status: details.owned("status"),
        reason: details.owned("reason"),
        changes: details.map("changes"),
    }
}

fn domain(details: &Object<'_>) -> Domain {
    let checks = [("dkim", "dkimVerified"), ("spf", "spfVerified"), ("dmarc", "dmarcVerified")];
    let records: Map<String, Value> = checks
        .into_iter()
        .filter_map(|(record, member)| Some((record.to_owned(), details.truth(member)?.into())))
        .collect();
    Domain {
        id: details.id("domainId"),
        name: details.owned("domain"),
        status: details.owned("status"),
        records: part(records),
        changes: details.map("changes"),
    }
}
