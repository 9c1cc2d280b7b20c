//! The format of an entry in the table.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use normalization::ProviderName;
use normalization::suppression::{Evidence, Kind, Policy, Reason, Slots};
use serde::Serialize;

use crate::store::StoreError;

pub(super) type Item = HashMap<String, AttributeValue>;

/// The attributes that an application reads.
#[derive(Serialize)]
pub struct Answer<'e> {
    /// The address in lookup form.
    pub address: &'e str,
    /// `suppressed` or `clear`.
    pub state: &'static str,
    /// Why it is suppressed; `None` if it is clear, as all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// When the evidence for it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When the suppression ends; `None` if it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The provider that reported the evidence; `None` if a person added it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderName>,
    /// The id of the evidence: of an event, or of what a person did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<&'e str>,
}

impl<'e> Answer<'e> {
    /// What these rules say about an address at this time.
    pub fn new(address: &'e str, slots: &'e Slots, policy: &Policy, now: Timestamp) -> Self {
        let found = slots.suppression(policy, now);
        let evidence = found.map(|found| found.evidence);
        Self {
            address,
            state: if found.is_some() { "suppressed" } else { "clear" },
            reason: found.map(|found| found.reason),
            since: evidence.map(|evidence| evidence.time),
            until: found.and_then(|found| found.until),
            provider: evidence.and_then(|evidence| evidence.provider),
            event: evidence.map(|evidence| evidence.event.as_str()),
        }
    }

    /// Whether the address must not be mailed.
    pub fn is_suppressed(&self) -> bool {
        self.reason.is_some()
    }
}

/// An answer with the evidence that it is made from, the oldest first.
#[derive(Serialize)]
pub struct Explained<'e> {
    #[serde(flatten)]
    answer: Answer<'e>,
    evidence: Vec<Piece<'e>>,
}

#[derive(Serialize)]
struct Piece<'e> {
    kind: Kind,
    #[serde(flatten)]
    evidence: &'e Evidence,
}

impl<'e> Explained<'e> {
    /// Explains an answer that was made from these slots.
    pub fn new(answer: Answer<'e>, slots: &'e Slots) -> Self {
        let pieces = slots.sorted().into_iter().map(|(kind, evidence)| Piece { kind, evidence });
        Self { answer, evidence: pieces.collect() }
    }

    /// The same with the newest evidence first.
    #[must_use]
    pub fn newest_first(mut self) -> Self {
        self.evidence.reverse();
        self
    }
}

/// A stored entry.
pub struct Entry {
    /// The address in lookup form.
    pub address: String,
    /// All kept evidence about the address.
    pub slots: Slots,
    /// Counts the writes of the entry.
    version: u64,
    /// All attributes but the version.
    attributes: Item,
}

impl Entry {
    /// What these rules say about the address at this time.
    pub fn answer(&self, policy: &Policy, now: Timestamp) -> Answer<'_> {
        Answer::new(&self.address, &self.slots, policy, now)
    }

    /// Counts the writes of the entry.
    pub fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn read(mut attributes: Item) -> Result<Self, StoreError> {
        let version = match attributes.remove("version") {
            Some(AttributeValue::N(number)) => number.parse().ok(),
            _ => None,
        };
        let address = match attributes.get("address") {
            Some(AttributeValue::S(address)) => Some(address.clone()),
            _ => None,
        };
        let slots = attributes.get("slots").cloned().ok_or_else(|| StoreError::unreadable("slots"))?;
        Ok(Self {
            address: address.ok_or_else(|| StoreError::unreadable("address"))?,
            slots: serde_dynamo::from_attribute_value(slots).map_err(|_| StoreError::unreadable("slots"))?,
            version: version.ok_or_else(|| StoreError::unreadable("version"))?,
            attributes,
        })
    }

    pub(super) fn has(&self, attributes: &Item) -> bool {
        self.attributes == *attributes
    }
}

/// The attributes of an entry without its version. An entry whose evidence ends expires then.
pub(super) fn attributes(address: &str, slots: &Slots, policy: &Policy, now: Timestamp) -> Item {
    let answer = Answer::new(address, slots, policy, now);
    let mut item: Item = serde_dynamo::to_item(answer).expect("the answer is a map of texts");
    let slots_attribute = serde_dynamo::to_attribute_value(slots).expect("slots are maps, lists and texts");
    item.insert("slots".to_owned(), slots_attribute);
    if let Some(end) = slots.end(policy) {
        item.insert("expires_at".to_owned(), AttributeValue::N(end.as_second().to_string()));
    }
    item
}

pub(super) fn with_version(mut attributes: Item, version: u64) -> Item {
    attributes.insert("version".to_owned(), AttributeValue::N(version.to_string()));
    attributes
}
