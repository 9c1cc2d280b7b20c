//! From a verified body to events: batches taken apart, recipients told apart, identity and time found.

use std::{fmt, iter};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::event::{Event, EventData};
use crate::json::Json;
use crate::providers::{Provider, Translation};
use crate::{EventType, Rejection, SigningSecrets, Verified, Webhook, limits, signature};

/// Events that one webhook may become: ten times Emailit's 100. An array of more is kept as one event.
const MAX_EVENTS: usize = 1_000;

/// Recipients of one report that are told apart: as many as an SMTP server must take with one mail
/// (RFC 5321, section 4.5.3.1.8). A report on more stays one event, without a recipient.
const MAX_RECIPIENTS: usize = 100;

/// Bytes that the raw payload of a report may become, which each of its events holds whole: what one partition of
/// DynamoDB, at a thousand kilobytes a second, takes within the time that the least patient provider waits.
const MAX_REPEATED: usize = 8 << 20;

/// Bytes of an event key: with a `.1` behind it, half of what a sort key may have.
const MAX_EVENT_KEY: usize = 512;

/// Bytes of an id in a partition key: half of what a partition key may have.
const MAX_PARTITION_ID: usize = 1_024;

/// What separates an event key from the name of a part of its raw payload in the store. No event key contains
/// it.
pub const RAW_PART: &str = "#raw/";

/// One event, with what is needed to store it exactly once.
pub struct Record<'w> {
    /// The event.
    pub event: Event,
    /// What its timeline is kept under: `<provider>#<message id>`, `<provider>#contact/<id>`,
    /// `<provider>#domain/<id or name>`, else `<provider>#<event key>`. Never changes for a released type: a
    /// changed key would record a provider's retry twice.
    pub partition_key: String,
    /// What tells it from all other events of its provider.
    pub event_key: String,
    /// The provider's bytes: the body, or the element of an array.
    pub raw: &'w [u8],
    /// Whether it is an object that says what type of event it is.
    pub recognized: bool,
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Record")
            .field("event", &self.event)
            .field("raw_bytes", &self.raw.len())
            .finish_non_exhaustive()
    }
}

/// Whether the provider really sent this webhook.
pub fn verify<'w, P: Provider>(
    webhook: &Webhook<'w>,
    secrets: &SigningSecrets,
) -> Result<Verified<'w>, Rejection> {
    signature::check(&P::claim(webhook)?, webhook, secrets)
}

/// The events in a verified webhook, each made when it is asked for. Never fails: what is not understood is of
/// type `unknown`. An empty array holds no event.
pub fn normalize<'w, P: Provider>(
    verified: &Verified<'w>,
) -> impl Iterator<Item = Record<'w>> + use<'w, P> {
    let body = verified.body();
    let received_at = verified.received_at();
    let json = Json::of(body);
    let elements = json
        .and_then(Json::elements)
        .filter(|elements| elements.len() <= MAX_EVENTS);
    let reports: Vec<_> = match elements {
        Some(elements) => elements
            .into_iter()
            .map(|element| (Some(element), element.raw().as_bytes()))
            .collect(),
        None => vec![(json, body)],
    };
    let mut room = MAX_EVENTS.saturating_sub(reports.len());
    reports
        .into_iter()
        .flat_map(move |(json, raw)| records_of::<P>(json, raw, received_at, &mut room))
}

/// What the raw payload of a stored event says by today's mapping: one event, or one for each recipient.
///
/// Not for webhooks. `raw` is [`Record::raw`] as the store kept it, whose webhook was verified before it was recorded:
/// here nothing is verified, no `Verified` comes of it, and an array is not taken apart a second time. That only the
/// tool calls it is checked by `stored_payloads_are_normalized_again_by_the_tool_only` in `tests/repository.rs`.
pub fn renormalize<P: Provider>(
    raw: &[u8],
    received_at: Timestamp,
) -> impl Iterator<Item = Record<'_>> {
    let mut room = MAX_EVENTS - 1;
    records_of::<P>(Json::of(raw), raw, received_at, &mut room)
}

/// The records of one event as the provider counts: one, or one for each recipient.
fn records_of<'w, P: Provider>(
    json: Option<Json<'w>>,
    raw: &'w [u8],
    received_at: Timestamp,
    room: &mut usize,
) -> impl Iterator<Item = Record<'w>> + use<'w, P> {
    let object = json.and_then(Json::object);
    let event_key = object
        .as_ref()
        .and_then(|object| object.get(P::EVENT_KEY?)?.string())
        .filter(|key| !key.is_empty() && key.len() <= MAX_EVENT_KEY && !key.contains(RAW_PART))
        .map_or_else(|| digest(raw), Into::into);
    let Translation {
        mut data,
        occurred_at,
    } = match &object {
        Some(object) => P::translate(object),
        None => Translation::new(EventData::new(P::NAME, EventType::Unknown)),
    };
    let recognized = data.provider_type.is_some();
    let partition_key = partition_key(&data, &event_key);
    let time = occurred_at.unwrap_or(received_at);
    let most = [*room + 1, MAX_RECIPIENTS, MAX_REPEATED / raw.len().max(1)];
    let most = most.into_iter().min().unwrap_or_default();
    let recipients = find_recipient(&mut data, most);
    *room -= recipients.len().saturating_sub(1);
    let identities = if recipients.is_empty() {
        vec![(data.recipient.take(), event_key)]
    } else {
        let numbered = recipients.into_iter().zip(1..);
        numbered
            .map(|(recipient, number)| (Some(recipient), format!("{event_key}.{number}")))
            .collect()
    };
    limits::fit(&mut data);
    let copies = iter::repeat_n(data, identities.len());
    copies
        .zip(identities)
        .map(move |(mut data, (recipient, event_key))| {
            data.recipient = recipient;
            limits::fit_recipient(&mut data);
            Record {
                event: Event {
                    id: [P::NAME.as_str(), ":", &event_key].concat(),
                    time,
                    data,
                },
                partition_key: partition_key.clone(),
                event_key,
                raw,
                recognized,
            }
        })
}

/// Sets the one address that the event is about. A report on outgoing mail that names several is about each of
/// them, if they are not more than `most`: they are handed back, to become one event each.
fn find_recipient(data: &mut EventData, most: usize) -> Vec<String> {
    let to = data
        .message
        .as_ref()
        .map(|message| message.to.as_slice())
        .unwrap_or_default();
    if data.event_type.is_incoming() {
        let account = data
            .inbound
            .as_ref()
            .and_then(|inbound| inbound.account.clone());
        data.recipient = account.or_else(|| single(to));
    } else if data.event_type.is_outgoing() {
        if (2..=most).contains(&to.len()) {
            return to.to_vec();
        }
        if to.len() > 1 {
            data.truncated.push("recipient".to_owned());
        }
        data.recipient = single(to);
    }
    Vec::new()
}

fn single(addresses: &[String]) -> Option<String> {
    match addresses {
        [address] => Some(address.clone()),
        _ => None,
    }
}

fn partition_key(data: &EventData, event_key: &str) -> String {
    let short = |id: &str| {
        if id.len() > MAX_PARTITION_ID {
            sha256(id.as_bytes())
        } else {
            id.to_owned()
        }
    };
    let message = data
        .message
        .as_ref()
        .and_then(|message| message.id.as_deref())
        .map(short);
    let contact = || {
        let id = data.contact.as_ref()?.id.as_deref()?;
        Some(format!("contact/{}", short(id)))
    };
    let domain = || {
        let domain = data.domain.as_ref()?;
        Some(format!(
            "domain/{}",
            short(domain.id.as_deref().or(domain.name.as_deref())?)
        ))
    };
    let id = message
        .or_else(contact)
        .or_else(domain)
        .unwrap_or_else(|| event_key.to_owned());
    [data.provider.as_str(), "#", &id].concat()
}

/// The first 32 hex digits of the SHA-256: the key of an event that has none.
#[must_use]
pub fn digest(raw: &[u8]) -> String {
    let mut digits = sha256(raw);
    digits.truncate(32);
    digits
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
