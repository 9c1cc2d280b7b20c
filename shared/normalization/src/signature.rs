//! The one place where a signature is made or compared, and the only one that can call a webhook verified.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use thiserror::Error;

use crate::{Rejection, Webhook, json};

/// How far a signed timestamp may lie from our clock, in seconds, either way. Emailit recommends it
/// (<https://emailit.com/docs/webhooks/request-signature.md>), Jasni's library has it as its default.
pub const SIGNED_TIMESTAMP_TOLERANCE_SECONDS: u64 = 300;

/// How many signatures one header may offer. Providers that rotate send two; each costs a comparison.
const MAX_SIGNATURES: usize = 8;

type HmacSha256 = Hmac<Sha256>;
type Digest = [u8; 32];

/// One signing secret, used as it is: the bytes of the text, `whsec_` included, never decoded.
#[derive(Clone)]
pub struct SigningSecret {
    // Keyed once: hashing the key costs as much as hashing a small body.
    keyed: HmacSha256,
}

impl SigningSecret {
    /// The `X-…-Signature` digest, in lower-case hex, over `<timestamp>.<body>`, or over the body alone.
    #[must_use]
    pub fn sign(&self, timestamp: Option<i64>, body: &[u8]) -> String {
        let text = timestamp.map(|seconds| seconds.to_string());
        hex::encode(self.keyed_with(text.as_deref(), body).finalize().into_bytes())
    }

    fn keyed_with(&self, timestamp: Option<&str>, body: &[u8]) -> HmacSha256 {
        let mut mac = self.keyed.clone();
        if let Some(text) = timestamp {
            mac.update(text.as_bytes());
            mac.update(b".");
        }
        mac.update(body);
        mac
    }
}

impl FromStr for SigningSecret {
    type Err = EmptySecret;

    fn from_str(text: &str) -> Result<Self, EmptySecret> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmptySecret);
        }
        let keyed = HmacSha256::new_from_slice(text.as_bytes())
            .expect("HMAC takes keys of any length (RFC 2104, section 2)");
        Ok(Self { keyed })
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningSecret(redacted)")
    }
}

/// The signing secrets that are accepted: the current one first. There is no empty set, so there is no way
/// to accept everything.
#[derive(Clone, Debug)]
pub struct SigningSecrets {
    current: SigningSecret,
    older: Vec<SigningSecret>,
}

impl SigningSecrets {
    /// The secret that signs now.
    #[must_use]
    pub fn current(&self) -> &SigningSecret {
        &self.current
    }

    /// These secrets, the current one first; empty ones are left out.
    ///
    /// # Errors
    ///
    /// If all are empty.
    pub fn listed<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Result<Self, EmptySecret> {
        let mut secrets = secrets.into_iter().filter_map(|one| one.parse().ok());
        let current = secrets.next().ok_or(EmptySecret)?;
        Ok(Self { current, older: secrets.collect() })
    }

    fn iter(&self) -> impl Iterator<Item = &SigningSecret> {
        std::iter::once(&self.current).chain(&self.older)
    }
}

impl FromStr for SigningSecrets {
    type Err = EmptySecret;

    /// Secrets separated by commas or line ends; empty ones are left out.
    fn from_str(text: &str) -> Result<Self, EmptySecret> {
        Self::listed(text.split([',', '\n']))
    }
}

/// A signing secret is not set.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("no signing secret is set")]
pub struct EmptySecret;

/// What a request claims: that one of its digests is the HMAC-SHA256 of its body under one of our secrets.
pub struct Claim<'w> {
    digests: Vec<Digest>,
    timestamp: Option<SignedTimestamp<'w>>,
    only_json: bool,
}

struct SignedTimestamp<'w> {
    // Signed as received: a number written anew may differ from it.
    text: &'w str,
    seconds: i64,
}

impl<'w> Claim<'w> {
    /// The digest, in hex, is over the body alone.
    pub(crate) fn of_body(digest: &str) -> Result<Self, Rejection> {
        Ok(Self { digests: vec![read_digest(digest)?], timestamp: None, only_json: false })
    }

    /// One of the digests, in hex, is over `<timestamp>.<body>`, with the timestamp in Unix seconds.
    pub(crate) fn of_timestamped_body<'d>(
        timestamp: &'w str,
        digests: impl IntoIterator<Item = &'d str>,
    ) -> Result<Self, Rejection> {
        let digits = !timestamp.is_empty() && timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = timestamp.parse().ok().filter(|_| digits);
        let seconds = seconds.ok_or(Rejection::TimestampMalformed)?;
        // Jasni's header may hold several, and any may be the right one: what cannot be read is passed over.
        let digests: Vec<Digest> =
            digests.into_iter().filter_map(|digest| read_digest(digest).ok()).take(MAX_SIGNATURES).collect();
        if digests.is_empty() {
            return Err(Rejection::SignatureMalformed);
        }
        let timestamp = Some(SignedTimestamp { text: timestamp, seconds });
        Ok(Self { digests, timestamp, only_json: false })
    }

    /// A body that does not begin like a JSON object or array is refused even if it is signed.
    pub(crate) fn only_json(self) -> Self {
        Self { only_json: true, ..self }
    }
}

/// A webhook that its provider signed. Only verification makes one, so whoever holds it may believe it.
///
/// ```compile_fail,E0451
/// let forged = normalization::Verified { body: b"{}", received_at: jiff::Timestamp::UNIX_EPOCH };
/// ```
///
/// There is no set of secrets that accepts everything, since there is no empty one:
///
/// ```
/// assert!("".parse::<normalization::SigningSecrets>().is_err());
/// ```
pub struct Verified<'w> {
    body: &'w [u8],
    received_at: Timestamp,
}

impl<'w> Verified<'w> {
    /// The exact bytes that were signed.
    #[must_use]
    pub fn body(&self) -> &'w [u8] {
        self.body
    }

    /// When the webhook arrived.
    #[must_use]
    pub fn received_at(&self) -> Timestamp {
        self.received_at
    }
}

impl fmt::Debug for Verified<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Verified").field("body_bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// Checks a claim. The signature speaks first: a stale timestamp is reported only of a request that really
/// comes from the provider.
pub(crate) fn check<'w>(
    claim: &Claim<'_>,
    webhook: &Webhook<'w>,
    secrets: &SigningSecrets,
) -> Result<Verified<'w>, Rejection> {
    let timestamp = claim.timestamp.as_ref();
    let genuine = secrets.iter().any(|secret| {
        let mac = secret.keyed_with(timestamp.map(|signed| signed.text), webhook.body);
        claim.digests.iter().any(|digest| mac.clone().verify_slice(digest).is_ok())
    });
    if !genuine {
        return Err(Rejection::SignatureMismatch);
    }
    let now = webhook.received_at.as_second();
    if timestamp.is_some_and(|t| t.seconds.abs_diff(now) > SIGNED_TIMESTAMP_TOLERANCE_SECONDS) {
        return Err(Rejection::TimestampStale);
    }
    if claim.only_json && !json::begins_like_json(webhook.body) {
        return Err(Rejection::BodyNotJson);
    }
    Ok(Verified { body: webhook.body, received_at: webhook.received_at })
}

fn read_digest(hex_digits: &str) -> Result<Digest, Rejection> {
    let mut digest = Digest::default();
    hex::decode_to_slice(hex_digits, &mut digest).map_err(|_| Rejection::SignatureMalformed)?;
    Ok(digest)
}

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
    fn debug_tells_no_secret() {
        let secrets: SigningSecrets = "whsec_visible,whsec_too".parse().unwrap();
        assert!(!format!("{secrets:?}").contains("visible"));
        assert!(!format!("{secrets:?}").contains("whsec"));
    }
}
