//! The events in a webhook, found as a receiver finds them.

use jiff::Timestamp;
use normalization::providers::ProviderVisitor;
use normalization::{Event, Provider, ProviderName, Rejection, SigningSecrets, Webhook, normalize, verify};

/// An event of a webhook, and the keys that it is stored under.
pub(crate) struct Identified {
    pub(crate) event: Event,
    pub(crate) partition_key: String,
    pub(crate) event_key: String,
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
        provider.visit(self)
    }
}

impl ProviderVisitor for Signed<'_> {
    type Output = Result<Vec<Identified>, Rejection>;

    fn visit<P: Provider>(self) -> Self::Output {
        let webhook = Webhook::new(self.headers, self.body, self.now);
        let verified = verify::<P>(&webhook, self.secrets)?;
        let records = normalize::<P>(&verified);
        Ok(records
            .map(|record| Identified {
                event: record.event,
                partition_key: record.partition_key,
                event_key: record.event_key,
            })
            .collect())
    }
}
