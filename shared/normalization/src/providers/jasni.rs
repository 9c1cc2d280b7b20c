#![doc = include_str!("../../../../fixtures/jasni/README.md")]

use std::time::Duration;

use jiff::Timestamp;

use crate::bounce::{FailureReport, Severity, classify};
use crate::event::{Delivery, Domain, EventData, Inbound, Message};
use crate::provider::{EventKey, Headers, Provider};
use crate::read::json::{Json, Object};
use crate::scheme::{DigestEncoding, Form, KeyEncoding, Part, Scheme};
use crate::translation::{
    Translation, attachments, bare_message_id, bounce, event_of, known, part, set_bounce, set_complaint,
};
use crate::{EventType, ProviderName, RejectedBy};

/// Jasni's webhooks.
pub static JASNI: Provider = Provider {
    name: ProviderName::Jasni,
    schemes: &[PLAIN, TIMESTAMPED],
    event_key: EventKey::Digest,
    drops_on_4xx: false,
    // <https://docs.jasni.ai/webhooks/overview>
    timeout: Duration::from_secs(30),
    // Documented as "failed recipients" and "recipients who complained"; sent and rejected mails list "intended recipients":
    // <https://docs.jasni.ai/webhooks/events>
    concerns_each: &[EventType::EmailBounced, EventType::EmailComplained],
    translate,
    headers,
};

/// <https://docs.jasni.ai/webhooks/events>
const TYPES: &[(&str, EventType)] = &[
    ("email.received", EventType::InboundReceived),
    ("email.sent", EventType::EmailSent),
    ("email.delivered", EventType::EmailDelivered),
    ("email.bounced", EventType::EmailBounced),
    // A recipient's complaint. JetEmail uses the same word for its own filter.
    ("email.spam", EventType::EmailComplained),
    // Rejected before delivery. JetEmail uses the same word for a rejection by the remote server.
    ("email.rejected", EventType::EmailRejected),
    ("email.deleted", EventType::EmailDeleted),
    ("domain.verified", EventType::DomainVerified),
];

/// The members that contain the reason for a failure.
const REPLIES: &[&str] = &["bounceReason", "rejectionReason"];

/// The documented scheme.
const PLAIN: Scheme = Scheme {
    header: "x-webhook-signature",
    form: Form::Prefixed(""),
    signed: &[Part::Body],
    digest: DigestEncoding::Hex,
    key: KeyEncoding::Text,
    // A body of the other scheme, sent with its timestamp in front, would verify here.
    only_json: true,
};

/// `t=<seconds>,v1=<hex>`: the scheme of the official Python library.
const TIMESTAMPED: Scheme = Scheme {
    header: "x-jasni-signature",
    form: Form::Pairs("v1"),
    signed: &[Part::Timestamp("t"), Part::Body],
    digest: DigestEncoding::Hex,
    key: KeyEncoding::Text,
    only_json: false,
};

fn translate(event: &Object<'_>) -> Translation {
    let mut data = event_of(ProviderName::Jasni, TYPES, event.owned("event"));
    let details = event.object("data").unwrap_or_default();
    match data.event_type {
        EventType::DomainVerified => data.domain = part(domain(&details)),
        EventType::EmailDeleted => about_deletion(&mut data, &details),
        _ => {
            data.message = part(message(&details));
            about_mail(&mut data, &details);
        }
    }
    let occurred_at = details
        .first_time(&["deliveredAt", "complainedAt", "verifiedAt"])
        .or_else(|| event.time("timestamp"));
    Translation::new(data, occurred_at, &details, REPLIES)
}

fn headers(body: &[u8], now: Timestamp) -> Headers {
    let event = Json::of(body).and_then(Json::object).and_then(|event| event.owned("event"));
    vec![
        ("content-type", "application/json".to_owned()),
        ("user-agent", "JasniAI-Webhooks/1.0".to_owned()),
        ("x-webhook-event", event.unwrap_or_default()),
        ("x-webhook-timestamp", now.as_second().to_string()),
    ]
}

fn about_mail(data: &mut EventData, details: &Object<'_>) {
    match data.event_type {
        EventType::EmailBounced => {
            let classified = classify(&FailureReport {
                severity: details.text("bounceType").as_deref().and_then(Severity::of_word),
                reply: details.text("bounceReason").as_deref(),
                ..FailureReport::default()
            });
            set_bounce(data, classified);
        }
        EventType::EmailRejected => {
            let classified = classify(&FailureReport {
                smtp_code: details.text("rejectionCode").and_then(|code| code.trim().parse().ok()),
                reply: details.text("rejectionReason").as_deref(),
                ..FailureReport::default()
            });
            data.bounce = known(bounce(classified, None));
            data.rejected_by = Some(RejectedBy::Provider);
        }
        EventType::EmailComplained => {
            set_complaint(data, details.text("feedbackType").as_deref());
        }
        EventType::EmailDelivered => {
            let smtp_response = details.owned("smtpResponse");
            data.delivery = part(Delivery { smtp_response, ..Delivery::default() });
        }
        EventType::InboundReceived => data.inbound = part(inbound(details)),
        // Only incoming mail is in a folder.
        EventType::Unknown if details.owned("folder").is_some() => {
            data.inbound = part(inbound(details));
        }
        _ => {}
    }
}

/// A deleted mail is identified by its number in its mailbox.
fn about_deletion(data: &mut EventData, details: &Object<'_>) {
    let uid = details.id("id");
    let account = details.address("account");
    let mailbox = account.clone().or_else(|| details.owned("account"));
    let id = uid.as_deref().map(|uid| format!("{}/{uid}", mailbox.unwrap_or_default()));
    data.message = part(Message { id, ..Message::default() });
    data.inbound = part(Inbound { uid, account, ..Inbound::default() });
}

fn message(details: &Object<'_>) -> Message {
    let message_id = bare_message_id(details, "messageId").or_else(|| bare_message_id(details, "id"));
    Message {
        id: message_id.clone(),
        message_id,
        from: details.address("from"),
        to: details.addresses("to"),
        cc: details.addresses("cc"),
        subject: details.owned("subject"),
        ..Message::default()
    }
}

fn inbound(details: &Object<'_>) -> Inbound {
    Inbound {
        uid: details.owned("id"),
        account: details.address("account"),
        folder: details.owned("folder"),
        attachments: attachments(details),
        ..Inbound::default()
    }
}

fn domain(details: &Object<'_>) -> Domain {
    let mut records = details.map("dnsRecords").unwrap_or_default();
    records.retain(|_, passed| passed.is_boolean());
    Domain { name: details.owned("domain"), records: part(records), ..Domain::default() }
}
