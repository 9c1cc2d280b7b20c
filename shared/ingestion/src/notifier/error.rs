//! The errors of announcements.

use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use thiserror::Error;

use crate::aws::{error_code, sanitized_code};
use crate::clock::OutOfTime;

/// An announcement failed. A retry may help. Contains the service's error code, never its message, which may
/// repeat parts of the request.
#[derive(Clone, Debug, Error)]
pub enum AnnounceError {
    /// SNS answered with an error, or did not answer.
    #[error("SNS PublishBatch: {code}")]
    Refused {
        /// The service's error code, or the kind of failure of the call.
        code: String,
    },
    /// There was no time left.
    #[error(transparent)]
    OutOfTime(#[from] OutOfTime),
}

impl AnnounceError {
    pub(super) fn new(code: &str) -> Self {
        Self::Refused { code: sanitized_code(code).to_owned() }
    }

    pub(super) fn from_call<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Self {
        Self::new(&error_code(error))
    }

    /// Whether SNS rejected the call because of the content of an entry.
    pub(crate) fn blames_an_entry(&self) -> bool {
        let Self::Refused { code } = self else { return false };
        code.starts_with("InvalidParameter")
            || [
                "BatchRequestTooLong",
                // The code of `InvalidParameterValueException`: an invalid attribute value.
                "ParameterValueInvalid",
                "ValidationError",
                "ValidationException",
            ]
            .contains(&code.as_str())
    }
}
