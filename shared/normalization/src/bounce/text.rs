//! A text before codes and words are looked for in it.

use std::borrow::Cow;

/// How much of a text is read at each end, in bytes: sixteen lines of a reply of the greatest length (512 with code
/// and line end: RFC 5321, section 4.5.3.1.5). What stands in the middle of a longer text is not a server's reply.
const READ_BYTES: usize = 8_192;

/// The text, or its two ends where it is long.
pub(super) fn both_ends(text: &str) -> Cow<'_, str> {
    if text.len() <= 2 * READ_BYTES {
        return Cow::Borrowed(text);
    }
    let head = text.get(..text.floor_char_boundary(READ_BYTES));
    let tail = text.get(text.ceil_char_boundary(text.len() - READ_BYTES)..);
    Cow::Owned([head, tail].map(Option::unwrap_or_default).join("\n;\n"))
}

/// The text in lower case. What is not ASCII in it are letters; those of Chinese, Japanese and Korean, which may stand
/// beside a code without a space, are bars.
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
