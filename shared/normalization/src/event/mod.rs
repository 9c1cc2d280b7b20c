//! The event: one format for all providers, in which events are stored, announced and printed.

mod actionable;
mod data;
mod envelope;
mod fields;
mod key;
#[cfg(feature = "schema")]
mod open_words;
mod provider_name;
#[cfg(feature = "schema")]
pub mod schema;
mod vocabulary;

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::truncate::{Path, Truncate, Truncator};

pub use data::{
    Attachment, Bounce, Complaint, Contact, ContentFilter, Delivery, Domain, Engagement, Inbound, Message,
    Schedule, Suppression,
};
pub(crate) use fields::is_absent;
pub use key::{Key, RAW_PART, digest, id_for_log};
pub(crate) use key::{is_event_key, sha256};
pub use provider_name::{ProviderName, UnknownProvider};
pub(crate) use vocabulary::vocabulary;
pub use vocabulary::{
    Action, Attribution, BounceClass, BounceReason, EventType, FeedbackType, RejectedBy, SuppressionCause,
};

/// One normalized event. Serializes as a CloudEvents 1.0 JSON event
/// (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>).
#[derive(Clone, PartialEq)]
pub struct Event {
    /// `<provider>:<event key>`. The same event always has the same id.
    pub id: String,
    /// When it happened, according to the provider; the time of receipt if the provider gives none.
    pub time: Timestamp,
    /// What happened.
    pub data: EventData,
}

impl Event {
    /// The id in a form that may be logged ([`id_for_log`]).
    pub fn id_for_log(&self) -> Cow<'_, str> {
        id_for_log(&self.id)
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Event")
            .field("id", &self.id_for_log())
            .field("type", &self.data.event_type)
            .finish_non_exhaustive()
    }
}

/// The content of an event. A member without a value is absent, never null.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventData {
    /// The provider that sent the webhook.
    pub provider: ProviderName,
    /// The provider's own name for the event, unchanged.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub provider_type: Option<String>,
    /// The type of the event.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// What the sender should do.
    pub action: Action,
    /// The address that the event is about; for incoming mail, the receiving mailbox.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub recipient: Option<String>,
    /// The mail that the event is about.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub message: Option<Message>,
    /// Why the mail was not delivered: always present on bounces; on deferred, rejected, spam and failed events, only
    /// the values that are known.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub bounce: Option<Bounce>,
    /// The recipient's complaint.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub complaint: Option<Complaint>,
    /// Who refused the mail.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub rejected_by: Option<RejectedBy>,
    /// Why the recipient is suppressed.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub suppression: Option<Suppression>,
    /// An open or a click.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub engagement: Option<Engagement>,
    /// The SMTP conversation with the other server.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub delivery: Option<Delivery>,
    /// Details of incoming mail.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub inbound: Option<Inbound>,
    /// The verdict of the provider's filter on outgoing mail.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub content_filter: Option<ContentFilter>,
    /// When scheduled mail will be sent.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub schedule: Option<Schedule>,
    /// The contact of an account event.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub contact: Option<Contact>,
    /// The sending domain of an account event.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub domain: Option<Domain>,
    /// Paths of members that were cut or left out because of their size, such as `message.subject`. The raw payload
    /// has them in full.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub truncated: Vec<String>,
}

impl EventData {
    /// Creates an event of `event_type` without other values.
    pub fn new(provider: ProviderName, event_type: EventType) -> Self {
        Self {
            provider,
            provider_type: None,
            event_type,
            action: Action::None,
            recipient: None,
            message: None,
            bounce: None,
            complaint: None,
            rejected_by: None,
            suppression: None,
            engagement: None,
            delivery: None,
            inbound: None,
            content_filter: None,
            schedule: None,
            contact: None,
            domain: None,
            truncated: Vec::new(),
        }
    }

    /// Cuts values that are too long and leaves out values that cannot be stored, in every field except `recipient`,
    /// the only one that differs between the copies of a split report.
    pub(crate) fn truncate(&mut self) {
        let mut truncator = Truncator { truncated: std::mem::take(&mut self.truncated) };
        self.provider_type.truncate(Path("", "provider_type"), &mut truncator);
        // Every field is named, so that a new one does not compile until it has a limit.
        let Self {
            message,
            bounce,
            complaint,
            suppression,
            engagement,
            delivery,
            inbound,
            content_filter,
            schedule,
            contact,
            domain,
            provider: _,
            provider_type: _,
            event_type: _,
            action: _,
            recipient: _,
            rejected_by: _,
            truncated: _,
        } = self;
        macro_rules! objects {
            ($($object:ident),+) => {
                $(if let Some(object) = $object {
                    object.truncate(stringify!($object), &mut truncator);
                })+
            };
        }
        objects!(message, bounce, complaint, suppression, engagement, delivery, inbound);
        objects!(content_filter, schedule, contact, domain);
        self.truncated = truncator.truncated;
    }

    /// Leaves out the recipient if it is too long.
    pub(crate) fn truncate_recipient(&mut self) {
        let mut truncator = Truncator { truncated: std::mem::take(&mut self.truncated) };
        truncator.address(Path("", "recipient"), &mut self.recipient);
        self.truncated = truncator.truncated;
    }
}
