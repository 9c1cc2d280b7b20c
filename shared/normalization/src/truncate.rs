//! Cuts values that are too long for an event, and leaves out values that cannot be stored. Both are listed in
//! `truncated`; the raw payload has them in full.

use serde_json::{Map, Value};

use crate::limits::{MAX_COLLECTION, MAX_DEPTH, MAX_ENTRIES, MAX_TEXT};

/// The bytes of two quotes and a comma.
pub(crate) const PUNCTUATION: usize = 3;

/// Marks the place where a text was cut.
const MARK: char = '…';

/// A member of an event that has a size limit.
pub(crate) trait Truncate {
    /// Shortens the value if it is too long, and records its path.
    fn truncate(&mut self, path: Path, truncator: &mut Truncator);
}

/// The path of a member, such as `message.subject`.
#[derive(Clone, Copy)]
pub(crate) struct Path(pub(crate) &'static str, pub(crate) &'static str);

/// Shortens the members of an event, and records the paths of those that it shortened.
pub(crate) struct Truncator {
    pub(crate) truncated: Vec<String>,
}

impl Truncator {
    /// Leaves out an address that is too long. A cut address would be a different one, or invalid.
    pub(crate) fn address(&mut self, path: Path, address: &mut Option<String>) {
        if address.as_deref().is_some_and(is_long) {
            *address = None;
            self.note(path);
        }
    }

    /// Leaves out addresses of a list that are too long, or too many.
    pub(crate) fn addresses(&mut self, path: Path, addresses: &mut Vec<String>) {
        let whole = addresses.len();
        addresses.retain(|address| !is_long(address));
        keep_while_small(addresses, |address| json_length(address) + PUNCTUATION);
        if addresses.len() < whole {
            self.note(path);
        }
    }

    pub(crate) fn note(&mut self, Path(parent, member): Path) {
        let dot = if parent.is_empty() { "" } else { "." };
        self.truncated.push([parent, dot, member].concat());
    }
}

impl Truncate for Option<String> {
    fn truncate(&mut self, path: Path, truncator: &mut Truncator) {
        if self.as_mut().is_some_and(cut) {
            truncator.note(path);
        }
    }
}

impl Truncate for Vec<String> {
    fn truncate(&mut self, path: Path, truncator: &mut Truncator) {
        let whole = self.len();
        let mut any_cut = false;
        for entry in self.iter_mut() {
            any_cut |= cut(entry);
        }
        keep_while_small(self, |entry| json_length(entry) + PUNCTUATION);
        if any_cut || self.len() < whole {
            truncator.note(path);
        }
    }
}

impl Truncate for Option<Map<String, Value>> {
    fn truncate(&mut self, path: Path, truncator: &mut Truncator) {
        let Some(members) = self else { return };
        let whole = drop_unstorable(members, 1, &mut MAX_ENTRIES.clone());
        let fits =
            whole.is_some() && serde_json::to_string(members).is_ok_and(|json| json.len() <= MAX_COLLECTION);
        if !fits {
            *self = None;
        }
        if whole != Some(true) || !fits {
            truncator.note(path);
        }
    }
}

pub(crate) fn keep_while_small<T>(entries: &mut Vec<T>, length: impl Fn(&T) -> usize) {
    let mut total = 0;
    let fitting = entries.iter().take(MAX_ENTRIES).take_while(|entry| {
        total += length(entry);
        total <= MAX_COLLECTION
    });
    let keep = fitting.count();
    entries.truncate(keep);
}

/// Cuts a text that is too long. Returns whether it did.
fn cut(text: &mut String) -> bool {
    if !is_long(text) {
        return false;
    }
    let mut total = MARK.len_utf8();
    let end = text.char_indices().find(|(_, character)| {
        total += escaped_length(*character);
        total > MAX_TEXT
    });
    text.truncate(end.map_or(text.len(), |(index, _)| index));
    text.push(MARK);
    true
}

fn is_long(text: &str) -> bool {
    // A byte takes at most six bytes when escaped, so most texts need not be measured.
    text.len() * 6 > MAX_TEXT && json_length(text) > MAX_TEXT
}

pub(crate) fn json_length(text: &str) -> usize {
    text.chars().map(escaped_length).sum()
}

fn escaped_length(character: char) -> usize {
    match character {
        '"' | '\\' | '\u{8}' | '\u{c}' | '\n' | '\r' | '\t' => 2,
        '\0'..='\u{1f}' => 6,
        other => other.len_utf8(),
    }
}

/// Removes members with an empty name, which DynamoDB does not accept. Returns `Some(true)` if nothing was removed,
/// and `None` if the members are nested too deeply or have more values than `room` allows.
fn drop_unstorable(members: &mut Map<String, Value>, depth: usize, room: &mut usize) -> Option<bool> {
    let named = members.remove("").is_none();
    drop_from_all(members.values_mut(), depth, room).map(|whole| named & whole)
}

fn drop_from_all<'v>(
    mut values: impl Iterator<Item = &'v mut Value>,
    depth: usize,
    room: &mut usize,
) -> Option<bool> {
    values.try_fold(true, |whole, value| {
        *room = room.checked_sub(1)?;
        Some(whole & drop_from_value(value, depth, room)?)
    })
}

fn drop_from_value(value: &mut Value, depth: usize, room: &mut usize) -> Option<bool> {
    match value {
        Value::Array(_) | Value::Object(_) if depth >= MAX_DEPTH => None,
        Value::Array(elements) => drop_from_all(elements.iter_mut(), depth + 1, room),
        Value::Object(members) => drop_unstorable(members, depth + 1, room),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(true),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::Message;
    use crate::{EventData, EventType, ProviderName};

    fn fitted(message: Message) -> EventData {
        let mut data = EventData::new(ProviderName::JetEmail, EventType::EmailSent);
        data.message = Some(message);
        data.truncate();
        data
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_named() {
        for text in ["ü".repeat(5_000), "\u{1}".repeat(5_000), "\"".repeat(2_000)] {
            let data = fitted(Message { subject: Some(text), ..Message::default() });
            let subject = data.message.unwrap().subject.unwrap();
            assert!(subject.ends_with(MARK));
            let json = serde_json::to_string(&subject).unwrap();
            assert!((MAX_TEXT - 8..=MAX_TEXT + 2).contains(&json.len()), "{}", json.len());
            assert_eq!(data.truncated, ["message.subject"]);
        }
    }

    #[test]
    fn a_text_within_the_limit_stays() {
        let text = "\"".repeat(MAX_TEXT / 2);
        let data = fitted(Message { subject: Some(text.clone()), ..Message::default() });
        assert_eq!(data.message.unwrap().subject, Some(text));
        assert!(data.truncated.is_empty());
    }

    #[test]
    fn a_long_list_is_shortened() {
        let to = (0..5_000).map(|n| format!("{n}@example.com")).collect();
        let data = fitted(Message { to, ..Message::default() });
        let to = data.message.unwrap().to;
        assert!(to.len() > 100 && to.len() < 5_000, "{}", to.len());
        assert_eq!(data.truncated, ["message.to"]);
    }

    #[test]
    fn an_address_is_never_cut() {
        let long = || format!("{}@example.com", "a".repeat(MAX_TEXT));
        let mut data = fitted(Message {
            from: Some(long()),
            to: vec![long(), "ada@example.com".to_owned()],
            cc: vec![long()],
            ..Message::default()
        });
        let message = data.message.as_ref().unwrap();
        assert_eq!(message.to, ["ada@example.com"]);
        assert!(message.from.is_none() && message.cc.is_empty());
        data.recipient = Some(long());
        data.truncate_recipient();
        assert_eq!(data.recipient, None);
        let left_out = ["message.from", "message.to", "message.cc", "recipient"];
        assert_eq!(data.truncated, left_out);
    }

    #[test]
    fn a_list_of_short_texts_is_shortened() {
        for (entry, most) in [("x", MAX_ENTRIES), ("ten bytes.", MAX_ENTRIES), ("eighteen bytes....", 780)] {
            let data = fitted(Message { tags: vec![entry.to_owned(); 5_000], ..Message::default() });
            let tags = data.message.unwrap().tags;
            assert_eq!(tags.len(), most);
            assert!(serde_json::to_vec(&tags).unwrap().len() <= MAX_COLLECTION + 1);
            assert_eq!(data.truncated, ["message.tags"]);
        }
    }

    #[test]
    fn data_of_very_many_values_is_left_out() {
        let metadata = |values: usize| {
            let pairs: Vec<Value> = (0..values / 2).map(|n| json!([n])).collect();
            fitted(Message { metadata: json!({ "a": pairs }).as_object().cloned(), ..Message::default() })
        };
        assert!(metadata(MAX_ENTRIES - 2).truncated.is_empty());
        assert_eq!(metadata(MAX_ENTRIES).truncated, ["message.metadata"]);
    }

    #[test]
    fn data_that_a_store_cannot_hold_is_left_out() {
        let mut deep = json!(1);
        for _ in 0..MAX_DEPTH {
            deep = json!([deep]);
        }
        for value in [deep, json!("x".repeat(MAX_COLLECTION))] {
            let metadata = json!({ "a": value }).as_object().cloned();
            let data = fitted(Message { metadata, ..Message::default() });
            assert_eq!(data.truncated, ["message.metadata"]);
            assert!(data.message.unwrap().metadata.is_none());
        }
    }

    #[test]
    fn a_member_without_a_name_is_left_out() {
        let metadata = json!({"a": [{"": 1, "b": null}], "": 2}).as_object().cloned();
        let data = fitted(Message { metadata, ..Message::default() });
        assert_eq!(data.truncated, ["message.metadata"]);
        let metadata = data.message.unwrap().metadata.unwrap();
        assert_eq!(Value::Object(metadata), json!({"a": [{"b": null}]}));
    }
}
