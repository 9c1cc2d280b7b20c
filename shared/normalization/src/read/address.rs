//! Addresses: reads bare ones from address fields, and converts them to the form in which they are compared.

mod field;
mod parts;
mod reply;

use std::collections::BTreeSet;

use idna::AsciiDenyList;

use crate::limits::ENTRIES_READ;
pub(crate) use reply::addresses_in;

/// Bytes of one address field that are read: room for more than a thousand of the longest addresses (254: RFC 5321,
/// section 4.5.3.1.3, without the angle brackets).
const MAX_FIELD: usize = 256 * 1024;

/// Bytes of a domain that is converted to A-labels: 255 (RFC 1035, section 2.3.4), with room for Unicode.
const MAX_DOMAIN: usize = 2 * 255;

/// The bare addresses in one address field, in order and complete, without display names, comments and group names. A
/// quoted local part keeps its quotes. An entry that cannot be read as one address is left out, never cut into
/// something that looks like one. Of a field longer than 256 KiB, only the entries that end within that length are
/// read.
pub fn bare_addresses(text: &str) -> Vec<String> {
    let text = text.trim();
    if is_ordinary(text) {
        return vec![text.to_owned()];
    }
    if !text.contains('@') {
        return Vec::new();
    }
    let head = text.get(..text.floor_char_boundary(MAX_FIELD));
    field::addresses(head.unwrap_or(text), text.len() <= MAX_FIELD)
}

/// Whether the field is one address of letters, digits and marks that need no closer look, as almost every field is.
fn is_ordinary(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._+".contains(&byte);
    text.split_once('@').is_some_and(|(local, domain)| {
        let parts = [local, domain];
        parts.iter().all(|part| !part.is_empty() && part.bytes().all(is_plain))
            && domain.bytes().any(|byte| byte.is_ascii_alphanumeric())
    })
}

/// The form in which addresses are compared and looked up: lower case, with the domain in A-labels (`xn--`, RFC
/// 5890). All spellings of a domain give the same form.
pub fn lookup_form(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) if !domain.is_ascii() => {
            [&local.to_lowercase(), "@", &lookup_domain(domain)].concat()
        }
        _ => address.to_lowercase(),
    }
}

/// A domain in lower-case A-labels, or only in lower case if it cannot be converted.
pub fn lookup_domain(domain: &str) -> String {
    if domain.is_ascii() || domain.len() > MAX_DOMAIN {
        return domain.to_lowercase();
    }
    idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::EMPTY)
        .map_or_else(|_| domain.to_lowercase(), Into::into)
}

/// The entries without repetitions, in the order given, and no more than can be used.
pub(crate) fn distinct(addresses: impl IntoIterator<Item = String>) -> Vec<String> {
    let addresses = addresses.into_iter();
    if let (_, Some(0 | 1)) = addresses.size_hint() {
        return addresses.collect();
    }
    let mut seen = BTreeSet::new();
    addresses.filter(|address| seen.insert(address.clone())).take(ENTRIES_READ).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_one_lookup_form() {
        for (address, form) in [
            ("Ada@Example.COM", "ada@example.com"),
            ("jo@exämple.de", "jo@xn--exmple-cua.de"),
            ("Jo@EXÄMPLE.de", "jo@xn--exmple-cua.de"),
            ("jo@XN--EXMPLE-CUA.de", "jo@xn--exmple-cua.de"),
            ("jo@exa\u{308}mple.de", "jo@xn--exmple-cua.de"),
            ("JÖ@straße.example", "jö@xn--strae-oqa.example"),
            ("用户@例え。テスト", "用户@xn--r8jz45g.xn--zckzah"),
            ("\"A@b\"@Exämple.de", "\"a@b\"@xn--exmple-cua.de"),
            ("a_b@under_score.exämple.de", "a_b@under_score.xn--exmple-cua.de"),
            // Cannot be converted: looked up unchanged.
            ("jo@\u{378}.de", "jo@\u{378}.de"),
            ("Postmaster", "postmaster"),
        ] {
            assert_eq!(lookup_form(address), form, "{address}");
            assert_eq!(lookup_form(form), form, "{address}");
        }
    }

    #[test]
    fn a_field_longer_than_any_mail_has() {
        let count = |text: String| bare_addresses(&text).len();
        let long = "ü".repeat(200);
        assert_eq!(count(format!("{long}@example.org, ").repeat(600)), 600);
        let found = count(format!("{long}@example.org, ").repeat(60_000));
        assert!((600..=MAX_FIELD / 400).contains(&found), "{found}");
        assert_eq!(count("a@b,".repeat(1_000_000)), MAX_FIELD / 4);
        assert_eq!(count("ü ü ".repeat(1_000_000)), 0);
        // An address that the limit cuts in two is not read.
        let over = |text: &str| format!("{}{text}", "x".repeat(MAX_FIELD - 9));
        assert_eq!(count(over(" <ada@example.com>")), 0);
        assert_eq!(count(over(",\"a@x.org,b\"@y.example")), 0);
        assert_eq!(count(over(",(a@x.org,b) c@x.org")), 0);
    }
}
