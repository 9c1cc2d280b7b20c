//! Bounces with the replies of fixtures/smtp-replies, as a receiver normalizes them.

use std::fs;

use normalization::{Event, ProviderName, SigningSecrets, Webhook, normalize, verify};
use serde_json::{Value, json};

use crate::testbed::now;
use crate::{files, sign};

/// A bounce for every reply, for each of the words with which the provider can judge it: none, soft and hard. Each with its name.
pub fn bounces() -> Vec<(String, Event)> {
    let mut bounces = Vec::new();
    for file in files::with_ending(&files::root().join("fixtures/smtp-replies"), "jsonl") {
        for (number, line) in (1..).zip(fs::read_to_string(&file).unwrap().lines()) {
            let reply: Value = serde_json::from_str(line).unwrap();
            for word in [None, Some("soft"), Some("hard")] {
                let stem = file.file_stem().unwrap().to_str().unwrap();
                let name = format!("{stem}-{number}-{}", word.unwrap_or("unjudged"));
                let event = bounce(&name, &reply["text"], word);
                bounces.push((name, event));
            }
        }
    }
    bounces
}

fn bounce(name: &str, reply: &Value, word: Option<&str>) -> Event {
    let mut data =
        json!({"uid": name, "from": "news@example.com", "to": "ada@example.org", "response": reply});
    if let Some(word) = word {
        data["bounce_type"] = word.into();
    }
    let body = json!({"id": name, "type": "outbound.bounced", "data": data}).to_string();
    let provider = ProviderName::JetEmail;
    let headers = sign::headers(provider, body.as_bytes(), now());
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    let webhook = Webhook::new(headers, body.as_bytes(), now());
    let secrets: SigningSecrets = files::signing_secret(provider).parse().unwrap();
    let verified = verify(provider.provider(), &webhook, &secrets).unwrap();
    normalize(&verified).next().unwrap().event
}
