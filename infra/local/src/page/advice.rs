//! Explains why a request was not accepted, and what to do about it.

use ingestion::outcome::Outcome;
use ingestion::secrets::SecretsError;
use normalization::{ProviderName, Rejection};

use crate::signing;

/// Advice for a request to a path without a receiver.
pub(super) const OF_STRAY: &str = "No receiver has this path. Configure the provider to send to one of the webhook URLs \
    that mailhooks dev prints. They end with /webhooks/ and the provider's name.";

/// Advice for an outcome, in one to three sentences.
pub(super) fn of(provider: ProviderName, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused { reason, .. } => of_rejection(provider, *reason),
        Outcome::Unsigned { .. } => of_rejection(provider, Rejection::SignatureMissing),
        Outcome::MethodNotAllowed => {
            "The path is correct, but the method is not: a webhook is a POST request. Browsers and health \
             checks send GET or HEAD requests, and a redirect can turn a POST into a GET."
                .to_owned()
        }
        Outcome::TooLarge => format!(
            "The body is larger than 6 MB, the limit of Lambda. Configure {provider} to send less: leave out \
             attachments and message content, or send fewer events per webhook."
        ),
        Outcome::NoSigningSecret(SecretsError::NotSet) => format!(
            "No signing secret is set for {provider}, so no webhook can be verified. Set {} and restart mailhooks dev.",
            signing::variable(provider)
        ),
        Outcome::NoSigningSecret(SecretsError::Unusable(_)) => format!(
            "The stored signing secret of {provider} is not a valid secret, so no webhook can be verified. \
             Replace it with mailhooks secret set {provider} --only."
        ),
        Outcome::NoSigningSecret(SecretsError::Unavailable(_)) => format!(
            "The signing secret of {provider} could not be read, so the webhook was not verified. The status makes the \
             provider send it again. Check the reason, and the permission to read the secret."
        ),
        Outcome::Unavailable => {
            "The webhook is authentic, but the table failed. Recorded events are kept. The status makes the provider \
             send the webhook again, and the missing events are recorded then."
                .to_owned()
        }
        Outcome::Accepted => "The webhook is authentic and contains no events. There is nothing to do.".to_owned(),
    }
}

fn of_rejection(provider: ProviderName, rejection: Rejection) -> String {
    match rejection {
        Rejection::SignatureMismatch => format!(
            "The signature is well-formed but does not match: it was made with another secret or for another body. Compare \
             the signing secret of this endpoint at {provider} with the one that mailhooks dev uses (it prints the location \
             at startup). If they are equal, a proxy changes the body."
        ),
        Rejection::SignatureMissing => format!(
            "There is no signature header. Either the request is not from {provider}, or a proxy removes the header, or \
             the endpoint was created at {provider} without a signing secret."
        ),
        Rejection::SignatureMalformed => format!(
            "The signature header is not in the format of {provider}, or occurs twice. Check that no other provider \
             sends its webhooks to this path, and that no proxy adds headers."
        ),
        Rejection::TimestampMissing => format!(
            "{provider} signs a timestamp, but the timestamp header is missing. Either a proxy removes it, or the request \
             was written by hand. To send a complete request, use mailhooks send."
        ),
        Rejection::TimestampMalformed => format!(
            "The signed timestamp is not a number of seconds, or occurs twice. {provider} does not send such a timestamp. \
             Check for a proxy that rewrites headers."
        ),
        Rejection::TimestampStale => {
            "The signature is correct, but its timestamp is too old or in the future. If this is a recorded request, \
             sign it again with mailhooks send. If it was sent just now, correct this machine's clock."
                .to_owned()
        }
        Rejection::BodyNotJson => format!(
            "The body does not begin like JSON, but {provider} sends only JSON. The signature covers only the body, so it \
             may have been copied from another request."
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
