//! What a document reports: the member that its type names.

use serde::Serialize;

use super::failure::{Bounce, Complaint, DeliveryDelay};
use super::{Kind, timestamp};
use crate::event::{Event, EventData, EventType};

/// The member of a document that its type names; the others are absent.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Report {
    /// Of a `Bounce`.
    #[serde(skip_serializing_if = "Option::is_none")]
    bounce: Option<Bounce>,
    /// Of a `Complaint`.
    #[serde(skip_serializing_if = "Option::is_none")]
    complaint: Option<Complaint>,
    /// Of a `Send`.
    #[serde(skip_serializing_if = "Option::is_none")]
    send: Option<Send>,
    /// Of a `Delivery`.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<Delivery>,
    /// Of a `DeliveryDelay`.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_delay: Option<DeliveryDelay>,
    /// Of a `Reject`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reject: Option<Reject>,
    /// Of an `Open`.
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<Engagement>,
    /// Of a `Click`.
    #[serde(skip_serializing_if = "Option::is_none")]
    click: Option<Engagement>,
    /// Of a `Subscription`.
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<Subscription>,
}

impl Report {
    pub(super) fn new(kind: Kind, event: &Event, recipient: &str) -> Self {
        let mut report = Self::default();
        match kind {
            Kind::Bounce => report.bounce = Some(Bounce::new(event, recipient)),
            Kind::Complaint => report.complaint = Some(Complaint::new(event, recipient)),
            Kind::Send => report.send = Some(Send {}),
            Kind::Delivery => report.delivery = Some(Delivery::new(event, recipient)),
            Kind::DeliveryDelay => report.delivery_delay = Some(DeliveryDelay::new(event, recipient)),
            Kind::Reject => report.reject = Some(Reject::new(&event.data)),
            Kind::Open => report.open = Some(Engagement::new(event)),
            Kind::Click => report.click = Some(Engagement::new(event)),
            Kind::Subscription => report.subscription = Some(Subscription::new(event)),
        }
        report
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
