//! The events in a webhook, found as a receiver finds them.

use jiff::Timestamp;
use normalization::{Event, Key, ProviderName, Rejection, SigningSecrets, Webhook, normalize, verify};

/// An event of a webhook, and the keys that it is stored under.
pub(super) struct Identified {
    pub(super) event: Event,
    pub(super) key: Key,
}

/// A webhook as it comes.
pub(super) struct Signed<'a> {
    pub(super) headers: Vec<(&'a str, &'a [u8])>,
    pub(super) body: &'a [u8],
    pub(super) secrets: &'a SigningSecrets,
    pub(super) now: Timestamp,
}

impl Signed<'_> {
    /// Nothing is interpreted that is not verified.
    pub(super) fn identify(self, provider: ProviderName) -> Result<Vec<Identified>, Rejection> {
        let webhook = Webhook::new(self.headers, self.body, self.now);
        let verified = verify(provider.provider(), &webhook, self.secrets)?;
        let records = normalize(&verified);
        Ok(records.map(|record| Identified { event: record.event, key: record.key }).collect())
    }
}
