//! The events in a body, found as a receiver finds them.

use anyhow::{Result, bail};
use jiff::Timestamp;
use normalization::providers::ProviderVisitor;
use normalization::{Event, Provider, ProviderName, SigningSecrets, Webhook, normalize, verify};

/// An event of a body, and the keys that it is stored under.
pub(super) struct Identified {
    pub(super) event: Event,
    pub(super) partition_key: String,
    pub(super) event_key: String,
}

pub(super) fn identify(
    provider: ProviderName,
    body: &[u8],
    now: Timestamp,
) -> Result<Vec<Identified>> {
    provider.visit(Identify { body, now })
}

struct Identify<'a> {
    body: &'a [u8],
    now: Timestamp,
}

impl ProviderVisitor for Identify<'_> {
    type Output = Result<Vec<Identified>>;

    fn visit<P: Provider>(self) -> Self::Output {
        // Nothing is interpreted that is not verified, so we sign it for ourselves.
        let secrets: SigningSecrets = "sample".parse()?;
        let headers = P::headers(secrets.current(), self.body, self.now);
        let headers = headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()));
        let webhook = Webhook::new(headers, self.body, self.now);
        let Ok(verified) = verify::<P>(&webhook, &secrets) else {
            bail!("is not of a form that {} can sign", P::NAME);
        };
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
