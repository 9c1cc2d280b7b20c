//! The entries of the journal: an event of a webhook or of the store, a request without events, an announcement.

use ingestion::store::StoredEvent;
use jiff::Timestamp;
use normalization::{Event, ProviderName};
use serde_json::{Value, json};

use super::super::identify::Identified;
use super::advice;
use crate::describe;
use crate::local::Announcement;

/// Characters of a text in an entry: more than a row shows. The whole is there when it is opened.
const MAX_TEXT: usize = 320;

/// A request, as the log has it and as it was answered.
pub(super) struct Answered<'a> {
    pub(super) at: Timestamp,
    pub(super) provider: Option<ProviderName>,
    pub(super) line: &'a Value,
}

impl Answered<'_> {
    /// An event in it.
    pub(super) fn event(&self, identified: &Identified, is_new: bool) -> Value {
        let Identified {
            event,
            partition_key,
            event_key,
        } = identified;
        let mut entry = of_event(event, partition_key, event_key);
        entry["at"] = json!(self.at);
        entry["outcome"] = if is_new { "new" } else { "duplicate" }.into();
        entry["status"] = self.line["status"].clone();
        entry["took_us"] = self.line["duration_us"].clone();
        entry
    }

    /// The request itself.
    pub(super) fn request(&self) -> Value {
        let text = |name: &str| self.line[name].as_str().unwrap_or_default();
        let advice = advice::of(self.provider, text("outcome"), text("reason"));
        json!({
            "kind": "request",
            "at": self.at,
            "provider": self.provider,
            "outcome": self.line["outcome"],
            "status": self.line["status"],
            "took_us": self.line["duration_us"],
            "reason": self.line["reason"],
            "path": self.line["path"],
            "advice": advice,
        })
    }
}

/// An event of the store.
pub(super) fn stored(stored: &StoredEvent) -> Value {
    let mut entry = of_event(&stored.event, &stored.partition_key, &stored.event_key);
    entry["at"] = json!(stored.received_at);
    entry["outcome"] = "stored".into();
    entry["waiting"] = stored.unannounced.into();
    entry
}

fn of_event(event: &Event, partition_key: &str, event_key: &str) -> Value {
    let data = &event.data;
    json!({
        "kind": "event",
        "time": event.time,
        "id": event.id,
        "partition": partition_key,
        "key": event_key,
        "provider": data.provider,
        "type": data.event_type,
        "word": data.provider_type.as_deref().map(cut),
        "action": data.action,
        "recipient": data.recipient.as_deref().map(cut),
        "detail": cut(&describe::detail(data)),
    })
}

pub(super) fn announcement(announcement: &Announcement) -> Value {
    let announced = describe::Announced::from(announcement);
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

fn cut(text: &str) -> String {
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
