//! Turns a verified body into events: splits batches, assigns recipients, determines identity and time.

use std::{fmt, iter};

use jiff::Timestamp;

use crate::event::{Event, EventData, Key, ProviderName, digest, is_event_key, sha256};
use crate::limits::MAX_ADDRESS;
use crate::provider::{EventKey, Provider};
use crate::read::json;
use crate::recipients::{concerned, find_recipient, is_incoming, take_out_others};
use crate::signature::Verified;
use crate::translation::Translation;

/// The most events that one webhook can become: ten times Emailit's 100. A larger array is kept as one event.
const MAX_EVENTS: usize = 1_000;

/// The most recipients of one report that get separate events: as many as an SMTP server must accept for one mail
/// (RFC 5321, section 4.5.3.1.8). A report on more recipients stays one event, without a recipient.
const MAX_RECIPIENTS: usize = 100;

/// The most bytes that the raw payloads of one report can take, since each of its events stores the whole payload: as
/// much as one DynamoDB partition, at a thousand kilobytes per second, accepts before the provider with the shortest
/// timeout gives up.
const MAX_REPEATED: usize = 8 << 20;

/// Bytes of an id in a partition key: half of what DynamoDB allows for a partition key.
const MAX_PARTITION_ID: usize = 1_024;

/// One event, with the data that is needed to store it exactly once.
pub struct Record<'w> {
    /// The event.
    pub event: Event,
    /// The key under which it is stored.
    pub key: Key,
    /// The provider's bytes: the body, or one element of it if the body is an array.
    pub raw: &'w [u8],
    /// Whether the bytes are a JSON object that names the type of the event.
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

/// The events in a verified webhook, created one at a time on demand. Never fails: an event that is not understood
/// has the type `unknown`. An empty array contains no event.
pub fn normalize<'w>(verified: &Verified<'w>) -> impl Iterator<Item = Record<'w>> + use<'w> {
    let provider = verified.provider();
    let body = verified.body();
    let received_at = verified.received_at();
    let id = match provider.event_key {
        EventKey::Header(name) => verified.signed_header(name).filter(|id| is_event_key(id)),
        EventKey::Member(_) | EventKey::Digest => None,
    };
    let elements = json::elements(body).filter(|elements| elements.len() <= MAX_EVENTS);
    let is_batch = elements.is_some();
    let reports = elements.unwrap_or_else(|| vec![body]);
    let mut room = MAX_EVENTS.saturating_sub(reports.len());
    reports.into_iter().enumerate().flat_map(move |(index, raw)| {
        let key = id.map(|id| if is_batch { format!("{id}:{index}") } else { id.to_owned() });
        records_of(provider, raw, key, received_at, &mut room)
    })
}

/// Normalizes the raw payload of a stored event again, with the current mapping: one event, or one per recipient.
/// `event_key` is the key under which the event is stored.
///
/// Not for webhooks. `raw` is [`Record::raw`] as the store kept it; its webhook was verified before it was recorded.
/// Nothing is verified here, no `Verified` is created, and an array is not split a second time. The test
/// `stored_payloads_are_normalized_again_by_the_tool_only` in `tests/it/repository.rs` checks that only the tool
/// calls this function.
pub fn renormalize<'r>(
    provider: &'static Provider,
    raw: &'r [u8],
    event_key: &str,
    received_at: Timestamp,
) -> impl Iterator<Item = Record<'r>> + use<'r> {
    let key = match provider.event_key {
        // The header is not stored. The events of several recipients share the key without the recipient's number.
        EventKey::Header(_) => Some(match event_key.rsplit_once('.') {
            Some((shared, number)) if is_number(number) && lists_several(provider, raw) => shared.to_owned(),
            _ => event_key.to_owned(),
        }),
        EventKey::Member(_) | EventKey::Digest => None,
    };
    let mut room = MAX_EVENTS - 1;
    records_of(provider, raw, key, received_at, &mut room)
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn lists_several(provider: &'static Provider, raw: &[u8]) -> bool {
    let mut room = MAX_EVENTS - 1;
    records_of(provider, raw, None, Timestamp::UNIX_EPOCH, &mut room).nth(1).is_some()
}

/// The records of one event of the provider: one, or one per recipient. `key` is the key of the event if the event
/// itself does not contain it.
fn records_of<'w>(
    provider: &'static Provider,
    raw: &'w [u8],
    key: Option<String>,
    received_at: Timestamp,
    room: &mut usize,
) -> impl Iterator<Item = Record<'w>> + use<'w> {
    let mut mended = String::new();
    let object = json::object(raw, &mut mended);
    let member = || {
        let EventKey::Member(name) = provider.event_key else { return None };
        let text = object.as_ref()?.get(name)?.string()?;
        is_event_key(&text).then(|| text.into_owned())
    };
    let event_key = key.or_else(member).unwrap_or_else(|| digest(raw));
    let translation = object.as_ref().map(provider.translate);
    let Translation { mut data, occurred_at, named } =
        translation.unwrap_or_else(|| Translation::unknown(provider.name));
    let recognized = data.provider_type.is_some();
    let time = occurred_at.unwrap_or(received_at);
    let fitting = MAX_REPEATED / raw.len().max(1);
    let most = fitting.min(MAX_RECIPIENTS).min(*room + 1);
    let recipients = find_recipient(&mut data, most);
    let named = concerned(provider, &mut data, &recipients, named);
    let partition = partition(&data, &event_key);
    *room -= recipients.len().saturating_sub(1);
    let identities = if recipients.is_empty() {
        vec![(data.recipient.take(), event_key)]
    } else {
        let numbered = recipients.into_iter().zip(1..);
        numbered.map(|(recipient, number)| (Some(recipient), format!("{event_key}.{number}"))).collect()
    };
    data.truncate();
    let copies = iter::repeat_n(data, identities.len());
    copies.zip(identities).map(move |(mut data, (recipient, event_key))| {
        data.recipient = recipient;
        take_out_others(&named, &mut data);
        data.truncate_recipient();
        Record {
            event: Event { id: [provider.name.as_str(), ":", &event_key].concat(), time, data },
            key: Key { partition: partition.clone(), event: event_key },
            raw,
            recognized,
        }
    })
}

fn partition(data: &EventData, event_key: &str) -> String {
    let short = |id: &str| no_longer_than(MAX_PARTITION_ID, id);
    let message = || {
        let id = short(data.message.as_ref()?.id.as_deref()?);
        if !is_incoming(data) {
            return Some(unreserved(id));
        }
        // The sender chose the Message-ID, which must not lead to the timeline of another mail.
        let mailbox = data.recipient.as_deref().unwrap_or_default();
        let mailbox = no_longer_than(MAX_ADDRESS, mailbox);
        Some(format!("inbound/{mailbox}/{id}"))
    };
    let contact = || {
        let id = data.contact.as_ref()?.id.as_deref()?;
        Some(format!("contact/{}", short(id)))
    };
    let domain = || {
        let domain = data.domain.as_ref()?;
        Some(format!("domain/{}", short(domain.id.as_deref().or(domain.name.as_deref())?)))
    };
    let id = message().or_else(contact).or_else(domain).unwrap_or_else(|| unreserved(event_key.to_owned()));
    [data.provider.as_str(), "#", &id].concat()
}

/// The partition key of the events of an outgoing mail, by the provider's id of the mail.
pub fn mail_partition(provider: ProviderName, id: &str) -> String {
    [provider.as_str(), "#", &unreserved(no_longer_than(MAX_PARTITION_ID, id))].concat()
}

fn no_longer_than(most: usize, id: &str) -> String {
    if id.len() > most { sha256(id.as_bytes()) } else { id.to_owned() }
}

/// Puts an id that looks like the key of another kind of timeline into a separate key space.
fn unreserved(id: String) -> String {
    let is_reserved = |kind: &&str| id.starts_with(*kind);
    if ["inbound/", "contact/", "domain/", "message/"].iter().any(is_reserved) {
        return ["message/", &id].concat();
    }
    id
}
