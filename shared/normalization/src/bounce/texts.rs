//! What a text says, whoever wrote it: remote servers choose their own words, so all that can be done is
//! to know the usual ones.

use super::search::each_at_the_start;
use super::sorted::{Meaning, SIGNS};
use super::{Sign, reply};

/// How much of a text is read for signs, in bytes: four replies of the greatest length (512 with code and
/// line end: RFC 5321, section 4.5.3.1.5).
const READ_BYTES: usize = 2_048;

/// What one text says.
pub(super) struct Signs {
    /// The first reason in the table that the text names.
    pub(super) sign: Option<Sign>,
    /// It says that the failure is temporary.
    pub(super) temporary: bool,
    /// It says more than that something failed, whether or not we know what.
    pub(super) explains: bool,
}

/// The beginning of a text, in lower case. What is not ASCII in it are letters.
pub(super) fn head(text: &str) -> String {
    let head = text.get(..text.floor_char_boundary(READ_BYTES));
    let head = head.unwrap_or_default().to_ascii_lowercase();
    if head.is_ascii() {
        return head;
    }
    let plain = |letter: char| match letter {
        '’' => '\'',
        _ if letter.is_ascii() || letter.is_alphanumeric() => letter,
        _ => ' ',
    };
    head.chars().map(plain).collect()
}

/// Reads the head of a text.
pub(super) fn read(head: &str) -> Signs {
    let words = words(head);
    let mut first_line = None;
    let mut temporary = false;
    let mut after_letter = false;
    for (start, byte) in words.bytes().enumerate() {
        // "dnsbl" is no "bl", "antivirus" no "virus".
        let starts_word = !after_letter;
        after_letter = is_letter_or_digit(byte);
        if !starts_word {
            continue;
        }
        let (before, rest) = words.as_bytes().split_at(start);
        each_at_the_start(rest, |meaning| match meaning {
            Meaning::Line(line) => {
                first_line = Some(first_line.map_or(line, |first: u8| first.min(line)));
            }
            // Yahoo's "permanently deferred; Retrying will NOT succeed".
            Meaning::Temporary => {
                temporary |= !(before.ends_with(b"permanently ") || before.ends_with(b"not "));
            }
        });
    }
    let sign = first_line.and_then(|line| SIGNS.get(usize::from(line)));
    Signs {
        sign: sign.copied(),
        temporary,
        explains: sign.is_some() || explains(&words),
    }
}

fn explains(words: &str) -> bool {
    !CODES_OWN_WORDS.iter().any(|own| words.contains(own))
        && words
            .split(|letter: char| !letter.is_alphabetic())
            .any(|word| !word.is_empty() && !GENERIC_WORDS.contains(&word))
}

/// The words of a head with one space between, so that phrases are found across line ends. Without what can
/// hold any word by chance: reply codes, addresses and the names of hosts.
fn words(head: &str) -> String {
    let mut words = String::with_capacity(head.len() + 1);
    let mut after_host = false;
    for word in head.split_ascii_whitespace() {
        let is_host_name = after_host && word.trim_end_matches([':', '.', ',', ';']).contains('.');
        after_host = word.trim_start_matches('(') == "host";
        let rest = without_reply_code(word);
        if is_host_name || rest.is_empty() {
            continue;
        }
        let start = words.len();
        if rest.contains('@') {
            let parts = rest.split_inclusive(surrounds_addresses);
            words.extend(parts.filter(|part| !part.contains('@')));
        } else {
            words.push_str(rest);
        }
        let kept = words.get(start..).unwrap_or_default();
        if kept
            .chars()
            .all(|letter| letter == '.' || surrounds_addresses(letter))
        {
            words.truncate(start);
        } else {
            words.push(' ');
        }
    }
    words
}

/// Whether this stands around addresses in replies.
fn surrounds_addresses(letter: char) -> bool {
    matches!(
        letter,
        '<' | '>' | '(' | ')' | '[' | ']' | ':' | ';' | ',' | '"' | '\''
    )
}

/// Of a head, where what is not ASCII is a letter.
fn is_letter_or_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// A word without the code that begins a line of a reply: `550`, `550-5.1.1`, `550-Please`.
fn without_reply_code(word: &str) -> &str {
    let Some((code, rest)) = word.split_at_checked(3) else {
        return word;
    };
    if !code.bytes().all(|digit| digit.is_ascii_digit()) {
        return word;
    }
    match rest.strip_prefix('-') {
        Some(rest) if reply::enhanced_code(rest).is_some() => "",
        Some(rest) => rest,
        None => rest,
    }
}

/// What RFC 5321, section 4.2.2, has servers say with 450 and 550, be it "mailbox not found, no access, or
/// command rejected for policy reasons".
const CODES_OWN_WORDS: &[&str] = &["requested action not taken: mailbox unavailable"];

/// Words that say no more than that something failed.
#[rustfmt::skip]
const GENERIC_WORDS: &[&str] = &[
    "a", "action", "an", "and", "attempt", "be", "been", "bounce", "bounced", "by", "cannot", "code", "could",
    "delivered", "delivery", "denied", "diagnostic", "due", "email", "error", "fail", "failed", "failure",
    "for", "general", "generic", "hard", "has", "is", "mail", "message", "n", "na", "no", "none", "not",
    "null", "ok", "other", "permanent", "permanently", "provided", "reason", "refused", "reject", "rejected",
    "reply", "requested", "response", "returned", "server", "sent", "smtp", "soft", "status", "taken",
    "temporarily", "temporary", "the", "this", "to", "transaction", "transient", "undefined", "undeliverable",
    "undelivered", "undetermined", "unknown", "unspecified", "was", "your",
];
