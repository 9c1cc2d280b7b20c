//! Why an event is not yet recorded, announced and settled.

use thiserror::Error;

use crate::clock::OutOfTime;
use crate::notifier::AnnounceError;
use crate::store::StoreError;

/// Why an event could not be recorded or announced. A retry may always help.
#[derive(Clone, Debug, Error)]
pub enum Failure {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A topic, or the time that it took.
    #[error(transparent)]
    Announce(#[from] AnnounceError),
    /// The clock: the answer was due.
    #[error(transparent)]
    OutOfTime(#[from] OutOfTime),
}

impl Failure {
    /// Whether SNS refused what this one event holds, and may take others.
    pub(crate) fn blames_the_event(&self) -> bool {
        matches!(self, Self::Announce(error) if error.blames_an_entry())
    }

    pub(crate) fn is_out_of_time(&self) -> bool {
        matches!(self, Self::OutOfTime(_) | Self::Announce(AnnounceError::OutOfTime(_)))
    }
}

/// One result of what was done within a deadline.
pub(crate) fn flatten<T, E>(outcome: Result<Result<T, E>, OutOfTime>) -> Result<T, Failure>
where
    Failure: From<E>,
{
    Ok(outcome??)
}
