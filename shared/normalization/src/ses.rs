//! Events as the documents that Amazon SES publishes, for software that handles the bounces and complaints of SES
//! (<https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html>).
//!
//! A bounce is `Permanent`, or a complaint is sent, exactly when the event's action is `suppress`: software for SES stops mail to
//! these recipients. A document has one recipient, and nothing in it is invented: a member without a value is left out, except
//! those that SES itself sets to null.

mod failure;
mod mail;
mod report;
#[cfg(feature = "schema")]
pub mod schema;

use jiff::Timestamp;
use serde::Serialize;

use crate::event::{Action, Event, EventData, EventType};
use mail::Mail;
use report::Report;

/// The two forms of the documents, which differ in the name of their first member.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flavour {
    /// The feedback notifications of an identity: `notificationType`, for bounces and complaints only.
    Notification,
    /// The events of a configuration set: `eventType`, for everything that is about one mail and one recipient.
    Event,
}

/// What a document reports, in the words of SES.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Kind {
    /// The mail was not delivered.
    Bounce,
    /// The recipient reported the mail as spam.
    Complaint,
    /// The provider accepted the mail, or sent it.
    Send,
    /// The recipient's server accepted the mail.
    Delivery,
    /// A delivery attempt failed temporarily.
    DeliveryDelay,
    /// The provider did not send the mail.
    Reject,
    /// The recipient opened the mail.
    Open,
    /// The recipient followed a link.
    Click,
    /// The recipient unsubscribed.
    Subscription,
}

impl Kind {
    /// What the document of an event reports; `None` if an event like this has no document in this flavour.
    pub fn of(data: &EventData, flavour: Flavour) -> Option<Self> {
        data.recipient.as_ref()?;
        let kind = match data.event_type {
            // A bounce without an action says that the server refused another recipient of the mail.
            EventType::EmailBounced if data.action != Action::None => Self::Bounce,
            // Not a complaint of the type `not-spam`, which takes one back.
            EventType::EmailComplained if data.action == Action::Suppress => Self::Complaint,
            EventType::EmailQueued | EventType::EmailSent => Self::Send,
            EventType::EmailDelivered => Self::Delivery,
            EventType::EmailDeferred => Self::DeliveryDelay,
            EventType::EmailRejected | EventType::EmailSpam => Self::Reject,
            EventType::EmailOpened => Self::Open,
            EventType::EmailClicked => Self::Click,
            EventType::EmailUnsubscribed => Self::Subscription,
            _ => return None,
        };
        let is_feedback = matches!(kind, Self::Bounce | Self::Complaint);
        (is_feedback || flavour == Flavour::Event).then_some(kind)
    }
}

/// A document of Amazon SES that mailhooks made from an event. It has the member that its type names, such as `bounce`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Document {
    /// What the document reports, on the topic ses-notifications.
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_type: Option<Kind>,
    /// What the document reports, on the topic ses-events.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_type: Option<Kind>,
    /// The mail.
    mail: Mail,
    /// What happened.
    #[serde(flatten)]
    report: Report,
}

/// The document of an event; `None` if an event like this has none in this flavour.
pub fn document(event: &Event, flavour: Flavour) -> Option<Document> {
    let kind = Kind::of(&event.data, flavour)?;
    let recipient = event.data.recipient.as_deref()?;
    let (notification_type, event_type) = match flavour {
        Flavour::Notification => (Some(kind), None),
        Flavour::Event => (None, Some(kind)),
    };
    Some(Document {
        notification_type,
        event_type,
        mail: Mail::new(event, recipient),
        report: Report::new(kind, event, recipient),
    })
}

/// Formats a time as SES does: in UTC, with three digits of the second.
fn timestamp(time: Timestamp) -> String {
    format!("{time:.3}")
}
