//! Prepares a text for the search for codes and words.

use std::borrow::Cow;

/// Bytes that are read at each end of a text: sixteen lines of a reply of the maximum length (512 with code and line
/// end: RFC 5321, section 4.5.3.1.5). The middle of a longer text is not a server's reply.
const READ_BYTES: usize = 8_192;

/// The text, or its two ends if it is long.
pub(super) fn both_ends(text: &str) -> Cow<'_, str> {
    if text.len() <= 2 * READ_BYTES {
        return Cow::Borrowed(text);
    }
    let head = text.get(..text.floor_char_boundary(READ_BYTES));
    let tail = text.get(text.ceil_char_boundary(text.len() - READ_BYTES)..);
    Cow::Owned([head, tail].map(Option::unwrap_or_default).join("\n;\n"))
}

/// The text in lower case. Non-ASCII letters are kept, but Chinese, Japanese and Korean ones become bars, because
/// they may be next to a code without a space. Other non-ASCII characters become spaces.
pub(super) fn for_codes(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    if text.is_ascii() {
        return text;
    }
    let plain = |letter: char| match letter {
        '\u{3000}'..='\u{d7ff}' if letter.is_alphabetic() => '|',
        _ if letter.is_ascii() || letter.is_alphanumeric() => letter,
        _ => ' ',
    };
    text.chars().map(plain).collect()
}
