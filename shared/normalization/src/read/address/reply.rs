//! Finds the addresses in a mail server's reply.

use std::collections::BTreeSet;

use super::parts::{is_atom, is_of_domain, literal_length};
use super::{MAX_DOMAIN, lookup_form};

/// Bytes of a quoted local part that are searched: 64, and two quotes (RFC 5321, section 4.5.3.1.1), each escaped.
const MAX_QUOTED: usize = 2 * 66;

/// The most addresses that are read: ten times the most recipients of a report.
const MAX_ADDRESSES: usize = 1_000;

/// The addresses in a reply, whole and in lookup form. The work is proportional to the length of the reply.
pub(crate) fn addresses_in(reply: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in reply.match_indices('@').take(MAX_ADDRESSES) {
        let (before, after) = reply.split_at(at);
        let after = after.strip_prefix('@').unwrap_or_default();
        let (local, domain) = (local_part(before), domain(after));
        if local.is_empty() || domain.is_empty() || domain.len() > MAX_DOMAIN {
            continue;
        }
        found.insert(lookup_form(&[local, "@", domain].concat()));
        // `to=ada@example.com`, `'ada@example.com'`: an address may begin with these marks, but rarely does.
        let marks = ['\'', '`', '{', '='];
        if let Some((_, local)) = local.rsplit_once(marks).filter(|(label, _)| is_label(label)) {
            found.insert(lookup_form(&[local, "@", domain].concat()));
        }
    }
    found
}

/// Whether the text names a recipient before an equals sign, or is empty as before a quotation mark.
fn is_label(text: &str) -> bool {
    let labels = ["", "to", "rcpt", "recipient", "address", "email", "user"];
    labels.iter().any(|label| text.eq_ignore_ascii_case(label))
}

fn is_quotation_mark(character: char) -> bool {
    matches!(character, '‘'..='‟' | '«' | '»' | '‹' | '›' | '\u{3000}'..='〟' | '（' | '）' | '，' | '：' | '；')
}

fn local_part(before: &str) -> &str {
    if !before.ends_with('"') {
        let atoms = before.chars().rev();
        let length = atoms
            .take_while(|character| is_atom(*character) && !is_quotation_mark(*character))
            .map(char::len_utf8)
            .sum::<usize>();
        return before.get(before.len() - length..).unwrap_or_default();
    }
    let quoted = before.len() - 1;
    let start = before.ceil_char_boundary(before.len().saturating_sub(MAX_QUOTED));
    let opening = before.get(start..quoted).unwrap_or_default().match_indices('"');
    let is_escaped = |at: usize| before.get(..at).is_some_and(|text| text.ends_with('\\'));
    let opening = opening.map(|(at, _)| start + at).rfind(|at| !is_escaped(*at));
    opening.and_then(|at| before.get(at..)).unwrap_or_default()
}

fn domain(after: &str) -> &str {
    let length = literal_length(after).unwrap_or_else(|| {
        after
            .find(|character| !is_of_domain(character) || is_quotation_mark(character))
            .unwrap_or(after.len())
    });
    let domain = after.get(..length).unwrap_or_default();
    // Not the full stop of a sentence.
    domain.trim_end_matches(['.', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_addresses_are_found_however_they_stand() {
        for reply in [
            "550 5.1.1 <dead@example.org>: Recipient address rejected: User unknown",
            "550 Dead@EXAMPLE.org... User unknown",
            "550 no such user dead@example.org.",
            "smtp; 550 (dead@example.org) rfc822;dead@example.org",
            "to=<dead@example.org>, dsn=5.1.1",
            "to=dead@example.org unknown",
            "'dead@example.org' not found",
            "RCPT TO:<dead@example.org>",
            "<<dead@example.org>>",
            "„dead@example.org“ ist unbekannt",
        ] {
            assert!(addresses_in(reply).contains("dead@example.org"), "{reply}");
        }
        for reply in [
            "550 <notdead@example.org>",
            "550 <not.dead@example.org>",
            "550 <not+dead@example.org>",
            "550 <bounce=dead@example.org>",
            "550 <dead@example.org.example>",
            "550 <dead@sub.example.org>",
            "550 <\"x dead\"@example.org>",
            "550 User unknown",
            "dead @ example.org",
        ] {
            assert!(!addresses_in(reply).contains("dead@example.org"), "{reply}");
        }
    }

    #[test]
    fn other_forms_of_addresses_are_found() {
        for (reply, address) in [
            ("550 <jo@exämple.de>: unknown", "jo@xn--exmple-cua.de"),
            ("550 <jo@xn--exmple-cua.de>: unknown", "jo@xn--exmple-cua.de"),
            ("550 <\"john..doe\"@docomo.example>", "\"john..doe\"@docomo.example"),
            ("550 <\"a \\\" b@c\"@x.org>", "\"a \\\" b@c\"@x.org"),
            ("550 <ada@[192.0.2.1]>", "ada@[192.0.2.1]"),
            ("550 <jörg@example.org>", "jörg@example.org"),
        ] {
            assert!(addresses_in(reply).contains(address), "{reply}");
        }
    }

    #[test]
    fn long_replies_take_work_in_proportion() {
        for part in ["@", "a@", "\"@", "\\\"@", "a@[", "é@", "="] {
            assert!(addresses_in(&part.repeat(200_000)).len() <= 1, "{part}");
        }
    }
}
