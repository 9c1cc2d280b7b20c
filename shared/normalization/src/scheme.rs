//! Signature schemes, as data.
//!
//! All schemes use HMAC-SHA256. They differ in the header, in its format, in the parts that are signed besides the
//! body, and in how the signing secret becomes the key.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::{Rejection, Webhook};

/// The most signatures of one header that are compared. Providers send two during a rotation.
const MAX_SIGNATURES: usize = 8;

/// A signature scheme that a provider has published.
#[derive(Clone, Copy, Debug)]
pub struct Scheme {
    /// The header that contains the signature, in lower case.
    pub header: &'static str,
    /// The format of that header.
    pub form: Form,
    /// The parts that are signed, joined by dots.
    pub signed: &'static [Part],
    /// The encoding of the digest.
    pub digest: DigestEncoding,
    /// How the signing secret becomes the key.
    pub key: KeyEncoding,
    /// Whether a body that does not begin like a JSON object or array is rejected even if it is signed. Needed if the
    /// provider signs something else with the same secret that would verify as a body.
    pub only_json: bool,
}

/// The format of a signature header.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// One digest after this prefix, which may be empty: `sha256=<digest>`.
    Prefixed(&'static str),
    /// Pairs separated by commas; the digests have this name: `t=<timestamp>,v1=<digest>,v1=<digest>`.
    Pairs(&'static str),
    /// Digests separated by spaces, each after this prefix: `v1,<digest> v1,<digest>`. Entries with another prefix
    /// are ignored.
    Spaced(&'static str),
}

/// A part of the signed content.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// The exact bytes of the body.
    Body,
    /// The time of signing, in Unix seconds: the header of this name, or the pair of this name in the signature
    /// header. A time older or newer than the tolerance is rejected.
    Timestamp(&'static str),
    /// The value of this header.
    Header(&'static str),
}

/// The encoding of a digest.
#[derive(Clone, Copy, Debug)]
pub enum DigestEncoding {
    /// 64 hexadecimal digits.
    Hex,
    /// Base64 with padding (RFC 4648, section 4).
    Base64,
}

/// How a signing secret becomes the key of the HMAC.
#[derive(Clone, Copy, Debug)]
pub enum KeyEncoding {
    /// The bytes of the secret's text.
    Text,
    /// The base64 after this prefix, decoded. The prefix is optional.
    Base64 {
        /// The prefix, such as `whsec_`.
        prefix: &'static str,
    },
}

impl Scheme {
    /// HMAC-SHA256 of the body, in hex after `sha256=`: the format that GitHub made common.
    pub const fn sha256_of_body(header: &'static str) -> Self {
        Self {
            header,
            form: Form::Prefixed("sha256="),
            signed: &[Part::Body],
            digest: DigestEncoding::Hex,
            key: KeyEncoding::Text,
            only_json: false,
        }
    }

    /// Reads what a webhook claims about its signature. Parses only headers.
    pub(crate) fn claim<'w>(&self, webhook: &Webhook<'w>) -> Result<Claim<'w>, Rejection> {
        use Rejection::{SignatureMalformed, SignatureMissing, TimestampMalformed, TimestampMissing};

        let header = webhook.header(self.header, SignatureMissing, SignatureMalformed)?;
        let mut claim = Claim { digests: Vec::new(), parts: Vec::new(), seconds: None, headers: Vec::new() };
        let offered = self.offered(header)?;
        for part in self.signed {
            claim.parts.push(match *part {
                Part::Body => *webhook.body,
                Part::Timestamp(name) => {
                    let text = match self.form {
                        Form::Pairs(_) => single_pair(header, name)?,
                        Form::Prefixed(_) | Form::Spaced(_) => {
                            webhook.header(name, TimestampMissing, TimestampMalformed)?
                        }
                    };
                    claim.seconds = Some(seconds(text).ok_or(TimestampMalformed)?);
                    text.as_bytes()
                }
                Part::Header(name) => {
                    let text = webhook.header(name, SignatureMalformed, SignatureMalformed)?;
                    claim.headers.push((name, text));
                    text.as_bytes()
                }
            });
        }
        // A header may contain several signatures, and any of them may be valid: unreadable ones are ignored.
        let digests = offered.into_iter().filter_map(|text| self.digest.read(text));
        claim.digests = digests.take(MAX_SIGNATURES).collect();
        if claim.digests.is_empty() { Err(SignatureMalformed) } else { Ok(claim) }
    }

    /// The digests in a signature header, still encoded.
    fn offered<'h>(&self, header: &'h str) -> Result<Vec<&'h str>, Rejection> {
        Ok(match self.form {
            Form::Prefixed(prefix) => vec![header.strip_prefix(prefix).ok_or(Rejection::SignatureMalformed)?],
            Form::Pairs(name) => pairs(header).filter(|pair| pair.0 == name).map(|pair| pair.1).collect(),
            Form::Spaced(prefix) => header.split(' ').filter_map(|one| one.strip_prefix(prefix)).collect(),
        })
    }
}

/// The pairs of a signature header. Only the white space that any header may have is removed around names and values.
fn pairs(header: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = header.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim_matches([' ', '\t']), value.trim_matches([' ', '\t'])))
}

/// The value of a pair that must occur exactly once. Two headers that a proxy joined, with whatever separator, are
/// rejected like two separate headers.
fn single_pair<'h>(header: &'h str, name: &str) -> Result<&'h str, Rejection> {
    let pieces = header.split([',', ';', ' ', '\t']);
    let joined = pieces.filter(|piece| piece.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')));
    let mut values = pairs(header).filter(|pair| pair.0 == name).map(|pair| pair.1);
    match (joined.count(), values.next(), values.next()) {
        (..=1, Some(value), None) => Ok(value),
        _ => Err(Rejection::SignatureMalformed),
    }
}

fn seconds(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

impl DigestEncoding {
    /// Encodes a digest as the provider does; hexadecimal digits are in lower case.
    pub(crate) fn write(self, digest: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(digest),
            Self::Base64 => BASE64_STANDARD.encode(digest),
        }
    }

    fn read(self, text: &str) -> Option<Digest> {
        match self {
            Self::Hex => {
                let mut digest = Digest::default();
                hex::decode_to_slice(text, &mut digest).ok().map(|()| digest)
            }
            Self::Base64 => BASE64_STANDARD.decode(text).ok()?.try_into().ok(),
        }
    }
}

pub(crate) type Digest = [u8; 32];

/// The claim of a webhook: one of its digests is the HMAC-SHA256 of these parts under one of our secrets.
pub(crate) struct Claim<'w> {
    pub(crate) digests: Vec<Digest>,
    /// As received: a number that is parsed and formatted again may differ.
    pub(crate) parts: Vec<&'w [u8]>,
    /// The signed timestamp, if the scheme has one.
    pub(crate) seconds: Option<i64>,
    /// The signed headers, which are among the parts.
    pub(crate) headers: Vec<(&'static str, &'w str)>,
}
