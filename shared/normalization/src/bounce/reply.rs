//! Finds codes in a text: SMTP reply codes (RFC 5321, section 4.2) and enhanced status codes (RFC 3463).

use std::fmt;
use std::ops::RangeInclusive;

/// The range of reply codes: 2yz to 5yz (RFC 5321, section 4.2.1).
pub(super) const SMTP_CODES: RangeInclusive<u16> = 200..=599;

/// An enhanced status code: `class.subject.detail` (RFC 3463, section 2).
#[derive(Clone, Copy)]
pub(super) struct EnhancedCode {
    pub(super) class: u8,
    pub(super) subject: u16,
    pub(super) detail: u16,
}

impl EnhancedCode {
    /// Whether this is X.7.0 or X.7.1, which only say that the mail is refused.
    pub(super) fn is_refused(self) -> bool {
        self.subject == 7 && self.detail <= 1
    }
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// The codes of a failure. The first of each kind is reported.
#[derive(Default)]
pub(super) struct Codes {
    pub(super) smtp: Vec<u16>,
    pub(super) enhanced: Vec<EnhancedCode>,
}

impl Codes {
    pub(super) fn extend(&mut self, other: Self) {
        self.smtp.extend(other.smtp);
        self.enhanced.extend(other.enhanced);
    }
}

/// The codes in a text of lower case: the reply codes that the text announces, and every enhanced code, failures
/// first. A reply may quote another one (`5.1.0 - Unknown address error 550-'5.2.2 Mailbox full'`).
pub(super) fn codes(text: &str) -> Codes {
    let mut smtp = Vec::new();
    let mut enhanced = Vec::new();
    for (start, byte) in text.bytes().enumerate() {
        if !(b'2'..=b'5').contains(&byte) {
            continue;
        }
        let (before, rest) = text.split_at(start);
        if let Some(code) = smtp_code_at(before, rest) {
            smtp.push(code);
        } else if let Some(code) = enhanced_code_at(before, rest) {
            enhanced.push(code);
        }
    }
    smtp.sort_by_key(|code| *code < 400);
    enhanced.sort_by_key(|code| code.class == 2);
    Codes { smtp, enhanced }
}

/// Reads the enhanced code of a separate field. A comment may follow it.
pub(super) fn enhanced_code(field: &str) -> Option<EnhancedCode> {
    parse_enhanced(field.trim().trim_start_matches('#')).map(|(code, _)| code)
}

fn enhanced_code_at(before: &str, rest: &str) -> Option<EnhancedCode> {
    // Programs whose versions look like a code. Exim's is in many greetings.
    const VERSIONED: [&str; 5] = ["exim", "release", "spamassassin", "version", "build"];
    let (code, _) = parse_enhanced(rest)?;
    let continues_reply_code = before.strip_suffix('-').is_some_and(ends_with_reply_code);
    let stands_alone = !before.ends_with(|last: char| last.is_alphanumeric() || "._-/@".contains(last));
    let is_version = VERSIONED.iter().any(|program| before.trim_end().ends_with(program));
    ((stands_alone || continues_reply_code) && !is_version).then_some(code)
}

/// Reads class 2, 4 or 5, a subject and a detail of up to three digits (RFC 3463, section 2). The last subject is 7
/// (section 3), which excludes versions and other numbers.
fn parse_enhanced(text: &str) -> Option<(EnhancedCode, &str)> {
    let (class, rest) = number(text, 1)?;
    let (subject, rest) = number(rest.strip_prefix('.')?, 3)?;
    let (detail, rest) = number(rest.strip_prefix('.')?, 3)?;
    let goes_on = match rest.strip_prefix('.') {
        Some(rest) => starts_with_alphanumeric(rest),
        None => starts_with_alphanumeric(rest) || rest.starts_with('_'),
    };
    let class = u8::try_from(class).ok().filter(|class| matches!(class, 2 | 4 | 5))?;
    (subject <= 7 && !goes_on).then_some((EnhancedCode { class, subject, detail }, rest))
}

/// Three digits that stand alone in a place where replies have their code: at the start, before an enhanced code, or
/// after a colon or a word that announces it.
fn smtp_code_at(before: &str, rest: &str) -> Option<u16> {
    let (code, rest) = number(rest, 3).filter(|(code, _)| SMTP_CODES.contains(code))?;
    if before.ends_with(|last: char| last.is_alphanumeric() || "._-/@:".contains(last)) {
        return None;
    }
    let enhanced_follows = parse_enhanced(rest.trim_start_matches([' ', '-', '#', '=', '('])).is_some();
    let mut following = rest.chars();
    let stands_alone = match (following.next(), following.next()) {
        (Some('-'), Some(next)) if next.is_ascii_digit() => enhanced_follows,
        (Some('.' | ':' | ','), Some(next)) => !next.is_alphanumeric(),
        (Some(next), _) => !next.is_alphanumeric() && !"_/@%".contains(next),
        (None, _) => true,
    };
    let announced = enhanced_follows || (announces_code(before) && (code >= 400 || before.is_empty()));
    (stands_alone && announced).then_some(code)
}

fn announces_code(before: &str) -> bool {
    const WORDS: [&str; 9] =
        ["code", "error", "reply", "response", "responded with", "returned", "said", "smtp", "status"];
    let before = before.trim_end_matches(|last: char| last.is_whitespace() || "([<{'\"=".contains(last));
    let words = before.trim_end_matches([':', ';']);
    before.is_empty()
        || before.ends_with("->")
        || (words.len() < before.len() && !words.ends_with("port"))
        || WORDS.iter().any(|word| words.ends_with(word))
}

fn ends_with_reply_code(before: &str) -> bool {
    let digits = before.bytes().rev().take(4);
    digits.take_while(u8::is_ascii_digit).count() == 3
}

fn starts_with_alphanumeric(text: &str) -> bool {
    text.starts_with(char::is_alphanumeric)
}

/// The number of at most `digits` digits at the start, and the text after it.
fn number(text: &str, digits: usize) -> Option<(u16, &str)> {
    let ahead = text.bytes().take(digits + 1);
    let found = ahead.take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(found).filter(|_| found <= digits)?;
    Some((number.parse().ok()?, rest))
}
