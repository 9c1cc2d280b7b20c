//! What a request that was not accepted means, and what to do about it.

use ingestion::secrets::SecretsError;
use normalization::{ProviderName, Rejection};

const REJECTIONS: [Rejection; 7] = [
    Rejection::BodyNotJson,
    Rejection::SignatureMalformed,
    Rejection::SignatureMismatch,
    Rejection::SignatureMissing,
    Rejection::TimestampMalformed,
    Rejection::TimestampMissing,
    Rejection::TimestampStale,
];

/// How the reasons begin why a value cannot be a signing secret.
const UNUSABLE: &str = "the signing secret is unusable";

/// In a sentence or two, from the outcome and the reason that the log names.
pub(super) fn of(provider: Option<ProviderName>, outcome: &str, reason: &str) -> String {
    let provider = provider.map_or("the provider", ProviderName::as_str);
    let rejection = REJECTIONS.into_iter().find(|rejection| rejection.to_string() == reason);
    match (outcome, rejection) {
        (_, Some(rejection)) => of_rejection(provider, rejection),
        ("not_found", _) => format!(
            "No webhook is received at this path. Set {provider} to send to one of the webhook URLs that \
             mailhooks dev names: they end with /webhooks/ and the provider's name."
        ),
        ("method_not_allowed", _) => {
            "The path is right and the method is not: a webhook is a POST request. A browser or a health \
             check asks like this; a redirect on the way also turns a POST into a GET."
                .to_owned()
        }
        ("too_large", _) => format!(
            "The body has more than 6 MB, which is all that Lambda takes. Let {provider} send less: without \
             attachments or the content of mails, or fewer events at a time."
        ),
        ("unavailable", _) if reason == SecretsError::NotSet.to_string() => format!(
            "There is no signing secret for {provider}, so nothing can be verified. Set SIGNING_SECRETS_{} and \
             start again.",
            provider.to_uppercase()
        ),
        ("unavailable", _) if reason.starts_with(UNUSABLE) => format!(
            "What is stored as the signing secret of {provider} cannot be one, so nothing is verified with it. \
             mailhooks secret set {provider} --only replaces it."
        ),
        ("unavailable", _) => {
            "The webhook is authentic, and the table failed. What was recorded stays; the rest is recorded when the \
             provider sends it again, which it was told to."
                .to_owned()
        }
        ("accepted", _) => "The webhook is authentic, and there is no event in it: nothing to do.".to_owned(),
        _ => "This request is none that mailhooks knows.".to_owned(),
    }
}

fn of_rejection(provider: &str, rejection: Rejection) -> String {
    match rejection {
        Rejection::SignatureMismatch => format!(
            "The signature is of the right form, and was made with another secret or over another body. Compare the \
             signing secret of this endpoint at {provider} with the one that mailhooks dev uses: its start names the \
             place. If they are the same, something on the way changes the body."
        ),
        Rejection::SignatureMissing => format!(
            "There is no signature header. Either the request is not from {provider}, or a proxy on the way drops the \
             header, or the endpoint was set up there without a signing secret."
        ),
        Rejection::SignatureMalformed => format!(
            "The signature header is not as {provider} writes it, or is there twice. Check that the webhook of another \
             provider does not point to this path, and that no proxy adds headers."
        ),
        Rejection::TimestampMissing => format!(
            "{provider} signs a timestamp, and its header is not there. A proxy on the way drops it, or the request \
             was made by hand: mailhooks send makes a complete one."
        ),
        Rejection::TimestampMalformed => format!(
            "The signed timestamp is not a number of seconds, or is there twice: {provider} does not send it so. Look \
             for a proxy that rewrites headers."
        ),
        Rejection::TimestampStale => {
            "The signature is right, and was made too long ago or lies in the future. If the request is a recorded \
             one, sign it anew with mailhooks send; if it came just now, set the clock of this machine."
                .to_owned()
        }
        Rejection::BodyNotJson => format!(
            "The signature covers the body alone, and the body does not begin as JSON. {provider} sends JSON only: the \
             signature of another request may have been taken for this one."
        ),
    }
}

#[cfg(test)]
mod tests {
    use ingestion::secrets::Unusable;

    use super::*;

    #[test]
    fn every_reason_has_advice_of_its_own() {
        let advice = |reason: &Rejection| of(Some(ProviderName::Jasni), "refused", &reason.to_string());
        let mut all: Vec<_> = REJECTIONS.iter().map(advice).collect();
        for outcome in ["not_found", "method_not_allowed", "too_large", "unavailable", "accepted", "?"] {
            all.push(of(None, outcome, ""));
        }
        for reason in [SecretsError::NotSet, SecretsError::Unusable(Unusable::Short)] {
            all.push(of(None, "unavailable", &reason.to_string()));
        }
        let number = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), number);
    }
}
