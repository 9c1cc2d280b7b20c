//! The member `mail` of a document: the mail that it is about.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::timestamp;
use crate::event::{Event, Message};

/// The mail that a document is about.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Mail {
    /// The time of the event, in UTC with milliseconds.
    timestamp: String,
    /// The sender's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// The provider's id of the mail, which its API returned to the sender; the id of the event if the mail has none.
    message_id: String,
    /// The recipient that the event is about, and no other.
    destination: [String; 1],
    /// Always false.
    headers_truncated: bool,
    /// The headers that are known, each tag of the mail as an `X-Tag`, and its metadata as the JSON of an `X-Metadata`.
    headers: Vec<Header>,
    /// The headers that are known, by name.
    common_headers: CommonHeaders,
    /// The texts in the metadata of the mail by name, the provider as `mailhooks-provider`, and the id of the event as
    /// `mailhooks-id`: deduplicate on it.
    tags: BTreeMap<String, [String; 1]>,
}

/// A header of the mail.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Header {
    /// The name.
    name: &'static str,
    /// The value.
    value: String,
}

/// The headers that are known, by name.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct CommonHeaders {
    /// The sender's address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    from: Vec<String>,
    /// The addresses of all recipients.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    to: Vec<String>,
    /// The Message-ID with its angle brackets.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    /// The subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
}

impl Mail {
    pub(super) fn new(event: &Event, recipient: &str) -> Self {
        let message = event.data.message.clone().unwrap_or_default();
        Self {
            timestamp: timestamp(event.time),
            source: message.from.clone(),
            message_id: message.id.clone().unwrap_or_else(|| event.id.clone()),
            destination: [recipient.to_owned()],
            headers_truncated: false,
            headers: headers(&message),
            tags: tags(event, &message),
            common_headers: CommonHeaders {
                message_id: bracketed(&message),
                from: message.from.into_iter().collect(),
                to: message.to,
                subject: message.subject,
            },
        }
    }
}

fn bracketed(message: &Message) -> Option<String> {
    message.message_id.as_ref().map(|id| format!("<{id}>"))
}

fn headers(message: &Message) -> Vec<Header> {
    let to = Some(message.to.join(", ")).filter(|to| !to.is_empty());
    let metadata = message.metadata.as_ref().filter(|metadata| !metadata.is_empty());
    let headers = [
        ("From", message.from.clone()),
        ("To", to),
        ("Message-ID", bracketed(message)),
        ("Subject", message.subject.clone()),
        ("X-Metadata", metadata.and_then(|metadata| serde_json::to_string(metadata).ok())),
    ];
    let tags = message.tags.iter().map(|tag| ("X-Tag", Some(tag.clone())));
    let known = headers.into_iter().chain(tags).filter_map(|(name, value)| Some((name, value?)));
    known.map(|(name, value)| Header { name, value }).collect()
}

fn tags(event: &Event, message: &Message) -> BTreeMap<String, [String; 1]> {
    let metadata = message.metadata.iter().flatten();
    let texts = metadata.filter_map(|(name, value)| match value {
        Value::String(text) => Some((name.clone(), [text.clone()])),
        _ => None,
    });
    // Last, because the sender chooses the names in the metadata.
    let own = [("mailhooks-provider", event.data.provider.as_str()), ("mailhooks-id", event.id.as_str())];
    texts.chain(own.map(|(name, value)| (name.to_owned(), [value.to_owned()]))).collect()
}
