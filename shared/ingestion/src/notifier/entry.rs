//! An announcement as an entry of an SNS batch.

use std::collections::HashMap;

use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use normalization::ses::{self, Flavour};
use normalization::{Event, EventType, lookup_domain};
use serde::Serialize;

/// Most characters of a domain name (RFC 1035, section 2.3.4).
const MAX_DOMAIN: usize = 255;

/// One event to be published on its topics.
pub(super) struct Entry {
    pub(super) index: usize,
    message: String,
    attributes: HashMap<String, MessageAttributeValue>,
}

impl Entry {
    pub(super) fn new(index: usize, event: &Event) -> Self {
        Self { index, message: message(event), attributes: attributes(event).map(attribute).collect() }
    }

    /// The entry for a topic that takes the event as a document of Amazon SES.
    pub(super) fn in_ses_form(index: usize, event: &Event, flavour: Flavour) -> Self {
        let message = ses_message(event, flavour).expect("a topic takes only events that have a document");
        Self { index, message, attributes: attributes(event).map(attribute).collect() }
    }

    pub(super) fn to_request(&self) -> PublishBatchRequestEntry {
        PublishBatchRequestEntry::builder()
            .id(self.index.to_string())
            .message(&self.message)
            .set_message_attributes(Some(self.attributes.clone()))
            .build()
            .expect("the two required members, id and message, are set above")
    }

    pub(super) fn bytes(&self) -> usize {
        // 64 bytes per attribute are more than its name and type need.
        self.message.len()
            + self
                .attributes
                .values()
                .filter_map(|value| value.string_value())
                .map(|value| value.len() + 64)
                .sum::<usize>()
    }
}

/// The message of an event: its JSON. Subscribers with raw message delivery get exactly this.
pub fn message(event: &Event) -> String {
    text(event)
}

/// The message of an event as a document of Amazon SES; `None` if an event like this has none in this flavour.
pub fn ses_message(event: &Event, flavour: Flavour) -> Option<String> {
    ses::document(event, flavour).as_ref().map(text)
}

fn text(message: &impl Serialize) -> String {
    let json = serde_json::to_string(message).expect("all keys of events and documents are strings");
    // XML, which SNS and SQS use, does not allow these characters. JSON can escape them.
    json.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
}

/// The message attributes, which the filter policies of subscriptions can match, by name.
pub fn attributes(event: &Event) -> impl Iterator<Item = (&'static str, String)> {
    let data = &event.data;
    let bounce = data.bounce.as_ref().filter(|_| data.event_type == EventType::EmailBounced);
    let values = [
        ("type", Some(data.event_type.as_str().to_owned())),
        ("provider", Some(data.provider.as_str().to_owned())),
        ("action", Some(data.action.as_str().to_owned())),
        ("recipient_domain", data.recipient.as_deref().and_then(domain)),
        ("bounce_class", bounce.and_then(|bounce| bounce.class).map(|word| word.to_string())),
        ("bounce_reason", bounce.and_then(|bounce| bounce.reason).map(|word| word.to_string())),
    ];
    values.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

fn attribute((name, value): (&'static str, String)) -> (String, MessageAttributeValue) {
    let value = MessageAttributeValue::builder().data_type("String").string_value(value);
    (name.to_owned(), value.build().expect("the one required member, the data type, is set above"))
}

/// The domain of an address in lower-case A-labels, if an attribute can contain it.
fn domain(address: &str) -> Option<String> {
    let (_, domain) = address.rsplit_once('@')?;
    let sound = |c: char| !c.is_control() && !c.is_whitespace() && c != '\u{fffe}' && c != '\u{ffff}';
    let domain = lookup_domain(domain);
    (!domain.is_empty() && domain.len() <= MAX_DOMAIN && domain.chars().all(sound)).then_some(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_of_addresses() {
        assert_eq!(domain("Ada@Example.COM").as_deref(), Some("example.com"));
        assert_eq!(domain("\"a@b\"@example.com").as_deref(), Some("example.com"));
        for unicode in ["jo@exämple.de", "jo@EXÄMPLE.de", "jo@xn--exmple-cua.de"] {
            assert_eq!(domain(unicode).as_deref(), Some("xn--exmple-cua.de"));
        }
        for address in ["postmaster", "ada@", "ada@exa mple.com", "ada@\u{ffff}"] {
            assert_eq!(domain(address), None, "{address}");
        }
    }
}
