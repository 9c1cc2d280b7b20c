//! The signature is made with the signing secret, but under a different scheme.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use mailhooks_tests::files;
use mailhooks_tests::sign::{Encoding, Scheme};
use mailhooks_tests::target::Delivery;
use normalization::ProviderName;
use ring::{digest, hmac};

use crate::reason::{MALFORMED, MISMATCH, MISSING, TIMESTAMP_MALFORMED, TIMESTAMP_MISSING};
use crate::{Attack, Authentic};

type Algorithm = fn(&[u8], &[u8]) -> Vec<u8>;

const HMAC_SHA256: &str = "HMAC-SHA256";

const ALGORITHMS: &[(&str, Algorithm)] = &[
    (HMAC_SHA256, |secret, message| keyed(hmac::HMAC_SHA256, secret, message)),
    ("HMAC-SHA1", |secret, message| keyed(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret, message)),
    ("HMAC-SHA384", |secret, message| keyed(hmac::HMAC_SHA384, secret, message)),
    ("HMAC-SHA512", |secret, message| keyed(hmac::HMAC_SHA512, secret, message)),
    ("HMAC-SHA512 cut to 256 bits", |secret, message| {
        keyed(hmac::HMAC_SHA512, secret, message)[..32].to_vec()
    }),
    ("HMAC-SHA256 with key and message exchanged", |secret, message| {
        keyed(hmac::HMAC_SHA256, message, secret)
    }),
    ("SHA-256", |_, message| hash(&[message])),
    ("SHA-256 of the secret and", |secret, message| hash(&[secret, message])),
    ("SHA-256 of it and the secret", |secret, message| hash(&[message, secret])),
];

fn keyed(algorithm: hmac::Algorithm, key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(algorithm, key), message).as_ref().to_vec()
}

fn hash(parts: &[&[u8]]) -> Vec<u8> {
    digest::digest(&digest::SHA256, &parts.concat()).as_ref().to_vec()
}

/// Every algorithm over every message; in every encoding in the provider's format, and in the formats of others.
pub(crate) fn other_schemes(attack: &Attack) {
    for case in &attack.resigned {
        let key = case.scheme.key(&attack.secret);
        let authentic = case.scheme.message(&case.timestamp, &case.delivery.body);
        for (signed, message) in messages(case) {
            for (name, algorithm) in ALGORITHMS {
                let digest = algorithm(&key, &message);
                let what = format!("{name} of {signed}");
                let right = *name == HMAC_SHA256 && message == authentic;
                for encoding in [Encoding::Hex, Encoding::Base64] {
                    let own = encoding == case.scheme.digest;
                    if !(right && own) {
                        let reason = if own && digest.len() == 32 { MISMATCH } else { MALFORMED };
                        let forged = case.with_digest(&encoding.write(&digest));
                        attack.refuses(case, &forged, &[reason], || format!("{what} in {encoding:?}"));
                    }
                }
                if *name == HMAC_SHA256 {
                    let url_safe = case.with_digest(&BASE64_URL_SAFE_NO_PAD.encode(&digest));
                    attack.refuses(case, &url_safe, &[MALFORMED], || format!("{what} in Base64 for URLs"));
                    forms(attack, case, &case.scheme.digest.write(&digest), &what);
                }
            }
        }
    }
}

/// In the formats of other providers, also the right digest.
fn forms(attack: &Attack, case: &Authentic, digest: &str, what: &str) {
    let time = &case.timestamp;
    let own = case.scheme.value(time, digest);
    for form in [
        digest.to_owned(),
        format!("sha256={digest}"),
        format!("SHA256={digest}"),
        format!("sha256=sha256={digest}"),
        format!("sha256=={digest}"),
        format!("sha256:{digest}"),
        format!("sha256 {digest}"),
        format!("sha1={digest}"),
        format!("sha512={digest}"),
        format!("hmac-sha256={digest}"),
        format!("v0={digest}"),
        format!("v1={digest}"),
        format!("v1,{digest}"),
        format!("t={time},v1={digest}"),
        format!("t={time},v0={digest}"),
        format!("t={time},V1={digest}"),
        format!("t={time};v1={digest}"),
        format!("t={time} v1={digest}"),
        format!("T={time},v1={digest}"),
        format!("ts={time},v1={digest}"),
        format!("t={time},s={digest}"),
        format!("t={time},v1=sha256={digest}"),
        format!("{time}.{digest}"),
        format!("{time},{digest}"),
        format!("Bearer {digest}"),
        format!("\"{digest}\""),
        format!("0x{digest}"),
        format!("\\x{digest}"),
        format!("{digest}=="),
    ] {
        // One of them is the provider's own scheme.
        if form == own {
            continue;
        }
        let forged = case.delivery.with(&case.scheme.signature_header, &form);
        attack.refuses(case, &forged, &[MALFORMED, TIMESTAMP_MALFORMED], || format!("{what} as {form:?}"));
    }
}

/// Messages that other schemes sign: with the time before, after or alone, with an id, with the path, hashed or encoded.
fn messages(case: &Authentic) -> Vec<(&'static str, Vec<u8>)> {
    let (time, path) = (case.timestamp.as_bytes(), case.delivery.path.as_bytes());
    let body = case.delivery.body.as_slice();
    vec![
        ("the body", body.to_vec()),
        ("<time>.<body>", [time, b".", body].concat()),
        ("the time", time.to_vec()),
        ("<time>.", [time, b"."].concat()),
        ("<time><body>", [time, body].concat()),
        ("<body><time>", [body, time].concat()),
        ("<body>.<time>", [body, b".", time].concat()),
        ("<time>:<body>", [time, b":", body].concat()),
        ("<time>\\n<body>", [time, b"\n", body].concat()),
        ("v0:<time>:<body>", [b"v0:", time, b":", body].concat()),
        ("<id>.<time>.<body>", [b"evt_1.", time, b".", body].concat()),
        ("<time>.<time>.<body>", [time, b".", time, b".", body].concat()),
        ("<path><body>", [path, body].concat()),
        ("the body's hash", hash(&[body])),
        ("the body's hash in hex", hex::encode(hash(&[body])).into()),
        ("the body in Base64", BASE64_STANDARD.encode(body).into()),
        ("nothing", Vec::new()),
    ]
}

/// Signs as another provider does, with this provider's secret; and replays real requests of another provider.
pub(crate) fn other_providers(attack: &Attack) {
    let own = Scheme::of(attack.provider);
    for case in &attack.resigned {
        let mut bare = case.delivery.clone();
        for name in case.scheme.signed_headers() {
            bare = bare.without(name);
        }
        for scheme in Scheme::all().filter(|one| !own.iter().any(|own| own.is(one))) {
            let headers = scheme.headers(&scheme.key(&attack.secret), &case.timestamp, &case.delivery.body);
            let header = &scheme.signature_header;
            let is_read = own.iter().any(|one| one.signature_header == *header);
            let reason = if is_read { MALFORMED } else { MISSING };
            attack.refuses(case, &bare.with_all(&headers), &[reason], || format!("as {scheme:?} signs"));
            if *header != case.scheme.signature_header {
                let wrong = case.with_digest(&case.scheme.digest.write(&[0; 32]));
                attack.refuses(case, &wrong.with_all(&headers), &[MISMATCH], || {
                    format!("as {scheme:?} signs, beside a wrong signature")
                });
            }
        }
    }
    let strangers = ProviderName::ALL.iter().filter(|one| **one != attack.provider);
    for fixture in strangers.flat_map(|stranger| files::all_accepted(*stranger)) {
        stranger(attack, &Authentic::sent(&fixture));
    }
}

/// Any reason except one that implies that the signature is right.
const ANY: &[&str] = &[MALFORMED, MISMATCH, MISSING, TIMESTAMP_MALFORMED, TIMESTAMP_MISSING];

/// Sends another provider's request, unchanged and with its signature under this provider's header names.
fn stranger(attack: &Attack, theirs: &Authentic) {
    let path = format!("/webhooks/{}", attack.provider);
    let astray = Delivery { path, ..theirs.delivery.clone() };
    attack.refuses(theirs, &astray, ANY, || "at another provider's path".to_owned());
    let value = theirs.value(&theirs.scheme.signature_header);
    for scheme in Scheme::of(attack.provider) {
        let mut renamed = astray.with(&scheme.signature_header, &value);
        for name in scheme.signed_headers().skip(1) {
            renamed = renamed.with(name, &theirs.timestamp);
        }
        attack.refuses(theirs, &renamed, ANY, || {
            format!("at another provider's path, under the names of {scheme:?}")
        });
    }
}
