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
    /// What stands behind each gap.
    rest: &'static [&'static str],
    pub(super) signal: Signal,
}

impl fmt::Display for Phrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.start)?;
        self.rest
            .iter()
            .try_for_each(|part| write!(formatter, " … {part}"))
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
            && !self.gaps.iter().any(|gap| {
                gap.contains(&inner.start) || (gap.start < inner.end && inner.end <= gap.end)
            })
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
        open += kept
            .iter()
            .skip(open)
            .take_while(|one| is_over(one))
            .count();
        if !kept.iter().skip(open).any(|before| before.hides(&found)) {
            kept.push(found);
        }
    }
    kept
}

fn with_parts(text: &str) -> Vec<Found> {
    let mut all = Vec::new();
    let mut starts_word = true;
    for (start, byte) in text.bytes().enumerate() {
        if starts_word || is_written_without_spaces(byte) {
            let rest = text.get(start..).unwrap_or_default();
            all.extend(beginning_with(rest).filter_map(|phrase| phrase.found_at(text, start)));
        }
        starts_word = byte == b' ';
    }
    all
}

/// The names in URLs and host names that say something: those of block lists.
pub(super) fn in_hosts(words: &Words) -> impl Iterator<Item = &'static Phrase> {
    let named = |phrase: &Phrase| {
        let mut places = words.hosts.match_indices(phrase.start);
        places.any(|(place, _)| {
            let before = words.hosts.get(..place);
            before.is_some_and(|before| before.ends_with(['.', ' ', '/']))
        })
    };
    IN_HOSTS.iter().filter(move |phrase| named(phrase))
}

/// Japanese, Chinese and Korean: a word begins at any of these bytes, the first of three.
fn is_written_without_spaces(byte: u8) -> bool {
    (0xe3..=0xed).contains(&byte)
}

/// The phrases that begin with the first two letters of a text; none begins with a single one.
fn beginning_with(text: &str) -> impl Iterator<Item = &'static Phrase> {
    let two = text.as_bytes().get(..2).unwrap_or_default();
    let from = IN_WORDS.partition_point(|phrase| phrase.start.as_bytes() < two);
    IN_WORDS
        .iter()
        .skip(from)
        .take_while(move |phrase| !two.is_empty() && phrase.start.as_bytes().starts_with(two))
}

impl Phrase {
    /// The phrase, if it is at this place of a text. Its last word may go on: "throttl", "temporar".
    fn found_at(&'static self, text: &str, start: usize) -> Option<Found> {
        if !text
            .as_bytes()
            .get(start..)?
            .starts_with(self.start.as_bytes())
        {
            return None;
        }
        let mut end = start + self.start.len();
        let mut gaps = Vec::new();
        for part in self.rest {
            let next = end + after_gap(text.get(end..)?, part)?;
            gaps.push(end..next);
            end = next + part.len();
        }
        let rest = text.get(end..)?;
        let end = end + rest.find(' ').unwrap_or(rest.len());
        Some(Found {
            phrase: self,
            place: start..end,
            gaps,
        })
    }
}

/// Where the part begins, a few words on in the same sentence.
fn after_gap(text: &str, part: &str) -> Option<usize> {
    let mut place = 0;
    for _ in 0..=GAP_WORDS {
        place += text.get(place..)?.find(' ')? + 1;
        let rest = text.get(place..)?;
        if rest.starts_with(part) {
            return Some(place);
        }
        if rest.starts_with('.') {
            return None;
        }
    }
    None
}
