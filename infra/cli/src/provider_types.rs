//! The providers' own event types. An unknown type on the command line is an error, because a misspelled one would match
//! no event, and the empty result would be misleading.

use std::collections::BTreeSet;

use anyhow::Result;
use mailhooks_local::samples::{samples, tool_facts};
use normalization::{EventType, ProviderName};

use crate::options::UsageError;

/// The event types that a provider documents, and the prefixes of types that its users name.
pub(crate) struct ProviderTypes(BTreeSet<String>, Vec<String>);

impl ProviderTypes {
    pub(crate) fn of(provider: ProviderName) -> Result<Self> {
        let facts = tool_facts(provider)?;
        let samples = samples(provider)?.into_iter().filter_map(|sample| sample.documents);
        let open = facts.open_types;
        let words = samples.chain(facts.more_types);
        let words = words.filter(|word| !open.iter().any(|beginning| word.starts_with(beginning)));
        Ok(Self(words.collect(), open))
    }

    pub(crate) fn has(&self, word: &str) -> bool {
        let ends_openly = |beginning: &String| {
            let rest = word.strip_prefix(beginning.as_str());
            rest.is_some_and(|rest| !rest.is_empty())
        };
        self.0.contains(word) || self.1.iter().any(ends_openly)
    }

    /// The documented types, without those that users name.
    pub(crate) fn words(&self) -> impl Iterator<Item = &String> {
        self.0.iter()
    }

    /// All types as a list for an error message.
    pub(crate) fn list(&self) -> String {
        let open = self.1.iter().map(|beginning| format!("{beginning}NAME"));
        let words: Vec<String> = self.0.iter().cloned().chain(open).collect();
        words.join(", ")
    }
}

/// Checks a type that selects stored events: one of ours, or a documented type of a provider. Events of undocumented types
/// are recorded as `unknown`.
pub(crate) fn check_type(word: &str, provider: Option<ProviderName>) -> Result<()> {
    let ours = || EventType::ALL.iter().map(|word| word.as_str());
    if ours().any(|our| our == word) {
        return Ok(());
    }
    for &name in ProviderName::ALL {
        if provider.is_none_or(|provider| provider == name) && ProviderTypes::of(name)?.has(word) {
            return Ok(());
        }
    }
    let ours = ours().collect::<Vec<_>>().join(", ");
    let theirs = match provider {
        Some(provider) => format!("of {provider}: {}", ProviderTypes::of(provider)?.list()),
        None => "or a type that a provider documents; --provider NAME lists its types".to_owned(),
    };
    let message = format!(
        "--type {word}: unknown type. Types are {ours}; {theirs}. An event with an undocumented type has the type \
         unknown"
    );
    Err(UsageError(message).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_provider() {
        let jetemail = ProviderTypes::of(ProviderName::JetEmail).unwrap();
        let emailit = ProviderTypes::of(ProviderName::Emailit).unwrap();
        assert!(jetemail.has("outbound.queued") && !jetemail.has("email.bounced"));
        for word in ["email.bounced", "w:customer.type", "order.paid"] {
            assert!(emailit.has(word), "{word}");
        }
        for word in ["email.bouncd", "OUTBOUND.BOUNCED", "w:", "w:x", ""] {
            assert!(!jetemail.has(word), "{word}");
        }
        assert!(!emailit.has("w:") && !emailit.has("email.bouncd"));
        assert!(emailit.list().ends_with("w:NAME"), "{}", emailit.list());
    }

    #[test]
    fn a_type_is_ours_or_a_provider_s() {
        let (jetemail, jasni) = (Some(ProviderName::JetEmail), Some(ProviderName::Jasni));
        for (word, provider, known) in [
            ("unknown", None, true),
            ("email.bounced", jetemail, true),
            ("outbound.bounced", None, true),
            ("outbound.bounced", jetemail, true),
            ("outbound.bounced", jasni, false),
            ("nonsense", None, false),
            ("", None, false),
        ] {
            assert_eq!(check_type(word, provider).is_ok(), known, "{word}");
        }
    }
}
