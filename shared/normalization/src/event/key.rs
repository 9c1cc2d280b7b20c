//! The keys under which an event is stored.

use std::borrow::Cow;
use std::fmt;

use sha2::{Digest, Sha256};

use super::provider_name::ProviderName;
use crate::read::json::is_id;

/// Bytes of an event key: with `.1` appended, half of what DynamoDB allows for a sort key.
const MAX_EVENT_KEY: usize = 512;

/// Separates an event key from the name of a part of its raw payload in the store. No event key contains it.
pub const RAW_PART: &str = "#raw/";

/// The two keys of an event. They never change for a released type: with a changed key, a provider's retry would be
/// recorded again.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key {
    /// The key of its timeline: `<provider>#<message id>`, for incoming mail `<provider>#inbound/<mailbox>/<id>`, for
    /// account events `<provider>#contact/<id>` or `<provider>#domain/<id or name>`, otherwise
    /// `<provider>#<event key>`. It may contain an address.
    pub partition: String,
    /// The event key, which is unique among all events of the provider.
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

/// Whether a provider's text can be an event key.
pub(crate) fn is_event_key(text: &str) -> bool {
    is_id(text) && text.len() <= MAX_EVENT_KEY && !text.contains(RAW_PART)
}

/// The first 32 hex digits of the SHA-256 of `raw`: the key of an event that has no identifier.
pub fn digest(raw: &[u8]) -> String {
    let mut digits = sha256(raw);
    digits.truncate(32);
    digits
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The id of an event in a form that may be logged. Its second half comes from the provider and could contain
/// anything, even an address. A half with characters that ids do not have is replaced by its hash:
/// `<provider>:sha256-<32 hex digits>`.
pub fn id_for_log(id: &str) -> Cow<'_, str> {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
    let (provider, key) = id.split_once(':').unwrap_or(("", id));
    match provider.parse::<ProviderName>() {
        Ok(_) if key.bytes().all(harmless) => Cow::Borrowed(id),
        Ok(provider) => Cow::Owned(format!("{provider}:sha256-{}", digest(key.as_bytes()))),
        // Not an id of mailhooks: another program wrote the item.
        Err(_) => Cow::Owned(format!("unknown:sha256-{}", digest(id.as_bytes()))),
    }
}
