//! Gives samples new ids. The data folder keeps every event, so each run of the demonstration needs its own
//! ids of events and messages to be recorded as new.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
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

/// The body with a new id for each event and message, so that its events are recorded as new. Their types and recipients
/// stay the same. Fails if the body has no event, or nothing in it can be changed for a new id.
pub fn freshen(provider: ProviderName, body: Vec<u8>, suffix: &str, now: Timestamp) -> Result<Vec<u8>> {
    let before = identify(provider, &body, now)?;
    let body = String::from_utf8(body)?;
    let events: BTreeSet<&str> = before.iter().map(|(_, key)| written(&key.event, &body)).collect();
    let messages = before.iter().filter_map(|(event, _)| event.data.message.as_ref()?.id.as_deref());
    let all = events.iter().copied().chain(messages).collect();
    let attempts = [
        Some(with_new_ids(&body, &all, suffix)),
        // A message id that is not a string in the body stays.
        Some(with_new_ids(&body, &events, suffix)),
        // An event without an id is identified by its bytes.
        at_this_moment(&body, now),
    ];
    let mut attempts = attempts.into_iter().flatten().map(String::into_bytes);
    let fresh =
        attempts.find(|fresh| identify(provider, fresh, now).is_ok_and(|after| is_new(&before, &after)));
    fresh.context("the event ids in the body could not be replaced")
}

/// The event key as the body has it: the keys of several recipients have a number at the end, such as `.2`.
fn written<'k>(key: &'k str, body: &str) -> &'k str {
    match key.rsplit_once('.') {
        Some((written, _)) if !body.contains(key) => written,
        _ => key,
    }
}

/// Whether all ids changed, and neither the types nor the recipients.
fn is_new(before: &[(Event, Key)], after: &[(Event, Key)]) -> bool {
    let is_new = |((old, _), (new, _)): (&(Event, Key), &(Event, Key))| {
        old.id != new.id
            && old.data.event_type == new.data.event_type
            && old.data.recipient == new.data.recipient
    };
    !after.is_empty() && before.len() == after.len() && before.iter().zip(after).all(is_new)
}

fn with_new_ids(body: &str, ids: &BTreeSet<&str>, suffix: &str) -> String {
    ids.iter().fold(body.to_owned(), |body, id| body.replace(id, &with_suffix(id, suffix)))
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

/// The body with another time in its first member `timestamp`; `None` if it has none.
fn at_this_moment(body: &str, now: Timestamp) -> Option<String> {
    const MEMBER: &str = "\"timestamp\":\"";
    let (before, rest) = body.split_once(MEMBER)?;
    let (_, after) = rest.split_once('"')?;
    Some(format!("{before}{MEMBER}{now:.3}\"{after}"))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::samples;
    use super::*;

    #[test]
    fn suffixes_are_short_and_differ() {
        let suffix = |moment| suffix(Timestamp::from_millisecond(moment).unwrap());
        assert_eq!(suffix(2_147_483_647), "zik0zj");
        assert_ne!(suffix(1_800_000_000_000), suffix(1_800_000_000_001));
    }

    #[test]
    fn nearly_every_sample_gets_new_ids() {
        let now = Timestamp::from_millisecond(1_800_000_000_000).unwrap();
        let mut kept = Vec::new();
        for &provider in ProviderName::ALL {
            for sample in samples(provider).unwrap() {
                if freshen(provider, sample.body, "new", now).is_err() {
                    assert_eq!(sample.documents, None, "{provider} {}", sample.name);
                    kept.push(sample.name);
                }
            }
        }
        // Without an event, without JSON, or not in UTF-8; some elements of these batches are numbers.
        let unusual = ["body-", "batch-", "signed-by-the-official-sdk"];
        kept.retain(|name| !unusual.iter().any(|beginning| name.starts_with(beginning)));
        assert!(kept.is_empty(), "{kept:?}");
    }

    #[test]
    fn a_message_id_stays_one() {
        assert_eq!(with_suffix("msg-1@example.org", "x"), "msg-1-x@example.org");
        assert_eq!(with_suffix("evt_1", "x"), "evt_1-x");
    }
}
