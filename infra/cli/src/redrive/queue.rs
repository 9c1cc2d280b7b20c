//! Sends events to an SQS queue.

use anyhow::{Context, Result};
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use futures_util::{StreamExt, stream};
use ingestion::clock::Deadline;
use ingestion::notifier::{attributes, message};
use ingestion::store::StoredEvent;

use super::destination::Arn;
use crate::aws;

/// Entries of one `SendMessageBatch`
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html>).
const MAX_ENTRIES: usize = 10;

/// Bytes of all messages and attributes of one call. SQS takes 1 MiB (same page), and took 256 KiB before August 2025. A topic
/// takes no larger event, and stand-ins for SQS may still have the old limit.
const MAX_BATCH_BYTES: usize = 262_144;

/// Concurrent calls.
const CONCURRENT_BATCHES: usize = 10;

/// A queue.
pub(super) struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    /// Finds the queue. Fails if it does not exist, or if access to it is denied.
    pub(super) async fn find(configuration: &SdkConfig, arn: &Arn, deadline: Deadline) -> Result<Self> {
        let client = Client::new(configuration);
        let request = client.get_queue_url().queue_name(&arn.name).queue_owner_aws_account_id(&arn.account);
        let what = || format!("cannot find the queue {}", arn.text);
        let answer = deadline.run(request.send()).await.with_context(what)?;
        let answer = answer.map_err(aws::failure).with_context(what)?;
        let url = answer.queue_url.with_context(what)?;
        Ok(Self { client, url })
    }

    /// Sends the events until the deadline. Returns one result per event, in their order.
    pub(super) async fn send(&self, events: &[StoredEvent], deadline: Deadline) -> Vec<Result<(), String>> {
        let batches = batches(events).into_iter().map(|batch| self.send_batch(batch, deadline));
        let batches: Vec<_> = batches.collect();
        let results: Vec<_> = stream::iter(batches).buffered(CONCURRENT_BATCHES).collect().await;
        results.into_iter().flatten().collect()
    }

    /// If one entry spoils the batch, each is sent by itself.
    async fn send_batch(
        &self,
        entries: Vec<SendMessageBatchRequestEntry>,
        deadline: Deadline,
    ) -> Vec<Result<(), String>> {
        let (results, blames_an_entry) = self.call(entries.clone(), deadline).await;
        if entries.len() == 1 || !blames_an_entry {
            return results;
        }
        let mut results = Vec::new();
        for entry in entries {
            results.extend(self.call(vec![entry], deadline).await.0);
        }
        results
    }

    /// The results of the entries, and whether SQS rejected the whole call because of the content of an entry.
    async fn call(
        &self,
        entries: Vec<SendMessageBatchRequestEntry>,
        deadline: Deadline,
    ) -> (Vec<Result<(), String>>, bool) {
        let ids: Vec<String> = entries.iter().map(|entry| entry.id().to_owned()).collect();
        let request = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
        let answer = match deadline.run(request.send()).await {
            Ok(Ok(answer)) => answer,
            Err(out_of_time) => {
                let reason = format!("SQS did not answer: {out_of_time}");
                return (ids.iter().map(|_| Err(reason.clone())).collect(), false);
            }
            Ok(Err(error)) => {
                let blames_an_entry = error.as_service_error().is_some_and(|error| {
                    error.is_batch_request_too_long()
                        || error.meta().code().is_some_and(|code| code.contains("Invalid"))
                });
                let reason = format!("{:#}", aws::failure(error));
                return (ids.iter().map(|_| Err(reason.clone())).collect(), blames_an_entry);
            }
        };
        // Only entries that SQS confirms count as sent.
        let results = ids.iter().map(|id| {
            if answer.successful().iter().any(|sent| sent.id() == id) {
                return Ok(());
            }
            let refusal = answer.failed().iter().find(|failed| failed.id() == id);
            Err(refusal.map_or_else(
                || "SQS did not confirm it".to_owned(),
                |failed| format!("{}: {}", failed.code(), failed.message().unwrap_or_default()),
            ))
        });
        (results.collect(), false)
    }
}

/// The events as entries of as few calls as possible.
fn batches(events: &[StoredEvent]) -> Vec<Vec<SendMessageBatchRequestEntry>> {
    let mut batches: Vec<Vec<_>> = Vec::new();
    let mut bytes = 0;
    for (index, stored) in events.iter().enumerate() {
        let (entry, size) = entry(index, stored);
        bytes += size;
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_ENTRIES && bytes <= MAX_BATCH_BYTES => batch.push(entry),
            _ => {
                bytes = size;
                batches.push(vec![entry]);
            }
        }
    }
    batches
}

/// An event as an entry, as a subscription with raw message delivery would make it, and its size in bytes.
fn entry(index: usize, StoredEvent { event, .. }: &StoredEvent) -> (SendMessageBatchRequestEntry, usize) {
    const TYPE: &str = "String";
    let body = message(event);
    let mut bytes = body.len();
    let mut entry = SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(body);
    for (name, value) in attributes(event) {
        bytes += name.len() + TYPE.len() + value.len();
        let value = MessageAttributeValue::builder().data_type(TYPE).string_value(value);
        let value = value.build().expect("the one required member, the data type, is set above");
        entry = entry.message_attributes(name, value);
    }
    (entry.build().expect("the two required members, id and body, are set above"), bytes)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use aws_sdk_sqs::config::{BehaviorVersion, Config, Credentials, Region};

    use super::*;

    #[tokio::test]
    async fn a_service_that_does_not_answer_ends_no_later_than_the_deadline() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let configuration = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("id", "key", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(&url);
        let queue = Queue { client: Client::from_conf(configuration.build()), url };
        let entry = |id: &str| {
            let entry = SendMessageBatchRequestEntry::builder().id(id).message_body("x");
            entry.build().unwrap()
        };
        let sent = queue.send_batch(vec![entry("0"), entry("1")], Deadline::after(Duration::from_millis(1)));
        assert_eq!(sent.await, vec![Err("SQS did not answer: out of time".to_owned()); 2]);
    }
}
