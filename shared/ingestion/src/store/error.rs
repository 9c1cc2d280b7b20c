//! What can go wrong with the table.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use thiserror::Error;

/// The table did not do what it was asked. A retry may help. Holds the operation and the service's code, never
/// its text, which may repeat what was sent.
#[derive(Clone, Debug, Error)]
#[error("DynamoDB {operation}: {code}")]
pub struct StoreError {
    operation: &'static str,
    code: String,
}

impl StoreError {
    pub(super) fn of<E: ProvideErrorMetadata>(operation: &'static str, error: &SdkError<E>) -> Self {
        Self { operation, code: crate::aws::error_code(error) }
    }

    pub(super) fn unreadable(what: &str) -> Self {
        Self { operation: "item", code: format!("{what} is not as mailhooks writes it") }
    }
}
