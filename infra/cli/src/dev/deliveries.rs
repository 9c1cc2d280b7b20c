//! The attempts of a running stack to deliver announcements to subscribers, in its output.

use mailhooks_local::{Attempt, AttemptOutcome};
use serde_json::{Value, json};

use crate::output;

/// Prints an attempt.
pub(super) fn show(attempt: &Attempt, json: bool) {
    // A closed terminal must not stop the stack.
    drop(if json {
        output::print_json(&object(attempt))
    } else {
        output::print_styled(&line(attempt)).map_err(Into::into)
    });
}

fn word(outcome: AttemptOutcome) -> &'static str {
    match outcome {
        AttemptOutcome::Delivered => "delivered",
        AttemptOutcome::Retrying(_) => "retrying",
        AttemptOutcome::Failed => "failed",
    }
}

fn object(attempt: &Attempt) -> Value {
    let Attempt { time, endpoint, topic, message_id, event, number, answer, outcome } = attempt;
    let object = json!({
        "kind": "delivery",
        "time": time,
        "endpoint": endpoint,
        "topic": topic,
        "message_id": message_id,
        "event": event,
        "attempt": number,
        "outcome": word(*outcome),
        "status": answer.as_ref().ok(),
        "error": answer.as_ref().err(),
        "retry_in_seconds": match outcome {
            AttemptOutcome::Retrying(delay) => Some(delay.as_secs()),
            AttemptOutcome::Delivered | AttemptOutcome::Failed => None,
        },
    });
    let mut members = object.as_object().cloned().unwrap_or_default();
    // Leave out members without a value.
    members.retain(|_, value| !value.is_null());
    Value::Object(members)
}

/// One line for people: time, status, outcome, topic, event, endpoint, and the attempts if the first one failed.
fn line(attempt: &Attempt) -> String {
    let Attempt { time, endpoint, topic, event, number, answer, outcome, .. } = attempt;
    let status = answer.as_ref().map_or_else(|_| "---".to_owned(), u16::to_string);
    let said = format!("{status} {:<11}", word(*outcome));
    let event = event.as_deref().unwrap_or("confirmation of the subscription");
    let reason = answer.as_ref().err().map(|reason| format!(": {reason}")).unwrap_or_default();
    let attempts = match outcome {
        AttemptOutcome::Delivered if *number == 1 => String::new(),
        AttemptOutcome::Delivered => format!(" (attempt {number})"),
        AttemptOutcome::Retrying(delay) => {
            format!(" (attempt {number} of {}, next in {} s)", Attempt::MOST, delay.as_secs())
        }
        AttemptOutcome::Failed => format!(" (attempt {number}, no further one)"),
    };
    format!(
        "{}  delivery   {}  {}",
        output::moment(*time),
        output::judged(&said, *outcome == AttemptOutcome::Delivered),
        output::printable(&format!("{topic}, {event} to {endpoint}{reason}{attempts}")),
    )
}
