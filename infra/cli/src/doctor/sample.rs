//! `doctor --post`: a signed sample for each receiver, which people and programs recognize.
//!
//! It is the same webhook each time, so a table holds it once, as an event on which nobody must act: mail that was
//! accepted or sent, from and to an address that cannot exist (RFC 2606).

use anyhow::Result;
use ingestion::clock;
use ingestion::store::{Store, StoredEvent};
use jiff::Timestamp;
use mailhooks_local::{PROBE, http, signing};
use normalization::{ProviderName, SigningSecret};
use serde_json::{Value, json};
use url::Url;

use super::report::{Check, Report};

/// The message that every sample is about, and what its events have in their ids.
pub(super) const MESSAGE: &str = "mailhooks-doctor";

const ADDRESS: &str = "doctor@mailhooks.invalid";
const SUBJECT: &str = "Not a mail: mailhooks doctor --post";

/// When it happened: always the same, since Jasni's events are told apart by all that is in them.
const TIME: &str = "2026-01-01T00:00:00.000Z";

/// Posts the sample, and expects 200.
pub(super) async fn post(
    provider: ProviderName,
    url: &Url,
    secret: &SigningSecret,
    logs: &str,
    report: &mut Report,
) -> Result<()> {
    let check = Check::about("post", provider.as_str());
    let body = body(provider).to_string().into_bytes();
    let mut headers = signing::headers(provider, secret, &body, clock::now());
    headers.push(("user-agent", PROBE.to_owned()));
    let answer = match http::post(url, headers, body).await {
        Ok(answer) => answer,
        Err(error) => {
            let remedy = "look at the network between here and there";
            return report.bad(check, format!("{error:#}"), remedy);
        }
    };
    let status = answer.status;
    let counted = answer.count("recorded") + answer.count("duplicates");
    if status == 200 && counted == 1 {
        let says = if answer.count("recorded") == 1 {
            "a signed sample was accepted and recorded"
        } else {
            "a signed sample was accepted; it is recorded since an earlier --post"
        };
        return report.good(check, says);
    }
    if answer.is_good() {
        let says = format!("{url} answers {status} to a signed sample, and records nothing");
        let remedy = "look at what is deployed there: it is no receiver of mailhooks";
        return report.bad(check, says, remedy);
    }
    let says = format!("{url} answers {status} to a signed sample");
    let remedy = match status {
        401 => format!("it accepts other secrets than the one that doctor reads: look at {logs}"),
        503 => format!(
            "it accepts other secrets, or cannot read its own or write to its table: the reason is in {logs}"
        ),
        _ => format!("look at {logs}, and whether this is the URL of the stack"),
    };
    report.bad(check, says, remedy)
}

/// When the sample was received, if the table has it.
pub(super) async fn received_at(store: &Store, provider: ProviderName) -> Option<Timestamp> {
    let found = store.timeline(provider, MESSAGE).await.ok()?;
    let mut samples = found.events.iter().filter(|stored| is_sample(stored));
    samples.next().map(|stored| stored.received_at)
}

/// Whether an event is the sample, and not one of the provider.
pub(super) fn is_sample(stored: &StoredEvent) -> bool {
    let data = &stored.event.data;
    let message = data.message.as_ref();
    message.is_some_and(|message| message.id.as_deref() == Some(MESSAGE))
}

/// The webhook, in the shape of the provider.
fn body(provider: ProviderName) -> Value {
    let id = "evt_mailhooks-doctor";
    match provider {
        ProviderName::JetEmail => json!({
            "id": id, "service": "outbound", "type": "outbound.queued", "created_at": 1_767_225_600,
            "data": {"uid": MESSAGE, "from": ADDRESS, "to": ADDRESS, "subject": SUBJECT},
        }),
        ProviderName::Jasni => {
            let message = format!("<{MESSAGE}>");
            json!({
                "event": "email.sent", "timestamp": TIME,
                "data": {"id": message, "messageId": message, "from": ADDRESS, "to": [ADDRESS], "subject": SUBJECT},
            })
        }
        ProviderName::GetMailer => json!({
            "id": id, "type": "email.sent", "timestamp": TIME,
            "data": {"emailId": MESSAGE, "from": ADDRESS, "to": ADDRESS, "subject": SUBJECT},
        }),
        ProviderName::Emailit => {
            let email = json!({
                "id": MESSAGE, "object": "email", "from": ADDRESS, "to": ADDRESS, "subject": SUBJECT,
                "timestamp": TIME,
            });
            json!([{"event_id": id, "type": "email.accepted", "object": email, "data": {"object": email}}])
        }
    }
}

#[cfg(test)]
mod tests {
    use normalization::{Action, EventType, renormalize};

    use super::*;

    #[test]
    fn a_sample_is_one_event_on_which_nobody_must_act() {
        for &provider in ProviderName::ALL {
            let body = body(provider);
            // Emailit sends a list, of which each event is stored by itself.
            let body = body.get(0).unwrap_or(&body).to_string();
            let body = body.as_bytes();
            let records: Vec<_> =
                renormalize(provider.provider(), body, "1", TIME.parse().unwrap()).collect();
            let [record] = records.as_slice() else {
                panic!("{provider}: {} events", records.len());
            };
            let event = &record.event;
            let data = &event.data;
            assert_eq!(data.action, Action::None, "{provider}");
            assert!([EventType::EmailQueued, EventType::EmailSent].contains(&data.event_type), "{provider}");
            let message = data.message.as_ref().unwrap();
            assert_eq!(message.id.as_deref(), Some(MESSAGE), "{provider}");
            assert_eq!(data.recipient.as_deref(), Some(ADDRESS), "{provider}");
            assert_eq!(event.time, TIME.parse().unwrap(), "{provider}");
        }
    }
}
