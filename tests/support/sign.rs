//! Signatures made with `ring`, which the code under test does not use for them.

use jiff::Timestamp;
use normalization::ProviderName;
use ring::hmac;

use crate::files::signing_secret;

/// HMAC-SHA256 in lower-case hex.
pub fn hmac_sha256(secret: &str, message: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex::encode(hmac::sign(&key, message))
}

/// The headers with which a provider signs a body at `now`, with the secret of its fixtures.
pub fn headers(provider: ProviderName, body: &[u8], now: Timestamp) -> Vec<(String, Vec<u8>)> {
    with_secret(provider, &signing_secret(provider), body, now)
}

/// The headers with which a provider signs a body at `now`, with this secret.
pub fn with_secret(
    provider: ProviderName,
    secret: &str,
    body: &[u8],
    now: Timestamp,
) -> Vec<(String, Vec<u8>)> {
    let of_body = hmac_sha256(secret, body);
    let seconds = now.as_second().to_string();
    let headers = match provider {
        ProviderName::JetEmail => vec![("x-webhook-signature", format!("sha256={of_body}"))],
        ProviderName::Jasni => vec![("x-webhook-signature", of_body)],
        ProviderName::GetMailer => vec![("x-getmailer-signature", format!("sha256={of_body}"))],
        ProviderName::Emailit => {
            let signed = [seconds.as_bytes(), b".", body].concat();
            vec![
                ("x-emailit-signature", hmac_sha256(secret, &signed)),
                ("x-emailit-timestamp", seconds),
            ]
        }
    };
    headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into_bytes()))
        .collect()
}
