//! What an event is stored under.

use std::borrow::Cow;
use std::fmt;

use sha2::{Digest, Sha256};

use super::provider_name::ProviderName;
use crate::read::json::is_id;

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
    pub fn event_id(&self) -> String {
        let provider = self.partition.split('#').next().unwrap_or_default();
        [provider, ":", &self.event].concat()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Key").field(&id_for_log(&self.event_id())).finish()
    }
}

/// Whether a provider's text can be the key of an event.
pub(crate) fn is_event_key(text: &str) -> bool {
    is_id(text) && text.len() <= MAX_EVENT_KEY && !text.contains(RAW_PART)
}

/// The first 32 hex digits of the SHA-256: the key of an event that has none.
pub fn digest(raw: &[u8]) -> String {
    let mut digits = sha256(raw);
    digits.truncate(32);
    digits
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// An event's id as a log may hold it. Its second half is the provider's, who may put anything into it, also an
/// address: what is not made of the characters of ids is named by its hash, `<provider>:sha256-<32 hex digits>`.
pub fn id_for_log(id: &str) -> Cow<'_, str> {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
    let (provider, key) = id.split_once(':').unwrap_or(("", id));
    match provider.parse::<ProviderName>() {
        Ok(_) if key.bytes().all(harmless) => Cow::Borrowed(id),
        Ok(provider) => Cow::Owned(format!("{provider}:sha256-{}", digest(key.as_bytes()))),
        // Not of our making: an item that somebody else wrote.
        Err(_) => Cow::Owned(format!("unknown:sha256-{}", digest(id.as_bytes()))),
    }
}
