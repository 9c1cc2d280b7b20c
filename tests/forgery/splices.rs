//! An authentic signature over text that is divided differently into timestamp and body, or is sent under the
//! provider's other scheme. An attacker does not need the secret for these.

use mailhooks_tests::sign::hmac_sha256;
use mailhooks_tests::target::{Delivery, can_travel};

use crate::reason::{BODY_NOT_JSON, MALFORMED, MISMATCH, TIMESTAMP_MALFORMED};
use crate::{Attack, Authentic};

/// The number of dots that are tried as the separator between timestamp and body, from the first one.
const DOTS: usize = 40;

/// The cases in the provider's scheme with this header.
fn of<'a>(attack: &'a Attack, header: &'static str) -> impl Iterator<Item = &'a Authentic> {
    attack.resigned.iter().filter(move |case| case.scheme.signature_header == header)
}

/// Cuts `<timestamp>.<body>` at another dot and moves the text before it into the header: the digest is right.
pub(crate) fn at_another_dot(attack: &Attack) {
    let timestamped = |case: &&Authentic| case.scheme.signs_a_timestamp();
    for case in attack.resigned.iter().filter(timestamped) {
        let message = case.scheme.message(&case.timestamp, &case.delivery.body);
        // Text that is signed before the timestamp stays unchanged.
        let ahead = message.len() - case.timestamp.len() - 1 - case.delivery.body.len();
        let message = &message[ahead..];
        for dot in (0..message.len()).filter(|at| message[*at] == b'.').skip(1).take(DOTS) {
            let (before, body) = (&message[..dot], &message[dot + 1..]);
            let Ok(before) = std::str::from_utf8(before) else {
                break;
            };
            if !can_travel(before.as_bytes()) {
                break;
            }
            let forged = timestamped_as(case, before).with_body(body);
            attack.refuses(case, &forged, &[TIMESTAMP_MALFORMED, MALFORMED], || {
                format!("cut at the dot {dot}")
            });
        }
        // Without an additional dot, or with digits moved from one part to the other.
        let forged = timestamped_as(case, "").with_body(message);
        attack.refuses(case, &forged, &[TIMESTAMP_MALFORMED], || "all in the body".to_owned());
        for digits in 1..case.timestamp.len() {
            let (before, rest) = case.timestamp.split_at(digits);
            let body = [rest.as_bytes(), b".", &case.delivery.body].concat();
            let forged = timestamped_as(case, before).with_body(body);
            attack.refuses(case, &forged, &[MISMATCH], || format!("{digits} digits stay"));
        }
    }
}

/// The same digest under another timestamp.
fn timestamped_as(case: &Authentic, timestamp: &str) -> Delivery {
    let value = case.scheme.value(timestamp, &case.digest());
    let other = case.delivery.with(&case.scheme.signature_header, value);
    match &case.scheme.timestamp_header {
        Some(name) => other.with(name, timestamp),
        None => other,
    }
}

const PLAIN: &str = "x-webhook-signature";
const SDK: &str = "x-jasni-signature";

/// The message of Jasni's SDK scheme, sent under the scheme that signs the body alone.
pub(crate) fn signing_input_as_the_body(attack: &Attack) {
    for case in of(attack, SDK) {
        let digest = case.digest();
        let spliced = case.scheme.message(&case.timestamp, &case.delivery.body);
        let plain = case.delivery.without(SDK).with_body(spliced.clone());
        for value in [digest.clone(), digest.to_uppercase(), format!(" {digest}\t")] {
            let forged = plain.with(PLAIN, &value);
            attack.refuses(case, &forged, &[BODY_NOT_JSON], || format!("spliced, as {value:?}"));
        }
        let forged = plain.with(PLAIN, &digest);
        for (name, value) in [
            ("content-type", "application/json"),
            ("content-type", "text/plain"),
            ("x-webhook-timestamp", case.timestamp.as_str()),
            ("x-webhook-event", "email.bounced"),
        ] {
            attack.refuses(case, &forged.with(name, value), &[BODY_NOT_JSON], || {
                format!("spliced, with {name}: {value}")
            });
        }
        // White space before it would have to be signed too.
        for space in [" ", "\n", "\r\n\t ", "\u{feff}", "{", "["] {
            let body = [space.as_bytes(), &spliced].concat();
            attack
                .refuses(case, &forged.with_body(body), &[MISMATCH], || format!("spliced, after {space:?}"));
        }
        both_headers(attack, case, &forged);
        other_times(attack, case);
    }
}

/// The spliced body with a right digest in the plain header, and also the header of the SDK.
fn both_headers(attack: &Attack, case: &Authentic, forged: &Delivery) {
    let (time, digest) = (&case.timestamp, case.digest());
    for (value, reason) in [
        (format!("t={time},v1={digest}"), MISMATCH),
        (format!("t=,v1={digest}"), TIMESTAMP_MALFORMED),
        (format!("t,v1={digest}"), MALFORMED),
        (format!("v1={digest}"), MALFORMED),
        (format!("t={time}"), MALFORMED),
        (digest.clone(), MALFORMED),
        (String::new(), MALFORMED),
        (" ".to_owned(), MALFORMED),
    ] {
        attack
            .refuses(case, &forged.and(SDK, &value), &[reason], || format!("spliced, with {SDK}: {value:?}"));
    }
}

/// Possible beginnings of the time if it were not a number: white space of every kind, signs, quotes, brackets.
const BEGINNINGS: &str = " \n\r\t\u{b}\u{c}\0\u{a0}\u{2028}\u{feff}\u{ff5b}-+\"'(<}]%/\\a";

/// Signed text that begins with a time in any form is not accepted as a body.
fn other_times(attack: &Attack, case: &Authentic) {
    let time = &case.timestamp;
    let mut others = vec![String::new(), "0".to_owned(), "9".repeat(10_000)];
    others.extend(BEGINNINGS.chars().map(|one| format!("{one}{time}")));
    for words in ["\r\n ", "//", "/*", "%7B", "0x", "t=", "true ", "null"] {
        others.push(format!("{words}{time}"));
    }
    for other in others {
        let spliced = case.scheme.message(&other, &case.delivery.body);
        let digest = hmac_sha256(&attack.secret, &spliced);
        let forged = case.delivery.without(SDK).with_body(spliced).with(PLAIN, digest);
        attack.refuses(case, &forged, &[BODY_NOT_JSON], || format!("spliced, where the time is {other:?}"));
    }
}

/// The digest of one scheme under the header of the other.
pub(crate) fn other_header(attack: &Attack) {
    for case in of(attack, SDK) {
        let forged = case.delivery.without(SDK).with(PLAIN, case.digest());
        attack.refuses(case, &forged, &[MISMATCH], || "under the plain header".to_owned());
        let value = case.value(SDK);
        let forged = case.delivery.without(SDK).with(PLAIN, value);
        attack.refuses(case, &forged, &[MALFORMED], || "the whole value under the plain header".to_owned());
    }
    for case in of(attack, PLAIN) {
        let (time, digest) = (&case.timestamp, case.digest());
        // The header of the SDK takes precedence over a valid plain one.
        for base in [case.delivery.without(PLAIN), case.delivery.clone()] {
            for (value, reason) in [
                (digest.clone(), MALFORMED),
                (format!("v1={digest}"), MALFORMED),
                (format!("t={time},v1={digest}"), MISMATCH),
                (format!("t=0,v1={digest}"), MISMATCH),
                (format!("t=,v1={digest}"), TIMESTAMP_MALFORMED),
                (String::new(), MALFORMED),
            ] {
                attack.refuses(case, &base.and(SDK, &value), &[reason], || format!("{SDK}: {value:?}"));
            }
        }
        body_as_time(attack, case);
    }
}

/// A body that is signed alone is cut at a dot, and its beginning is sent as the time of the other scheme.
fn body_as_time(attack: &Attack, case: &Authentic) {
    let body = &case.delivery.body;
    for dot in (0..body.len()).filter(|at| body[*at] == b'.').take(DOTS) {
        let value = [b"t=", &body[..dot], b",v1=", case.digest().as_bytes()].concat();
        if can_travel(&value) {
            let forged = case.delivery.without(PLAIN).and(SDK, value).with_body(&body[dot + 1..]);
            attack.refuses(case, &forged, &[TIMESTAMP_MALFORMED, MALFORMED], || {
                format!("the time is the body up to the dot {dot}")
            });
        }
    }
}
