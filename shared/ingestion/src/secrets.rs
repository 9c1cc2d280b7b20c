//! Where the signing secrets come from. Today from the environment; a secret store that is asked at run time
//! is another way to fill the same type.

use normalization::{EmptySecret, SigningSecrets};

/// The signing secrets of one provider, if any is set.
#[derive(Clone, Debug)]
pub struct Secrets(Option<SigningSecrets>);

impl Secrets {
    /// Secrets that do not change while the receiver runs, separated by commas or line ends.
    #[must_use]
    pub fn fixed(text: &str) -> Self {
        Self(text.parse().ok())
    }

    /// The secrets that are accepted now.
    ///
    /// # Errors
    ///
    /// None is set: then nothing can be verified, and nothing may be accepted.
    pub fn accepted(&self) -> Result<&SigningSecrets, EmptySecret> {
        self.0.as_ref().ok_or(EmptySecret)
    }
}
