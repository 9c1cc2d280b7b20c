//! Requests whose body differs from the signed one.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::reason::MISMATCH;
use crate::{Attack, Authentic};

/// Bodies up to this size are altered at every byte. For a larger body the cost grows with the square of its size.
const EVERY_BYTE: usize = 32 * 1024;
/// The number of bytes at either end of a larger body that are all altered.
const ENDS: usize = 4 * 1024;
/// Of the bits between, every seventh is tested. The stride is odd, so the changed bit goes through all eight positions.
const STRIDE: usize = 7;

/// The names of the tested bodies, for error messages.
pub(crate) fn coverage() -> String {
    format!(
        "bodies up to {} KiB are changed and cut off at every byte, larger ones at those of the first and last \
         {} KiB and at every {STRIDE}th between",
        EVERY_BYTE / 1024,
        ENDS / 1024
    )
}

fn positions(length: usize) -> impl Iterator<Item = usize> {
    (0..length).filter(move |position| {
        length <= EVERY_BYTE || *position < ENDS || *position >= length - ENDS || position % STRIDE == 0
    })
}

/// The bodies of the fixtures, and for a provider with two schemes also under the other scheme.
fn cases(attack: &Attack) -> impl Iterator<Item = &Authentic> {
    let other = |case: &&Authentic| {
        let mut sent = attack.sent.iter().filter(|sent| sent.name == case.name);
        sent.any(|sent| !sent.scheme.is(case.scheme))
    };
    attack.sent.iter().chain(attack.resigned.iter().filter(other))
}

/// One bit of one byte, at every byte.
pub(crate) fn changed(attack: &Attack) {
    for case in cases(attack) {
        let mut forged = case.delivery.clone();
        for position in positions(forged.body.len()) {
            let byte = forged.body[position];
            forged.body[position] ^= 1 << (position % 8);
            attack.refuses(case, &forged, &[MISMATCH], || format!("byte {position} of the body changed"));
            forged.body[position] = byte;
        }
    }
}

/// Every prefix; and, for every fourth byte, the suffix after it and the body without it.
pub(crate) fn cut(attack: &Attack) {
    for case in cases(attack) {
        let body = &case.delivery.body;
        for position in positions(body.len()) {
            let (before, after) = (&body[..position], &body[position + 1..]);
            let cut = |what: &str, part: Vec<u8>| {
                let forged = case.delivery.with_body(part);
                attack.refuses(case, &forged, &[MISMATCH], || format!("the body {what} byte {position}"));
            };
            cut("up to", before.to_vec());
            if position % 4 == 0 {
                cut("after", after.to_vec());
                cut("without", [before, after].concat());
            }
        }
    }
}

/// The body is extended, emptied, rewritten or encoded.
pub(crate) fn reshaped(attack: &Attack) {
    for case in cases(attack) {
        let body = &case.delivery.body;
        for (what, other) in shapes(body) {
            // A body that the change does not alter is authentic.
            if other == *body {
                continue;
            }
            attack.refuses(case, &case.delivery.with_body(other), &[MISMATCH], || format!("the body {what}"));
        }
    }
}

fn shapes(body: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let after = |more: &[u8]| [body, more].concat();
    let before = |more: &[u8]| [more, body].concat();
    let text = String::from_utf8_lossy(body);
    let mut shapes = vec![
        ("emptied", Vec::new()),
        ("with a byte added", after(b"x")),
        ("with a NUL added", after(b"\0")),
        ("with a space added", after(b" ")),
        ("with a tab added", after(b"\t")),
        ("with a newline added", after(b"\n")),
        ("with a CRLF added", after(b"\r\n")),
        ("with an object added", after(b"{}")),
        ("with a block of NULs added", after(&[0; 64])),
        ("sent twice", after(body)),
        ("sent twice on two lines", [body, b"\n", body].concat()),
        ("with a space before", before(b" ")),
        ("with a newline before", before(b"\n")),
        ("with a byte order mark before", before(b"\xef\xbb\xbf")),
        ("with a dot before", before(b".")),
        ("in an array", [b"[", body, b"]"].concat()),
        ("without white space around", body.trim_ascii().to_vec()),
        ("with other line ends", text.replace('\n', "\r\n").into()),
        ("with plain line ends", text.replace("\r\n", "\n").into()),
        ("with its invalid UTF-8 replaced", text.as_bytes().to_vec()),
        ("in capitals", body.to_ascii_uppercase()),
        ("in Base64", BASE64_STANDARD.encode(body).into()),
    ];
    // Skip bodies that are nested deeper than the parser allows, or are not JSON.
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        shapes.push(("parsed and written", serde_json::to_vec(&value).unwrap()));
        shapes.push(("parsed and written for people", serde_json::to_vec_pretty(&value).unwrap()));
    }
    shapes
}
