//! Finds the phrases of `phrases.tsv` in the words of a reply.

use std::cmp::Reverse;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use super::signals::{self, Signal};
use super::words::Words;

/// The phrases of `phrases.tsv`, each with its signal.
static PHRASES: LazyLock<Phrases> =
    LazyLock::new(|| Phrases::parse(include_str!(concat!(env!("OUT_DIR"), "/phrases.tsv"))));

/// Loads the phrases, which the first reply would otherwise do.
pub(super) fn load() {
    LazyLock::force(&PHRASES);
}

/// The prefix of a phrase that is searched for in URLs and host names, instead of in the text.
const IN_HOSTS: &str = "host:";

/// Stands for up to [`GAP_WORDS`] words in a phrase.
const GAP: &str = " … ";

/// Five bits of each of the first two bytes, which are those in which letters differ.
const BUCKETS: usize = 1 << 10;

fn bucket(text: &str) -> usize {
    let mut bytes = text.bytes().map(|byte| usize::from(byte & 31));
    bytes.next().unwrap_or_default() << 5 | bytes.next().unwrap_or_default()
}

pub(super) struct Phrases {
    /// Indexed by [`bucket`].
    in_words: Vec<Vec<Phrase>>,
    in_hosts: Vec<Phrase>,
}

/// A phrase that servers use, with its signal.
pub(super) struct Phrase {
    /// The words up to the first gap.
    start: &'static str,
    /// The words after each gap.
    rest: Vec<&'static str>,
    pub(super) signal: Signal,
}

impl Phrases {
    fn parse(lines: &'static str) -> Self {
        let in_words = std::iter::repeat_with(Vec::new).take(BUCKETS).collect();
        let mut phrases = Self { in_words, in_hosts: Vec::new() };
        for (text, signal) in lines.lines().filter_map(|line| line.split_once('\t')) {
            let signal = signals::named(signal).expect("a test checks the signal of every line");
            let in_hosts = text.strip_prefix(IN_HOSTS);
            let mut parts = in_hosts.unwrap_or(text).split(GAP);
            let start = parts.next().unwrap_or_default();
            let phrase = Phrase { start, rest: parts.collect(), signal };
            match phrases.in_words.get_mut(bucket(start)).filter(|_| in_hosts.is_none()) {
                Some(bucket) => bucket.push(phrase),
                None => phrases.in_hosts.push(phrase),
            }
        }
        phrases
    }

    /// The phrases that a text may begin with.
    fn beginning_with(&self, text: &str) -> &[Phrase] {
        self.in_words.get(bucket(text)).map(Vec::as_slice).unwrap_or_default()
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.start)?;
        self.rest.iter().try_for_each(|part| write!(formatter, " … {part}"))
    }
}

/// The most words that a gap stands for: names, and the words that servers put around them ("mailbox of the user … is
/// full").
const GAP_WORDS: usize = 5;

/// A phrase that was found in a text.
pub(super) struct Found {
    pub(super) phrase: &'static Phrase,
    /// From the first letter to the end of the last word.
    pub(super) place: Range<usize>,
    /// The gaps in it.
    gaps: Vec<Range<usize>>,
}

impl Found {
    /// Whether the other phrase is part of this one: "blocked for inactivity" does not mean "blocked". The words in a
    /// gap are not part of the phrase.
    fn hides(&self, other: &Self) -> bool {
        let (outer, inner) = (&self.place, &other.place);
        outer.start <= inner.start
            && inner.end <= outer.end
            && outer.len() > inner.len()
            && !self
                .gaps
                .iter()
                .any(|gap| gap.contains(&inner.start) || (gap.start < inner.end && inner.end <= gap.end))
    }
}

/// The phrases in the words of a reply, without those that are part of a longer phrase.
pub(super) fn find(words: &Words) -> Vec<Found> {
    let mut all = with_parts(&words.text);
    all.sort_by_key(|found| (found.place.start, Reverse(found.place.end)));
    let mut kept: Vec<Found> = Vec::with_capacity(all.len());
    // The first of the kept phrases that may reach up to here.
    let mut open = 0;
    for found in all {
        let is_over = |before: &Found| before.place.end <= found.place.start;
        open += kept.iter().skip(open).take_while(|one| is_over(one)).count();
        if !kept.iter().skip(open).any(|before| before.hides(&found)) {
            kept.push(found);
        }
    }
    kept
}

fn with_parts(text: &str) -> Vec<Found> {
    let words = words_of(text);
    let mut all = Vec::new();
    for (number, word) in words.iter().enumerate() {
        let rest = text.get(word.start..).unwrap_or_default();
        let following = words.get(number + 1..).unwrap_or_default();
        for phrase in PHRASES.beginning_with(rest) {
            if rest.starts_with(phrase.start) {
                all.extend(phrase.found_at(text, word.start, following));
            }
        }
    }
    all
}

/// Where a word begins, and its first byte: most comparisons fail on that byte.
struct Word {
    start: usize,
    initial: u8,
}

fn words_of(text: &str) -> Vec<Word> {
    let mut words = Vec::with_capacity(text.len() / 4);
    let mut starts_word = true;
    for (start, initial) in text.bytes().enumerate() {
        if starts_word || is_written_without_spaces(initial) {
            words.push(Word { start, initial });
        }
        starts_word = initial == b' ';
    }
    words
}

/// The phrases for URLs and host names that occur in those of a reply: the names of block lists.
pub(super) fn in_hosts(words: &Words) -> Vec<&'static Phrase> {
    let labels = words.hosts.split([' ', '.', '/']);
    let mut rest = words.hosts.as_str();
    let mut found = Vec::new();
    for label in labels {
        found.extend(PHRASES.in_hosts.iter().filter(|phrase| rest.starts_with(phrase.start)));
        rest = rest.get(label.len() + 1..).unwrap_or_default();
    }
    found
}

/// Whether this is the first of the three bytes of a Japanese, Chinese or Korean character. A word may begin at any
/// of these.
fn is_written_without_spaces(byte: u8) -> bool {
    (0xe3..=0xed).contains(&byte)
}

impl Phrase {
    /// The phrase, which begins at this place of a text, if its other parts follow. The last word may be longer in
    /// the text: "throttl", "temporar".
    fn found_at(&'static self, text: &str, start: usize, following: &[Word]) -> Option<Found> {
        let mut end = start + self.start.len();
        let mut gaps = Vec::new();
        for part in &self.rest {
            let next = after_gap(text, end, following, part)?;
            gaps.push(end..next);
            end = next + part.len();
        }
        let mut rest = text.get(end..)?.bytes();
        let length = rest.len();
        let word_ends = |byte| byte == b' ' || is_written_without_spaces(byte);
        let end = end + rest.position(word_ends).unwrap_or(length);
        Some(Found { phrase: self, place: start..end, gaps })
    }
}

/// Where the part begins, at most a few words after `end` and in the same sentence.
fn after_gap(text: &str, end: usize, following: &[Word], part: &str) -> Option<usize> {
    let initial = *part.as_bytes().first()?;
    let mut words_in_gap = 0;
    for word in following {
        // In Chinese the next word may begin where the last one ends.
        if word.start < end {
            continue;
        }
        if word.initial == initial && text.get(word.start..)?.starts_with(part) {
            return Some(word.start);
        }
        if word.initial == b'.' || words_in_gap == GAP_WORDS {
            return None;
        }
        words_in_gap += 1;
    }
    None
}
