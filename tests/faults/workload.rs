//! The webhooks of the scenarios.

use mailhooks_tests::invariants::Expected;
use mailhooks_tests::noise::noise;
/// The time of the first attempt.
pub(crate) use mailhooks_tests::testbed::now as start;
use normalization::ProviderName::{self, Emailit, GetMailer, Jasni, JetEmail};
use serde_json::{Value, json};

pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) provider: ProviderName,
    pub(crate) body: Vec<u8>,
    /// Whether every event is announced on the fourth topic.
    pub(crate) announce_all: bool,
    pub(crate) expected: Vec<Expected>,
    /// The weight of the workload, in scenarios of one small event.
    pub(crate) places: u32,
}

/// Leaks a workload, so that it lives as long as the tests.
pub(crate) fn make(workload: Make) -> &'static Workload {
    Box::leak(Box::new(workload()))
}

pub(crate) type Make = fn() -> Workload;

/// The workloads of the scenarios with faults at single calls.
pub(crate) const ALL: [(&str, Make); 5] =
    [("bounce", bounce), ("split", split), ("batch", batch), ("large", large), ("every_topic", every_topic)];

/// A due event of each provider.
pub(crate) const OF_PROVIDERS: [(&str, Make); 4] =
    [("jetemail", bounce), ("jasni", jasni), ("getmailer", getmailer), ("emailit", batch)];

/// One event that requires action.
pub(crate) fn bounce() -> Workload {
    let body = json!({
        "id": "evt_1", "type": "outbound.bounced", "created_at": 1_790_846_040,
        "data": {"uid": "message-1", "from": "a@example.com", "to": "b@example.org", "bounce_type": "hard",
                 "response": "550 5.1.1 User unknown"}
    });
    of_one("bounce", JetEmail, &body, "jetemail#message-1", "evt_1", &["bounces"])
}

/// A report on two recipients without its own timestamp: each event has the time of the first attempt.
pub(crate) fn split() -> Workload {
    let body = json!({
        "id": "evt_2", "type": "outbound.bounced",
        "data": {"uid": "message-2", "to": ["b@example.org", "c@example.org"],
                 "bounce_type": "hard", "response": "550 5.1.1 User unknown"}
    });
    let body = body.to_string().into_bytes();
    let expected = (1..=2).map(|number| {
        let event_key = format!("evt_2.{number}");
        event("jetemail#message-2", &event_key, &["bounces"], &body)
    });
    quiet("split", JetEmail, expected.collect(), body)
}

/// Five events: due, not due, unknown, due, and the first once more.
pub(crate) fn batch() -> Workload {
    let mail = |key: &str, word: &str| {
        json!({"event_id": key, "type": word,
               "data": {"object": {"id": format!("em_{key}"), "to": "b@example.org"}}})
    };
    let complained = mail("evt_3", "email.complained");
    let delivered = mail("evt_4", "email.delivered");
    let unknown = mail("evt_5", "cart.updated");
    let bounced = mail("evt_6", "email.bounced");
    let raw = |event: &Value| event.to_string().into_bytes();
    let expected = vec![
        event("emailit#em_evt_3", "evt_3", &["complaints"], &raw(&complained)),
        event("emailit#em_evt_4", "evt_4", &[], &raw(&delivered)),
        event("emailit#evt_5", "evt_5", &[], &raw(&unknown)),
        event("emailit#em_evt_6", "evt_6", &["bounces"], &raw(&bounced)),
    ];
    quiet("batch", Emailit, expected, raw(&json!([complained, delivered, unknown, bounced, complained])))
}

/// An incoming mail whose raw payload is too large to store beside its event.
pub(crate) fn large() -> Workload {
    // Each byte has six random bits: zlib compresses it to three quarters, which is over 180 KiB.
    let bytes = 250_000;
    let body = json!({
        "id": "evt_7", "type": "email.received", "timestamp": "2026-10-01T09:14:03Z",
        "data": {"emailId": "message-7", "to": "b@example.org", "textBody": noise(bytes)}
    });
    Workload {
        announce_all: true,
        places: 4,
        ..of_one("large", GetMailer, &body, "getmailer#inbound/b@example.org/message-7", "evt_7", &["events"])
    }
}

pub(crate) fn every_topic() -> Workload {
    let body = json!({"id": "evt_8", "type": "outbound.complaint",
                      "data": {"uid": "message-8", "to": "b@example.org"}});
    let topics = &["complaints", "actions", "events", "ses-notifications", "ses-events"];
    Workload {
        announce_all: true,
        ..of_one("every_topic", JetEmail, &body, "jetemail#message-8", "evt_8", topics)
    }
}

/// A bounce of Jasni, which has no event id: its key is the SHA-256 of the bytes, computed by another program.
pub(crate) fn jasni() -> Workload {
    let body = br#"{"event":"email.bounced","data":{"messageId":"message-9","to":["b@example.org"],"bounceType":"hard"}}"#;
    let expected = vec![event("jasni#message-9", "0cf93d5ff209ef9694f0e5f5680093f9", &["bounces"], body)];
    quiet("jasni", Jasni, expected, body.to_vec())
}

pub(crate) fn getmailer() -> Workload {
    let body = json!({"id": "evt_10", "type": "email.bounced",
                      "data": {"emailId": "message-10", "to": "b@example.org", "bounceType": "hard"}});
    of_one("getmailer", GetMailer, &body, "getmailer#message-10", "evt_10", &["bounces"])
}

fn of_one(
    name: &'static str,
    provider: ProviderName,
    body: &Value,
    partition_key: &str,
    event_key: &str,
    topics: &[&'static str],
) -> Workload {
    let body = body.to_string().into_bytes();
    quiet(name, provider, vec![event(partition_key, event_key, topics, &body)], body)
}

/// A small workload whose events are not all announced.
fn quiet(name: &'static str, provider: ProviderName, expected: Vec<Expected>, body: Vec<u8>) -> Workload {
    Workload { name, provider, announce_all: false, places: 1, expected, body }
}

fn event(partition_key: &str, event_key: &str, topics: &[&'static str], raw: &[u8]) -> Expected {
    Expected {
        partition_key: partition_key.to_owned(),
        event_key: event_key.to_owned(),
        topics: topics.to_vec(),
        raw: raw.to_vec(),
    }
}
