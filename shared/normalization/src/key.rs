//! What an event is stored under.

use sha2::{Digest, Sha256};

use crate::json::is_id;

/// Bytes of an event key: with a `.1` behind it, half of what a sort key may have.
const MAX_EVENT_KEY: usize = 512;

/// What separates an event key from the name of a part of its raw payload in the store. No event key contains
/// it.
pub const RAW_PART: &str = "#raw/";

/// The two keys of an event. They never change for a released type: a changed key would record a provider's retry twice.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key {
    /// What its timeline is kept under: `<provider>#<message id>`, of incoming mail
    /// `<provider>#inbound/<mailbox>/<id>`, `<provider>#contact/<id>`, `<provider>#domain/<id or name>`, else
    /// `<provider>#<event key>`. It may hold an address.
    pub partition: String,
    /// What tells it from all other events of its provider.
    pub event: String,
}

impl Key {
    /// The id of the event: `<provider>:<event key>`.
    #[must_use]
    pub fn event_id(&self) -> String {
        let provider = self.partition.split('#').next().unwrap_or_default();
        [provider, ":", &self.event].concat()
    }
}

/// Whether a provider's text can be the key of an event.
pub(crate) fn is_event_key(text: &str) -> bool {
    is_id(text) && text.len() <= MAX_EVENT_KEY && !text.contains(RAW_PART)
}

/// The first 32 hex digits of the SHA-256: the key of an event that has none.
#[must_use]
pub fn digest(raw: &[u8]) -> String {
    let mut digits = sha256(raw);
    digits.truncate(32);
    digits
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
