//! The reasons for which an event is not yet recorded, announced and settled.

use thiserror::Error;

use crate::clock::OutOfTime;
use crate::notifier::AnnounceError;
use crate::store::StoreError;

/// Why an event could not be recorded or announced. A retry can succeed in every case.
#[derive(Clone, Debug, Error)]
pub enum Failure {
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// SNS failed, or there was no time left for the call.
    #[error(transparent)]
    Announce(#[from] AnnounceError),
    /// The deadline for the answer passed.
    #[error(transparent)]
    OutOfTime(#[from] OutOfTime),
}

impl Failure {
    /// Whether SNS rejected this event because of its content, so that other events may succeed.
    pub(crate) fn blames_the_event(&self) -> bool {
        matches!(self, Self::Announce(error) if error.blames_an_entry())
    }

    pub(crate) fn is_out_of_time(&self) -> bool {
        matches!(self, Self::OutOfTime(_) | Self::Announce(AnnounceError::OutOfTime(_)))
    }
}

/// Merges the result of an operation with that of its deadline.
pub(crate) fn flatten<T, E>(outcome: Result<Result<T, E>, OutOfTime>) -> Result<T, Failure>
where
    Failure: From<E>,
{
    Ok(outcome??)
}
