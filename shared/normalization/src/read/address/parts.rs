//! The parts of an address: RFC 5322, and what mailboxes use in addition.

/// Bytes of a domain literal with its brackets: the longest IPv6 address in one takes 53 (RFC 5321, section 4.1.3).
const MAX_LITERAL: usize = 64;

/// Atoms and quoted strings with dots between them. Any dots are accepted, because mailboxes with two in a row exist
/// (NTT Docomo's).
pub(super) fn is_local_part(text: &str) -> bool {
    let mut rest = text;
    let mut joins = true;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' if joins => quoted_length(rest).unwrap_or_default(),
            _ if is_atom(first) => first.len_utf8(),
            _ => 0,
        };
        let (token, after) = rest.split_at(length);
        if token.is_empty() || token.chars().any(char::is_control) {
            return false;
        }
        rest = after;
        joins = first == '.';
        if first == '"' && !(rest.is_empty() || rest.starts_with('.')) {
            return false;
        }
    }
    !text.is_empty()
}

/// The characters of RFC 5322, section 3.2.3, the dot, and all non-ASCII characters (RFC 6532) except white space.
pub(super) fn is_atom(character: char) -> bool {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        '\0'..='\x7f' => "!#$%&'*+-/=?^_`{|}~.".contains(character),
        _ => !character.is_whitespace() && !character.is_control(),
    }
}

pub(super) fn is_domain(text: &str) -> bool {
    if text.starts_with('[') {
        return literal_length(text) == Some(text.len());
    }
    text.chars().all(is_of_domain) && text.contains(char::is_alphanumeric)
}

/// Letters, digits, hyphens and dots, underscores (which some names contain), and non-ASCII characters.
pub(super) fn is_of_domain(character: char) -> bool {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' => true,
        _ => !character.is_ascii() && !character.is_whitespace() && !character.is_control(),
    }
}

/// The length of the quoted string at the start, including its quotes.
pub(super) fn quoted_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    let end = text.strip_prefix('"')?.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    Some(end + 2)
}

/// The length of the comment at the start, which may contain comments.
pub(super) fn comment_length(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        match byte {
            _ if escaped => {}
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        escaped = byte == b'\\' && !escaped;
        depth == 0
    })?;
    Some(end + 1)
}

/// The length of the domain literal at the start: an IP address in brackets.
pub(super) fn literal_length(text: &str) -> Option<usize> {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b".:-".contains(&byte);
    let inner = text.strip_prefix('[')?.bytes().take(MAX_LITERAL);
    let length = inner.take_while(|byte| is_inner(*byte)).count();
    let ends = text.as_bytes().get(length + 1) == Some(&b']');
    (ends && length > 0).then_some(length + 2)
}
