//! Signing secrets: at least one, and never printed.

use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use thiserror::Error;

use crate::Redacted;
use crate::scheme::KeyEncoding;

pub(crate) type HmacSha256 = Hmac<Sha256>;

/// One signing secret, as the provider shows it, including `whsec_`.
#[derive(Clone, Debug)]
pub struct SigningSecret {
    text: Redacted<String>,
    // Keyed with the text once, because hashing the key costs as much as hashing a small body.
    keyed: Redacted<HmacSha256>,
}

impl SigningSecret {
    /// An HMAC with the key that a scheme derives from the secret. If the scheme expects base64 and the secret is not
    /// base64, or is the base64 of nothing, the text is the key instead of an empty one, with which anyone could sign.
    pub(crate) fn mac(&self, encoding: KeyEncoding) -> HmacSha256 {
        let KeyEncoding::Base64 { prefix } = encoding else {
            return self.keyed.0.clone();
        };
        let digits = self.text.strip_prefix(prefix).unwrap_or(&self.text);
        let key = BASE64_STANDARD.decode(digits).ok().filter(|key| !key.is_empty());
        key.map_or_else(|| self.keyed.0.clone(), |key| mac(&key))
    }
}

fn mac(key: &[u8]) -> HmacSha256 {
    HmacSha256::new_from_slice(key).expect("HMAC takes keys of any length (RFC 2104, section 2)")
}

impl FromStr for SigningSecret {
    type Err = EmptySecret;

    fn from_str(text: &str) -> Result<Self, EmptySecret> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmptySecret);
        }
        Ok(Self { text: Redacted(text.to_owned()), keyed: Redacted(mac(text.as_bytes())) })
    }
}

/// The signing secrets that are accepted, the current one first. The set cannot be empty, so it cannot accept every
/// webhook.
#[derive(Clone, Debug)]
pub struct SigningSecrets {
    current: SigningSecret,
    older: Vec<SigningSecret>,
}

impl SigningSecrets {
    /// The secret to sign with.
    pub fn current(&self) -> &SigningSecret {
        &self.current
    }

    /// Creates the set from these secrets, the current one first. Empty secrets are ignored. Fails if all are empty.
    pub fn listed<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Result<Self, EmptySecret> {
        let mut secrets = secrets.into_iter().filter_map(|one| one.parse().ok());
        let current = secrets.next().ok_or(EmptySecret)?;
        Ok(Self { current, older: secrets.collect() })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &SigningSecret> {
        std::iter::once(&self.current).chain(&self.older)
    }
}

impl FromStr for SigningSecrets {
    type Err = EmptySecret;

    /// Reads secrets separated by commas or line ends. Empty secrets are ignored.
    fn from_str(text: &str) -> Result<Self, EmptySecret> {
        Self::listed(text.split([',', '\n']))
    }
}

/// No signing secret is set.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("no signing secret is set")]
pub struct EmptySecret;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_split_and_trimmed_and_never_empty() {
        let secrets: SigningSecrets = " one ,\n two,, ".parse().unwrap();
        assert_eq!(secrets.iter().count(), 2);
        assert_eq!(" ,\n".parse::<SigningSecrets>().unwrap_err(), EmptySecret);
    }

    #[test]
    fn no_secret_becomes_an_empty_key() {
        use hmac::Mac;

        let tag = |mac: HmacSha256| mac.finalize().into_bytes();
        for text in ["whsec_", "whsec_====", "prefix_alone", "whsec_YQ=="] {
            let secret: SigningSecret = text.parse().unwrap();
            let mac = secret.mac(KeyEncoding::Base64 { prefix: "whsec_" });
            assert_ne!(tag(mac), tag(self::mac(b"")), "{text}");
        }
    }

    #[test]
    fn debug_tells_no_secret() {
        let secrets: SigningSecrets = "whsec_visible,whsec_too".parse().unwrap();
        assert!(!format!("{secrets:?}").contains("visible"));
        assert!(!format!("{secrets:?}").contains("whsec"));
    }
}
