//! Requests that must be accepted: the unaltered originals of all forgeries, changes to unsigned parts, and allowed
//! spellings.

use std::collections::BTreeSet;

use mailhooks_tests::sign::{Encoding, Scheme, made_up_secret};
use mailhooks_tests::target::Delivery;
use normalization::{ProviderName, Rejection, SigningSecrets, Webhook, verify};

use crate::reason::{MALFORMED, MISMATCH};
use crate::{Attack, Authentic};

/// Accepts each authentic request unchanged and checks that it reaches the engines, which proves that the counters work.
pub(crate) fn authentic(attack: &Attack) {
    let before = attack.target.calls();
    for case in attack.sent.iter().chain(&attack.resigned) {
        attack.accepts(case, &case.delivery, || "as it is".to_owned());
    }
    let after = attack.target.calls();
    assert!(after.0 >= before.0 + attack.sent.len() / 2, "calls to the table");
    assert!(after.1 >= before.1 + attack.sent.len() / 2, "calls to the topics");
}

/// An intermediary can change these headers, so nothing may depend on them. They are altered, removed and doubled one by
/// one, then all at once. Everything else in a fixture is signed.
pub(crate) fn unsigned_headers(attack: &Attack) {
    let sent = attack.sent.iter().flat_map(|case| &case.delivery.headers);
    let sent: BTreeSet<String> = sent.map(|(name, _)| name.to_ascii_lowercase()).collect();
    let mut known = BTreeSet::new();
    for scheme in Scheme::of(attack.provider) {
        known.extend(scheme.unsigned_headers.iter().cloned());
        known.extend(scheme.signed_headers().map(str::to_owned));
        let mut cases = attack.resigned.iter().filter(|case| case.scheme.is(scheme));
        each_is_free(attack, cases.next().unwrap());
        for case in cases {
            all_are_free(attack, case);
        }
    }
    assert_eq!(sent, known, "the headers of the fixtures");
}

const JUNK: &[&[u8]] = &[b"", b"0", b"null", b"\xff\xfe", b"sha256=0", b"t=0,v1=0", b"a,b"];

fn each_is_free(attack: &Attack, case: &Authentic) {
    for name in &case.scheme.unsigned_headers {
        let missing = case.delivery.without(name);
        attack.accepts(case, &missing, || format!("{name} is missing"));
        for value in JUNK {
            let altered = missing.and(name, value);
            attack.accepts(case, &altered, || format!("{name} is {value:?}"));
            attack.accepts(case, &altered.and(name, b"another"), || format!("{name} is there twice"));
        }
    }
    for name in strangers(attack, case.scheme) {
        attack.accepts(case, &case.delivery.and(name, "sha256=0"), || format!("with {name}"));
    }
}

fn all_are_free(attack: &Attack, case: &Authentic) {
    let names = case.scheme.unsigned_headers.iter();
    let missing = names.fold(case.delivery.clone(), |one, name| one.without(name));
    attack.accepts(case, &missing, || "without unsigned headers".to_owned());
    let names = case.scheme.unsigned_headers.iter().map(String::as_str);
    let altered = names
        .chain(strangers(attack, case.scheme))
        .fold(missing, |one, name| one.and(name, b"\xff").and(name, "null"));
    attack.accepts(case, &altered, || "with other unsigned headers".to_owned());
}

/// Headers that the provider does not send: those of proxies and of other providers.
fn strangers(attack: &Attack, scheme: &Scheme) -> BTreeSet<&'static str> {
    let mut others =
        BTreeSet::from(["host", "x-forwarded-for", "authorization", "cookie", "x-webhook-signature-256"]);
    others.extend(Scheme::all().flat_map(Scheme::signed_headers));
    others.retain(|name| !scheme.signed_headers().any(|own| own == *name));
    // For Jasni this is the header of the other scheme, which takes precedence.
    if attack.provider == ProviderName::Jasni {
        others.remove("x-jasni-signature");
    }
    others
}

/// White space around a value, digits in capitals, names in any case.
pub(crate) fn spellings(attack: &Attack) {
    for (index, case) in attack.resigned.iter().enumerate() {
        let header = case.scheme.signature_header.as_str();
        let digest = case.digest();
        let mut spelled = Vec::new();
        if case.scheme.digest == Encoding::Hex {
            let (even, odd) = digest.split_at(32);
            spelled.push(case.with_digest(&digest.to_uppercase()));
            spelled.push(case.with_digest(&(even.to_uppercase() + odd)));
        }
        for (before, after) in [(" ", ""), ("", " "), ("\t", "\t"), ("   ", " \t ")] {
            spelled.push(case.scheme.signed_headers().fold(case.delivery.clone(), |one, name| {
                one.with(name, format!("{before}{}{after}", case.value(name)))
            }));
        }
        if case.scheme.is_of_pairs() {
            let time = &case.timestamp;
            spelled.push(case.delivery.with(header, format!("t={time}, v1={digest}")));
            spelled.push(case.delivery.with(header, format!("v1={digest},t={time}")));
        }
        // One form for most cases, all forms for some: an accepted request costs more time than a rejected one.
        let all = index % 20 == 0;
        let chosen = spelled.iter().enumerate();
        let count = spelled.len();
        for (_, delivery) in chosen.filter(|(at, _)| all || *at == index % count) {
            attack.accepts(case, delivery, || format!("{:?}", delivery.value(header)));
        }
        names_in_any_case(attack, case);
    }
}

/// `http::HeaderMap` has all names in lower case, so this test calls verification directly.
fn names_in_any_case(attack: &Attack, case: &Authentic) {
    let capitals: fn(&str) -> String = str::to_ascii_uppercase;
    let titles: fn(&str) -> String = |name| {
        name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect::<Vec<_>>().join("-")
    };
    for spell in [capitals, titles] {
        let mut other = case.delivery.clone();
        for (name, _) in &mut other.headers {
            *name = spell(&name.to_ascii_lowercase());
        }
        assert_eq!(verdict(attack, &other), Ok(()), "{}", case.name);
        for name in case.scheme.signed_headers() {
            let doubled = other.and(name, case.value(name));
            assert!(verdict(attack, &doubled).is_err(), "{}: {name} twice", case.name);
            let missing = verdict(attack, &other.without(name));
            assert!(missing.is_err(), "{}: {name} is missing", case.name);
        }
    }
}

fn verdict(attack: &Attack, delivery: &Delivery) -> Result<(), Rejection> {
    let secrets: SigningSecrets = attack.secret.parse().unwrap();
    let headers = delivery.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    let webhook = Webhook::new(headers, &delivery.body, delivery.now);
    verify(attack.provider.provider(), &webhook, &secrets).map(drop)
}

/// During a rotation both secrets are accepted, in any order, and no other secret is.
pub(crate) fn both_secrets(attack: &Attack) {
    let newer = made_up_secret(attack.provider, "a-newer-one");
    let (old, new) = (attack.secret.as_str(), newer.as_str());
    for both in [
        format!("{new},{old}"),
        format!("{old},{new}"),
        format!(" {new} \n {old} \n"),
        format!("{new},,{old},"),
    ] {
        let changing = Attack::start(attack.provider, &both);
        for (index, case) in attack.resigned.iter().enumerate() {
            let signed = |secret: &str| case.signed(&case.scheme.key(secret), &case.timestamp);
            if index % 10 == 0 {
                for secret in [old, new] {
                    changing.accepts(case, &signed(secret), || format!("{secret} of {both:?}"));
                }
            }
            let joined = format!("{old}{new}");
            for secret in [both.as_str(), &joined, "", ",", "a-newer-one", "another"] {
                changing.refuses(case, &signed(secret), &[MISMATCH], || {
                    format!("signed with {secret:?}, where {both:?} are set")
                });
            }
        }
    }
    let forget = Attack::start(attack.provider, new);
    for case in &attack.resigned {
        forget.refuses(case, &case.delivery, &[MISMATCH], || "the old secret is gone".to_owned());
    }
    attack.accepts(&attack.resigned[0], &attack.resigned[0].delivery, || "before the change".to_owned());
}

/// A header may contain several signatures, as during a rotation of the secret, and parts that are unknown today.
pub(crate) fn several_signatures(attack: &Attack) {
    /// Each signature costs a comparison, so their number is limited.
    const MOST: usize = 8;
    let cases = attack.resigned.iter().filter(|case| case.scheme.further_signature.is_some());
    for (index, case) in cases.enumerate() {
        let (header, time, digest) = (&case.scheme.signature_header, &case.timestamp, case.digest());
        let wrong = case.scheme.digest.write(&[0; 32]);
        let with = |digests: &[&str]| case.delivery.with(header, case.scheme.value_of_several(time, digests));
        for place in 0..=MOST {
            let mut digests = vec![wrong.as_str(); MOST + 1];
            digests[place] = &digest;
            let what = || format!("the right signature in place {place} of {}", MOST + 1);
            if place == MOST {
                attack.refuses(case, &with(&digests), &[MISMATCH], what);
            } else if index % MOST == place {
                attack.accepts(case, &with(&digests), what);
            }
        }
        for count in [1, 2, MOST, MOST + 1, 1_000] {
            let digests = vec![wrong.as_str(); count];
            attack.refuses(case, &with(&digests), &[MISMATCH], || format!("{count} wrong ones"));
        }
        for (at, odd) in ["", "0", "null", &digest[1..]].into_iter().enumerate() {
            if index % MOST == at {
                attack.accepts(case, &with(&[&digest, odd]), || format!("and {odd:?}"));
                attack.accepts(case, &with(&[odd, &digest]), || format!("{odd:?} and"));
            }
            for (others, reason) in [(vec![odd], MALFORMED), (vec![odd, &wrong], MISMATCH)] {
                let forged = with(&[&others[..], &[odd; MOST]].concat());
                attack.refuses(case, &forged, &[reason], || format!("{others:?} alone"));
            }
        }
        if index % MOST == 0 && case.scheme.is_of_pairs() {
            let more = format!("v0={wrong},t={time},v2=x,{wrong},v1={digest},=,k");
            attack.accepts(case, &case.delivery.with(header, &more), || more.clone());
        }
    }
}
