//! Escapes characters that control a terminal: untrusted text must not move the cursor, hide text or reverse it.

use std::fmt::Write as _;

/// Whether the character is a control character (C0, DEL or C1), or changes the direction of the text after it
/// (<https://www.unicode.org/reports/tr9/>), which can make one text look like another.
fn steers(character: char) -> bool {
    let turns = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    turns || character.is_control()
}

/// Puts the text on one line: line ends and tabs become spaces, other such characters escapes such as `\u001b`.
pub(crate) fn printable(text: &str) -> String {
    lines(&text.replace(['\t', '\n', '\r'], " "))
}

/// Escapes these characters except line ends and tabs. JSON stays valid, because it has them only inside strings.
pub(super) fn lines(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if steers(character) && character != '\n' && character != '\t' {
            write!(escaped, "\\u{:04x}", u32::from(character)).expect("a String takes every text");
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Converts bytes to text. Bytes that are not UTF-8, which some terminals read as control characters, become `\x9b`.
pub(super) fn bytes(bytes: &[u8]) -> String {
    let mut escaped = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        escaped.push_str(&lines(chunk.valid()));
        for byte in chunk.invalid() {
            write!(escaped, "\\x{byte:02x}").expect("a String takes every text");
        }
    }
    escaped
}
