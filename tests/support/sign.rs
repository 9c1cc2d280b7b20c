//! Signatures as described by `provider.toml`, made with `ring`, which the code under test does not use for them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use normalization::ProviderName;
use ring::digest::{SHA256, digest};
use ring::hmac;
use serde::Deserialize;

use crate::facts::facts;
use crate::files::signing_secret;

/// A published signature scheme of a provider, implemented independently of the code under test.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// The header that carries the signature.
    pub signature_header: String,
    /// The format of its value: `{digest}`, and `{timestamp}` if it contains the timestamp.
    pub signature: String,
    /// The format of an additional signature in the value, if several are allowed.
    pub further_signature: Option<String>,
    /// The header with the signed timestamp, if there is one.
    pub timestamp_header: Option<String>,
    /// The parts of the signed message, joined by dots: `body`, `timestamp` or the name of a header.
    pub signed: Vec<String>,
    /// The encoding of the digest.
    pub digest: Encoding,
    /// The way to read the key from the secret.
    pub key: Key,
    /// Whether the body must begin like JSON, because the message of another scheme would otherwise verify as a body.
    #[serde(default)]
    pub only_json: bool,
    /// The headers that the provider sends without signing them.
    pub unsigned_headers: Vec<String>,
}

/// An encoding of 32 bytes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// 64 hex digits, in upper or lower case.
    Hex,
    /// 44 characters.
    Base64,
}

/// A way to read the key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    /// The text of the whole secret.
    Text,
    /// The decoded Base64 after `whsec_`.
    Base64,
}

const PREFIX: &str = "whsec_";

impl Encoding {
    /// Encodes bytes.
    pub fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(bytes),
            Self::Base64 => BASE64_STANDARD.encode(bytes),
        }
    }
}

impl Scheme {
    /// The schemes that a provider's receiver accepts; the first is the documented one.
    pub fn of(provider: ProviderName) -> &'static [Self] {
        &facts(provider).schemes
    }

    /// Every scheme.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        ProviderName::ALL.iter().flat_map(|provider| Self::of(*provider))
    }

    /// Whether both schemes sign in the same way.
    pub fn is(&self, other: &Self) -> bool {
        let parts = |one: &Self| {
            let headers = (one.signature_header.clone(), one.timestamp_header.clone());
            (headers, one.signature.clone(), one.signed.clone(), one.digest, one.key)
        };
        parts(self) == parts(other)
    }

    /// Whether a timestamp is signed with the body.
    pub fn signs_a_timestamp(&self) -> bool {
        self.signed.iter().any(|part| part == "timestamp")
    }

    /// Whether the value of the signature consists of pairs, such as `t=…,v1=…`.
    pub fn is_of_pairs(&self) -> bool {
        self.signature.contains("{timestamp}")
    }

    /// The signed headers that are neither signature nor timestamp.
    pub fn other_signed_headers(&self) -> impl Iterator<Item = &str> {
        self.signed.iter().map(String::as_str).filter(|part| !["body", "timestamp"].contains(part))
    }

    /// The headers that are part of the verification, the signature first.
    pub fn signed_headers(&self) -> impl Iterator<Item = &str> {
        let named = [Some(&self.signature_header), self.timestamp_header.as_ref()];
        named.into_iter().flatten().map(String::as_str).chain(self.other_signed_headers())
    }

    /// The key for a secret: the decoded secret, or its text if it cannot be decoded.
    pub fn key(&self, secret: &str) -> Vec<u8> {
        let decoded = secret.strip_prefix(PREFIX).and_then(|text| BASE64_STANDARD.decode(text).ok());
        decoded.filter(|_| self.key == Key::Base64).unwrap_or_else(|| secret.into())
    }

    /// The signed message. The text of another signed header, such as an id, is derived from the body.
    pub fn message(&self, timestamp: &str, body: &[u8]) -> Vec<u8> {
        let id = id_of(body);
        let parts = self.signed.iter().map(|part| match part.as_str() {
            "body" => body,
            "timestamp" => timestamp.as_bytes(),
            _ => id.as_bytes(),
        });
        parts.collect::<Vec<_>>().join(&b'.')
    }

    /// The value of the signature header, with a digest in any encoding.
    pub fn value(&self, timestamp: &str, digest: &str) -> String {
        self.signature.replace("{timestamp}", timestamp).replace("{digest}", digest)
    }

    /// The value with several digests.
    pub fn value_of_several(&self, timestamp: &str, digests: &[&str]) -> String {
        let (first, more) = digests.split_first().unwrap();
        let further = self.further_signature.as_ref().unwrap();
        let more = more.iter().map(|digest| further.replace("{digest}", digest));
        self.value(timestamp, first) + &more.collect::<String>()
    }

    /// The encoded digest of a message.
    pub fn digest(&self, key: &[u8], message: &[u8]) -> String {
        self.digest.write(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref())
    }

    /// The headers that sign a body with any key, at a time in any spelling.
    pub fn headers(&self, key: &[u8], timestamp: &str, body: &[u8]) -> Vec<(String, Vec<u8>)> {
        let value = self.value(timestamp, &self.digest(key, &self.message(timestamp, body)));
        let mut headers = vec![(self.signature_header.clone(), value.into_bytes())];
        headers.extend(self.timestamp_header.iter().map(|name| (name.clone(), timestamp.into())));
        headers.extend(self.other_signed_headers().map(|name| (name.to_owned(), id_of(body).into_bytes())));
        headers
    }
}

/// The id of a body, for a provider with ids in a header: distinct bodies have distinct ids.
fn id_of(body: &[u8]) -> String {
    // Differs from the digest of the body alone, which is the key of an event without an id.
    format!("msg_{}", &hex::encode(digest(&SHA256, &[b"id of ", body].concat()))[..24])
}

/// A valid secret for this provider that differs from those of the fixtures, derived from a word.
pub fn made_up_secret(provider: ProviderName, word: &str) -> String {
    match Scheme::of(provider)[0].key {
        Key::Text => format!("{PREFIX}{word}"),
        Key::Base64 => PREFIX.to_owned() + &BASE64_STANDARD.encode(digest(&SHA256, word.as_bytes())),
    }
}

/// HMAC-SHA256 in lower-case hex.
pub fn hmac_sha256(secret: &str, message: &[u8]) -> String {
    hex::encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message))
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
    let scheme = &Scheme::of(provider)[0];
    scheme.headers(&scheme.key(secret), &now.as_second().to_string(), body)
}

/// The headers of an attempt that is signed at `now`, with all times that the provider sends, signed or not.
pub fn fresh_headers(provider: ProviderName, body: &[u8], now: Timestamp) -> Vec<(String, Vec<u8>)> {
    let seconds = now.as_second().to_string();
    let mut schemes = Scheme::of(provider).iter();
    if let Some(scheme) = schemes.rfind(|scheme| scheme.signs_a_timestamp()) {
        return scheme.headers(&scheme.key(&signing_secret(provider)), &seconds, body);
    }
    let mut headers = headers(provider, body, now);
    let times = Scheme::of(provider)[0].unsigned_headers.iter().filter(|name| name.ends_with("-timestamp"));
    headers.extend(times.map(|name| (name.clone(), seconds.clone().into_bytes())));
    headers
}
