//! The signature is right, and the signed timestamp is invalid: only the rule for timestamps can reject it.

use jiff::SignedDuration;
use normalization::SIGNED_TIMESTAMP_TOLERANCE_SECONDS;

use crate::reason::{MISMATCH, TIMESTAMP_MALFORMED, TIMESTAMP_STALE};
use crate::{Attack, Authentic};

/// The tolerance, independent of the code under test.
const WINDOW: i64 = 300;

fn cases(attack: &Attack) -> impl Iterator<Item = &Authentic> {
    let timestamped = |case: &&Authentic| case.scheme.signs_a_timestamp();
    attack.resigned.iter().filter(timestamped)
}

/// Tests both edges to the second, for a sender's wrong clock and for a late request.
pub(crate) fn window(attack: &Attack) {
    assert_eq!(Ok(WINDOW), SIGNED_TIMESTAMP_TOLERANCE_SECONDS.try_into());
    for case in cases(attack) {
        let key = case.scheme.key(&attack.secret);
        let now = case.delivery.now.as_second();
        for offset in [-WINDOW, WINDOW] {
            let signed = case.signed(&key, &(now + offset).to_string());
            attack.accepts(case, &signed, || format!("{offset} seconds away"));
        }
        for offset in [WINDOW + 1, WINDOW + 2, 2 * WINDOW, 3_600, 86_400, 1 << 31, 1 << 32] {
            for offset in [-offset, offset] {
                let text = (now + offset).to_string();
                // Only signed timestamps can be stale. Before 1970 the number has a sign, so it is malformed.
                let (stale, unsigned) = if now + offset < 0 {
                    (TIMESTAMP_MALFORMED, TIMESTAMP_MALFORMED)
                } else {
                    (TIMESTAMP_STALE, MISMATCH)
                };
                let signed = case.signed(&key, &text);
                attack.refuses(case, &signed, &[stale], || format!("{offset} seconds away"));
                attack.refuses(case, &case.signed(b"another", &text), &[unsigned], || {
                    format!("{offset} seconds away and badly signed")
                });
            }
        }
        for late in [-WINDOW - 1, WINDOW + 1] {
            let mut replayed = case.delivery.clone();
            replayed.now += SignedDuration::from_secs(late);
            attack.refuses(case, &replayed, &[TIMESTAMP_STALE], || {
                format!("received {late} seconds after it was signed")
            });
        }
    }
}

/// The limits of the integers in every spelling, each correctly signed over that text.
pub(crate) fn texts(attack: &Attack) {
    for case in cases(attack) {
        let key = case.scheme.key(&attack.secret);
        let now = case.timestamp.as_str();
        for text in stale(now) {
            attack.refuses(case, &case.signed(&key, &text), &[TIMESTAMP_STALE], || text.clone());
        }
        for text in malformed(now) {
            attack.refuses(case, &case.signed(&key, &text), &[TIMESTAMP_MALFORMED], || text.clone());
        }
        // White space around a value is not part of it, so the signed text differs from the text that is read.
        for text in [format!(" {now}"), format!("{now} "), format!("\t{now}"), format!("{now}\t\t")] {
            attack.refuses(case, &case.signed(&key, &text), &[MISMATCH], || format!("{text:?}"));
        }
        // The same number in another spelling than the signed one.
        let zero = format!("0{now}");
        let respelled = match &case.scheme.timestamp_header {
            Some(name) => case.delivery.with(name, &zero),
            None => {
                case.delivery.with(&case.scheme.signature_header, case.scheme.value(&zero, &case.digest()))
            }
        };
        attack.refuses(case, &respelled, &[MISMATCH], || format!("{zero} for {now}"));
    }
    // No provider writes leading zeros. But the text is verified as received, so the sender of a valid signature has the
    // secret, and the number is within the window: there is no reason to reject it.
    for case in cases(attack).take(3) {
        let key = case.scheme.key(&attack.secret);
        for zeros in [1, 10, 9_990] {
            let text = "0".repeat(zeros) + &case.timestamp;
            attack.accepts(case, &case.signed(&key, &text), || format!("{zeros} zeros before the time"));
        }
    }
}

/// Numbers that fit into 64 bits and differ from now.
fn stale(now: &str) -> Vec<String> {
    vec![
        "0".to_owned(),
        "00".to_owned(),
        "0".repeat(10_000),
        "1".to_owned(),
        i32::MAX.to_string(),
        u32::MAX.to_string(),
        (i64::MAX - 1).to_string(),
        i64::MAX.to_string(),
        format!("0{}", i64::MAX),
        // Milli-, micro- and nanoseconds.
        format!("{now}000"),
        format!("{now}000000"),
        format!("{now}000000000"),
        now[1..].to_owned(),
        now[..now.len() - 1].to_owned(),
    ]
}

// Includes a no-break space.
const BEFORE: &str = "- + ++ +- -- 0x 0o # t t= \" ' \u{a0} .";
const AFTER: &str = ". .0 .5 .000 .0.0 e0 E0 s L n Z % - \" \u{a0}";
const WORDS: &str =
    "-0 -1 +0 +1 + - 1e9 1.79e9 0x6abc NaN inf Infinity now null 2026-10-01 2026-10-01T09:14:06Z";

/// Timestamps that are not numbers, exceed 64 bits, or contain characters other than digits.
fn malformed(now: &str) -> Vec<String> {
    let digits = |digit: &str, count: usize| digit.repeat(count);
    let mut texts = vec![
        String::new(),
        i64::MIN.to_string(),
        (i128::from(i64::MAX) + 1).to_string(),
        (i128::from(i64::MIN) - 1).to_string(),
        u64::MAX.to_string(),
        (u128::from(u64::MAX) + 1).to_string(),
        // Numbers that overflow to now in 64 bits.
        (now.parse::<u128>().unwrap() + (1 << 64)).to_string(),
        i128::MAX.to_string(),
        u128::MAX.to_string(),
        digits("9", 20),
        digits("9", 10_000),
        digits("1", 10_000),
        digits(now, 1_000),
        // Some parsers accept Arabic-Indic and full-width digits.
        now.chars().map(|one| digit_from(one, '\u{660}')).collect(),
        now.chars().map(|one| digit_from(one, '\u{ff10}')).collect(),
        format!("{}_{}", &now[..1], &now[1..]),
        format!("{} {}", &now[..1], &now[1..]),
    ];
    texts.extend(BEFORE.split(' ').map(|before| format!("{before}{now}")));
    texts.extend(AFTER.split(' ').map(|after| format!("{now}{after}")));
    texts.extend(WORDS.split(' ').map(str::to_owned));
    texts
}

fn digit_from(digit: char, zero: char) -> char {
    char::from_u32(zero as u32 + digit.to_digit(10).unwrap()).unwrap()
}
