//! Whether a text mentions an address.

use normalization::lookup_form;

/// The spellings of an address that are looked for.
pub(super) struct Spellings(Vec<String>);

impl Spellings {
    /// As given, with the domain as A-labels, and both as in URLs.
    pub(super) fn of(address: &str) -> Self {
        let forms = [address.trim().to_lowercase(), lookup_form(address)];
        let in_urls = forms.clone().map(|form| form.replace('@', "%40"));
        let mut all: Vec<String> = forms.into_iter().chain(in_urls).collect();
        all.sort();
        all.dedup();
        Self(all)
    }

    /// Whether a text has one of them, not as a part of a longer address.
    pub(super) fn are_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.0.iter().any(|form| {
            text.match_indices(form).any(|(start, found)| {
                let before = text.get(..start).and_then(|before| before.chars().next_back());
                let mut after = text.get(start + found.len()..).unwrap_or_default().chars();
                let longer = match after.next() {
                    Some('.') => after.next().is_some_and(char::is_alphanumeric),
                    Some(next) => next.is_alphanumeric() || next == '-' || next == '_',
                    None => false,
                };
                !longer && !before.is_some_and(is_of_local_part)
            })
        })
    }
}

/// Whether a character before an address makes it longer. `=`, `/`, `'` and others may be in a local part too, but stand before
/// addresses in URLs and texts.
fn is_of_local_part(character: char) -> bool {
    character.is_alphanumeric() || "._+-".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_addresses_are_found_in_any_spelling() {
        let spellings = Spellings::of("Ada@Exämple.example");
        for text in [
            "ada@exämple.example",
            "to: <ADA@xn--exmple-cua.example>.",
            "https://x.example/?u=ada%40xn--exmple-cua.example&k=1",
            "\"ada@exämple.example\"",
            "mail to ada@exämple.example.",
        ] {
            assert!(spellings.are_in(text), "{text}");
        }
        for text in [
            "granada@exämple.example",
            "x.ada@exämple.example",
            "ada@exämple.example.com",
            "ada@exämple.example-two",
            "bob@exämple.example",
            "",
        ] {
            assert!(!spellings.are_in(text), "{text}");
        }
    }
}
