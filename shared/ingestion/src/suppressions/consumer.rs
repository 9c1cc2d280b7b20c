//! Takes the announcements of the topic *actions* from a queue into the list.

use jiff::Timestamp;
use normalization::{Event, id_for_log};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Keeper;
use crate::clock::Clock;
use crate::log::Log;
use crate::metric::Metric;

/// The messages of an invocation
/// (<https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event>).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Batch {
    records: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    message_id: String,
    body: String,
}

/// The messages that failed, which the queue delivers again
/// (<https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>).
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    batch_item_failures: Vec<FailedMessage>,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct FailedMessage {
    item_identifier: String,
}

/// A message that failed, with the reason.
struct Failure {
    message: String,
    event: Option<String>,
    reason: String,
}

/// The consumer of the queue.
pub struct Consumer {
    keeper: Keeper,
    clock: Clock,
    log: Log,
}

impl Consumer {
    /// A consumer that writes this keeper's list.
    pub fn new(keeper: Keeper, clock: Clock, log: Log) -> Self {
        Self { keeper, clock, log }
    }

    /// Adds the events of a batch to the list, and writes a log line. A message fails if it is not an event, or if the entry of
    /// its address could not be written; the others are done.
    pub async fn take(&self, batch: Batch) -> Response {
        let received = batch.records.len();
        let (mut messages, mut events, mut failures) = (Vec::new(), Vec::new(), Vec::new());
        for Message { message_id, body } in batch.records {
            if let Ok(event) = serde_json::from_str::<Event>(&body) {
                messages.push(message_id);
                events.push(event);
            } else {
                let reason = "the message is not an event of this version".to_owned();
                failures.push(Failure { message: message_id, event: None, reason });
            }
        }
        let learned = self.keeper.learn(&events).await;
        for ((message, event), learned) in messages.into_iter().zip(&events).zip(learned) {
            if let Err(error) = learned {
                let event = Some(id_for_log(&event.id).into_owned());
                failures.push(Failure { message, event, reason: error.to_string() });
            }
        }
        self.log.write(&line(&self.log, self.clock.now(), received - failures.len(), &failures));
        let failed = failures.into_iter().map(|failure| FailedMessage { item_identifier: failure.message });
        Response { batch_item_failures: failed.collect() }
    }
}

/// The log line. Its metrics have no dimension, because a batch has events of all providers.
fn line(log: &Log, now: Timestamp, listed: usize, failures: &[Failure]) -> Value {
    let counts = [(Metric::Listed, listed), (Metric::ListFailed, failures.len())];
    let reasons = failures.iter().map(|failure| json!({"event": failure.event, "reason": failure.reason}));
    let mut line = json!({
        "_aws": log.metric_directive(now, &[], &counts.map(|(metric, _)| metric)),
        "outcome": "listed",
        "failures": reasons.collect::<Vec<_>>(),
    });
    if let Value::Object(line) = &mut line {
        line.extend(counts.map(|(metric, count)| (metric.as_str().to_owned(), count.into())));
    }
    line
}
