//! What a document reports: the member that its type names.

use serde::Serialize;

use super::failure::{Bounce, Complaint, DeliveryDelay};
use super::{Kind, timestamp};
use crate::event::{Event, EventData, EventType};

/// The member of a document that its type names.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) enum Report {
    /// Of a `Bounce`.
    Bounce(Bounce),
    /// Of a `Complaint`.
    Complaint(Complaint),
    /// Of a `Send`.
    Send(Send),
    /// Of a `Delivery`.
    Delivery(Delivery),
    /// Of a `DeliveryDelay`.
    DeliveryDelay(DeliveryDelay),
    /// Of a `Reject`.
    Reject(Reject),
    /// Of an `Open`.
    Open(Engagement),
    /// Of a `Click`.
    Click(Engagement),
    /// Of a `Subscription`.
    Subscription(Subscription),
}

impl Report {
    pub(super) fn new(kind: Kind, event: &Event, recipient: &str) -> Self {
        match kind {
            Kind::Bounce => Self::Bounce(Bounce::new(event, recipient)),
            Kind::Complaint => Self::Complaint(Complaint::new(event, recipient)),
            Kind::Send => Self::Send(Send {}),
            Kind::Delivery => Self::Delivery(Delivery::new(event, recipient)),
            Kind::DeliveryDelay => Self::DeliveryDelay(DeliveryDelay::new(event, recipient)),
            Kind::Reject => Self::Reject(Reject::new(&event.data)),
            Kind::Open => Self::Open(Engagement::new(event)),
            Kind::Click => Self::Click(Engagement::new(event)),
            Kind::Subscription => Self::Subscription(Subscription::new(event)),
        }
    }
}

/// The provider accepted the mail, or sent it. SES has no details here.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Send {}

/// The recipient's server accepted the mail.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Delivery {
    /// The time of the event, in UTC with milliseconds.
    timestamp: String,
    /// The recipient that the event is about, and no other.
    recipients: [String; 1],
    /// The reply of the recipient's server.
    #[serde(skip_serializing_if = "Option::is_none")]
    smtp_response: Option<String>,
    /// The IP address of the recipient's server.
    #[serde(skip_serializing_if = "Option::is_none")]
    remote_mta_ip: Option<String>,
}

/// The provider did not send the mail.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Reject {
    /// The provider's explanation; `rejected` or `spam` if it gives none.
    reason: String,
}

/// An open or a click.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Engagement {
    /// The time of the event, in UTC with milliseconds.
    timestamp: String,
    /// The IP address of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<String>,
    /// The user agent of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    /// The URL of the link that was followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// The recipient unsubscribed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Subscription {
    /// The time of the event, in UTC with milliseconds.
    timestamp: String,
    /// What the recipient wants from now on.
    new_topic_preferences: TopicPreferences,
}

/// What a recipient wants.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct TopicPreferences {
    /// Always true: the providers do not say which lists the recipient left.
    unsubscribe_all: bool,
}

impl Delivery {
    pub(super) fn new(event: &Event, recipient: &str) -> Self {
        let delivery = event.data.delivery.clone().unwrap_or_default();
        Self {
            timestamp: timestamp(event.time),
            recipients: [recipient.to_owned()],
            smtp_response: delivery.smtp_response,
            remote_mta_ip: delivery.remote_ip,
        }
    }
}

impl Reject {
    pub(super) fn new(data: &EventData) -> Self {
        let explanation = data.bounce.as_ref().and_then(|bounce| bounce.diagnostic.clone());
        let word = if data.event_type == EventType::EmailSpam { "spam" } else { "rejected" };
        Self { reason: explanation.unwrap_or_else(|| word.to_owned()) }
    }
}

impl Engagement {
    pub(super) fn new(event: &Event) -> Self {
        let engagement = event.data.engagement.clone().unwrap_or_default();
        Self {
            timestamp: timestamp(event.time),
            ip_address: engagement.ip,
            user_agent: engagement.user_agent,
            link: engagement.url,
        }
    }
}

impl Subscription {
    pub(super) fn new(event: &Event) -> Self {
        Self {
            timestamp: timestamp(event.time),
            new_topic_preferences: TopicPreferences { unsubscribe_all: true },
        }
    }
}
