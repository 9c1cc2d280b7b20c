//! Gives samples new ids. The data folder keeps every event, so each run of the demonstration needs its own
//! ids of events and messages to be recorded as new.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use normalization::{Event, Key, ProviderName, SigningSecrets, Webhook, normalize, sign, verify};

use super::fixture::Fixture;

/// A documented sample with new ids.
pub struct Sample {
    /// The provider that sends it.
    pub provider: ProviderName,
    /// The name of its fixture.
    pub case: String,
    /// The provider's event type that it documents.
    pub provider_type: String,
    /// The request's body.
    pub body: Vec<u8>,
    /// The events in it.
    pub events: Vec<Event>,
}

impl Sample {
    /// Makes a sample from a fixture that documents an event type. All samples of a run share a suffix, so that
    /// samples about one message keep the same message id.
    pub fn new(fixture: Fixture, suffix: &str, now: Timestamp) -> Result<Self> {
        let Fixture { provider, name, body, documents, .. } = fixture;
        let body =
            freshen(provider, body, suffix, now).with_context(|| format!("the sample {provider} {name}"))?;
        let events = identify(provider, &body, now)?;
        Ok(Self {
            provider,
            case: name,
            provider_type: documents.unwrap_or_default(),
            events: events.into_iter().map(|(event, _)| event).collect(),
            body,
        })
    }
}

/// A suffix unique to this run: its start in milliseconds, in base 36 to be short.
pub fn suffix(now: Timestamp) -> String {
    let mut left = now.as_millisecond().unsigned_abs();
    let mut digits = Vec::new();
    while left > 0 {
        let digit = u32::try_from(left % 36).unwrap_or_default();
        digits.extend(char::from_digit(digit, 36));
        left /= 36;
    }
    digits.iter().rev().collect()
}

/// The body with a new id for each event and message, so that its events are recorded as new.
pub fn freshen(provider: ProviderName, body: Vec<u8>, suffix: &str, now: Timestamp) -> Result<Vec<u8>> {
    let before = identify(provider, &body, now)?;
    let body = String::from_utf8(body)?;
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    for (event, key) in &before {
        let message = event.data.message.as_ref();
        ids.extend(message.and_then(|message| message.id.as_deref()));
        ids.insert(key.event.as_str());
    }
    let mut fresh = body.clone();
    for id in ids {
        fresh = fresh.replace(id, &with_suffix(id, suffix));
    }
    if fresh == body {
        // An event without an id is identified by its bytes.
        fresh = at_this_moment(&body, now)?;
    }
    let fresh = fresh.into_bytes();
    let after = identify(provider, &fresh, now)?;
    ensure!(
        !after.is_empty() && before.iter().zip(&after).all(|(old, new)| old.0.id != new.0.id),
        "the event ids in the body could not be replaced"
    );
    Ok(fresh)
}

/// The events of a body, with the keys under which they are stored. Signs the body with a temporary secret.
pub fn identify(provider: ProviderName, body: &[u8], now: Timestamp) -> Result<Vec<(Event, Key)>> {
    let provider = provider.provider();
    let secrets: SigningSecrets = "sample".parse()?;
    let headers = sign(provider, secrets.current(), body, now);
    let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
    let verified = verify(provider, &Webhook::new(headers, body, now), &secrets)
        .with_context(|| format!("{} cannot sign a body of this form", provider.name))?;
    Ok(normalize(&verified).map(|record| (record.event, record.key)).collect())
}

/// Adds the suffix to an id, before the `@` of a Message-ID to keep it valid.
fn with_suffix(id: &str, suffix: &str) -> String {
    match id.split_once('@') {
        Some((left, right)) => format!("{left}-{suffix}@{right}"),
        None => format!("{id}-{suffix}"),
    }
}

fn at_this_moment(body: &str, now: Timestamp) -> Result<String> {
    const MEMBER: &str = "\"timestamp\":\"";
    let parts = body.split_once(MEMBER).and_then(|(before, rest)| Some((before, rest.split_once('"')?.1)));
    let (before, after) = parts.context("the body has neither an id nor a timestamp")?;
    Ok(format!("{before}{MEMBER}{now:.3}\"{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_short_and_differ() {
        let suffix = |moment| suffix(Timestamp::from_millisecond(moment).unwrap());
        assert_eq!(suffix(2_147_483_647), "zik0zj");
        assert_ne!(suffix(1_800_000_000_000), suffix(1_800_000_000_001));
    }

    #[test]
    fn a_message_id_stays_one() {
        assert_eq!(with_suffix("msg-1@example.org", "x"), "msg-1-x@example.org");
        assert_eq!(with_suffix("evt_1", "x"), "evt_1-x");
    }
}
