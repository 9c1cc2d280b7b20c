//! Macros that declare the objects of an event.

use jiff::Timestamp;

use super::vocabulary::{Attribution, BounceClass, BounceReason, FeedbackType, SuppressionCause};
use crate::truncate::{Path, Truncate, Truncator};

/// Declares an object of the event. Every field may be absent, and an absent field is not serialized. A text has a
/// limit; a field with a role in brackets contains addresses, which are never cut.
macro_rules! optional_fields {
    ($(#[$about:meta])* $name:ident {
        $($(#[$meaning:meta])* $field:ident: $kind:ty $([$role:ident])?,)+
    }) => {
        $(#[$about])*
        #[derive(Clone, Default, Deserialize, PartialEq, Serialize)]
        #[serde(default)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct $name {
            $($(#[$meaning])* #[serde(skip_serializing_if = "is_absent")] pub $field: $kind,)+
        }

        impl $name {
            /// Shortens values that are too long. `parent` is the name of the object in the event.
            pub(super) fn truncate(&mut self, parent: &'static str, truncator: &mut Truncator) {
                $(truncate_field!(self.$field, Path(parent, stringify!($field)), truncator $(, $role)?);)+
            }
        }
    };
}

macro_rules! truncate_field {
    ($field:expr, $path:expr, $truncator:ident) => {
        Truncate::truncate(&mut $field, $path, $truncator)
    };
    ($field:expr, $path:expr, $truncator:ident, $role:ident) => {
        $truncator.$role($path, &mut $field)
    };
}

/// Declares the types of fields that have no limit.
macro_rules! bounded {
    ($($kind:ty),+) => {
        $(impl Truncate for Option<$kind> {
            fn truncate(&mut self, _: Path, _: &mut Truncator) {}
        })+
    };
}

bounded!(u16, u64, f64, Timestamp, Attribution, BounceClass, BounceReason, FeedbackType, SuppressionCause);

pub(crate) fn is_absent<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

pub(super) use {optional_fields, truncate_field};
