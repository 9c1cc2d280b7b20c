//! Announces events that wait, and takes their outbox marks away.

use futures_util::{StreamExt, stream};
use normalization::{Event, Key};

use crate::clock::Deadline;
use crate::failure::{Failure, flatten};
use crate::notifier::Notifier;
use crate::store::Store;

/// Writes on their way at a time. Each costs the same work whatever their number, but each needs a connection
/// of its own, whose handshake costs five writes; from 16 to 32 on an array gets hardly faster.
pub(crate) const CONCURRENT_WRITES: usize = 25;

/// An event that is recorded and waits to be announced.
pub struct Pending<'e> {
    /// What it is stored under.
    pub key: &'e Key,
    /// The event, as it is announced.
    pub event: &'e Event,
}

/// What became of it.
pub enum Announced {
    /// It is announced, and waits no more.
    Settled,
    /// It is announced, and its mark could not be taken away: it will be announced again.
    Unsettled(Failure),
    /// It is not announced.
    Failed(Failure),
}

/// Announces and settles, until the time is up. A failure of one event does not stop the others. The results are in the
/// order of the events.
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
    // Collected, since the compiler does not see that a stream over borrowed events is `Send`
    // (https://github.com/rust-lang/rust/issues/102211).
    let settles: Vec<_> = settles.collect();
    stream::iter(settles).buffered(CONCURRENT_WRITES).collect().await
}
