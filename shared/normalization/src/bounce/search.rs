//! Finds phrases in a text. There are some seven hundred, and a text is read once for all of them: they are sorted, and
//! what several begin with is compared once.

use std::cmp::Ordering;

use super::sorted::{BUCKETS, Meaning, PHRASES, bucket};

/// Tells what each phrase means that `text` begins with.
pub(super) fn each_at_the_start(text: &[u8], mut tell: impl FnMut(Meaning)) {
    let [first, second, ..] = text else { return };
    let bucket = bucket(*first, *second);
    let (Some(from), Some(to)) = (BUCKETS.get(bucket), BUCKETS.get(bucket + 1)) else {
        return;
    };
    let phrases = PHRASES.get(usize::from(*from)..usize::from(*to));
    let mut matched = 0;
    for phrase in phrases.unwrap_or_default() {
        match usize::from(phrase.shared).cmp(&matched) {
            // It goes on as the phrase before it, where the text went another way.
            Ordering::Greater => continue,
            // The text goes on as the phrase before it: this one, and all that follow, come later in the order.
            Ordering::Less => return,
            Ordering::Equal => {}
        }
        let ahead = phrase.text.iter().zip(text).skip(matched);
        matched += ahead.take_while(|(ours, theirs)| ours == theirs).count();
        if matched == phrase.text.len() {
            tell(phrase.meaning);
        }
    }
}
