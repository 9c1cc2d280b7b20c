//! Lenient reading of whatever a payload holds.

pub(crate) mod address;
pub(crate) mod json;
pub(crate) mod time;
