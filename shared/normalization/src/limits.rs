//! How large an event may grow, whatever its webhook holds.
//!
//! An announcement is 256 KiB at most (SNS), an item in the table 400 KB (DynamoDB), with the raw payload
//! beside the event. About 25 texts, 5 lists and 3 objects make an event; with these limits the largest is
//! near 190 KiB. What is cut or left out is named in `truncated`, and whole in the raw payload.

use serde_json::{Map, Value};

use crate::details::Attachment;
use crate::event::EventData;

/// Bytes of one text, as JSON: a subject line ends at 998 (RFC 5322, section 2.1.1), an SMTP reply line at 512
/// (RFC 5321, section 4.5.3.1.5), and addresses of links are in practice kept under 2,048.
const MAX_TEXT: usize = 2_048;

/// Bytes of one list, or of one object, as JSON: more than a hundred addresses, the number of recipients that a
/// server must take (RFC 5321, section 4.5.3.1.8).
const MAX_COLLECTION: usize = 16_384;

/// Entries of one list, and values in one object: more than any sender labels a mail with. Small ones take a hundred
/// times their length in memory.
pub(crate) const MAX_ENTRIES: usize = 1_000;

/// Levels of objects and lists in data of the sender's own. DynamoDB takes 32 in all; the event around it
/// and the tools behind it need some.
const MAX_DEPTH: usize = 16;

/// Two quotes and a comma.
const PUNCTUATION: usize = 3;

/// The sign that something was cut here.
const MARK: char = '…';

/// Cuts what is too long and leaves out what cannot be carried: all but the recipient, which differs where the rest
/// does not.
pub(crate) fn fit(data: &mut EventData) {
    let mut fit = Fit { truncated: std::mem::take(&mut data.truncated) };
    fit.text("provider_type", &mut data.provider_type);
    if let Some(message) = &mut data.message {
        fit.text("message.id", &mut message.id);
        fit.text("message.message_id", &mut message.message_id);
        fit.address("message.from", &mut message.from);
        fit.addresses("message.to", &mut message.to);
        fit.addresses("message.cc", &mut message.cc);
        fit.text("message.subject", &mut message.subject);
        fit.list("message.tags", &mut message.tags);
        fit.map("message.metadata", &mut message.metadata);
    }
    fit_delivery(&mut fit, data);
    fit_account(&mut fit, data);
    data.truncated = fit.truncated;
}

/// Leaves out the recipient of an event that fits otherwise, if it is too long.
pub(crate) fn fit_recipient(data: &mut EventData) {
    if data.recipient.as_deref().is_some_and(is_long) {
        data.recipient = None;
        data.truncated.push("recipient".to_owned());
    }
}

fn fit_delivery(fit: &mut Fit, data: &mut EventData) {
    if let Some(bounce) = &mut data.bounce {
        fit.text("bounce.enhanced_code", &mut bounce.enhanced_code);
        fit.text("bounce.diagnostic", &mut bounce.diagnostic);
        fit.text("bounce.remote_mta", &mut bounce.remote_mta);
    }
    if let Some(engagement) = &mut data.engagement {
        fit.text("engagement.url", &mut engagement.url);
        fit.text("engagement.ip", &mut engagement.ip);
        fit.text("engagement.user_agent", &mut engagement.user_agent);
        fit.text("engagement.client", &mut engagement.client);
        fit.text("engagement.country", &mut engagement.country);
    }
    if let Some(delivery) = &mut data.delivery {
        fit.text("delivery.smtp_response", &mut delivery.smtp_response);
        fit.text("delivery.remote_mta", &mut delivery.remote_mta);
        fit.text("delivery.remote_host", &mut delivery.remote_host);
        fit.text("delivery.remote_ip", &mut delivery.remote_ip);
    }
    if let Some(inbound) = &mut data.inbound {
        fit.text("inbound.uid", &mut inbound.uid);
        fit.text("inbound.domain", &mut inbound.domain);
        fit.address("inbound.account", &mut inbound.account);
        fit.text("inbound.folder", &mut inbound.folder);
        fit.text("inbound.remote_host", &mut inbound.remote_host);
        fit.text("inbound.remote_ip", &mut inbound.remote_ip);
        fit.attachments(&mut inbound.attachments);
        fit.list("inbound.spam_rules", &mut inbound.spam_rules);
    }
    if let Some(filter) = &mut data.content_filter {
        fit.list("content_filter.rules", &mut filter.rules);
        fit.text("content_filter.threat", &mut filter.threat);
    }
    if let Some(schedule) = &mut data.schedule {
        fit.text("schedule.timezone", &mut schedule.timezone);
    }
}

fn fit_account(fit: &mut Fit, data: &mut EventData) {
    if let Some(contact) = &mut data.contact {
        fit.text("contact.id", &mut contact.id);
        fit.address("contact.address", &mut contact.address);
        fit.text("contact.name", &mut contact.name);
        fit.text("contact.status", &mut contact.status);
        fit.text("contact.reason", &mut contact.reason);
        fit.map("contact.changes", &mut contact.changes);
    }
    if let Some(domain) = &mut data.domain {
        fit.text("domain.id", &mut domain.id);
        fit.text("domain.name", &mut domain.name);
        fit.text("domain.status", &mut domain.status);
        fit.map("domain.records", &mut domain.records);
        fit.map("domain.changes", &mut domain.changes);
    }
}

struct Fit {
    truncated: Vec<String>,
}

impl Fit {
    fn text(&mut self, path: &str, text: &mut Option<String>) {
        if text.as_mut().is_some_and(cut) {
            self.note(path);
        }
    }

    /// An address that is cut is another one, or none: one that is too long is left out.
    fn address(&mut self, path: &str, address: &mut Option<String>) {
        if address.as_deref().is_some_and(is_long) {
            *address = None;
            self.note(path);
        }
    }

    fn addresses(&mut self, path: &str, addresses: &mut Vec<String>) {
        let whole = addresses.len();
        addresses.retain(|address| !is_long(address));
        keep_while_small(addresses, |address| json_length(address) + PUNCTUATION);
        if addresses.len() < whole {
            self.note(path);
        }
    }

    fn list(&mut self, path: &str, entries: &mut Vec<String>) {
        let whole = entries.len();
        let mut any_cut = false;
        for entry in entries.iter_mut() {
            any_cut |= cut(entry);
        }
        keep_while_small(entries, |entry| json_length(entry) + PUNCTUATION);
        if any_cut || entries.len() < whole {
            self.note(path);
        }
    }

    fn attachments(&mut self, attachments: &mut Vec<Attachment>) {
        let whole = attachments.len();
        let mut any_cut = false;
        for attachment in attachments.iter_mut() {
            any_cut |= attachment.filename.as_mut().is_some_and(cut);
            any_cut |= attachment.content_type.as_mut().is_some_and(cut);
        }
        let length = |text: &Option<String>| text.as_deref().map_or(0, json_length);
        // 64: the names of the members and the largest size.
        keep_while_small(attachments, |one| {
            length(&one.filename) + length(&one.content_type) + 2 * PUNCTUATION + 64
        });
        if any_cut || attachments.len() < whole {
            self.note("inbound.attachments");
        }
    }

    fn map(&mut self, path: &str, map: &mut Option<Map<String, Value>>) {
        let Some(members) = map else { return };
        let whole = carry(members, 1, &mut MAX_ENTRIES.clone());
        let fits =
            whole.is_some() && serde_json::to_string(members).is_ok_and(|json| json.len() <= MAX_COLLECTION);
        if !fits {
            *map = None;
        }
        if whole != Some(true) || !fits {
            self.note(path);
        }
    }

    fn note(&mut self, path: &str) {
        self.truncated.push(path.to_owned());
    }
}

fn keep_while_small<T>(entries: &mut Vec<T>, length: impl Fn(&T) -> usize) {
    let mut total = 0;
    let fitting = entries.iter().take(MAX_ENTRIES).take_while(|entry| {
        total += length(entry);
        total <= MAX_COLLECTION
    });
    let keep = fitting.count();
    entries.truncate(keep);
}

/// Cuts a text that is longer than it may be; says whether it did.
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
    // No character takes more than six bytes for each of its own: most texts need no counting.
    text.len() * 6 > MAX_TEXT && json_length(text) > MAX_TEXT
}

fn json_length(text: &str) -> usize {
    text.chars().map(escaped_length).sum()
}

fn escaped_length(character: char) -> usize {
    match character {
        '"' | '\\' | '\u{8}' | '\u{c}' | '\n' | '\r' | '\t' => 2,
        '\0'..='\u{1f}' => 6,
        other => other.len_utf8(),
    }
}

/// Takes out members without a name, which DynamoDB does not take. `Some(true)` if there was none; `None` if
/// the members nest too deeply, or there is no `room` for so many values.
fn carry(members: &mut Map<String, Value>, depth: usize, room: &mut usize) -> Option<bool> {
    let named = members.remove("").is_none();
    carry_all(members.values_mut(), depth, room).map(|whole| named & whole)
}

fn carry_all<'v>(
    mut values: impl Iterator<Item = &'v mut Value>,
    depth: usize,
    room: &mut usize,
) -> Option<bool> {
    values.try_fold(true, |whole, value| {
        *room = room.checked_sub(1)?;
        Some(whole & carry_value(value, depth, room)?)
    })
}

fn carry_value(value: &mut Value, depth: usize, room: &mut usize) -> Option<bool> {
    match value {
        Value::Array(_) | Value::Object(_) if depth >= MAX_DEPTH => None,
        Value::Array(elements) => carry_all(elements.iter_mut(), depth + 1, room),
        Value::Object(members) => carry(members, depth + 1, room),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(true),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::details::Message;
    use crate::{EventType, ProviderName};

    fn fitted(message: Message) -> EventData {
        let mut data = EventData::new(ProviderName::JetEmail, EventType::EmailSent);
        data.message = Some(message);
        fit(&mut data);
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
        fit_recipient(&mut data);
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
