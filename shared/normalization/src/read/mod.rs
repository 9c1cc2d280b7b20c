//! Lenient readers for the content of payloads.

pub(crate) mod address;
pub(crate) mod json;
pub(crate) mod time;
