//! Announces events on SNS topics.

mod entry;
mod error;
mod topic;

use std::collections::BTreeMap;
use std::slice;
use std::sync::Arc;

use aws_sdk_sns::Client;
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use normalization::{Event, EventData};

use crate::clock::Deadline;
use entry::Entry;

pub use entry::{attributes, message, ses_message};
pub use error::AnnounceError;
pub use topic::{Topic, Topics};

/// Entries of one `PublishBatch`.
/// <https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html>
const MAX_ENTRIES: usize = 10;
/// Bytes of all messages and attributes of one `PublishBatch` (same page): 262,144 less the names and types of attributes.
const MAX_BATCH_BYTES: usize = 240_000;
/// Concurrent batches: a hundred events in one round trip.
const CONCURRENT_BATCHES: usize = 10;

/// Announces events.
#[derive(Clone)]
pub struct Notifier {
    client: Client,
    topics: Topics,
}

impl Notifier {
    /// A notifier for these topics.
    pub fn new(client: Client, topics: Topics) -> Self {
        Self { client, topics }
    }

    /// A notifier for other topics, which uses the same client.
    #[must_use]
    pub fn with_topics(&self, topics: Topics) -> Self {
        Self { client: self.client.clone(), topics }
    }

    /// The topics.
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// Whether an event is announced.
    pub fn announces(&self, data: &EventData) -> bool {
        self.topics.of(data).next().is_some()
    }

    /// Announces each event on every topic that takes it, at least once, until the deadline. Returns one result per event, in order: an
    /// error if it failed on any of its topics.
    pub async fn announce(&self, events: &[&Event], deadline: Deadline) -> Vec<Result<(), AnnounceError>> {
        let mut results: Vec<Result<(), AnnounceError>> = events.iter().map(|_| Ok(())).collect();
        let batches = self.batches(events);
        let mut answers = stream::iter(batches)
            .map(|batch| async move {
                match deadline.run(self.publish(&batch)).await {
                    Ok(failures) => failures,
                    Err(out_of_time) => batch.fail(&out_of_time.into()),
                }
            })
            .buffer_unordered(CONCURRENT_BATCHES);
        while let Some(failures) = answers.next().await {
            for (index, error) in failures {
                if let Some(result) = results.get_mut(index) {
                    *result = Err(error);
                }
            }
        }
        results
    }

    /// Opens as many connections as a bounce needs, whose topics are called at the same time. The answers do not matter: empty
    /// batches are refused.
    pub async fn warm(&self) {
        let of_a_bounce =
            [Topic::Bounces, Topic::Actions, Topic::Events, Topic::SesNotifications, Topic::SesEvents];
        let arns = of_a_bounce.into_iter().filter_map(|topic| self.topics.arn(topic));
        drop(join_all(arns.map(|arn| self.client.publish_batch().topic_arn(arn).send())).await);
    }

    fn batches(&self, events: &[&Event]) -> Vec<Batch> {
        let mut by_topic: BTreeMap<&str, Vec<Batch>> = BTreeMap::new();
        for (index, event) in events.iter().enumerate() {
            let mut whole = None;
            for (topic, arn) in self.topics.of(&event.data) {
                let entry = match topic.flavour() {
                    None => whole.get_or_insert_with(|| Arc::new(Entry::new(index, event))).clone(),
                    Some(flavour) => Arc::new(Entry::in_ses_form(index, event, flavour)),
                };
                let batches = by_topic.entry(arn).or_default();
                match batches.last_mut().filter(|batch| batch.takes(&entry)) {
                    Some(batch) => batch.entries.push(entry),
                    None => batches.push(Batch { topic: arn.to_owned(), entries: vec![entry] }),
                }
            }
        }
        by_topic.into_values().flatten().collect()
    }

    /// The entries that failed, by the index of their event. If one entry spoils the batch, each is published by itself.
    async fn publish(&self, batch: &Batch) -> Vec<(usize, AnnounceError)> {
        match self.send(&batch.topic, &batch.entries).await {
            Ok(failures) => failures,
            Err(error) if batch.entries.len() > 1 && error.blames_an_entry() => {
                let mut failures = Vec::new();
                for entry in &batch.entries {
                    match self.send(&batch.topic, slice::from_ref(entry)).await {
                        Ok(failed) => failures.extend(failed),
                        Err(error) => failures.push((entry.index, error)),
                    }
                }
                failures
            }
            Err(error) => batch.fail(&error),
        }
    }

    async fn send(
        &self,
        topic: &str,
        entries: &[Arc<Entry>],
    ) -> Result<Vec<(usize, AnnounceError)>, AnnounceError> {
        let request_entries = entries.iter().map(|entry| entry.to_request()).collect();
        let request = self.client.publish_batch().topic_arn(topic);
        let request = request.set_publish_batch_request_entries(Some(request_entries));
        let answer = request.send().await.map_err(|error| AnnounceError::from_call(&error))?;
        // Only entries that SNS confirms count as announced.
        let not_taken = |entry: &&Arc<Entry>| {
            let id = entry.index.to_string();
            !answer.successful().iter().any(|taken| taken.id() == Some(&id))
        };
        let failures = entries.iter().filter(not_taken).map(|entry| {
            let id = entry.index.to_string();
            let refusal = answer.failed().iter().find(|failed| failed.id() == id);
            let code = refusal.map_or("NotConfirmed", |failed| failed.code());
            (entry.index, AnnounceError::new(code))
        });
        Ok(failures.collect())
    }
}

struct Batch {
    topic: String,
    // An event that goes to two topics is in two batches.
    entries: Vec<Arc<Entry>>,
}

impl Batch {
    fn fail(&self, error: &AnnounceError) -> Vec<(usize, AnnounceError)> {
        let failures = self.entries.iter();
        failures.map(|entry| (entry.index, error.clone())).collect()
    }

    fn takes(&self, entry: &Entry) -> bool {
        let bytes: usize = self.entries.iter().map(|entry| entry.bytes()).sum();
        self.entries.len() < MAX_ENTRIES && bytes + entry.bytes() <= MAX_BATCH_BYTES
    }
}
