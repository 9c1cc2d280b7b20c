//! The webhooks to send, genuine and forged.

use ingestion::clock;
use jiff::SignedDuration;
use normalization::ProviderName;
use ring::digest;
use serde_json::{Value, json};

use crate::api_gateway::{Encoding, event};
use crate::sign;

/// The SHA-256 of an event's bytes, which identifies the event within a run.
pub type Digest = Vec<u8>;

/// The digest of an event's bytes.
pub fn digest(raw: &[u8]) -> Digest {
    digest::digest(&digest::SHA256, raw).as_ref().to_owned()
}

/// One webhook.
#[derive(Clone, Debug)]
pub struct Post {
    /// A description of the webhook.
    pub name: String,
    /// Its body.
    pub body: Vec<u8>,
    /// The events in it, if it is genuine.
    pub events: Vec<Expected>,
    /// How it is signed.
    pub seal: Seal,
}

/// One event as expected in the table.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The digest of its bytes.
    pub digest: Digest,
    /// The number of copies: one, or one for each recipient.
    pub copies: usize,
    /// Whether it must be announced.
    pub due: bool,
}

impl Expected {
    /// An event that occurs once.
    pub fn once(raw: &[u8], due: bool) -> Self {
        Self { digest: digest(raw), copies: 1, due }
    }
}

/// How a webhook is signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Seal {
    /// By the provider.
    Genuine,
    /// Not at all.
    Missing,
    /// With a malformed signature.
    Malformed,
    /// With the signature of another body.
    OfAnotherBody,
    /// By the provider, but too long ago. Only for schemes with a signed timestamp.
    Stale,
}

impl Post {
    /// A body that yields no event unless it is signed.
    pub fn forged(body: Vec<u8>, seal: Seal) -> Self {
        Self { name: format!("{seal:?}"), body, events: Vec::new(), seal }
    }

    /// Whether the provider sent it.
    pub fn is_genuine(&self) -> bool {
        self.seal == Seal::Genuine
    }

    /// The API Gateway event that contains it, signed now.
    pub fn invocation(&self, provider: ProviderName, encoding: Encoding) -> Value {
        let now = clock::now();
        let mut headers = match self.seal {
            Seal::Genuine => sign::headers(provider, &self.body, now),
            Seal::Missing => Vec::new(),
            Seal::Malformed => sign::headers(provider, b"", now)
                .into_iter()
                .map(|(name, _)| (name, b"sha256=not-hexadecimal".to_vec()))
                .collect(),
            Seal::OfAnotherBody => sign::headers(provider, b"another body", now),
            Seal::Stale => sign::headers(provider, &self.body, now - SignedDuration::from_mins(6)),
        };
        headers.push(("content-type".to_owned(), b"application/json".to_vec()));
        let encoding = match std::str::from_utf8(&self.body) {
            Ok(_) => encoding,
            Err(_) => Encoding::Base64,
        };
        let path = format!("/webhooks/{provider}");
        event("POST", &path, &headers, &self.body, encoding)
    }
}

/// A bounce of `JetEmail`: one event, which is announced.
pub fn bounce(number: usize) -> Post {
    let event = json!({
        "id": format!("evt_{number}"), "service": "outbound", "type": "outbound.bounced",
        "created_at": 1_790_846_040,
        "data": {"uid": format!("message-{number}"), "from": "sender@example.com",
                 "to": format!("person{number}@example.org"), "bounce_type": "hard",
                 "mx": "mx.example.org", "host": "192.0.2.1",
                 "response": "550 5.1.1 User unknown"},
    });
    let body = event.to_string().into_bytes();
    Post { name: "a bounce".to_owned(), events: vec![Expected::once(&body, true)], body, seal: Seal::Genuine }
}

/// A batch of Emailit. Of its events every `due_every`th is a bounce, which is announced; the others are deliveries,
/// which are not.
pub fn batch(number: usize, size: usize, due_every: usize) -> Post {
    let events = (0..size).map(|index| {
        let id = format!("{number}-{index}");
        let due = index % due_every == due_every - 1;
        let word = if due { "bounced" } else { "delivered" };
        let object = json!({
            "id": format!("em_{id}"), "object": "email", "from": "billing@example.com",
            "to": format!("reader-{id}@example.org"), "subject": "October product update",
            "status": word, "meta": {"campaign": "october"},
            "updated_at": "2026-10-01T09:14:00.009901+00:00",
            "created_at": "2026-10-01T09:14:01.207000+00:00",
        });
        // Emailit sends the resource twice, in its old place and in the new one.
        let event = json!({
            "event_id": format!("evt_{id}"), "type": format!("email.{word}"),
            "object": object, "data": {"object": object},
        });
        (event.to_string(), due)
    });
    let events: Vec<(String, bool)> = events.collect();
    let texts: Vec<&str> = events.iter().map(|(text, _)| text.as_str()).collect();
    Post {
        name: format!("a batch of {size}"),
        body: format!("[{}]", texts.join(",")).into_bytes(),
        events: events.iter().map(|(text, due)| Expected::once(text.as_bytes(), *due)).collect(),
        seal: Seal::Genuine,
    }
}
