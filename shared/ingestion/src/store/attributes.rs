//! The attributes of an item.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

/// The attributes of an item, by name.
pub(super) type Item = HashMap<String, AttributeValue>;

/// A time in a form that sorts: always three digits after the second.
pub(super) fn sortable(time: Timestamp) -> String {
    format!("{time:.3}")
}
