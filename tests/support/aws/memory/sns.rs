//! `PublishBatch`, and the limits of SNS for one batch.
//! <https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html>
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html>

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde_json::Value;

use super::Answer;

const MAX_ENTRIES: usize = 10;
const MAX_BYTES: usize = 256 * 1024;
const MAX_ID: usize = 80;
const MAX_NAME: usize = 256;

/// The number of announcements by topic and event.
#[derive(Debug, Default)]
pub struct Topics {
    announced: BTreeMap<(String, String), usize>,
}

impl Topics {
    /// The number of announcements of events of this type on a topic.
    pub fn count(&self, topic: &str, event: &str) -> usize {
        self.announced.get(&(topic.to_owned(), event.to_owned())).copied().unwrap_or_default()
    }

    /// The total number of announcements.
    pub fn total(&self) -> usize {
        self.announced.values().sum()
    }

    /// The number of announcements, counting each event once for each topic.
    pub fn distinct(&self) -> usize {
        self.announced.len()
    }

    pub(super) fn call(&mut self, body: &str) -> Answer {
        let form = checked(body);
        let mut taken = String::new();
        for entry in entries(&form) {
            *self.announced.entry((form["TopicArn"].clone(), entry.event())).or_default() += 1;
            taken.extend(["<member><Id>", entry.id, "</Id></member>"]);
        }
        let result = format!("<Successful>{taken}</Successful><Failed></Failed>");
        let result = format!("<PublishBatchResult>{result}</PublishBatchResult>");
        (200, format!("<PublishBatchResponse>{result}</PublishBatchResponse>"))
    }
}

/// The fields of a valid batch.
pub(super) fn checked(body: &str) -> HashMap<String, String> {
    let form: HashMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    assert_eq!(form["Action"], "PublishBatch");
    check(&entries(&form));
    form
}

struct Entry<'f> {
    id: &'f str,
    message: &'f str,
    attributes: Vec<Attribute<'f>>,
}

struct Attribute<'f> {
    name: &'f str,
    data_type: &'f str,
    value: &'f str,
}

impl Entry<'_> {
    fn event(&self) -> String {
        let message: Value = serde_json::from_str(self.message).unwrap();
        message["id"].as_str().unwrap().to_owned()
    }

    fn bytes(&self) -> usize {
        let sizes = self.attributes.iter().map(|one| one.name.len() + one.data_type.len() + one.value.len());
        self.message.len() + sizes.sum::<usize>()
    }
}

fn entries(form: &HashMap<String, String>) -> Vec<Entry<'_>> {
    let members = (1..).map_while(|number| {
        let member = format!("PublishBatchRequestEntries.member.{number}");
        let id = form.get(&format!("{member}.Id"))?;
        let attributes = (1..).map_while(|number| {
            let entry = format!("{member}.MessageAttributes.entry.{number}");
            let name = form.get(&format!("{entry}.Name"))?;
            Some(Attribute {
                name,
                data_type: &form[&format!("{entry}.Value.DataType")],
                value: &form[&format!("{entry}.Value.StringValue")],
            })
        });
        Some(Entry { id, message: &form[&format!("{member}.Message")], attributes: attributes.collect() })
    });
    members.collect()
}

fn check(entries: &[Entry<'_>]) {
    assert!((1..=MAX_ENTRIES).contains(&entries.len()));
    let bytes: usize = entries.iter().map(Entry::bytes).sum();
    assert!(bytes <= MAX_BYTES, "a batch of {bytes} bytes");
    for (number, entry) in entries.iter().enumerate() {
        assert!(entries[..number].iter().all(|other| other.id != entry.id));
        assert!((1..=MAX_ID).contains(&entry.id.len()));
        assert!(entry.id.bytes().all(is_word));
        check_message(entry.message);
        // Raw delivery to queues supports ten attributes.
        assert!((3..=10).contains(&entry.attributes.len()));
        for Attribute { name, data_type, value } in &entry.attributes {
            assert!((1..=MAX_NAME).contains(&name.len()));
            assert!(name.bytes().all(|byte| is_word(byte) || byte == b'.'));
            assert_eq!(*data_type, "String");
            assert!(!value.is_empty() && value.chars().all(is_xml), "{name}");
        }
    }
}

/// A CloudEvents 1.0 event.
/// <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#required-attributes>
fn check_message(message: &str) {
    assert!(message.chars().all(is_xml));
    let event: Value = serde_json::from_str(message).expect("a message is JSON");
    let text = |name: &str| event[name].as_str().expect("a required attribute is there");
    assert_eq!(text("specversion"), "1.0");
    assert_eq!(text("datacontenttype"), "application/json");
    assert!(!text("id").is_empty());
    assert!(text("source").starts_with("mailhooks/"));
    assert!(text("type").starts_with("mailhooks."));
    text("time").parse::<Timestamp>().expect("RFC 3339");
    assert_ne!(event["subject"], "", "not empty, says the specification");
    assert!(event["data"].is_object());
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-".contains(&byte)
}

/// The characters that XML 1.0 allows in a text (<https://www.w3.org/TR/xml/#charsets>).
fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}
