#![doc = include_str!("../../../../fixtures/jetemail/README.md")]

use std::time::Duration;

use jiff::Timestamp;

use crate::bounce::{FailureReport, Severity, classify};
use crate::event::{ContentFilter, Delivery, Engagement, EventData, Inbound, Message};
use crate::provider::{EventKey, Headers, Provider};
use crate::read::json::{Json, Object};
use crate::scheme::Scheme;
use crate::translation::{Translation, bounce, event_of, known, part};
use crate::{Attribution, BounceReason, EventType, ProviderName, RejectedBy};

/// JetEmail's event webhooks.
pub static JETEMAIL: Provider = Provider {
    name: ProviderName::JetEmail,
    // Inbound delivery, JetEmail's other product, signs the mail with `<id>.<timestamp>.` in front of it
    // (<https://jetemail.com/docs/inbound/webhooks/security.md>), which would verify here as a body.
    schemes: &[Scheme { only_json: true, ..Scheme::sha256_of_body("x-webhook-signature") }],
    // Not the header `X-Webhook-ID`, which is not signed.
    event_key: EventKey::Member("id"),
    drops_on_4xx: true,
    // <https://jetemail.com/docs/webhooks/getting-started.md>
    timeout: Duration::from_secs(10),
    // `to` is documented as one address; the meaning of a list is not documented.
    concerns_each: &[],
    translate,
    headers,
};

/// <https://jetemail.com/docs/webhooks/events>
const TYPES: &[(&str, EventType)] = &[
    ("outbound.queued", EventType::EmailQueued),
    ("outbound.delivered", EventType::EmailDelivered),
    ("outbound.deferred", EventType::EmailDeferred),
    ("outbound.bounced", EventType::EmailBounced),
    // The remote server refused the mail; `dropped` and `virus` are JetEmail's own refusals.
    ("outbound.rejected", EventType::EmailBounced),
    ("outbound.spam", EventType::EmailSpam),
    ("outbound.virus", EventType::EmailRejected),
    ("outbound.dropped", EventType::EmailRejected),
    ("outbound.opened", EventType::EmailOpened),
    ("outbound.clicked", EventType::EmailClicked),
    ("outbound.complaint", EventType::EmailComplained),
    ("inbound.received", EventType::InboundReceived),
    ("inbound.delivered", EventType::InboundDelivered),
    ("inbound.spam", EventType::InboundSpam),
    ("inbound.blocked", EventType::InboundBlocked),
];

/// The types whose `response` says why the mail was not delivered.
const FAILURES: &[EventType] =
    &[EventType::EmailBounced, EventType::EmailDeferred, EventType::EmailRejected, EventType::EmailSpam];

fn translate(event: &Object<'_>) -> Translation {
    let mut data = event_of(ProviderName::JetEmail, TYPES, event.owned("type"));
    let details = event.object("data").unwrap_or_default();
    let word = data.provider_type.as_deref().unwrap_or_default();
    data.message = part(message(&details));
    if word.starts_with("inbound.") {
        data.inbound = part(inbound(&details));
    } else if data.event_type != EventType::Unknown {
        data.engagement = part(engagement(&details));
    }
    if data.event_type != EventType::Unknown {
        data.delivery = part(delivery(&details, data.event_type));
    }
    if FAILURES.contains(&data.event_type) {
        explain(&mut data, &details);
    }
    Translation::new(data, event.time("created_at"), &details, &["response"])
}

fn headers(body: &[u8], now: Timestamp) -> Headers {
    let id = Json::of(body).and_then(Json::object).and_then(|event| event.owned("id"));
    vec![
        ("content-type", "application/json".to_owned()),
        ("x-webhook-id", id.unwrap_or_default()),
        ("x-webhook-timestamp", now.as_second().to_string()),
    ]
}

fn message(details: &Object<'_>) -> Message {
    Message {
        id: details.id("uid"),
        from: details.address("from"),
        to: details.addresses("to"),
        subject: details.owned("subject"),
        ..Message::default()
    }
}

fn inbound(details: &Object<'_>) -> Inbound {
    Inbound {
        domain: details.owned("domain"),
        remote_host: details.owned("host"),
        remote_ip: details.owned("ip"),
        spam_score: details.number("spam_score"),
        spam_rules: details.texts("spam_report"),
        ..Inbound::default()
    }
}

fn engagement(details: &Object<'_>) -> Engagement {
    Engagement {
        url: details.owned("url"),
        user_agent: details.owned("user_agent"),
        client: details.owned("email_client"),
        country: details.owned("country"),
        ..Engagement::default()
    }
}

/// The remote server. If the reply is the reason for a failure, it is in `bounce` instead, with the mail exchanger.
fn delivery(details: &Object<'_>, event_type: EventType) -> Delivery {
    let remote = Delivery {
        remote_host: details.owned("host"),
        remote_ip: details.owned("ip"),
        ..Delivery::default()
    };
    match event_type {
        EventType::EmailDelivered => {
            Delivery { smtp_response: details.owned("response"), remote_mta: details.owned("mx"), ..remote }
        }
        _ if event_type.is_incoming() => {
            Delivery { smtp_response: details.owned("response"), ..Delivery::default() }
        }
        _ => remote,
    }
}

/// Why a mail was not delivered, and what to do about it.
fn explain(data: &mut EventData, details: &Object<'_>) {
    let word = data.provider_type.clone();
    let word = word.as_deref();
    let response = details.text("response");
    let severity = match word {
        Some("outbound.bounced") => details.text("bounce_type").as_deref().and_then(Severity::of_word),
        Some("outbound.deferred") => Some(Severity::Soft),
        _ => None,
    };
    let classified =
        classify(&FailureReport { severity, reply: response.as_deref(), ..FailureReport::default() });
    let (action, reason) = (classified.action, classified.reason);
    let mut bounce = bounce(classified, details.owned("mx"));
    let mut blame = |reason, attribution| {
        bounce.reason = Some(reason);
        bounce.attribution = Some(attribution);
    };
    let filter =
        |threat| ContentFilter { score: details.number("score"), rules: details.texts("rules"), threat };
    match word {
        Some("outbound.bounced" | "outbound.rejected") => {
            data.action = action;
            data.rejected_by = (word == Some("outbound.rejected")).then_some(RejectedBy::Remote);
            data.bounce = Some(bounce);
            return;
        }
        Some("outbound.dropped") => {
            // The documentation says: policy or rate limit.
            if reason != BounceReason::RateLimited {
                blame(BounceReason::Policy, Attribution::Sender);
            }
            data.rejected_by = Some(RejectedBy::Provider);
        }
        Some("outbound.virus") => {
            blame(BounceReason::Virus, Attribution::Content);
            data.rejected_by = Some(RejectedBy::Provider);
            data.content_filter = part(filter(response.as_deref().and_then(threat)));
        }
        Some("outbound.spam") => {
            blame(BounceReason::SpamContent, Attribution::Content);
            data.content_filter = part(filter(None));
        }
        _ => {}
    }
    data.bounce = known(bounce);
}

/// The name of the virus: in `Virus detected: Eicar-Test-Signature`, or as `ClamAV` reports it,
/// `stream: Eicar-Test-Signature FOUND`.
fn threat(response: &str) -> Option<String> {
    let (_, name) = response.rsplit_once(": ")?;
    part(name.trim().trim_end_matches(" FOUND").to_owned())
}
