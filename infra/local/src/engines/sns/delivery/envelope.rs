//! The messages that SNS sends to a subscriber, with the members and headers of
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html> (read 2026-11-28).
//!
//! Only AWS can sign a message. The members of the signature are present, so that a subscriber can parse the message, but
//! every check of the signature fails.

use std::collections::BTreeMap;

use ingestion::clock;
use jiff::Timestamp;
use normalization::Event;
use serde::{Deserialize as _, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::super::journal::Announcement;

/// A message for a subscriber over HTTP.
#[derive(Clone)]
pub(crate) struct Envelope {
    pub(super) message_id: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Notification<'a> {
    r#type: &'a str,
    message_id: &'a str,
    topic_arn: &'a str,
    message: &'a str,
    timestamp: String,
    #[serde(flatten)]
    signature: Unsigned,
    #[serde(rename = "UnsubscribeURL")]
    unsubscribe_url: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    message_attributes: BTreeMap<&'a str, Attribute<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute<'a> {
    r#type: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Confirmation<'a> {
    r#type: &'a str,
    message_id: &'a str,
    token: &'a str,
    topic_arn: &'a str,
    message: String,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: String,
    timestamp: String,
    #[serde(flatten)]
    signature: Unsigned,
}

/// The members of a signature. Libraries that verify one refuse the certificate's URL before they fetch it, because its host is
/// not one of AWS.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Unsigned {
    /// The version that a deployed stack's topics use.
    signature_version: &'static str,
    /// Not a signature, but valid Base64.
    signature: &'static str,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: &'static str,
}

const UNSIGNED: Unsigned = Unsigned {
    signature_version: "2",
    signature: "unsigned",
    signing_cert_url: "https://127.0.0.1/unsigned.pem",
};

impl Envelope {
    /// The notification of an announcement. `service` is the URL of the stand-in.
    pub(super) fn notification(
        announcement: &Announcement,
        subscription: &str,
        service: &str,
        raw: bool,
    ) -> Self {
        let Announcement { message_id, topic_arn, .. } = announcement;
        let mut headers = headers("Notification", message_id, topic_arn);
        headers.push(("x-amz-sns-subscription-arn", subscription.to_owned()));
        let body = if raw {
            headers.push(("x-amz-sns-rawdelivery", "true".to_owned()));
            text(&announcement.message)
        } else {
            notification(announcement, subscription, service)
        };
        Self { message_id: message_id.clone(), headers, body }
    }

    /// The message that asks an endpoint to confirm its subscription.
    pub(super) fn confirmation(topic_arn: &str, token: &str, service: &str) -> Self {
        let message_id = Uuid::new_v4().to_string();
        let confirmation = Confirmation {
            r#type: "SubscriptionConfirmation",
            message_id: &message_id,
            token,
            topic_arn,
            message: format!(
                "You have chosen to subscribe to the topic {topic_arn}.\n\
                 To confirm the subscription, visit the SubscribeURL included in this message."
            ),
            subscribe_url: format!(
                "{service}/?Action=ConfirmSubscription&TopicArn={topic_arn}&Token={token}"
            ),
            timestamp: timestamp(clock::now()),
            signature: UNSIGNED,
        };
        let body = pretty(&confirmation);
        Self { headers: headers("SubscriptionConfirmation", &message_id, topic_arn), message_id, body }
    }
}

/// The JSON document of a notification, which HTTP subscribers and queues receive unless the delivery is raw.
pub(crate) fn notification(announcement: &Announcement, subscription: &str, service: &str) -> String {
    let attributes = announcement.attributes.iter();
    let attributes = attributes.map(|(name, value)| (name.as_str(), Attribute { r#type: "String", value }));
    pretty(&Notification {
        r#type: "Notification",
        message_id: &announcement.message_id,
        topic_arn: &announcement.topic_arn,
        message: &text(&announcement.message),
        timestamp: timestamp(announcement.published_at),
        signature: UNSIGNED,
        unsubscribe_url: format!("{service}/?Action=Unsubscribe&SubscriptionArn={subscription}"),
        message_attributes: attributes.collect(),
    })
}

/// The message as it was published, if it is an event or no JSON. Recorded JSON is a value whose members are sorted: those of an
/// event are put back into the order in which the notifier writes them, other JSON stays sorted and has no spaces.
pub(crate) fn text(message: &Value) -> String {
    if let Value::String(text) = message {
        return text.clone();
    }
    let event = Event::deserialize(message).ok().and_then(|event| {
        let is_whole = serde_json::to_value(&event).is_ok_and(|value| value == *message);
        serde_json::to_string(&event).ok().filter(|_| is_whole)
    });
    event.unwrap_or_else(|| message.to_string())
}

fn headers(kind: &str, message_id: &str, topic_arn: &str) -> Vec<(&'static str, String)> {
    vec![
        ("x-amz-sns-message-type", kind.to_owned()),
        ("x-amz-sns-message-id", message_id.to_owned()),
        ("x-amz-sns-topic-arn", topic_arn.to_owned()),
        ("content-type", "text/plain; charset=UTF-8".to_owned()),
        ("user-agent", "Amazon Simple Notification Service Agent".to_owned()),
    ]
}

/// Formats a time in UTC, to the millisecond.
fn timestamp(time: Timestamp) -> String {
    format!("{time:.3}")
}

fn pretty(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).expect("all keys are strings")
}
