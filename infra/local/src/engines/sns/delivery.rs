//! Delivers announcements to subscribers over HTTP, as SNS does.
//!
//! Each subscriber has one task, which makes one attempt at a time. A subscriber that fails or does not answer therefore delays
//! neither the other subscribers nor a webhook. First attempts follow the order of the announcements, and come before the retries of
//! earlier deliveries.

mod attempt;
mod envelope;
mod post;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use ingestion::clock;
use normalization::id_for_log;
use tokio::sync::{broadcast, watch};
use tokio::time::sleep;
use url::Url;

use super::announcements::Announcements;
use super::filter::Filter;
use crate::http;
use envelope::Envelope;
use post::Poster;

pub use attempt::{Attempt, AttemptOutcome};
pub(super) use envelope::{notification, text};

/// Time limit of an attempt
/// (<https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html>).
const TIME_LIMIT: Duration = Duration::from_secs(15);

/// Most deliveries of a subscriber that wait for a retry. No further announcement is taken until one of them has ended; none is
/// lost, because the announcements are kept.
const MAX_WAITING: usize = 1_000;

/// An endpoint, and the announcements that it receives.
#[derive(Eq, PartialEq)]
pub(super) struct Subscriber {
    pub(super) url: Url,
    /// Whether the body is the event itself.
    pub(super) raw: bool,
    pub(super) filter: Filter,
    /// The ARN of its subscription to each of its topics, by the topic's name.
    pub(super) arns: BTreeMap<String, String>,
}

/// Makes the attempts for one subscriber.
pub(super) struct Delivery {
    pub(super) subscriber: Arc<Subscriber>,
    /// The URL of the stand-in, for the links in messages.
    pub(super) service: String,
    pub(super) attempts: broadcast::Sender<Attempt>,
    /// Its sender is dropped when the subscription ends, or its next task takes over. The last attempt is still completed and
    /// shown: a subscriber opens the link of a message before it answers the message.
    pub(super) ended: watch::Receiver<()>,
}

/// An announcement by its place among all of them, and the number of the next attempt.
struct Due {
    index: usize,
    number: usize,
}

impl Delivery {
    /// Delivers the announcements after the first `known` ones.
    pub(super) async fn follow(self, announced: Arc<Announcements>, mut known: usize) {
        let poster = Poster::new(&self.subscriber.url, TIME_LIMIT);
        let mut published = announced.subscribe();
        let mut waiting = FuturesUnordered::new();
        loop {
            let next = async {
                while announced.count() <= known {
                    // A subscriber that lags behind is woken too. The announcements themselves are read from the record.
                    drop(published.recv().await);
                }
            };
            let due = tokio::select! {
                biased;
                () = self.end() => return,
                () = next, if waiting.len() < MAX_WAITING => {
                    known += 1;
                    Due { index: known - 1, number: 1 }
                }
                Some(due) = waiting.next() => due,
            };
            if let Some(AttemptOutcome::Retrying(delay)) = self.notify(&poster, &announced, &due).await {
                let again = Due { number: due.number + 1, ..due };
                // Made here, so that the delay begins now.
                let pause = sleep(delay);
                waiting.push(async move {
                    pause.await;
                    again
                });
            }
        }
    }

    /// Asks the endpoint to confirm its subscription to a topic.
    pub(super) async fn ask_for_confirmation(self, topic: &str, topic_arn: &str, token: &str) {
        let poster = Poster::new(&self.subscriber.url, TIME_LIMIT);
        let envelope = Envelope::confirmation(topic_arn, token, &self.service);
        for number in 1.. {
            match self.attempt(&poster, &envelope, topic, None, number).await {
                AttemptOutcome::Retrying(delay) => tokio::select! {
                    () = self.end() => return,
                    () = sleep(delay) => {}
                },
                AttemptOutcome::Delivered | AttemptOutcome::Failed => return,
            }
        }
    }

    /// Waits until the subscription ends.
    async fn end(&self) {
        let mut ended = self.ended.clone();
        while ended.changed().await.is_ok() {}
    }

    /// Delivers an announcement; `None` if the subscriber does not receive it.
    async fn notify(&self, poster: &Poster, announced: &Announcements, due: &Due) -> Option<AttemptOutcome> {
        let announcement = announced.at(due.index)?;
        let Subscriber { raw, filter, arns, .. } = &*self.subscriber;
        let arn = arns.get(&announcement.topic)?;
        if !filter.takes(&announcement.attributes) {
            return None;
        }
        let event = Some(id_for_log(announcement.event_id()).into_owned());
        let envelope = Envelope::notification(&announcement, arn, &self.service, *raw);
        Some(self.attempt(poster, &envelope, &announcement.topic, event, due.number).await)
    }

    async fn attempt(
        &self,
        poster: &Poster,
        envelope: &Envelope,
        topic: &str,
        event: Option<String>,
        number: usize,
    ) -> AttemptOutcome {
        let answer = poster.post(envelope).await;
        let outcome = match AttemptOutcome::of(&answer, number) {
            AttemptOutcome::Retrying(_) if self.ended.has_changed().is_err() => AttemptOutcome::Failed,
            outcome => outcome,
        };
        let attempt = Attempt {
            time: clock::now(),
            endpoint: http::shown(&self.subscriber.url),
            topic: topic.to_owned(),
            message_id: envelope.message_id.clone(),
            event,
            number,
            answer,
            outcome,
        };
        // Fails only if nothing shows the attempts.
        drop(self.attempts.send(attempt));
        outcome
    }
}
