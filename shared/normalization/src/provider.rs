//! A provider, as a value.

use std::time::Duration;

use jiff::Timestamp;

use crate::read::json::Object;
use crate::scheme::Scheme;
use crate::translation::Translation;
use crate::{EventType, ProviderName};

/// Everything that is specific to one provider: how its webhooks are verified and how its events are translated.
#[derive(Debug)]
pub struct Provider {
    /// The provider's name.
    pub name: ProviderName,
    /// The signature schemes: first the documented one, with which the tool signs. A webhook is verified with the
    /// last scheme whose header it contains.
    pub schemes: &'static [Scheme],
    /// How the provider identifies an event.
    pub event_key: EventKey,
    /// Whether the provider discards an event that is answered with a 4xx status, instead of sending it again.
    pub drops_on_4xx: bool,
    /// How long the provider waits for an answer before it counts the delivery as failed.
    pub timeout: Duration,
    /// The types of events whose `to` lists only addresses that the event is about, according to the provider's
    /// documentation. If another bounce lists several addresses, only the reply can tell which of them failed.
    pub concerns_each: &'static [EventType],
    /// Translates one event into the common format.
    pub(crate) translate: fn(&Object<'_>) -> Translation,
    /// The headers that the provider sends with this body at this time, except for those that signing adds.
    pub(crate) headers: fn(&[u8], Timestamp) -> Headers,
}

/// The headers of a webhook, with names in lower case.
pub type Headers = Vec<(&'static str, String)>;

/// Where an event's identifier is, which stays the same when the provider sends the event again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EventKey {
    /// In this member of the event.
    Member(&'static str),
    /// In this signed header.
    Header(&'static str),
    /// Nowhere: a digest of its bytes identifies the event.
    Digest,
}

impl Provider {
    /// The scheme that the provider's documentation describes.
    ///
    /// # Panics
    ///
    /// Never: every provider has a scheme.
    pub fn documented_scheme(&self) -> &'static Scheme {
        self.schemes.first().expect("every provider signs")
    }
}
