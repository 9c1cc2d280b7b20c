//! The providers' own words for their events. A word that is misspelled on the command line matches nothing, and no match
//! looks like good news; so it is an error.

use std::collections::BTreeSet;

use anyhow::Result;
use mailhooks_local::samples::samples;
use normalization::{EventType, ProviderName};

use crate::options::UsageError;

/// What Emailit lists without a sample (<https://emailit.com/docs/webhooks/event-types.md>).
const MORE_OF_EMAILIT: &[&str] = &[
    "audience.deleted",
    "audience.updated",
    "campaign.archived",
    "campaign.canceled",
    "campaign.deleted",
    "campaign.queued",
    "campaign.scheduled",
    "campaign.sending",
    "campaign.sent",
    "campaign.testing",
    "campaign.updated",
    "cart.abandoned",
    "email_verification.deleted",
    "email_verification.updated",
    "email_verification_list.deleted",
    "email_verification_list.updated",
    "product.viewed",
    "subscriber.deleted",
    "subscriber.resubscribed",
    "subscriber.updated",
    "suppression.deleted",
    "suppression.updated",
    "template.deleted",
    "template.updated",
];

/// Beginnings of words whose end Emailit leaves to its user, or does not list.
const OPEN_OF_EMAILIT: &[&str] = &["c:", "order.", "w:"];

/// The words that a provider documents.
pub(crate) struct ProviderTypes(BTreeSet<String>, &'static [&'static str]);

impl ProviderTypes {
    pub(crate) fn of(provider: ProviderName) -> Result<Self> {
        let samples = samples(provider)?.into_iter();
        let mut words: BTreeSet<String> = samples.filter_map(|sample| sample.documents).collect();
        let mut open: &[&str] = &[];
        if provider == ProviderName::Emailit {
            words.extend(MORE_OF_EMAILIT.iter().map(|&word| word.to_owned()));
            open = OPEN_OF_EMAILIT;
            words.retain(|word| !open.iter().any(|beginning| word.starts_with(beginning)));
        }
        Ok(Self(words, open))
    }

    pub(crate) fn has(&self, word: &str) -> bool {
        let ends_openly = |beginning: &&str| {
            let rest = word.strip_prefix(beginning);
            rest.is_some_and(|rest| !rest.is_empty())
        };
        self.0.contains(word) || self.1.iter().any(ends_openly)
    }

    /// All of them, for an error.
    pub(crate) fn list(&self) -> String {
        let open = self.1.iter().map(|beginning| format!("{beginning}NAME"));
        let words: Vec<String> = self.0.iter().cloned().chain(open).collect();
        words.join(", ")
    }
}

/// Checks a type that stored events are chosen by: ours, or the provider's word. What no provider documents is recorded
/// as `unknown`.
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
        None => "or a word that a provider documents; --provider NAME lists its words".to_owned(),
    };
    let message = format!(
        "--type {word}: unknown type. Types are {ours}; {theirs}. An event whose word is not documented has the type \
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
