//! Values that must not be printed.

use std::fmt;
use std::ops::Deref;

/// A private value: a secret, an address or a text of a webhook. It can be used like the value itself, and `Debug`
/// does not show it.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
pub struct Redacted<T>(pub T);

impl<T> From<T> for Redacted<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> Deref for Redacted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("redacted")
    }
}
