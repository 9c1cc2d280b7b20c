//! What a subscribed SQS queue receives.

use std::collections::BTreeMap;

use serde::Serialize;

use super::delivery::{notification, text};
use super::journal::Announcement;

/// The stand-in has no queues, so the link to end the subscription leads nowhere.
const NOWHERE: &str = "http://127.0.0.1";

/// A message of a queue, with the member names of `ReceiveMessage`
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Message.html>). The members that SQS itself adds,
/// such as its message id, are left out.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueMessage {
    body: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    message_attributes: BTreeMap<String, QueueAttribute>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QueueAttribute {
    string_value: String,
    data_type: &'static str,
}

impl QueueMessage {
    /// The message for an announcement. With raw delivery, the body is the event itself, and the attributes are those of the message.
    pub fn new(announcement: &Announcement, raw: bool) -> Self {
        if !raw {
            let subscription = format!("{}:{}", announcement.topic_arn, uuid::Uuid::nil());
            let body = notification(announcement, &subscription, NOWHERE);
            return Self { body, message_attributes: BTreeMap::new() };
        }
        let attributes = announcement.attributes.iter().map(|(name, value)| {
            (name.clone(), QueueAttribute { string_value: value.clone(), data_type: "String" })
        });
        Self { body: text(&announcement.message), message_attributes: attributes.collect() }
    }
}
