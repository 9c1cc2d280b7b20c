//! The event: one format for all providers, in which events are stored, announced and printed.

mod actionable;
mod data;
mod fields;
mod key;
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

/// One normalized event, as a CloudEvents 1.0 JSON event: the format of announcements and of
/// `mailhooks events --json`. A member without a value is absent, never null, and a list has at least one entry. Later
/// versions may add members: ignore those that you do not know.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct CloudEvent<'a> {
    /// The version of the CloudEvents specification.
    #[cfg_attr(feature = "schema", schemars(extend("const" = SPECVERSION)))]
    specversion: &'static str,
    /// `<provider>:<event key>`. The same event always has the same id: deduplicate on it.
    id: &'a str,
    /// The provider, after `mailhooks/`.
    #[cfg_attr(feature = "schema", schemars(transform = schema::sources))]
    source: String,
    /// The type of the event, after `mailhooks.`: the same as `type` in `data`.
    #[cfg_attr(feature = "schema", schemars(transform = schema::types))]
    r#type: String,
    /// When it happened, according to the provider; the time of receipt if the provider gives none.
    time: Timestamp,
    /// The provider's id of the mail: the same as `message.id` in `data`.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    /// The media type of `data`.
    #[cfg_attr(feature = "schema", schemars(extend("const" = DATACONTENTTYPE)))]
    datacontenttype: &'static str,
    /// The content of the event.
    data: &'a EventData,
}

const SPECVERSION: &str = "1.0";
const DATACONTENTTYPE: &str = "application/json";

fn source(provider: ProviderName) -> String {
    ["mailhooks/", provider.as_str()].concat()
}

fn type_of(event_type: EventType) -> String {
    ["mailhooks.", event_type.as_str()].concat()
}

impl Serialize for Event {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = self.data.message.as_ref();
        CloudEvent {
            specversion: SPECVERSION,
            id: &self.id,
            source: source(self.data.provider),
            r#type: type_of(self.data.event_type),
            time: self.time,
            subject: message.and_then(|message| message.id.as_deref()),
            datacontenttype: DATACONTENTTYPE,
            data: &self.data,
        }
        .serialize(serializer)
    }
}

/// Reads a CloudEvents 1.0 JSON event, as announced. Ignores members that this version does not know. Fails on a word that
/// it does not know, so a reader is at least as new as the stack.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Members {
            specversion: String,
            id: String,
            time: Timestamp,
            data: EventData,
        }
        let Members { specversion, id, time, data } = Members::deserialize(deserializer)?;
        if specversion != SPECVERSION {
            return Err(serde::de::Error::custom("specversion is not 1.0"));
        }
        Ok(Self { id, time, data })
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
