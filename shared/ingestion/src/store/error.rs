//! The errors of the table.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use thiserror::Error;

/// Stands for an operation in the error of an item.
const ITEM: &str = "item";

/// An operation on the table failed. A retry may help. Contains the operation and the service's error code, never
/// its message, which may repeat parts of the request.
#[derive(Clone, Debug, Error)]
#[error("DynamoDB {operation}: {code}")]
pub struct StoreError {
    operation: &'static str,
    code: String,
}

impl StoreError {
    pub(crate) fn of<E: ProvideErrorMetadata>(operation: &'static str, error: &SdkError<E>) -> Self {
        Self { operation, code: crate::aws::error_code(error) }
    }

    /// Other writers changed the item each time.
    pub(crate) fn busy(operation: &'static str) -> Self {
        Self { operation, code: "ConditionalCheckFailedException".to_owned() }
    }

    /// Whether the item itself is at fault, so that a retry does not help.
    pub fn is_unreadable(&self) -> bool {
        self.operation == ITEM
    }

    pub(crate) fn unreadable(what: &str) -> Self {
        Self { operation: ITEM, code: format!("{what} is not as mailhooks writes it") }
    }
}
