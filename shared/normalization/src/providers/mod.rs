//! The providers, one file each: what the provider signs, and what its events say.

pub mod emailit;
pub mod getmailer;
pub mod jasni;
pub mod jetemail;

pub use emailit::EMAILIT;
pub use getmailer::GETMAILER;
pub use jasni::JASNI;
pub use jetemail::JETEMAIL;

use crate::{Provider, ProviderName};

impl ProviderName {
    /// The provider of this name, for a caller that learns the name at run time. A receiver names its provider instead,
    /// and so carries no other.
    pub fn provider(self) -> &'static Provider {
        match self {
            Self::JetEmail => &JETEMAIL,
            Self::Jasni => &JASNI,
            Self::GetMailer => &GETMAILER,
            Self::Emailit => &EMAILIT,
        }
    }
}
