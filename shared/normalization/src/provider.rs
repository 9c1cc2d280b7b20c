//! What is peculiar to one provider, as a value.

use std::time::Duration;

use jiff::Timestamp;

use crate::read::json::Object;
use crate::scheme::Scheme;
use crate::translation::Translation;
use crate::{EventType, ProviderName};

/// Everything that is peculiar to one provider: whether a webhook is really from it, and what it says.
#[derive(Debug)]
pub struct Provider {
    /// Its name.
    pub name: ProviderName,
    /// The ways in which it signs: first the one that its documentation describes and the tool signs with. A webhook is
    /// checked by the last whose header it carries.
    pub schemes: &'static [Scheme],
    /// What tells its events apart.
    pub event_key: EventKey,
    /// Whether it discards an event that is answered with a 4xx status, instead of sending it again.
    pub drops_on_4xx: bool,
    /// How long it waits for an answer before it counts the delivery as failed.
    pub timeout: Duration,
    /// The types of events whose `to` has only addresses that the event is about, as its documentation says. Of other
    /// bounces that list several addresses, nobody but the reply can say whom they are about.
    pub concerns_each: &'static [EventType],
    /// What one event says, in our words.
    pub(crate) translate: fn(&Object<'_>) -> Translation,
    /// The headers that it sends with this body at this moment, but for those that are made by signing.
    pub(crate) headers: fn(&[u8], Timestamp) -> Headers,
}

/// The headers of a webhook, names in lower case.
pub type Headers = Vec<(&'static str, String)>;

/// Where the text stands that identifies an event and stays the same when the provider sends it again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EventKey {
    /// In this member of the event.
    Member(&'static str),
    /// In this header, which is signed.
    Header(&'static str),
    /// Nowhere: the event is identified by a digest of its bytes.
    Digest,
}

impl Provider {
    /// The scheme that its documentation describes.
    ///
    /// # Panics
    ///
    /// Never: every provider has a scheme.
    pub fn documented_scheme(&self) -> &'static Scheme {
        self.schemes.first().expect("every provider signs")
    }
}
