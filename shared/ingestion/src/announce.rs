//! Announces recorded events and removes their outbox marks.

use futures_util::{StreamExt, stream};
use normalization::{Event, Key};

use crate::clock::Deadline;
use crate::failure::{Failure, flatten};
use crate::notifier::Notifier;
use crate::store::Store;

/// Concurrent writes. Each needs a connection, whose handshake costs five writes; more than 16 make an array hardly faster.
pub(crate) const CONCURRENT_WRITES: usize = 25;

/// A recorded event that is not yet announced.
pub struct Pending<'e> {
    /// The keys that it is stored under.
    pub key: &'e Key,
    /// The event to announce.
    pub event: &'e Event,
}

/// The result for one event.
pub enum Announced {
    /// Announced, and the outbox mark is removed.
    Settled,
    /// Announced, but the outbox mark could not be removed: the event will be announced again.
    Unsettled(Failure),
    /// Not announced.
    Failed(Failure),
}

/// Announces and settles events until the deadline, with one result per event in the same order. A failure does not stop the others.
pub async fn announce(
    store: &Store,
    notifier: &Notifier,
    pending: &[Pending<'_>],
    deadline: Deadline,
) -> Vec<Announced> {
    let events: Vec<&Event> = pending.iter().map(|pending| pending.event).collect();
    let announced = notifier.announce(&events, deadline).await;
    let settles = pending.iter().zip(announced).map(|(pending, announced)| async move {
        if let Err(error) = announced {
            return Announced::Failed(error.into());
        }
        match flatten(deadline.run(store.settle(pending.key)).await) {
            Ok(()) => Announced::Settled,
            Err(failure) => Announced::Unsettled(failure),
        }
    });
    // Collected because the compiler cannot prove that a stream over borrowed events is `Send`
    // (https://github.com/rust-lang/rust/issues/102211).
    let settles: Vec<_> = settles.collect();
    stream::iter(settles).buffered(CONCURRENT_WRITES).collect().await
}
