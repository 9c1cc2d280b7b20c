//! The providers, one file each: how the provider signs, and how its events are translated.

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
    /// The provider of this name, for a caller that learns the name at run time. A receiver names its provider
    /// directly, so it does not include the others.
    pub fn provider(self) -> &'static Provider {
        match self {
            Self::JetEmail => &JETEMAIL,
            Self::Jasni => &JASNI,
            Self::GetMailer => &GETMAILER,
            Self::Emailit => &EMAILIT,
        }
    }
}
