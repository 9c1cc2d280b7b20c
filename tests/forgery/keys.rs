//! The signature is made with a wrong key.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use mailhooks_tests::files;
use mailhooks_tests::sign::{Key, Scheme};
use normalization::ProviderName;
use ring::digest::{SHA256, digest};

use crate::reason::MISMATCH;
use crate::{Attack, Authentic};

const PREFIX: &str = "whsec_";

/// Secrets in the providers' formats, and secrets that look encoded.
const SHAPES: &[&str] = &[
    // The secret of https://www.standardwebhooks.com, whose key is the decoded Base64.
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD/0JWnOqBzZo=",
    "whsec_6f0c1d2e3b4a59687796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "6f0c1d2e3b4a59687796a5b4c3d2e1f0",
    "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "whsec_WHSEC_whsec_",
    "ein geheimer Schlüssel",
];

/// The number of cases whose authentic request is sent too, for each shape of a secret: one would be enough.
const CONTROLS: usize = 2;

/// Signs with everything that is derived from the secret or stored beside it.
pub(crate) fn other_secrets(attack: &Attack) {
    sign_with_others(attack, 1);
}

/// Tests every `step`th case: whether a key is right does not depend on the body.
fn sign_with_others(attack: &Attack, step: usize) {
    for case in attack.resigned.iter().step_by(step) {
        for (what, key) in &others(attack, case) {
            let forged = case.signed(key, &case.timestamp);
            attack.refuses(case, &forged, &[MISMATCH], || format!("signed with {what}"));
        }
    }
}

/// Whatever a secret looks like, the key is its text, or else the decoded text if the provider encodes its secrets.
pub(crate) fn shapes(attack: &Attack) {
    for case in attack.resigned.iter().take(CONTROLS) {
        attack.accepts(case, &case.delivery, || "as signed".to_owned());
    }
    let is_secret = |secret: &&&str| {
        let mut schemes = Scheme::of(attack.provider).iter();
        schemes.all(|one| one.key == Key::Text || one.key(secret) != secret.as_bytes())
    };
    for secret in SHAPES.iter().filter(is_secret) {
        // White space around a secret comes from copying it.
        for around in [format!("{secret}\n"), format!(" {secret}\t")] {
            let attack = Attack::start(attack.provider, &around);
            for case in attack.resigned.iter().take(CONTROLS) {
                attack.accepts(case, &case.delivery, || format!("the secret is {around:?}"));
            }
            sign_with_others(&attack, 10);
        }
    }
}

/// Values that might be confused with the key, each with a name.
fn others(attack: &Attack, case: &Authentic) -> Vec<(String, Vec<u8>)> {
    let secret = attack.secret.as_str();
    let bare = secret.strip_prefix(PREFIX).unwrap_or(secret);
    let hash = digest(&SHA256, secret.as_bytes()).as_ref().to_vec();
    let decoded = [
        ("nothing", Vec::new()),
        ("the decoded Base64 after the prefix", from_base64(bare)),
        ("the decoded Base64", from_base64(secret)),
        ("the decoded hex after the prefix", from_hex(bare)),
        ("the hash of the secret", hash),
        ("the secret in UTF-16", secret.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ];
    let decoded = decoded.map(|(what, key)| (what.to_owned(), key));
    let texts = texts(secret, bare).into_iter().chain([secret.to_owned()]);
    let strangers = ProviderName::ALL.iter().filter(|one| **one != attack.provider);
    let texts = texts.chain(strangers.map(|one| files::signing_secret(*one)));
    let texts = texts.map(|text| (format!("{text:?}"), text.into_bytes()));
    let mut others: Vec<_> = decoded.into_iter().chain(texts).collect();
    let right = block(&case.scheme.key(secret));
    others.retain(|(_, key)| block(key) != right);
    others
}

fn texts(secret: &str, bare: &str) -> Vec<String> {
    let mut texts = vec![
        bare.to_owned(),
        format!("{PREFIX}{secret}"),
        PREFIX.to_owned(),
        format!("_{bare}"),
        secret.to_ascii_uppercase(),
        secret.to_ascii_lowercase(),
        secret.replacen(PREFIX, "WHSEC_", 1),
        secret.chars().rev().collect(),
        secret.repeat(2),
        secret.chars().skip(1).collect(),
        secret.chars().take(secret.chars().count() - 1).collect(),
        hex::encode(digest(&SHA256, secret.as_bytes())),
        hex::encode(secret),
        BASE64_STANDARD.encode(secret),
        "SIGNING_SECRETS".to_owned(),
    ];
    for more in ["\n", "\r\n", " ", "\t", "\0", ",", "0", "="] {
        texts.extend([format!("{secret}{more}"), format!("{more}{secret}")]);
    }
    for (open, close) in [("\"", "\""), ("'", "'"), ("<", ">"), ("{", "}")] {
        texts.push(format!("{open}{secret}{close}"));
    }
    texts
}

/// The key that HMAC derives (RFC 2104, section 2): zeros pad it, and a long one is hashed. So some keys are another form of
/// the secret, and their signatures are authentic.
fn block(key: &[u8]) -> Vec<u8> {
    let mut block = if key.len() > 64 { digest(&SHA256, key).as_ref().to_vec() } else { key.to_vec() };
    block.resize(64, 0);
    block
}

/// Decodes Base64 like Node.js: accepts both alphabets, skips other characters, and ignores an incomplete end.
fn from_base64(text: &str) -> Vec<u8> {
    let text = text.replace('-', "+").replace('_', "/");
    let known = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut text: Vec<u8> = text.bytes().filter(known).collect();
    text.truncate(text.len() - text.len() % 4);
    BASE64_STANDARD_NO_PAD.decode(text).unwrap()
}

/// Decodes hex like Node.js: up to the first pair that is not hex.
fn from_hex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks_exact(2).map_while(|pair| hex::decode(pair).ok()).flatten().collect()
}
