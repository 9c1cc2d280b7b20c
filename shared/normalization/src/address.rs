//! Bare addresses out of whatever a provider puts into an address field.

use std::collections::BTreeSet;

use mail_parser::parsers::MessageStream;
use mail_parser::{Address, HeaderValue};

use crate::json::ENTRIES_READ;

/// Bytes of one address field that the parser gets, which takes up to 125 times as many in memory: room for more than
/// a thousand of the longest addresses (254: RFC 5321, section 4.5.3.1.3, less the angle brackets).
const MAX_FIELD: usize = 256 * 1024;

/// The bare addresses in one address field, in order, without display names, comments and group names.
/// Text that holds no address at all is given back as it is, trimmed: a local user, or something to look at. A field
/// that is longer than any mail's is read up to the last separator before that length.
#[must_use]
pub fn bare_addresses(text: &str) -> Vec<String> {
    let text = text.trim();
    if text.is_empty() {
        return Vec::new();
    }
    // What almost every field holds. Anything with a character of RFC 5322's list syntax goes to the parser.
    let is_syntax = |c| matches!(c, '<' | '>' | '"' | '(' | ')' | ',' | ':' | ';' | '\\');
    if !text.contains(|c: char| is_syntax(c) || c.is_whitespace() || c.is_control()) {
        return vec![text.to_owned()];
    }
    let found = parse(head(text));
    if found.is_empty() && !text.contains(';') {
        vec![text.to_owned()]
    } else {
        found
    }
}

/// The entries without repetitions, in the order given, and no more than can be of use.
pub(crate) fn distinct(addresses: impl IntoIterator<Item = String>) -> Vec<String> {
    let addresses = addresses.into_iter();
    if let (_, Some(0 | 1)) = addresses.size_hint() {
        return addresses.collect();
    }
    let mut seen = BTreeSet::new();
    addresses
        .filter(|address| seen.insert(address.clone()))
        .take(ENTRIES_READ)
        .collect()
}

fn head(text: &str) -> &str {
    if text.len() <= MAX_FIELD {
        return text;
    }
    let bytes = text.as_bytes();
    let separator = (0..MAX_FIELD)
        .rev()
        .find(|index| matches!(bytes.get(*index), Some(b',' | b';')));
    let end = separator.unwrap_or_else(|| text.floor_char_boundary(MAX_FIELD));
    text.get(..end).unwrap_or_default()
}

fn parse(text: &str) -> Vec<String> {
    // The parser reads a header field: an unfolded line end would be its end.
    let mut line = text.replace(|c: char| c.is_control(), " ");
    line.push('\n');
    let HeaderValue::Address(parsed) = MessageStream::new(line.as_bytes()).parse_address() else {
        return Vec::new();
    };
    let addresses = match parsed {
        Address::List(list) => list,
        Address::Group(groups) => groups
            .into_iter()
            .flat_map(|group| group.addresses)
            .collect(),
    };
    addresses
        .into_iter()
        .filter_map(|entry| entry.address)
        .map(|address| address.trim().to_owned())
        .filter(|address| !address.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_addresses() {
        let cases: &[(&str, &[&str])] = &[
            ("ada@example.com", &["ada@example.com"]),
            ("  ada@example.com ", &["ada@example.com"]),
            ("<ada@example.com>", &["ada@example.com"]),
            ("Ada <ada@example.com>", &["ada@example.com"]),
            ("\"Lovelace, Ada\" <ada@example.com>", &["ada@example.com"]),
            ("ada@example.com (Ada)", &["ada@example.com"]),
            (
                "=?utf-8?q?Ad=C3=A4?= <ada@example.com>",
                &["ada@example.com"],
            ),
            (
                "a@x.org, B <b@x.org>,, c@x.org",
                &["a@x.org", "b@x.org", "c@x.org"],
            ),
            ("a@x.org; b@x.org", &["a@x.org", "b@x.org"]),
            ("team: a@x.org, b@x.org;", &["a@x.org", "b@x.org"]),
            ("undisclosed-recipients:;", &[]),
            ("jürgen@exämple.de", &["jürgen@exämple.de"]),
            ("postmaster", &["postmaster"]),
            ("not an address", &["not an address"]),
            ("", &[]),
            (" , ", &[","]),
        ];
        for (text, expected) in cases {
            assert_eq!(bare_addresses(text), *expected, "{text}");
        }
    }

    #[test]
    fn a_field_longer_than_any_mail_has() {
        let count = |text: String| bare_addresses(&text).len();
        let long = "ü".repeat(200);
        assert_eq!(count(format!("{long}@example.org, ").repeat(600)), 600);
        let found = count(format!("{long}@example.org, ").repeat(60_000));
        assert!((600..MAX_FIELD / 400).contains(&found), "{found}");
        assert_eq!(count("a@b,".repeat(1_000_000)), MAX_FIELD / 4);
        // Without an address it is one text, whole, to be cut by whoever carries it.
        let text = "ü ü ".repeat(1_000_000);
        assert_eq!(bare_addresses(&text), [text.trim()]);
    }
}
