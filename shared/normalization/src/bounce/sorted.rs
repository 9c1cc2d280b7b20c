//! The phrases, sorted by the compiler, so that no cold start does it.

#![expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::large_stack_arrays,
    reason = "the compiler evaluates it all: what goes wrong is an error of its own"
)]

use super::Sign;
use super::phrases::{TABLE, TEMPORARY};

/// What a phrase means: its line in the table, or that the failure passes.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Meaning {
    Line(u8),
    Temporary,
}

#[derive(Clone, Copy)]
pub(super) struct Phrase {
    pub(super) text: &'static [u8],
    pub(super) meaning: Meaning,
    /// How many bytes it begins with as the phrase before it, if that is in the same bucket.
    pub(super) shared: u8,
}

/// What the lines of the table mean. It is here once more so that the programs hold no phrase twice.
pub(super) static SIGNS: [Sign; TABLE.len()] = signs();

/// By bucket, within one in the order of their bytes.
pub(super) static PHRASES: [Phrase; COUNT] = sorted();

/// Where the phrases of a bucket begin; behind the last bucket where they end.
pub(super) static BUCKETS: [u16; BUCKET_COUNT + 1] = beginnings();

const BUCKET_COUNT: usize = 1 << 10;

/// Five bits of each of the first two bytes: letters differ in them.
pub(super) const fn bucket(first: u8, second: u8) -> usize {
    ((first & 31) as usize) << 5 | (second & 31) as usize
}

const COUNT: usize = {
    let mut count = TEMPORARY.len();
    let mut line = 0;
    while line < TABLE.len() {
        count += TABLE[line].1.len();
        line += 1;
    }
    count
};

const fn signs() -> [Sign; TABLE.len()] {
    let mut signs = [TABLE[0].0; TABLE.len()];
    let mut line = 0;
    while line < TABLE.len() {
        signs[line] = TABLE[line].0;
        line += 1;
    }
    signs
}

/// Insertion sort: what constants can do.
const fn sorted() -> [Phrase; COUNT] {
    assert!(COUNT <= u16::MAX as usize && TABLE.len() <= u8::MAX as usize);
    let nothing = Phrase {
        text: b"",
        meaning: Meaning::Temporary,
        shared: 0,
    };
    let mut sorted = [nothing; COUNT];
    let mut count = 0;
    let mut line = 0;
    while line <= TABLE.len() {
        let (phrases, meaning) = if line < TABLE.len() {
            (TABLE[line].1, Meaning::Line(line as u8))
        } else {
            (TEMPORARY, Meaning::Temporary)
        };
        let mut one = 0;
        while one < phrases.len() {
            let text = phrases[one].as_bytes();
            assert!(text.len() <= u8::MAX as usize);
            let mut place = count;
            while place > 0 && comes_before(text, sorted[place - 1].text) {
                sorted[place] = sorted[place - 1];
                place -= 1;
            }
            sorted[place] = Phrase {
                text,
                meaning,
                shared: 0,
            };
            count += 1;
            one += 1;
        }
        line += 1;
    }
    let mut place = 1;
    while place < COUNT {
        let (before, text) = (sorted[place - 1].text, sorted[place].text);
        if bucket_of(before) == bucket_of(text) {
            sorted[place].shared = shared(before, text) as u8;
        }
        place += 1;
    }
    sorted
}

const fn comes_before(one: &[u8], other: &[u8]) -> bool {
    if bucket_of(one) != bucket_of(other) {
        return bucket_of(one) < bucket_of(other);
    }
    let shared = shared(one, other);
    shared < other.len() && (shared == one.len() || one[shared] < other[shared])
}

const fn shared(one: &[u8], other: &[u8]) -> usize {
    let mut shared = 0;
    while shared < one.len() && shared < other.len() && one[shared] == other[shared] {
        shared += 1;
    }
    shared
}

const fn bucket_of(text: &[u8]) -> usize {
    bucket(text[0], text[1])
}

const fn beginnings() -> [u16; BUCKET_COUNT + 1] {
    let mut beginnings = [COUNT as u16; BUCKET_COUNT + 1];
    let mut place = COUNT;
    let mut bucket = BUCKET_COUNT;
    while bucket > 0 {
        bucket -= 1;
        while place > 0 && bucket_of(PHRASES[place - 1].text) >= bucket {
            place -= 1;
        }
        beginnings[bucket] = place as u16;
    }
    beginnings
}
