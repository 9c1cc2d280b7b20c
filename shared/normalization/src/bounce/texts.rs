//! What a text says, whoever wrote it: remote servers choose their own words, so all that can be done is
//! to know the usual ones.

use std::sync::LazyLock;

use super::phrases::TABLE;
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

/// The beginning of a text, in lower case.
pub(super) fn head(text: &str) -> String {
    let end = (0..=READ_BYTES.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    let head = text.get(..end.unwrap_or(0)).unwrap_or_default();
    let head = head.to_ascii_lowercase();
    if head.is_ascii() {
        return head;
    }
    head.replace('’', "'")
}

/// Reads a text of lower case.
pub(super) fn read(text: &str) -> Signs {
    let words = words(text);
    let mut first_line = None;
    let mut temporary = false;
    for (before, meaning) in phrases_in(&words) {
        match meaning {
            Meaning::Line(line) => {
                first_line = Some(first_line.map_or(line, |first: usize| first.min(line)));
            }
            // Yahoo's "permanently deferred; Retrying will NOT succeed".
            Meaning::Temporary => {
                temporary |= !(before.ends_with("permanently ") || before.ends_with("not "));
            }
        }
    }
    let sign = first_line.and_then(|line| TABLE.get(line));
    let explains = sign.is_some()
        || !CODES_OWN_WORDS.iter().any(|own| words.contains(own))
            && words
                .split(|letter: char| !letter.is_alphabetic())
                .any(|word| !word.is_empty() && !GENERIC_WORDS.contains(&word));
    Signs {
        sign: sign.map(|(sign, _)| *sign),
        temporary,
        explains,
    }
}

/// What a phrase means: its line in the table, or that the failure passes.
#[derive(Clone, Copy)]
enum Meaning {
    Line(usize),
    Temporary,
}

/// Every phrase behind its first bytes, sorted: those that begin alike stand together.
static PHRASES: LazyLock<Vec<(Prefix, &str, Meaning)>> = LazyLock::new(|| {
    let lines = TABLE.iter().zip(0..);
    let of_lines = lines.flat_map(|((_, phrases), line)| {
        let phrases = phrases.iter();
        phrases.map(move |phrase| (phrase, Meaning::Line(line)))
    });
    let temporary = TEMPORARY.iter().map(|phrase| (phrase, Meaning::Temporary));
    let phrases = of_lines.chain(temporary);
    let mut phrases: Vec<_> = phrases
        .filter_map(|(phrase, meaning)| Some((prefix(phrase)?, *phrase, meaning)))
        .collect();
    phrases.sort_unstable_by_key(|(prefix, ..)| *prefix);
    phrases
});

/// The three bytes by which phrases are looked up, as a number; no phrase is shorter.
type Prefix = u32;

fn prefix(text: &str) -> Option<Prefix> {
    let [first, second, third] = *text.as_bytes().first_chunk()?;
    Some(Prefix::from_be_bytes([0, first, second, third]))
}

/// Every phrase that starts a word, with what stands before it: "dnsbl" is no "bl", "antivirus" no "virus".
fn phrases_in(words: &str) -> impl Iterator<Item = (&str, Meaning)> {
    let mut after_letter = false;
    let starts = words.char_indices().filter_map(move |(start, letter)| {
        let starts_word = !after_letter;
        after_letter = letter.is_alphanumeric();
        starts_word.then_some(start)
    });
    starts.flat_map(|start| {
        let (before, rest) = words.split_at(start);
        let alike = prefix(rest).into_iter().flat_map(|wanted| {
            let from = PHRASES.partition_point(|(prefix, ..)| *prefix < wanted);
            let from_there = PHRASES.get(from..).unwrap_or_default();
            from_there
                .iter()
                .take_while(move |(prefix, ..)| *prefix == wanted)
        });
        alike
            .filter(move |(_, phrase, _)| rest.starts_with(phrase))
            .map(move |(.., meaning)| (before, *meaning))
    })
}

/// The words of a text with one space between, so that phrases are found across line ends. Without what can
/// hold any word by chance: reply codes, addresses and the names of hosts.
fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut after_host = false;
    for word in text.split_whitespace() {
        let is_host_name = after_host && word.trim_end_matches([':', '.', ',', ';']).contains('.');
        after_host = word.trim_start_matches('(') == "host";
        let rest = without_reply_code(word);
        if is_host_name || rest.is_empty() {
            continue;
        }
        let start = words.len();
        words.extend(
            rest.split_inclusive(surrounds_addresses)
                .filter(|part| !part.contains('@')),
        );
        let kept = words.get(start..).unwrap_or_default();
        if kept
            .chars()
            .all(|letter| surrounds_addresses(letter) || letter == '.')
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

/// Says that it passes, whatever it is.
#[rustfmt::skip]
const TEMPORARY: &[&str] = &[
    "try again later", "try later", "try again in", "try your request later", "try again slower",
    "retry later", "please retry", "at a later time", "come back later", "temporar", "transient", "deferred",
    "deferring", "insufficient system storage", "insufficient disk space", "not enough disk space",
    "system full", "server busy", "overload", "maintenance", "timed out", "resources unavailable",
];

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
