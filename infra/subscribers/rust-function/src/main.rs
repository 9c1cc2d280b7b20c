//! Takes the announcements of the topic *actions* and writes a log line for each. Replace the line by what your system does.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use normalization::{Action, Event};
use serde::Deserialize;

/// What SNS passes to a function (<https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Notifications {
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    sns: Notification,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Notification {
    message: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(async |invocation: LambdaEvent<Notifications>| take(invocation.payload)))
        .await
}

/// An error makes Lambda call again, at most twice; then it moves the notification to the dead-letter queue.
#[expect(clippy::print_stdout, reason = "a function logs by printing")]
fn take(notifications: Notifications) -> Result<(), Error> {
    for record in notifications.records {
        println!("{}", line(&record.sns.message)?);
    }
    Ok(())
}

/// The log line of an event. It has no address: an event's id may contain one, so it is logged as `id_for_log` writes it.
fn line(message: &str) -> Result<String, Error> {
    // The error of serde may quote the message, and is therefore not passed on.
    let event: Event =
        serde_json::from_str(message).map_err(|_| "the message is not an event of this version")?;
    let todo = match event.data.action {
        Action::Suppress => "stop mailing the recipient",
        Action::Count => "count a temporary bounce",
        Action::Investigate => "look at content, reputation or setup",
        // The topic also carries what takes an action back, such as email.resubscribed.
        Action::None => "compare with what is known of the recipient",
    };
    Ok(serde_json::json!({ "event": event.id_for_log(), "type": event.data.event_type, "todo": todo })
        .to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_no_address() {
        let event = r#"{"specversion":"1.0","id":"jetemail:ada@example.com","source":"mailhooks/jetemail","type":"mailhooks.email.complained",
            "time":"2026-03-01T12:00:00Z","datacontenttype":"application/json","data":{"provider":"jetemail",
            "provider_type":"outbound.complaint","type":"email.complained","action":"suppress","recipient":"ada@example.com"}}"#;
        let line = line(event).unwrap();
        assert!(
            line.contains("stop mailing") && line.contains("jetemail:sha256-") && !line.contains("ada"),
            "{line}"
        );
    }

    #[test]
    fn a_message_that_is_no_event_is_an_error_without_its_text() {
        assert!(!line(r#"{"id":"ada@example.com"}"#).unwrap_err().to_string().contains("ada"));
    }
}
