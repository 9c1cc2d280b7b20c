//! The promises of normalization for every authentic body. The fuzzer checks the same.

use std::collections::HashSet;

use jiff::Timestamp;
use normalization::ses::{Flavour, document};
use normalization::{
    Action, BounceClass, Event, EventData, EventType, Provider, RAW_PART, Record, Verified, normalize,
};
use serde_json::Value;
use serde_json::value::RawValue;

/// The maximum size of an event in bytes of JSON: shared/normalization/src/limits.rs gives the reason.
const MAX_EVENT: usize = 200_000;
/// 10000-01-01T00:00:00Z: RFC 3339 has four digits for the year.
const YEAR_10000: i64 = 253_402_300_800;
/// An array with more events than this is kept as one event.
const MAX_EVENTS: usize = 1_000;

/// The records of a body, after checking every promise.
pub fn check<'w>(provider: &'static Provider, verified: &Verified<'w>) -> Vec<Record<'w>> {
    let records: Vec<_> = normalize(verified).collect();
    let again: Vec<_> = normalize(verified).collect();
    assert_eq!(records.len(), again.len());
    for (record, again) in records.iter().zip(&again) {
        assert!(record.event == again.event, "normalization is deterministic");
        assert!(record.key == again.key, "so are its keys");
        check_identity(provider, record, verified.body());
        check_event(&record.event, verified.received_at());
        check_documents(&record.event);
    }
    check_completeness(verified.body(), &records);
    records
}

fn check_identity(provider: &'static Provider, record: &Record<'_>, body: &[u8]) {
    let Record { event, key, raw, .. } = record;
    assert!((1..=1_024).contains(&key.event.len()));
    assert!((1..=2_048).contains(&key.partition.len()));
    assert!(!key.event.contains(RAW_PART));
    assert!(key.partition.starts_with(&format!("{}#", provider.name)));
    assert_eq!(event.id, format!("{}:{}", provider.name, key.event));
    assert_eq!(event.data.provider, provider.name);
    assert_eq!(event.data.provider_type.is_some(), record.recognized);
    assert!(body.as_ptr_range().contains(&raw.as_ptr()) || body.is_empty());
    assert!(raw.as_ptr_range().end <= body.as_ptr_range().end, "a slice of the body");
}

fn check_event(event: &Event, received_at: Timestamp) {
    let bytes = serde_json::to_vec(event).unwrap().len();
    assert!(bytes <= MAX_EVENT, "an event of {bytes} bytes");
    let is_moment = event.time > Timestamp::UNIX_EPOCH && event.time.as_second() < YEAR_10000;
    assert!(is_moment || event.time == received_at, "{}", event.time);
    let data = &event.data;
    let written = serde_json::to_value(data).unwrap();
    for part in written.as_object().unwrap().values() {
        assert!(!part.is_null(), "absent, never null");
        assert!(part.as_object().into_iter().flatten().into_iter().all(|(_, member)| !member.is_null()));
    }
    let read: EventData = serde_json::from_value(written).unwrap();
    assert!(read == *data, "what is written can be read");
    if let Some(recipient) = &data.recipient {
        assert!(!recipient.trim().is_empty());
    }
    if data.action == Action::Suppress
        && let Some(class) = data.bounce.as_ref().and_then(|bounce| bounce.class)
    {
        assert_eq!(class, BounceClass::Permanent, "doubt never suppresses");
    }
}

/// Every element of an array that is split, or else the whole body, is the raw payload of a record. If the array is not
/// quite valid JSON, the remaining bytes are commas, brackets and white space.
fn check_completeness(body: &[u8], records: &[Record<'_>]) {
    let json = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let elements = serde_json::from_slice::<Vec<&RawValue>>(json).ok();
    match elements.filter(|elements| elements.len() <= MAX_EVENTS) {
        Some(elements) => {
            let kept: HashSet<*const u8> = records.iter().map(|record| record.raw.as_ptr()).collect();
            assert_eq!(kept.len(), elements.len());
            let sent = elements.iter().map(|element| element.get().as_ptr());
            assert!(sent.into_iter().all(|start| kept.contains(&start)));
        }
        None if records.iter().all(|record| record.raw == body) => {}
        None => {
            let start = json.as_ptr() as usize;
            let mut left = json.to_vec();
            for record in records {
                let at = record.raw.as_ptr() as usize - start;
                left[at..at + record.raw.len()].fill(b' ');
            }
            assert!(left.iter().all(|byte| byte.is_ascii_whitespace() || b"[,]".contains(byte)));
        }
    }
    assert!(!records.is_empty() || json.trim_ascii().starts_with(b"["));
}

/// Checks the documents of Amazon SES of an event, and returns whether they stop mail to its recipient: that is so for bounces and
/// complaints with the action `suppress`, and for nothing else.
pub fn check_documents(event: &Event) -> bool {
    let Event { id, data, .. } = event;
    let is_feedback = matches!(data.event_type, EventType::EmailBounced | EventType::EmailComplained);
    let suppresses = is_feedback && data.recipient.is_some() && data.action == Action::Suppress;
    for flavour in [Flavour::Notification, Flavour::Event] {
        let document = document(event, flavour).map(|document| serde_json::to_value(document).unwrap());
        let stops = document.as_ref().is_some_and(stops_mail);
        assert_eq!(stops, suppresses, "{id}");
        let Some(document) = document else { continue };
        assert!(document.to_string().len() <= MAX_EVENT, "{id}");
        assert_eq!(document["mail"]["destination"], Value::from([data.recipient.as_deref().unwrap()]));
        assert_eq!(document["mail"]["tags"]["mailhooks-id"][0], id.as_str());
        if let Some(bounce) = document.get("bounce").filter(|_| !suppresses) {
            assert!(!hints_at_a_dead_address(bounce), "{id}: {bounce}");
        }
    }
    suppresses
}

/// Whether software for Amazon SES stops mail to the recipient of a document.
fn stops_mail(document: &Value) -> bool {
    document["bounce"]["bounceType"] == "Permanent" || document.get("complaint").is_some()
}

/// Whether software that does not go by the type of a bounce alone stops mail after it: after a status of the class 5, or after a
/// `General` bounce whose text says that the time ran out.
fn hints_at_a_dead_address(bounce: &Value) -> bool {
    let recipient = &bounce["bouncedRecipients"][0];
    let text = recipient["diagnosticCode"].as_str().unwrap_or_default().to_lowercase();
    let ran_out = text.contains("4.4.7") || text.contains("message expired");
    recipient["status"].as_str().is_some_and(|status| status.starts_with('5'))
        || ran_out && bounce["bounceSubType"] == "General"
}
