//! Why an event could not be announced.

use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use thiserror::Error;

use crate::aws::{error_code, sanitized_code};
use crate::clock::OutOfTime;

/// SNS did not take an announcement. A retry may help. Holds the service's code, never its text, which may
/// repeat what was sent.
#[derive(Clone, Debug, Error)]
pub enum AnnounceError {
    /// SNS answered with an error, or not at all.
    #[error("SNS PublishBatch: {code}")]
    Refused {
        /// The service's code, or a word for what went wrong with the call.
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

    /// Whether SNS refused the call for what one of its entries holds.
    pub(crate) fn blames_an_entry(&self) -> bool {
        let Self::Refused { code } = self else { return false };
        code.starts_with("InvalidParameter")
            || [
                "BatchRequestTooLong",
                // The code of `InvalidParameterValueException`: what an attribute holds.
                "ParameterValueInvalid",
                "ValidationError",
                "ValidationException",
            ]
            .contains(&code.as_str())
    }
}
