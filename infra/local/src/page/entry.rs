//! The entries of the timeline: an event from a webhook or from the store, a request without events, or an announcement.

use ingestion::Handled;
use ingestion::store::StoredEvent;
use jiff::Timestamp;
use normalization::{Event, Key};
use serde_json::{Map, Value, json};

use super::advice;
use crate::engines::Announcement;
use crate::summary;

/// Most characters of a text in an entry: more than a row shows. An opened entry shows the whole text.
const MAX_TEXT: usize = 320;

/// The entry of an event that a request contained.
pub(super) fn event(handled: &Handled, stored: &StoredEvent, is_new: bool) -> Value {
    let outcome = if is_new { "new" } else { "duplicate" };
    let mut entry = of_event(&stored.event, &stored.key, handled.received_at, outcome);
    entry.insert("status".to_owned(), handled.outcome.status().as_u16().into());
    entry.insert("waiting".to_owned(), stored.unannounced.into());
    entry.insert("took_us".to_owned(), json!(handled.took.as_micros()));
    Value::Object(entry)
}

/// The entry of a request without events.
pub(super) fn request(handled: &Handled) -> Value {
    json!({
        "kind": "request",
        "at": handled.received_at,
        "provider": handled.provider,
        "outcome": handled.outcome.name(),
        "status": handled.outcome.status().as_u16(),
        "took_us": handled.took.as_micros(),
        "reason": handled.reason(),
        "advice": advice::of(handled.provider, &handled.outcome),
    })
}

/// The entry of a request to a path without a receiver.
pub(super) fn stray(at: Timestamp, status: u16, path: Option<&str>) -> Value {
    json!({
        "kind": "request",
        "at": at,
        "outcome": "not_found",
        "status": status,
        "path": path.map(cut),
        "advice": advice::OF_STRAY,
    })
}

/// The entry of a stored event.
pub(super) fn stored(stored: &StoredEvent) -> Value {
    let StoredEvent { event, key, received_at, .. } = stored;
    let mut entry = of_event(event, key, *received_at, "stored");
    entry.insert("waiting".to_owned(), stored.unannounced.into());
    Value::Object(entry)
}

/// The entry of an event that was just recorded on a deployed stack, which announces it now: nothing would tell the page later.
pub(super) fn news(stored: &StoredEvent) -> Value {
    let StoredEvent { event, key, received_at, .. } = stored;
    Value::Object(of_event(event, key, *received_at, "stored"))
}

fn of_event(event: &Event, key: &Key, at: Timestamp, outcome: &str) -> Map<String, Value> {
    let data = &event.data;
    let message = data.message.as_ref().and_then(|message| message.id.as_deref());
    let members = [
        ("kind", json!("event")),
        ("at", json!(at)),
        ("outcome", json!(outcome)),
        ("time", json!(event.time)),
        ("id", json!(event.id)),
        ("partition", json!(key.partition)),
        ("key", json!(key.event)),
        ("provider", json!(data.provider)),
        ("type", json!(data.event_type)),
        ("word", json!(data.provider_type.as_deref().map(cut))),
        ("action", json!(data.action)),
        ("recipient", json!(data.recipient.as_deref().map(cut))),
        ("message", json!(message.map(cut))),
        ("detail", json!(cut(&summary::detail(data)))),
    ];
    members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

pub(super) fn announcement(announcement: &Announcement) -> Value {
    let announced = summary::Announced::from(announcement);
    let provider = announcement.attributes.get("provider");
    json!({
        "kind": "announcement",
        "at": announcement.published_at,
        "topic": announcement.topic,
        "provider": provider,
        "id": announced.id,
        "type": announced.event_type,
        "action": announced.action,
        "recipient": cut(announced.recipient),
        "message": announced.message.map(cut),
        "message_id": announcement.message_id,
    })
}

pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("ä"), "ä");
        let long = cut(&"ä".repeat(MAX_TEXT + 1));
        assert_eq!(long.chars().count(), MAX_TEXT + 1);
        assert!(long.ends_with("ä…"));
    }
}
