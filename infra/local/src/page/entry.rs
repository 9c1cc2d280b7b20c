//! The entries of the timeline: an event of a webhook or of the store, a request without events, an announcement.

use ingestion::store::StoredEvent;
use jiff::Timestamp;
use normalization::{Event, ProviderName};
use serde_json::{Map, Value, json};

use super::advice;
use crate::engines::Announcement;
use crate::identify::Identified;
use crate::summary;

/// Characters of a text in an entry: more than a row shows. The whole is there when it is opened.
const MAX_TEXT: usize = 320;

/// A request, as the log has it and as it was answered.
pub(super) struct Answered<'a> {
    pub(super) at: Timestamp,
    pub(super) provider: Option<ProviderName>,
    pub(super) line: &'a Value,
}

impl Answered<'_> {
    /// An event in it; `waiting` if it is not announced and must be.
    pub(super) fn event(&self, identified: &Identified, is_new: bool, waiting: bool) -> Value {
        let Identified { event, partition_key, event_key } = identified;
        let outcome = if is_new { "new" } else { "duplicate" };
        let mut entry = of_event(event, partition_key, event_key, self.at, outcome);
        entry.insert("status".to_owned(), json!(self.line.get("status")));
        entry.insert("waiting".to_owned(), waiting.into());
        entry.insert("took_us".to_owned(), json!(self.line.get("duration_us")));
        Value::Object(entry)
    }

    /// The request itself.
    pub(super) fn request(&self) -> Value {
        let text = |name: &str| self.line.get(name).and_then(Value::as_str);
        let (outcome, reason) = (text("outcome"), text("reason"));
        let advice = advice::of(self.provider, outcome.unwrap_or_default(), reason.unwrap_or_default());
        json!({
            "kind": "request",
            "at": self.at,
            "provider": self.provider,
            "outcome": outcome,
            "status": self.line.get("status"),
            "took_us": self.line.get("duration_us"),
            "reason": reason,
            "path": text("path").map(cut),
            "advice": advice,
        })
    }
}

/// An event of the store.
pub(super) fn stored(stored: &StoredEvent) -> Value {
    let StoredEvent { event, partition_key, event_key, received_at, .. } = stored;
    let mut entry = of_event(event, partition_key, event_key, *received_at, "stored");
    entry.insert("waiting".to_owned(), stored.unannounced.into());
    Value::Object(entry)
}

fn of_event(
    event: &Event,
    partition_key: &str,
    event_key: &str,
    at: Timestamp,
    outcome: &str,
) -> Map<String, Value> {
    let data = &event.data;
    let members = [
        ("kind", json!("event")),
        ("at", json!(at)),
        ("outcome", json!(outcome)),
        ("time", json!(event.time)),
        ("id", json!(event.id)),
        ("partition", json!(partition_key)),
        ("key", json!(event_key)),
        ("provider", json!(data.provider)),
        ("type", json!(data.event_type)),
        ("word", json!(data.provider_type.as_deref().map(cut))),
        ("action", json!(data.action)),
        ("recipient", json!(data.recipient.as_deref().map(cut))),
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
