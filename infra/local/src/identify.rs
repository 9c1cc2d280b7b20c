//! The events in a webhook, found as a receiver finds them.

use jiff::Timestamp;
use normalization::{Event, Key, ProviderName, Rejection, SigningSecrets, Webhook, normalize, verify};

/// An event of a webhook, and the keys that it is stored under.
pub(crate) struct Identified {
    pub(crate) event: Event,
    pub(crate) key: Key,
}

/// A webhook as it comes.
pub(crate) struct Signed<'a> {
    pub(crate) headers: Vec<(&'a str, &'a [u8])>,
    pub(crate) body: &'a [u8],
    pub(crate) secrets: &'a SigningSecrets,
    pub(crate) now: Timestamp,
}

impl Signed<'_> {
    /// Nothing is interpreted that is not verified.
    pub(crate) fn identify(self, provider: ProviderName) -> Result<Vec<Identified>, Rejection> {
        let webhook = Webhook::new(self.headers, self.body, self.now);
        let verified = verify(provider.provider(), &webhook, self.secrets)?;
        let records = normalize(&verified);
        Ok(records.map(|record| Identified { event: record.event, key: record.key }).collect())
    }
}
