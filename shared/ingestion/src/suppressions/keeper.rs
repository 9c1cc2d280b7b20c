//! Adds what events say about their recipients to the list.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use normalization::suppression::{Evidence, Kind, evidence_of};
use normalization::{BounceReason, Event, EventType, MAX_ADDRESS, lookup_form, mail_partition};

use super::Suppressions;
use crate::clock::Clock;
use crate::store::{Store, StoreError};

/// Addresses that are written at a time.
const CONCURRENT_ADDRESSES: usize = 10;

/// The list, with the events that its entries are made from.
pub struct Keeper {
    list: Suppressions,
    events: Store,
    clock: Clock,
}

impl Keeper {
    /// A keeper of this list.
    pub fn new(list: Suppressions, events: Store, clock: Clock) -> Self {
        Self { list, events, clock }
    }

    /// Adds what these events say about their recipients. Returns one result per event, in the same order. Events of one
    /// address are written at once and fail together.
    pub async fn learn(&self, events: &[Event]) -> Vec<Result<(), StoreError>> {
        let mut by_address: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, event) in events.iter().enumerate() {
            if let (Some(recipient), Some(_)) = (&event.data.recipient, evidence_of(event)) {
                let address = lookup_form(recipient);
                if address.len() <= MAX_ADDRESS {
                    by_address.entry(address).or_default().push(index);
                }
            }
        }
        let now = self.clock.now();
        let writes = by_address.into_iter().map(|(address, indexes)| async move {
            let about = indexes.iter().filter_map(|index| events.get(*index)).collect();
            let written = self.write(&address, about, now).await;
            indexes.into_iter().map(|index| (index, written.clone())).collect::<Vec<_>>()
        });
        // Collected because the compiler cannot prove that a stream over borrowed events is `Send`
        // (https://github.com/rust-lang/rust/issues/102211).
        let writes: Vec<_> = writes.collect();
        let written: Vec<_> = stream::iter(writes).buffer_unordered(CONCURRENT_ADDRESSES).collect().await;
        let mut results: BTreeMap<usize, _> = written.into_iter().flatten().collect();
        (0..events.len()).map(|index| results.remove(&index).unwrap_or(Ok(()))).collect()
    }

    async fn write(&self, address: &str, events: Vec<&Event>, now: Timestamp) -> Result<(), StoreError> {
        let mut found = Vec::new();
        for event in events {
            let Some((kind, mut evidence)) = evidence_of(event) else { continue };
            if matches!(kind, Kind::Bounce | Kind::Soft) && evidence.reason == Some(BounceReason::Unknown) {
                self.explain(event, &mut evidence).await?;
            }
            found.push((kind, evidence));
        }
        self.list.add(address, &found, now).await.map(drop)
    }

    /// Emailit reports a bounce without the server's reply, which is in an earlier failed attempt of the same mail.
    async fn explain(&self, event: &Event, evidence: &mut Evidence) -> Result<(), StoreError> {
        let data = &event.data;
        let Some(id) = data.message.as_ref().and_then(|message| message.id.as_deref()) else { return Ok(()) };
        let timeline = self.events.under(&mail_partition(data.provider, id)).await?;
        let earlier = timeline.events.into_iter().map(|stored| stored.event).filter(|one| {
            let same =
                one.data.recipient.as_deref().map(lookup_form) == data.recipient.as_deref().map(lookup_form);
            same && one.data.event_type == EventType::EmailDeferred && one.time <= event.time
        });
        let reasons = earlier.filter_map(|one| one.data.bounce?.reason);
        let last = reasons.filter(|reason| *reason != BounceReason::Unknown).last();
        evidence.reason = last.or(evidence.reason);
        Ok(())
    }
}
