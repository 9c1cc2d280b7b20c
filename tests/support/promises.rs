//! The promises of normalization for every authentic body. The fuzzer checks the same.

use std::collections::HashSet;

use jiff::Timestamp;
use normalization::{Action, BounceClass, Event, EventData, Provider, RAW_PART, Record, Verified, normalize};
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
