//! Reads address lists of mail (RFC 5322, section 3.4) leniently: stray quotes and brackets, entries that are not
//! addresses, missing ends. Existing parsers are not used, because they remove the quotes of a local part and so read
//! a different address. The text is read once, without a stack.

use super::parts::{comment_length, is_domain, is_local_part, literal_length, quoted_length};

/// The characters around an address that was quoted for people.
const PAIRS: &[(char, char)] =
    &[('<', '>'), ('\'', '\''), ('`', '`'), ('[', ']'), ('{', '}'), ('‘', '’'), ('“', '”'), ('«', '»')];

/// The addresses of a field. If `whole` is false, the text was cut off: an entry without an end in it is not read.
pub(super) fn addresses(text: &str, whole: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut entry = Entry::default();
    let (mut quotes_end, mut comments_end) = (true, true);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' if quotes_end => quoted_length(rest),
            '(' if comments_end => comment_length(rest),
            '[' if entry.text.ends_with('@') => literal_length(rest),
            _ => None,
        };
        // If this one has no end, later ones have none either.
        match (first, length) {
            ('"' | '(', None) if !whole => return found,
            ('"', None) => quotes_end = false,
            ('(', None) => comments_end = false,
            _ => {}
        }
        let length = length.unwrap_or_else(|| match first {
            '(' => rest.find([',', ';']).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        });
        let (token, after) = rest.split_at(length);
        rest = after;
        match first {
            '"' if length == 1 => {}
            '(' => entry.comment = token,
            ')' => {}
            '<' => entry.open(),
            '>' => found.extend(entry.close()),
            ',' if entry.is_route() => entry.text.push(','),
            ',' | ';' => found.extend(std::mem::take(&mut entry).end()),
            ':' if entry.is_group_name() => entry = Entry::default(),
            _ if first.is_control() => entry.text.push(' '),
            _ => entry.text.push_str(token),
        }
        entry.has_at_sign |= first == '@';
    }
    if whole {
        found.extend(entry.end());
    }
    found
}

/// The text since the last separator.
#[derive(Default)]
struct Entry<'a> {
    text: String,
    comment: &'a str,
    has_at_sign: bool,
    in_brackets: bool,
    /// The entry was in angle brackets and has been read; the rest is ignored.
    is_read: bool,
}

impl Entry<'_> {
    fn open(&mut self) {
        self.text.clear();
        self.has_at_sign = false;
        self.in_brackets = true;
    }

    fn close(&mut self) -> Option<String> {
        if !self.in_brackets {
            return None;
        }
        self.in_brackets = false;
        self.is_read = true;
        let text = std::mem::take(&mut self.text);
        // The servers of an obsolete source route (RFC 5322, section 4.4) are not part of the address.
        let bare = match text.rsplit_once(':') {
            Some((_, bare)) if text.starts_with('@') => bare,
            _ => &text,
        };
        address(bare)
    }

    fn end(self) -> Option<String> {
        let inside = self.comment.trim_matches(['(', ')']);
        match self.text.trim() {
            _ if self.is_read => None,
            "" => address(inside),
            text => address(text),
        }
    }

    fn is_route(&self) -> bool {
        self.in_brackets && self.text.starts_with('@')
    }

    fn is_group_name(&self) -> bool {
        !self.in_brackets && !self.has_at_sign
    }
}

/// The address in a text, if the text is exactly one.
fn address(text: &str) -> Option<String> {
    let text = unwrapped(text);
    if quoted_length(text) != Some(text.len()) {
        return local_and_domain(text);
    }
    let mut escaped = false;
    let inner: String = text
        .chars()
        .filter(|character| {
            escaped = *character == '\\' && !escaped;
            !escaped
        })
        .collect();
    // Without the quotes around the whole text. Quotes inside belong to the address.
    local_and_domain(unwrapped(inner.strip_prefix('"')?.strip_suffix('"')?))
}

/// Bytes of an address with the characters around it: sixteen times the 254 of an address (RFC 5321, section
/// 4.5.3.1.3).
const MAX_WRAPPED: usize = 4_096;

/// The text without the pairs around it and stray characters at its ends, in any order.
fn unwrapped(text: &str) -> &str {
    let mut text = text.trim_matches(is_blank);
    while text.len() <= MAX_WRAPPED {
        let stripped = without_strays(without_pair(text));
        if stripped.len() == text.len() {
            break;
        }
        text = stripped;
    }
    text
}

fn without_pair(text: &str) -> &str {
    let inner = |(open, close): &(char, char)| text.strip_prefix(*open)?.strip_suffix(*close);
    PAIRS.iter().find_map(inner).unwrap_or(text)
}

fn without_strays(text: &str) -> &str {
    const BEFORE: [char; 6] = ['[', '{', '‘', '“', '«', '\\'];
    const BEHIND: [char; 7] = ['\'', '`', '}', '’', '”', '»', '\\'];
    let text = text.trim_matches(is_blank);
    // If both ends have one, they may be a pair.
    if PAIRS.iter().any(|(open, close)| text.starts_with(*open) && text.ends_with(*close)) {
        return text;
    }
    let text = text.trim_start_matches(BEFORE).trim_end_matches(BEHIND);
    if text.contains('[') { text } else { text.trim_end_matches(']') }
}

/// Whether this is white space, or a character without a width.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn local_and_domain(text: &str) -> Option<String> {
    let mut at_sign = None;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => quoted_length(rest)?,
            '@' if at_sign.is_some() => return None,
            '@' => {
                at_sign = Some(text.len() - rest.len());
                1
            }
            _ => first.len_utf8(),
        };
        rest = rest.get(length..)?;
    }
    let (local, domain) = text.split_at(at_sign?);
    let (local, domain) = (local.trim_end(), domain.strip_prefix('@')?.trim_start());
    (is_local_part(local) && is_domain(domain)).then(|| [local, "@", domain].concat())
}

#[cfg(test)]
mod tests;
