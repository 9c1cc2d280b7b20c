//! The envelope of an event: how it is written and read as a CloudEvents 1.0 JSON event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use super::open_words::set_open;
use super::{Event, EventData, EventType, ProviderName};

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
    #[cfg_attr(feature = "schema", schemars(transform = sources))]
    source: String,
    /// The type of the event, after `mailhooks.`: the same as `type` in `data`.
    #[cfg_attr(feature = "schema", schemars(transform = types))]
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

#[cfg(feature = "schema")]
fn sources(schema: &mut schemars::Schema) {
    set_open(schema, &ProviderName::ALL.iter().map(|provider| source(*provider)).collect::<Vec<_>>());
}

#[cfg(feature = "schema")]
fn types(schema: &mut schemars::Schema) {
    set_open(schema, &EventType::ALL.iter().map(|event_type| type_of(*event_type)).collect::<Vec<_>>());
}
