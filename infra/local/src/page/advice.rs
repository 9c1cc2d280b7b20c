//! What a request that was not accepted means, and what to do about it.

use ingestion::outcome::Outcome;
use ingestion::secrets::SecretsError;
use normalization::{ProviderName, Rejection};

use crate::signing;

/// Of a request that is for no receiver.
pub(super) const OF_STRAY: &str = "No webhook is received at this path. Set the provider to send to one of the webhook URLs \
    that mailhooks dev names: they end with /webhooks/ and the provider's name.";

/// In a sentence or two.
pub(super) fn of(provider: ProviderName, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused { reason, .. } => of_rejection(provider, *reason),
        Outcome::Unsigned { .. } => of_rejection(provider, Rejection::SignatureMissing),
        Outcome::MethodNotAllowed => {
            "The path is right and the method is not: a webhook is a POST request. A browser or a health \
             check asks like this; a redirect on the way also turns a POST into a GET."
                .to_owned()
        }
        Outcome::TooLarge => format!(
            "The body has more than 6 MB, which is all that Lambda takes. Let {provider} send less: without \
             attachments or the content of mails, or fewer events at a time."
        ),
        Outcome::NoSigningSecret(SecretsError::NotSet) => format!(
            "There is no signing secret for {provider}, so nothing can be verified. Set {} and start again.",
            signing::variable(provider)
        ),
        Outcome::NoSigningSecret(SecretsError::Unusable(_)) => format!(
            "What is stored as the signing secret of {provider} cannot be one, so nothing is verified with it. \
             mailhooks secret set {provider} --only replaces it."
        ),
        Outcome::NoSigningSecret(SecretsError::Unavailable(_)) => format!(
            "The signing secret of {provider} could not be read, so nothing was verified. The provider was told to send \
             the webhook again: look at the reason, and at what may read the secret."
        ),
        Outcome::Unavailable => {
            "The webhook is authentic, and the table failed. What was recorded stays; the rest is recorded when the \
             provider sends it again, which it was told to."
                .to_owned()
        }
        Outcome::Accepted => "The webhook is authentic, and there is no event in it: nothing to do.".to_owned(),
    }
}

fn of_rejection(provider: ProviderName, rejection: Rejection) -> String {
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
    fn every_outcome_has_advice_of_its_own() {
        let rejections = [
            Rejection::BodyNotJson,
            Rejection::SignatureMalformed,
            Rejection::SignatureMismatch,
            Rejection::SignatureMissing,
            Rejection::TimestampMalformed,
            Rejection::TimestampMissing,
            Rejection::TimestampStale,
        ];
        let refused = rejections.map(|reason| Outcome::Refused { reason, drops_on_4xx: false });
        let others = [
            Outcome::MethodNotAllowed,
            Outcome::TooLarge,
            Outcome::NoSigningSecret(SecretsError::NotSet),
            Outcome::NoSigningSecret(SecretsError::Unusable(Unusable::Short)),
            Outcome::NoSigningSecret(SecretsError::Unavailable("TimedOut".to_owned())),
            Outcome::Unavailable,
            Outcome::Accepted,
        ];
        let mut all: Vec<_> =
            refused.iter().chain(&others).map(|outcome| of(ProviderName::Jasni, outcome)).collect();
        all.push(OF_STRAY.to_owned());
        let number = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), number);
    }
}
