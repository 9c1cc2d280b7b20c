//! Finds the phrases of `phrases.tsv` in the words of a reply.

use std::cmp::Reverse;
use std::fmt;
use std::ops::Range;

use super::signals::{self, Signal};
use super::words::Words;

include!(concat!(env!("OUT_DIR"), "/phrases.rs"));

/// Words that servers use, and what they say.
pub(super) struct Phrase {
    /// The words up to the first gap.
    start: &'static str,
    /// The phrase before it in the table has the same words up to the first gap.
    begins_like_the_one_before: bool,
    /// What stands behind each gap.
    rest: &'static [&'static str],
    pub(super) signal: Signal,
}

impl fmt::Display for Phrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.start)?;
        self.rest.iter().try_for_each(|part| write!(formatter, " … {part}"))
    }
}

/// How many words a gap stands for at most: names, and what servers put around them ("mailbox of the user
/// … is full").
const GAP_WORDS: usize = 5;

/// A phrase in a text.
pub(super) struct Found {
    pub(super) phrase: &'static Phrase,
    /// From the first letter to the end of the last word.
    pub(super) place: Range<usize>,
    /// The gaps in it.
    gaps: Vec<Range<usize>>,
}

impl Found {
    /// Whether the other is a part of this one: "blocked for inactivity" is no "blocked". What stands in a gap is not
    /// part of the phrase.
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

/// The phrases in the words of a reply, without those that are part of a longer one.
pub(super) fn find(words: &Words) -> Vec<Found> {
    let mut all = with_parts(&words.text);
    all.sort_by_key(|found| (found.place.start, Reverse(found.place.end)));
    let mut kept: Vec<Found> = Vec::with_capacity(all.len());
    // Of those that are kept, from where on they may reach up to here.
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
        let mut begins = false;
        for phrase in beginning_with(rest) {
            if !phrase.begins_like_the_one_before {
                begins = begins_with(rest.as_bytes(), phrase.start);
            }
            if begins {
                all.extend(phrase.found_at(text, word.start, following));
            }
        }
    }
    all
}

/// Where a word begins, and its first byte: most comparisons end there.
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

/// The names in URLs and host names that say something: those of block lists.
pub(super) fn in_hosts(words: &Words) -> Vec<&'static Phrase> {
    let labels = words.hosts.split([' ', '.', '/']);
    let mut rest = words.hosts.as_str();
    let mut found = Vec::new();
    for label in labels {
        found.extend(IN_HOSTS.iter().filter(|phrase| rest.starts_with(phrase.start)));
        rest = rest.get(label.len() + 1..).unwrap_or_default();
    }
    found
}

/// Japanese, Chinese and Korean: a word begins at any of these bytes, the first of three.
fn is_written_without_spaces(byte: u8) -> bool {
    (0xe3..=0xed).contains(&byte)
}

/// The phrases that may begin a text, by its first two letters; none begins with a single one.
fn beginning_with(text: &str) -> &'static [Phrase] {
    let [first, second, ..] = text.as_bytes() else {
        return &[];
    };
    let bucket = usize::from(first & 31) << 5 | usize::from(second & 31);
    let (from, to) = (BUCKETS.get(bucket), BUCKETS.get(bucket + 1));
    let range = from.zip(to).map(|(from, to)| usize::from(*from)..usize::from(*to));
    range.and_then(|range| IN_WORDS.get(range)).unwrap_or_default()
}

impl Phrase {
    /// The phrase, which begins at this place of a text, if its other parts follow. Its last word may go on:
    /// "throttl", "temporar".
    fn found_at(&'static self, text: &str, start: usize, following: &[Word]) -> Option<Found> {
        let mut end = start + self.start.len();
        let mut gaps = Vec::new();
        for part in self.rest {
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

/// Most of one bucket differ in the third letter.
fn begins_with(text: &[u8], part: &str) -> bool {
    let part = part.as_bytes();
    (part.len() < 3 || text.get(2) == part.get(2)) && text.starts_with(part)
}

/// Where the part begins, a few words behind `end` in the same sentence.
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
