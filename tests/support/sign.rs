//! Signatures made with `ring`, which the code under test does not use for them.

use jiff::Timestamp;
use normalization::ProviderName;
use ring::hmac;

use crate::files::signing_secret;

/// A way of signing that a provider has published, written a second time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    /// JetEmail's.
    JetEmail,
    /// That of Jasni's documentation.
    Jasni,
    /// That of Jasni's Python SDK.
    JasniSdk,
    /// GetMailer's.
    GetMailer,
    /// Emailit's.
    Emailit,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: [Self; 5] = [Self::JetEmail, Self::Jasni, Self::JasniSdk, Self::GetMailer, Self::Emailit];

    /// The schemes that a provider's receiver takes; the first is that of its documentation.
    pub fn of(provider: ProviderName) -> &'static [Self] {
        match provider {
            ProviderName::JetEmail => &[Self::JetEmail],
            ProviderName::Jasni => &[Self::Jasni, Self::JasniSdk],
            ProviderName::GetMailer => &[Self::GetMailer],
            ProviderName::Emailit => &[Self::Emailit],
        }
    }

    /// The header that carries the signature.
    pub fn signature_header(self) -> &'static str {
        match self {
            Self::JetEmail | Self::Jasni => "x-webhook-signature",
            Self::JasniSdk => "x-jasni-signature",
            Self::GetMailer => "x-getmailer-signature",
            Self::Emailit => "x-emailit-signature",
        }
    }

    /// The header that carries a signed timestamp, if one does.
    pub fn timestamp_header(self) -> Option<&'static str> {
        (self == Self::Emailit).then_some("x-emailit-timestamp")
    }

    /// Whether a timestamp is signed with the body.
    pub fn signs_a_timestamp(self) -> bool {
        matches!(self, Self::JasniSdk | Self::Emailit)
    }

    /// What the digest is made over.
    pub fn message(self, timestamp: &str, body: &[u8]) -> Vec<u8> {
        if self.signs_a_timestamp() { [timestamp.as_bytes(), b".", body].concat() } else { body.to_vec() }
    }

    /// The signature header's value, with a digest in whatever encoding.
    pub fn value(self, timestamp: &str, digest: &str) -> String {
        match self {
            Self::JetEmail | Self::GetMailer => format!("sha256={digest}"),
            Self::Jasni | Self::Emailit => digest.to_owned(),
            Self::JasniSdk => format!("t={timestamp},v1={digest}"),
        }
    }

    /// The headers with which a body is signed under any key, at a time in any spelling.
    pub fn headers(self, key: &[u8], timestamp: &str, body: &[u8]) -> Vec<(String, Vec<u8>)> {
        let digest = digest(key, &self.message(timestamp, body));
        let value = self.value(timestamp, &digest);
        let mut headers = vec![(self.signature_header().to_owned(), value.into_bytes())];
        if let Some(name) = self.timestamp_header() {
            headers.push((name.to_owned(), timestamp.as_bytes().to_vec()));
        }
        headers
    }
}

/// HMAC-SHA256 in lower-case hex.
pub fn hmac_sha256(secret: &str, message: &[u8]) -> String {
    digest(secret.as_bytes(), message)
}

fn digest(key: &[u8], message: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hex::encode(hmac::sign(&key, message))
}

/// The headers with which a provider signs a body at `now`, with the secret of its fixtures.
pub fn headers(provider: ProviderName, body: &[u8], now: Timestamp) -> Vec<(String, Vec<u8>)> {
    with_secret(provider, &signing_secret(provider), body, now)
}

/// The headers with which a provider signs a body at `now`, with this secret.
pub fn with_secret(
    provider: ProviderName,
    secret: &str,
    body: &[u8],
    now: Timestamp,
) -> Vec<(String, Vec<u8>)> {
    let seconds = now.as_second().to_string();
    Scheme::of(provider)[0].headers(secret.as_bytes(), &seconds, body)
}

/// The headers of an attempt that is signed anew at `now`: with what a provider tells of the time, signed or not.
pub fn fresh_headers(provider: ProviderName, body: &[u8], now: Timestamp) -> Vec<(String, Vec<u8>)> {
    let seconds = now.as_second().to_string();
    let mut headers = headers(provider, body, now);
    match provider {
        ProviderName::JetEmail => {
            headers.push(("x-webhook-timestamp".to_owned(), seconds.into_bytes()));
        }
        // As Jasni's own library signs.
        ProviderName::Jasni => {
            let signed = [seconds.as_bytes(), b".", body].concat();
            let digest = hmac_sha256(&signing_secret(provider), &signed);
            let value = format!("t={seconds},v1={digest}");
            headers = vec![("x-jasni-signature".to_owned(), value.into_bytes())];
        }
        ProviderName::GetMailer | ProviderName::Emailit => {}
    }
    headers
}
