//! The names of the providers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::vocabulary::vocabulary;

vocabulary! {
    /// An email provider, by the name that is used in ids, paths and folders.
    #[cfg_attr(feature = "schema", schemars(rename = "Provider", transform = super::open_words::open))]
    ProviderName {
        /// JetEmail (<https://jetemail.com>).
        JetEmail = "jetemail",
        /// Jasni (<https://jasni.ai>).
        Jasni = "jasni",
        /// GetMailer (<https://getmailer.co>).
        GetMailer = "getmailer",
        /// Emailit (<https://emailit.com>).
        Emailit = "emailit",
    }
}

impl FromStr for ProviderName {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        Self::ALL.iter().copied().find(|name| name.as_str() == text).ok_or(UnknownProvider)
    }
}

/// The name is not that of a provider.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("unknown provider: use one of {}", ProviderName::ALL.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", "))]
pub struct UnknownProvider;
