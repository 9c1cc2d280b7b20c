//! Makes and compares signatures. Only this module can mark a webhook as verified.

use hmac::Mac;
use jiff::Timestamp;

use crate::provider::{Headers, Provider};
use crate::read::json::begins_like_json;
use crate::scheme::{Form, KeyEncoding, Part, Scheme};
use crate::secret::{HmacSha256, SigningSecret, SigningSecrets};
use crate::{Redacted, Rejection, Webhook};

/// The most that a signed timestamp may differ from our clock, in seconds, in either direction. Emailit recommends
/// this value (<https://emailit.com/docs/webhooks/request-signature.md>), and Jasni's library has it as its default.
pub const SIGNED_TIMESTAMP_TOLERANCE_SECONDS: u64 = 300;

/// A webhook that its provider signed. Only verification creates one, so its content can be trusted.
///
/// ```compile_fail,E0451
/// let forged = normalization::Verified { body: b"{}", received_at: jiff::Timestamp::UNIX_EPOCH };
/// ```
///
/// No set of secrets accepts every webhook, because it cannot be empty:
///
/// ```
/// assert!("".parse::<normalization::SigningSecrets>().is_err());
/// ```
#[derive(Debug)]
pub struct Verified<'w> {
    provider: &'static Provider,
    body: Redacted<&'w [u8]>,
    received_at: Timestamp,
    headers: Redacted<Vec<(&'static str, &'w str)>>,
}

impl<'w> Verified<'w> {
    /// The provider that signed it.
    pub fn provider(&self) -> &'static Provider {
        self.provider
    }

    /// The exact bytes of the signed body.
    pub fn body(&self) -> &'w [u8] {
        *self.body
    }

    /// The time at which the webhook was received.
    pub fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// The value of a header that the signature covers.
    pub fn signed_header(&self, name: &str) -> Option<&'w str> {
        self.headers.iter().find(|(signed, _)| *signed == name).map(|(_, value)| *value)
    }
}

/// Checks that the provider signed this webhook with one of the secrets. The signature is checked first: a stale
/// timestamp is reported only for a request that really comes from the provider. Fails with the reason for the
/// rejection, which is for the log and never for the caller.
pub fn verify<'w>(
    provider: &'static Provider,
    webhook: &Webhook<'w>,
    secrets: &SigningSecrets,
) -> Result<Verified<'w>, Rejection> {
    let carried = provider.schemes.iter().rfind(|scheme| webhook.has_header(scheme.header));
    let scheme = carried.unwrap_or(provider.documented_scheme());
    let claim = scheme.claim(webhook)?;
    let is_genuine = secrets.iter().any(|secret| {
        let mac = mac_of(secret, scheme.key, &claim.parts);
        claim.digests.iter().any(|digest| mac.clone().verify_slice(digest).is_ok())
    });
    if !is_genuine {
        return Err(Rejection::SignatureMismatch);
    }
    let now = webhook.received_at.as_second();
    if claim.seconds.is_some_and(|signed| signed.abs_diff(now) > SIGNED_TIMESTAMP_TOLERANCE_SECONDS) {
        return Err(Rejection::TimestampStale);
    }
    if scheme.only_json && !begins_like_json(*webhook.body) {
        return Err(Rejection::BodyNotJson);
    }
    let Webhook { body, received_at, .. } = *webhook;
    Ok(Verified { provider, body, received_at, headers: Redacted(claim.headers) })
}

/// The headers that the provider would send with `body` at `now`: for the tool and for tests.
pub fn sign(provider: &Provider, secret: &SigningSecret, body: &[u8], now: Timestamp) -> Headers {
    sign_with(provider, provider.documented_scheme(), secret, body, now)
}

/// Like [`sign`], with one of the provider's schemes.
pub fn sign_with(
    provider: &Provider,
    scheme: &Scheme,
    secret: &SigningSecret,
    body: &[u8],
    now: Timestamp,
) -> Headers {
    let mut headers = (provider.headers)(body, now);
    let seconds = now.as_second().to_string();
    let mut signature = String::new();
    for part in scheme.signed {
        match (*part, scheme.form) {
            (Part::Timestamp(name), Form::Pairs(_)) => signature = format!("{name}={seconds},"),
            (Part::Timestamp(name), _) => headers.push((name, seconds.clone())),
            (Part::Body | Part::Header(_), _) => {}
        }
    }
    let value = |name| headers.iter().find(|(one, _)| *one == name).map_or("", |(_, value)| value.as_str());
    let parts = scheme.signed.iter().map(|part| match *part {
        Part::Body => body,
        Part::Timestamp(_) => seconds.as_bytes(),
        Part::Header(name) => value(name).as_bytes(),
    });
    let digest = mac_of(secret, scheme.key, &parts.collect::<Vec<_>>()).finalize().into_bytes();
    match scheme.form {
        Form::Prefixed(prefix) | Form::Spaced(prefix) => signature.push_str(prefix),
        Form::Pairs(name) => signature.extend([name, "="]),
    }
    signature.push_str(&scheme.digest.write(&digest));
    headers.push((scheme.header, signature));
    headers
}

fn mac_of(secret: &SigningSecret, key: KeyEncoding, parts: &[&[u8]]) -> HmacSha256 {
    let mut mac = secret.mac(key);
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            mac.update(b".");
        }
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event::Message;
    use crate::scheme::DigestEncoding;
    use crate::translation::Translation;
    use crate::{EventData, EventKey, EventType, ProviderName, normalize, renormalize};

    /// A provider that signs as <https://www.standardwebhooks.com> specifies.
    static STANDARD: Provider = Provider {
        name: ProviderName::Emailit,
        schemes: &[Scheme {
            header: "webhook-signature",
            form: Form::Spaced("v1,"),
            signed: &[Part::Header("webhook-id"), Part::Timestamp("webhook-timestamp"), Part::Body],
            digest: DigestEncoding::Base64,
            key: KeyEncoding::Base64 { prefix: "whsec_" },
            only_json: false,
        }],
        event_key: EventKey::Header("webhook-id"),
        drops_on_4xx: false,
        timeout: Duration::from_secs(15),
        concerns_each: &[],
        translate: |event| {
            let mut data = EventData::new(ProviderName::Emailit, EventType::EmailDelivered);
            data.message = Some(Message { to: event.addresses("to"), ..Message::default() });
            Translation::new(data, None, event, &[])
        },
        headers: |_, _| vec![("webhook-id", "msg_loFOjxBNrRLzqYUf".to_owned())],
    };

    const BODY: &[u8] = br#"{"event_type":"ping","data":{"success":true}}"#;
    /// The example from the specification.
    const SIGNED: [(&str, &str); 3] = [
        ("webhook-id", "msg_loFOjxBNrRLzqYUf"),
        ("webhook-timestamp", "1731705121"),
        ("webhook-signature", "v1a,AAAA v1,AAAA v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="),
    ];

    fn borrowed(headers: &Headers) -> Vec<(&str, &str)> {
        headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    fn secrets() -> SigningSecrets {
        "whsec_plJ3nmyCDGBKInavdOK15jsl".parse().unwrap()
    }

    fn webhook<'w>(headers: &[(&'w str, &'w str)], body: &'w [u8]) -> Webhook<'w> {
        let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
        Webhook::new(headers, body, Timestamp::from_second(1_731_705_121).unwrap())
    }

    #[test]
    fn the_scheme_of_standard_webhooks_is_data() {
        let verified = verify(&STANDARD, &webhook(&SIGNED, BODY), &secrets()).unwrap();
        assert_eq!(verified.signed_header("webhook-id"), Some("msg_loFOjxBNrRLzqYUf"));
        let now = verified.received_at();
        let headers = sign(&STANDARD, secrets().current(), BODY, now);
        let headers = borrowed(&headers);
        assert!(SIGNED[2].1.ends_with(headers[2].1));
        verify(&STANDARD, &webhook(&headers, BODY), &secrets()).unwrap();
        // The prefix is optional, and a key that is not base64 is used unchanged.
        verify(&STANDARD, &webhook(&SIGNED, BODY), &"plJ3nmyCDGBKInavdOK15jsl".parse().unwrap()).unwrap();
        let text: SigningSecrets = "not base64!".parse().unwrap();
        let headers = sign(&STANDARD, text.current(), BODY, now);
        verify(&STANDARD, &webhook(&borrowed(&headers), BODY), &text).unwrap();
    }

    #[test]
    fn every_signed_part_counts() {
        let refused = |headers: &[(&str, &str)], body| {
            verify(&STANDARD, &webhook(headers, body), &secrets()).err().unwrap()
        };
        assert_eq!(refused(&SIGNED, b"{}"), Rejection::SignatureMismatch);
        for (index, reason) in [
            (0, Rejection::SignatureMalformed),
            (1, Rejection::TimestampMissing),
            (2, Rejection::SignatureMissing),
        ] {
            let mut headers = SIGNED.to_vec();
            headers.remove(index);
            assert_eq!(refused(&headers, BODY), reason);
        }
        for (index, value) in [(0, "msg_loFOjxBNrRLzqYUg"), (1, "1731705122"), (2, "v1,AAAA")] {
            let mut headers = SIGNED;
            headers[index].1 = value;
            let reason =
                if index == 2 { Rejection::SignatureMalformed } else { Rejection::SignatureMismatch };
            assert_eq!(refused(&headers, BODY), reason);
        }
    }

    #[test]
    fn a_signed_header_is_the_key_of_the_event() {
        let keys = |body| {
            let headers =
                sign(&STANDARD, secrets().current(), body, Timestamp::from_second(1_731_705_121).unwrap());
            let verified = verify(&STANDARD, &webhook(&borrowed(&headers), body), &secrets()).unwrap();
            let records: Vec<_> = normalize(&verified).collect();
            for record in &records {
                let again = renormalize(&STANDARD, record.raw, &record.key.event, verified.received_at());
                assert!(again.map(|again| again.key.event).any(|key| key == record.key.event));
            }
            records.into_iter().map(|record| record.key.event).collect::<Vec<_>>()
        };
        assert_eq!(keys(BODY), ["msg_loFOjxBNrRLzqYUf"]);
        let two = br#"{"to":["ada@example.com","bob@example.com"]}"#;
        assert_eq!(keys(two), ["msg_loFOjxBNrRLzqYUf.1", "msg_loFOjxBNrRLzqYUf.2"]);
        assert_eq!(keys(b"[{},{}]"), ["msg_loFOjxBNrRLzqYUf:0", "msg_loFOjxBNrRLzqYUf:1"]);
    }
}
