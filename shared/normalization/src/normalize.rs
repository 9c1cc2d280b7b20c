//! From a verified body to events: batches taken apart, recipients told apart, identity and time found.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::event::{Event, EventData};
use crate::json::Json;
use crate::providers::{Provider, Translation};
use crate::{EventType, Rejection, SigningSecrets, Verified, Webhook, limits, signature};

/// Events in one webhook. Emailit documents 1 to 100; what holds more than this is kept as one event.
const MAX_EVENTS: usize = 10_000;

/// Recipients that are told apart in one webhook: the most that Exchange Online lets a mail have
/// (<https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits>).
/// Each becomes an event with all the others in it. A report on more stays one event, without a recipient.
const MAX_RECIPIENTS: usize = 1_000;

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

impl Record<'_> {
    /// The first 32 hex digits of the SHA-256 of the raw bytes.
    #[must_use]
    pub fn raw_digest(&self) -> String {
        hash(self.raw)
    }
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

/// The events in a verified webhook. Never fails: what is not understood is of type `unknown`. An empty
/// array holds no event.
#[must_use]
pub fn normalize<'w, P: Provider>(verified: &Verified<'w>) -> Vec<Record<'w>> {
    let body = verified.body();
    let json = Json::scan(body);
    let elements = json
        .and_then(Json::elements)
        .filter(|elements| elements.len() <= MAX_EVENTS);
    let mut room = MAX_RECIPIENTS;
    let Some(elements) = elements else {
        return records_of::<P>(json, body, verified, &mut room);
    };
    let mut records = Vec::with_capacity(elements.len());
    for element in elements {
        let raw = element.raw().as_bytes();
        records.extend(records_of::<P>(Some(element), raw, verified, &mut room));
    }
    records
}

/// The records of one event as the provider counts: one, or one for each recipient.
fn records_of<'w, P: Provider>(
    json: Option<Json<'_>>,
    raw: &'w [u8],
    verified: &Verified<'w>,
    room: &mut usize,
) -> Vec<Record<'w>> {
    let object = json.and_then(Json::object);
    let event_key = object
        .as_ref()
        .and_then(|object| object.get(P::EVENT_KEY?)?.string())
        .filter(|key| !key.is_empty() && key.len() <= MAX_EVENT_KEY && !key.contains(RAW_PART))
        .map_or_else(|| hash(raw), Into::into);
    let Translation {
        mut data,
        occurred_at,
    } = match &object {
        Some(object) => P::translate(object),
        None => Translation::new(EventData::new(P::NAME, EventType::Unknown)),
    };
    let recognized = data.provider_type.is_some();
    let partition_key = partition_key(&data, &event_key);
    let time = occurred_at.unwrap_or(verified.received_at());
    let recipients = find_recipient(&mut data, room);
    limits::fit(&mut data);
    let record = |data, event_key| Record {
        event: Event {
            id: format!("{}:{event_key}", P::NAME),
            time,
            data,
        },
        partition_key: partition_key.clone(),
        event_key,
        raw,
        recognized,
    };
    if recipients.is_empty() {
        return vec![record(data, event_key)];
    }
    let numbered = recipients.into_iter().zip(1..);
    numbered
        .map(|(recipient, number)| {
            let mut data = EventData {
                recipient: Some(recipient),
                ..data.clone()
            };
            limits::fit_recipient(&mut data);
            record(data, format!("{event_key}.{number}"))
        })
        .collect()
}

/// Sets the one address that the event is about. A report on outgoing mail that names several is about each of
/// them: they are handed back, to become one event each.
fn find_recipient(data: &mut EventData, room: &mut usize) -> Vec<String> {
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
        if to.len() > 1 && to.len() <= *room {
            *room -= to.len();
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
    format!("{}#{id}", data.provider)
}

/// 128 bits of the SHA-256: the key of an event that has none.
pub(crate) fn hash(raw: &[u8]) -> String {
    let mut digits = sha256(raw);
    digits.truncate(32);
    digits
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
