//! Requests in which a verified header differs from the one that was sent.

use std::slice;

use mailhooks_tests::sign::{Encoding, Scheme};
use mailhooks_tests::target::can_travel;

use crate::reason::{MALFORMED, MISMATCH, MISSING, TIMESTAMP_MALFORMED, TIMESTAMP_MISSING};
use crate::{Attack, Authentic};

/// Any reason that the provider's adapter may give for the altered text.
const ANY: &[&str] = &[MALFORMED, MISMATCH, TIMESTAMP_MALFORMED];

/// Replaces every character of every signed header: by all characters that HTTP allows in one request of each scheme, by
/// a few typical ones in all others.
pub(crate) fn altered(attack: &Attack) {
    let mut tried_in_full: Vec<&Scheme> = Vec::new();
    for case in &attack.resigned {
        let in_full = !tried_in_full.iter().any(|scheme| scheme.is(case.scheme));
        tried_in_full.push(case.scheme);
        for name in case.scheme.signed_headers() {
            for (position, byte) in case.value(name).into_bytes().into_iter().enumerate() {
                let replacements: Vec<u8> =
                    if in_full { (0..=u8::MAX).collect() } else { telling(byte).to_vec() };
                for replacement in replacements {
                    alter(attack, case, name, position, replacement);
                }
            }
        }
    }
}

/// The next digit, and characters that separate, end or pad a value.
fn telling(byte: u8) -> [u8; 8] {
    let next = if byte.is_ascii_digit() { b'0' + (byte - b'0' + 1) % 10 } else { byte ^ 1 };
    [next, b'f', b'g', b' ', b',', b'=', 0x80, 0xff]
}

fn alter(attack: &Attack, case: &Authentic, name: &str, position: usize, replacement: u8) {
    let mut value = case.value(name).into_bytes();
    let hex = case.scheme.digest == Encoding::Hex;
    let in_digest = name == case.scheme.signature_header && position >= value.len() - case.digest().len();
    let same = value[position] == replacement
        || (in_digest && hex && value[position].eq_ignore_ascii_case(&replacement));
    value[position] = replacement;
    if same || !can_travel(&value) {
        return;
    }
    let reasons = if in_digest && !hex {
        &[MISMATCH, MALFORMED][..]
    } else if in_digest && replacement.is_ascii_hexdigit() {
        &[MISMATCH]
    } else if in_digest {
        &[MALFORMED]
    } else if case.scheme.timestamp_header.as_deref() == Some(name) {
        match replacement {
            b'0'..=b'9' => &[MISMATCH],
            // White space at an end is not part of the value.
            b' ' | b'\t' => &[MISMATCH, TIMESTAMP_MALFORMED][..],
            _ => &[TIMESTAMP_MALFORMED],
        }
    } else {
        ANY
    };
    let forged = case.delivery.with(name, value);
    attack.refuses(case, &forged, reasons, || format!("byte {position} of {name} is {replacement:#04x}"));
}

/// Every prefix and suffix of the header and of its digest, and additional digits.
pub(crate) fn cut_or_extended(attack: &Attack) {
    for case in &attack.resigned {
        let header = case.scheme.signature_header.as_str();
        let (value, digest) = (case.value(header), case.digest());
        for length in 0..value.len() {
            for part in [&value[..length], &value[value.len() - length..]] {
                let forged = case.delivery.with(header, part);
                attack.refuses(case, &forged, &[MALFORMED, TIMESTAMP_MALFORMED], || {
                    format!("{header} is {part:?}")
                });
            }
        }
        for more in ["0", "x", "=", ";", "\"", "sha256=", "v1="] {
            let forged = case.delivery.with(header, format!("{more}{value}"));
            attack.refuses(case, &forged, &[MALFORMED], || format!("{header} with {more:?} before"));
        }
        let mut digests: Vec<String> = Vec::new();
        for length in 0..digest.len() {
            digests.extend([digest[..length].to_owned(), digest[digest.len() - length..].to_owned()]);
        }
        for more in ["0", "00", "f", "abc", "0x", "deadbeef", &digest[..32], &digest] {
            digests.extend([format!("{digest}{more}"), format!("{more}{digest}")]);
        }
        for other in digests {
            attack.refuses(case, &case.with_digest(&other), &[MALFORMED], || {
                format!("the digest is {other:?}")
            });
        }
        timestamp_cut_or_extended(attack, case);
    }
}

fn timestamp_cut_or_extended(attack: &Attack, case: &Authentic) {
    let Some(header) = &case.scheme.timestamp_header else {
        return;
    };
    let value = &case.timestamp;
    let mut others: Vec<String> = Vec::new();
    for length in 0..value.len() {
        others.extend([value[..length].to_owned(), value[value.len() - length..].to_owned()]);
    }
    for more in ["0", "00", "1", ".0", "000", value] {
        others.extend([format!("{value}{more}"), format!("{more}{value}")]);
    }
    for other in others {
        let forged = case.delivery.with(header, &other);
        attack.refuses(case, &forged, &[MISMATCH, TIMESTAMP_MALFORMED], || format!("{header} is {other:?}"));
    }
}

/// White space, ASCII and other, in places where the format does not allow it.
pub(crate) fn white_space(attack: &Attack) {
    // No-break, next line, line separator, byte order mark.
    let unicode = ["\u{a0}", "\u{85}", "\u{2028}", "\u{feff}"];
    for case in &attack.resigned {
        for name in case.scheme.signed_headers() {
            let value = case.value(name);
            for position in 0..=value.len() {
                let (before, after) = value.split_at(position);
                let insert = |space: &str| {
                    let forged = case.delivery.with(name, format!("{before}{space}{after}"));
                    attack.refuses(case, &forged, ANY, || format!("{space:?} at {position} of {name}"));
                };
                unicode.into_iter().for_each(insert);
                if splits_a_word(case, before, after) {
                    [" ", "\t", "  ", "\t \t"].into_iter().for_each(insert);
                }
            }
        }
    }
}

/// Around the separators of `t=…, v1=…` a space is allowed; anywhere else inside a value it is not.
fn splits_a_word(case: &Authentic, before: &str, after: &str) -> bool {
    let is_word = |character: char| character.is_ascii_alphanumeric() || !case.scheme.is_of_pairs();
    before.chars().next_back().is_some_and(is_word) && after.chars().next().is_some_and(is_word)
}

/// Typical texts of programs for a missing value or an error.
const NOTHINGS: &str = r#"null NULL nil None none undefined NaN true false 0 -1 {} [] "" '' %00 \0 \u0000 * = , ,,, =,=
    (null) [object-Object] unsigned sha256 sha256= sha256=null sha256=none sha256=undefined t= v1= t=,v1= t=0,v1= v1=,t="#;

/// An empty or null-like value, alone or instead of the digest.
pub(crate) fn like_null(attack: &Attack) {
    let flat = ["00", "ff", "FF", "aa"].map(|byte| hex::decode(byte.repeat(32)).unwrap());
    for case in &attack.resigned {
        let header = case.scheme.signature_header.as_str();
        for nothing in NOTHINGS.split_ascii_whitespace().chain(["", " ", "\t"]) {
            let whole = case.delivery.with(header, nothing);
            attack.refuses(case, &whole, &[MALFORMED, TIMESTAMP_MALFORMED], || {
                format!("{header} is {nothing:?}")
            });
            let digest = case.with_digest(nothing);
            attack.refuses(case, &digest, &[MALFORMED], || format!("the digest is {nothing:?}"));
            if let Some(name) = &case.scheme.timestamp_header {
                let timestamp = case.delivery.with(name, nothing);
                attack.refuses(case, &timestamp, &[MISMATCH, TIMESTAMP_MALFORMED], || {
                    format!("{name} is {nothing:?}")
                });
            }
        }
        for bytes in &flat {
            let digest = case.scheme.digest.write(bytes);
            attack.refuses(case, &case.with_digest(&digest), &[MISMATCH], || {
                format!("the digest is {digest:?}")
            });
        }
    }
}

/// A missing header: renamed or removed.
pub(crate) fn missing(attack: &Attack) {
    for case in &attack.resigned {
        let mut bare = case.delivery.clone();
        for name in case.scheme.signed_headers() {
            bare = bare.without(name);
            let missing = reasons(case, name, &MISSING, &TIMESTAMP_MISSING);
            let value = case.value(name);
            let forged = case.delivery.without(name);
            attack.refuses(case, &forged, missing, || format!("{name} is missing"));
            let unprefixed = name.strip_prefix("x-").unwrap_or(&name[1..]);
            for other in
                [unprefixed.to_owned(), format!("x-{name}"), format!("{name}-256"), name.replace('-', "_")]
            {
                attack.refuses(case, &forged.and(&other, &value), missing, || {
                    format!("{name} is called {other}")
                });
            }
        }
        attack.refuses(case, &bare, &[MISSING], || "nothing is signed".to_owned());
        without_a_time(attack, case);
        bare.headers.clear();
        attack.refuses(case, &bare, &[MISSING], || "there is no header".to_owned());
    }
}

/// Without a timestamp a digest over the body alone is as invalid as the one that was sent.
fn without_a_time(attack: &Attack, case: &Authentic) {
    let Some(name) = &case.scheme.timestamp_header else {
        return;
    };
    let body = case.delivery.body.as_slice();
    for message in [body, &[b".", body].concat(), b"", b"."] {
        let forged = case.with_digest(&case.scheme.digest(&case.scheme.key(&attack.secret), message));
        let missing = forged.without(name);
        attack.refuses(case, &missing, &[TIMESTAMP_MISSING], || format!("{name} is missing, and not signed"));
        attack.refuses(case, &missing.and(name, ""), &[TIMESTAMP_MALFORMED], || {
            format!("{name} is empty, and not signed")
        });
    }
}

/// A header that is sent twice: another program may read a different one of the two.
pub(crate) fn doubled(attack: &Attack) {
    for case in &attack.resigned {
        for name in case.scheme.signed_headers() {
            let malformed = reasons(case, name, &MALFORMED, &TIMESTAMP_MALFORMED);
            // If several signatures are separated by spaces, a value joined with a space is not a second header.
            let list = case.scheme.further_signature.as_deref().is_some_and(|more| more.starts_with(' '));
            let list = list && name == case.scheme.signature_header;
            let valid = case.value(name);
            let invalid = wrong(&valid);
            let (valid, invalid) = (valid.as_str(), invalid.as_str());
            for values in [
                &[valid, valid][..],
                &[valid, invalid],
                &[invalid, valid],
                &[invalid, invalid],
                &[valid, valid, valid],
                &[invalid, valid, invalid],
            ] {
                twice(attack, case, name, values, malformed);
                // Joined like a repeated header in API Gateway, and in other ways.
                for separator in [",", ", ", ";", " "].iter().filter(|one| !(list && one.contains(' '))) {
                    let joined = values.join(separator);
                    let forged = case.delivery.with(name, &joined);
                    attack.refuses(case, &forged, malformed, || format!("{name}: {joined:?}"));
                }
            }
            for values in [&[valid, ""], &["", valid], &[valid, " "], &[valid, "null"]] {
                twice(attack, case, name, values, malformed);
            }
        }
    }
}

/// The reasons that name this header; any reason for one that is neither signature nor timestamp.
fn reasons<'r>(
    case: &Authentic,
    name: &str,
    signature: &'r &'static str,
    timestamp: &'r &'static str,
) -> &'r [&'static str] {
    if name == case.scheme.signature_header {
        slice::from_ref(signature)
    } else if case.scheme.timestamp_header.as_deref() == Some(name) {
        slice::from_ref(timestamp)
    } else {
        &[MISSING, MALFORMED, MISMATCH]
    }
}

fn twice(attack: &Attack, case: &Authentic, name: &str, values: &[&str], malformed: &[&str]) {
    let mut twice = values.iter().fold(case.delivery.without(name), |one, value| one.and(name, value));
    attack.refuses(case, &twice, malformed, || format!("{name}: {values:?}"));
    // Not adjacent, and with the name in capitals.
    let (_, last) = twice.headers.pop().unwrap();
    twice.headers.insert(0, (name.to_ascii_uppercase(), last));
    attack.refuses(case, &twice, malformed, || {
        format!("{name}: {values:?}, the last one first and in capitals")
    });
}

/// The same value with a different last digit.
fn wrong(value: &str) -> String {
    let (rest, last) = value.split_at(value.len() - 1);
    format!("{rest}{}", if last == "7" { "8" } else { "7" })
}
