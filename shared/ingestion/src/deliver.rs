//! Announces events that wait, and takes their outbox marks away.

use futures_util::future::ready;
use futures_util::{Stream, StreamExt, stream};
use normalization::{Event, Key};

use crate::clock::Deadline;
use crate::failure::{Failure, within};
use crate::notifier::Notifier;
use crate::store::Store;

/// Writes on their way at a time. Each costs the same work whatever their number, but each needs a connection
/// of its own, whose handshake costs five writes; from 16 to 32 on an array gets hardly faster.
pub(crate) const CONCURRENT_WRITES: usize = 25;

/// An event that is recorded and waits to be announced.
pub(crate) struct Due<'e> {
    pub(crate) key: &'e Key,
    pub(crate) event: &'e Event,
}

/// What came of events that were due.
#[derive(Default)]
pub(crate) struct Delivered {
    /// How many were announced.
    pub(crate) announced: usize,
    /// Those that still wait, by their place, and why.
    pub(crate) failures: Vec<(usize, Failure)>,
}

/// Announces and settles, until the time is up. A failure of one event does not stop the others.
pub(crate) async fn deliver(
    store: &Store,
    notifier: &Notifier,
    due: &[Due<'_>],
    deadline: Deadline,
) -> Delivered {
    let mut delivered = Delivered::default();
    let events: Vec<&Event> = due.iter().map(|due| due.event).collect();
    let mut announced = Vec::with_capacity(due.len());
    for (index, outcome) in notifier.announce(&events, deadline).await.into_iter().enumerate() {
        match outcome {
            Ok(()) => announced.push(index),
            Err(failure) => delivered.failures.push((index, failure)),
        }
    }
    delivered.announced = announced.len();
    settle(store, due, &announced, deadline, &mut delivered).await;
    delivered
}

async fn settle(
    store: &Store,
    due: &[Due<'_>],
    announced: &[usize],
    deadline: Deadline,
    delivered: &mut Delivered,
) {
    let mut updates = each(announced)
        .map(|place| async move {
            let index = *announced.get(place)?;
            let due = due.get(index)?;
            let update = store.settle(due.key);
            let failure = within(deadline.bound(update).await).err()?;
            Some((index, failure))
        })
        .buffer_unordered(CONCURRENT_WRITES)
        .filter_map(ready);
    while let Some(failure) = updates.next().await {
        delivered.failures.push(failure);
    }
}

/// The indices of a slice as a stream. A stream of references would do, if the compiler could see that what
/// is made of it is `Send` (<https://github.com/rust-lang/rust/issues/102211>).
pub(crate) fn each<T>(slice: &[T]) -> impl Stream<Item = usize> + use<T> {
    stream::iter(0..slice.len())
}
