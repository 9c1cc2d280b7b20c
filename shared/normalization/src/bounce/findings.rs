//! Collects what the codes and texts of one failure say.

use super::codes;
use super::phrases::{self, Found, Phrase};
use super::reply::{self, Codes, EnhancedCode};
use super::signals::{Cause, Signal, Weight};
use super::text::{both_ends, for_codes};
use super::words::{self, Words};
use crate::event::{Attribution, BounceReason};

/// "Bad sequence of commands": RFC 5321, section 4.2.2.
const OUT_OF_SEQUENCE: u16 = 503;

/// The phrase or code that a cause comes from.
#[derive(Clone, Copy)]
pub(super) enum Source {
    Phrase(&'static Phrase),
    Enhanced(EnhancedCode),
    Reply(u16),
}

type Heaviest = Option<(Cause, Source)>;

/// All signals of one failure: of each kind the heaviest cause, and among equal ones the first.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate signal")]
pub(super) struct Findings {
    pub(super) codes: Codes,
    from_codes: Heaviest,
    from_texts: Heaviest,
    /// Hints count only if nothing names a cause: what a text hints at, and what a code often means.
    hint_of_text: Heaviest,
    hint_of_code: Heaviest,
    /// There is a code that begins with 4.
    pub(super) temporary_code: bool,
    /// All reply codes begin with 4. If there are no reply codes: all enhanced codes do.
    pub(super) temporary_reply: bool,
    /// There is a code that begins with 5.
    pub(super) permanent_code: bool,
    /// There are words such as "try again later".
    pub(super) temporary_words: bool,
    pub(super) automatic_reply: bool,
    /// X.7.0 or X.7.1: "refused", which servers also use for unknown users.
    refused: bool,
    /// A text says something, whether or not it is understood.
    explained: bool,
    /// A text contains words that no phrase covers.
    not_understood: bool,
}

impl Findings {
    pub(super) fn add_text(&mut self, text: &str) {
        let text = both_ends(text);
        self.codes.extend(reply::codes(&for_codes(&text)));
        let words = words::words(&text);
        for phrase in phrases::in_hosts(&words) {
            self.add(phrase);
        }
        let found = phrases::find(&words);
        for one in &found {
            let before = words.text.get(..one.place.start).unwrap_or_default();
            let is_denied = matches!(one.phrase.signal, Signal::Temporary) && before.ends_with("not ");
            if !is_denied {
                self.add(one.phrase);
            }
        }
        let not_understood = has_words_beside(&words, &found);
        self.not_understood |= not_understood;
        self.explained |= not_understood || self.from_texts.is_some();
    }

    fn add(&mut self, phrase: &'static Phrase) {
        let source = Source::Phrase(phrase);
        match phrase.signal {
            Signal::Cause(cause) => add_ranked(&mut self.from_texts, cause, source),
            Signal::Hint(cause) => add_ranked(&mut self.hint_of_text, cause, source),
            Signal::Temporary => self.temporary_words = true,
            Signal::AutomaticReply => self.automatic_reply = true,
            Signal::Wrapper | Signal::Nothing => {}
        }
    }

    /// Interprets the codes, after all texts were added.
    pub(super) fn add_codes(&mut self) {
        let Codes { smtp, enhanced } = &self.codes;
        let enhanced = enhanced.iter().map(|code| {
            let meaning = codes::enhanced(*code);
            (u16::from(code.class), meaning, Source::Enhanced(*code))
        });
        // A client that is refused and continues nevertheless gets this code too: "550 User unknown, 503 Need RCPT".
        let is_followed_up = smtp.iter().any(|code| *code >= 400 && *code != OUT_OF_SEQUENCE);
        let smtp = smtp
            .iter()
            .filter(|code| !(is_followed_up && **code == OUT_OF_SEQUENCE))
            .map(|code| (code / 100, codes::smtp(*code), Source::Reply(*code)));
        let (mut from_codes, mut hint) = (None, None);
        for (class, meaning, source) in enhanced.chain(smtp) {
            self.temporary_code |= class == 4;
            self.permanent_code |= class == 5;
            match meaning {
                Some(Signal::Cause(cause)) => add(&mut from_codes, cause, source),
                // The first hint counts.
                Some(Signal::Hint(cause)) if hint.is_none() => hint = Some((cause, source)),
                _ => {}
            }
        }
        (self.from_codes, self.hint_of_code) = (from_codes, hint);
        self.refused = self.codes.enhanced.iter().any(|code| code.is_refused());
        let mut replies = self.codes.smtp.iter().filter(|code| **code >= 400).peekable();
        self.temporary_reply = match replies.peek() {
            Some(_) => replies.all(|code| code / 100 == 4),
            None => self.temporary_code && !self.permanent_code,
        };
    }

    /// The cause that decides, and the phrase or code that it comes from.
    pub(super) fn cause(&self) -> (Cause, Option<Source>) {
        let hint = self.hint_of_text.or(self.hint_of_code);
        let decides = match self.named() {
            Some((cause, _)) if cause.attribution == Attribution::Unknown => hint.or(self.named()),
            named => named.or(hint),
        };
        match decides {
            Some((cause, source)) => (cause, Some(source)),
            None => (self.unnamed(), None),
        }
    }

    /// The heaviest cause that a code or a text names; the text's if both give the same reason. If both say that the
    /// address is dead, the text's "unknown user" is more often right than the code.
    fn named(&self) -> Heaviest {
        match (self.from_codes, self.from_texts) {
            (Some((code, _)), Some((text, _)))
                if code.weight == text.weight
                    && (code.reason == text.reason || text.reason == BounceReason::UserUnknown) =>
            {
                self.from_texts
            }
            (codes, texts) => heavier(codes, texts),
        }
    }

    /// Whether a code or a text names a cause, instead of only hinting at one.
    pub(super) fn names_cause(&self) -> bool {
        self.from_codes.or(self.from_texts).is_some()
    }

    /// Whether a text says that the failure is temporary, and nothing names its cause.
    pub(super) fn passes_at_a_guess(&self) -> bool {
        self.temporary_words && !self.refused && !self.names_cause()
    }

    fn unnamed(&self) -> Cause {
        Cause {
            reason: if self.explained { BounceReason::Other } else { BounceReason::Unknown },
            attribution: Attribution::Unknown,
            weight: Weight::Unclear,
        }
    }

    /// Whether text and code agree that the address is dead, or one of them says so and the other says nothing.
    pub(super) fn agrees_on_dead_address(&self) -> bool {
        if self.refused {
            return false;
        }
        let from_codes = self.from_codes.or(self.hint_of_code);
        // A code and a hint also agree: 5.1.1 and "does not exist".
        let is_understood = !self.not_understood || is_dead(self.hint_of_text);
        is_dead(self.from_texts) || (is_dead(from_codes) && is_understood)
    }
}

fn is_dead(heaviest: Heaviest) -> bool {
    heaviest.is_some_and(|(cause, _)| cause.weight == Weight::Dead)
}

/// The first, unless the second is heavier.
fn heavier(first: Heaviest, second: Heaviest) -> Heaviest {
    match (first, second) {
        (Some((one, _)), Some((other, _))) if other.weight <= one.weight => first,
        _ => second.or(first),
    }
}

/// Keeps the heavier cause; the existing one if both weigh the same.
fn add(heaviest: &mut Heaviest, cause: Cause, source: Source) {
    if heaviest.is_none_or(|(there, _)| cause.weight > there.weight) {
        *heaviest = Some((cause, source));
    }
}

/// Keeps the heavier cause; among causes of the same weight, the one with the higher rank.
fn add_ranked(heaviest: &mut Heaviest, cause: Cause, source: Source) {
    let key = |cause: Cause| (cause.weight, cause.rank());
    if heaviest.is_none_or(|(there, _)| key(cause) > key(there)) {
        *heaviest = Some((cause, source));
    }
}

/// Whether there are words outside all phrases that say more than that something failed.
fn has_words_beside(words: &Words, found: &[Found]) -> bool {
    let mut found = found.iter().peekable();
    let mut place = 0;
    words.text.split(' ').any(|word| {
        let start = place;
        place += word.len() + 1;
        // A phrase that begins later may end earlier: it is then inside the longer one, before that one's last words.
        while found.next_if(|one| one.place.end <= start).is_some() {}
        let is_known = found.peek().is_some_and(|one| one.place.start <= start);
        !is_known && says_something(word)
    })
}

fn says_something(word: &str) -> bool {
    !word.bytes().any(|byte| byte.is_ascii_digit())
        && word.contains(char::is_alphabetic)
        && GENERIC_WORDS.binary_search(&word).is_err()
}

/// Words that only say that something failed, in alphabetical order.
#[rustfmt::skip]
const GENERIC_WORDS: &[&str] = &[
    "a", "action", "an", "and", "attempt", "be", "been", "bounce", "bounced", "by", "can", "code", "could",
    "delivered", "delivery", "denied", "diagnostic", "due", "email", "error", "fail", "failed", "failure",
    "for", "general", "generic", "hard", "has", "host", "is", "mail", "message", "n", "na", "no", "none", "not",
    "null", "ok", "other", "permanent", "permanently", "provided", "reason", "refused", "reject", "rejected",
    "remote", "reply", "requested", "response", "returned", "said", "sent", "server", "smtp", "soft", "status",
    "taken", "temporarily", "temporary", "the", "this", "to", "transaction", "transient", "undefined",
    "undeliverable", "undelivered", "undetermined", "unknown", "unspecified", "was", "your",
];
