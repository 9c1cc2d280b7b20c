//! Prints what SNS delivers to the subscribers of the topics: one line of JSON per event, with the event and its envelopes.
//!
//! The events are those of all fixtures, and bounces with every reply of `fixtures/smtp-replies`. `tests/consumers/run` passes the
//! envelopes to software that others wrote for Amazon SES.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a program that stops where it cannot continue"
)]

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write as _};

use ingestion::notifier::{attributes, message, ses_message};
use mailhooks_local::{Announcement, QueueMessage};
use mailhooks_tests::{corpus, files};
use normalization::ses::Flavour;
use normalization::{Event, ProviderName};
use serde_json::{Value, json};

fn main() {
    let mut events = Vec::new();
    for provider in ProviderName::ALL {
        for fixture in files::all_accepted(*provider) {
            files::with_records(&fixture, |records| {
                for (number, record) in (1..).zip(records) {
                    events
                        .push((format!("{provider}/{}, event {number}", fixture.name), record.event.clone()));
                }
            });
        }
    }
    for (name, event) in corpus::bounces() {
        events.push((format!("smtp-replies/{name}"), event));
    }
    let mut output = BufWriter::new(io::stdout().lock());
    for (number, (case, event)) in events.iter().enumerate() {
        let envelopes: BTreeMap<_, _> = messages(event)
            .into_iter()
            .filter_map(|(topic, message)| Some((topic, envelope(topic, number, event, message?))))
            .collect();
        writeln!(output, "{}", json!({"case": case, "event": event, "envelopes": envelopes})).unwrap();
    }
    output.flush().unwrap();
}

fn messages(event: &Event) -> [(&'static str, Option<String>); 3] {
    [
        ("events", Some(message(event))),
        ("ses-events", ses_message(event, Flavour::Event)),
        ("ses-notifications", ses_message(event, Flavour::Notification)),
    ]
}

/// The body that a queue without raw delivery receives, as the local stack writes it.
fn envelope(topic: &str, number: usize, event: &Event, message: String) -> Value {
    let announcement = Announcement {
        published_at: event.time,
        topic: topic.to_owned(),
        topic_arn: format!("arn:aws:sns:eu-central-1:123456789012:mailhooks-{topic}"),
        message_id: format!("00000000-0000-4000-8000-{number:012}"),
        attributes: attributes(event).map(|(name, value)| (name.to_owned(), value)).collect(),
        // As a text, it stays as it was written.
        message: Value::String(message),
    };
    let delivered = serde_json::to_value(QueueMessage::new(&announcement, false)).unwrap();
    serde_json::from_str(delivered["Body"].as_str().unwrap()).unwrap()
}
