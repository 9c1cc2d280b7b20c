//! The subscriptions of the stand-in. They last until it stops.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ingestion::notifier::Topic;
use tokio::sync::{broadcast, watch};
use url::Url;
use uuid::Uuid;

use super::announcements::Announcements;
use super::delivery::{Attempt, Delivery, Subscriber};
use super::filter::Filter;
use super::protocol::Refusal;
use super::rules;
use crate::token::Token;

/// Most subscriptions, each of which has a task.
const MAX_SUBSCRIPTIONS: usize = 100;

/// Attempts that are buffered for a receiver.
const BACKLOG: usize = 1_024;

/// A subscriber that the owner of the stack names, so it need not confirm its subscription.
pub struct Forward {
    /// Where the announcements are posted.
    pub url: Url,
    /// The topics whose announcements are posted.
    pub topics: Vec<Topic>,
    /// Whether the body is the event itself, as with raw message delivery.
    pub raw: bool,
}

/// All subscriptions.
pub(super) struct Subscriptions {
    kept: Mutex<Vec<Subscription>>,
    announced: Arc<Announcements>,
    /// The URL of the stand-in.
    service: String,
    attempts: broadcast::Sender<Attempt>,
}

struct Subscription {
    subscriber: Arc<Subscriber>,
    /// The token that confirms it; `None` for one that need not be confirmed.
    token: Option<Token>,
    is_confirmed: bool,
    task: Task,
}

/// Ends the task when it is dropped, after the attempt that it is making.
type Task = watch::Sender<()>;

/// A subscription as `ListSubscriptionsByTopic` shows it.
pub(super) struct Listed {
    pub(super) arn: String,
    pub(super) url: Url,
    pub(super) is_confirmed: bool,
}

impl Subscriptions {
    pub(super) fn new(announced: Arc<Announcements>, service: &str) -> Self {
        let attempts = broadcast::Sender::new(BACKLOG);
        Self { kept: Mutex::default(), announced, service: service.to_owned(), attempts }
    }

    /// Receives the attempts to deliver.
    pub(super) fn attempts(&self) -> broadcast::Receiver<Attempt> {
        self.attempts.subscribe()
    }

    /// Delivers what is announced from now on.
    pub(super) fn forward(&self, forward: Forward) {
        let Forward { url, topics, raw } = forward;
        let arns = topics.into_iter().map(|topic| arn(topic.name())).collect();
        let subscriber = Arc::new(Subscriber { url, raw, filter: Filter::default(), arns });
        let task = self.deliver(&subscriber);
        self.kept().push(Subscription { subscriber, token: None, is_confirmed: true, task });
    }

    /// Subscribes an endpoint to a topic and asks it to confirm that. Returns the ARN, and whether it is confirmed: an endpoint
    /// that subscribes again keeps its subscription.
    pub(super) fn subscribe(
        &self,
        topic: &str,
        url: Url,
        raw: bool,
        filter: Filter,
    ) -> Result<(String, bool), Refusal> {
        let mut kept = self.kept();
        let known = kept.iter_mut().filter(|known| known.token.is_some());
        let mut known = known.filter_map(|known| Some((known.subscriber.arns.get(topic)?.clone(), known)));
        if let Some((arn, known)) = known.find(|(_, known)| known.subscriber.url == url) {
            if (known.subscriber.raw, &known.subscriber.filter) != (raw, &filter) {
                return Err(Refusal::parameter(
                    "Attributes Reason: Subscription already exists with different attributes",
                ));
            }
            if let Some(token) = known.token.as_ref().filter(|_| !known.is_confirmed) {
                known.task = self.ask(&known.subscriber, topic, token);
            }
            return Ok((arn, known.is_confirmed));
        }
        if kept.len() >= MAX_SUBSCRIPTIONS {
            let message = format!("the stand-in has at most {MAX_SUBSCRIPTIONS} subscriptions");
            return Err(Refusal::new("SubscriptionLimitExceeded", message));
        }
        let token = Token::random().map_err(|error| Refusal::new("InternalFailure", error.to_string()))?;
        let (name, arn) = arn(topic);
        let arns = BTreeMap::from([(name, arn.clone())]);
        let subscriber = Arc::new(Subscriber { url, raw, filter, arns });
        let task = self.ask(&subscriber, topic, &token);
        kept.push(Subscription { subscriber, token: Some(token), is_confirmed: false, task });
        Ok((arn, false))
    }

    /// Confirms the subscription with this token and returns its ARN. From now on, announcements are delivered.
    pub(super) fn confirm(&self, topic: &str, token: &str) -> Option<String> {
        let mut kept = self.kept();
        let mut known = kept.iter_mut();
        let found = known.find(|known| known.token.as_ref().is_some_and(|known| known.is(token)))?;
        let arn = found.subscriber.arns.get(topic)?.clone();
        if !found.is_confirmed {
            found.is_confirmed = true;
            found.task = self.deliver(&found.subscriber);
        }
        Some(arn)
    }

    /// Ends a subscription. As in SNS, one that does not exist is no error.
    pub(super) fn unsubscribe(&self, arn: &str) -> Result<(), Refusal> {
        let mut kept = self.kept();
        if let Some(place) = kept.iter().position(|known| known.has(arn)) {
            if kept.get(place).is_some_and(|known| known.token.is_none()) {
                let reason =
                    "SubscriptionArn Reason: it belongs to the option --forward-to and ends with the stack";
                return Err(Refusal::parameter(reason));
            }
            kept.remove(place);
        }
        Ok(())
    }

    /// The subscriptions to a topic, oldest first.
    pub(super) fn of(&self, topic: &str) -> Vec<Listed> {
        let kept = self.kept();
        let listed = kept.iter().filter_map(|Subscription { subscriber, is_confirmed, .. }| {
            let arn = subscriber.arns.get(topic)?.clone();
            Some(Listed { arn, url: subscriber.url.clone(), is_confirmed: *is_confirmed })
        });
        listed.collect()
    }

    /// Whether there is a subscription with this ARN.
    pub(super) fn has_arn(&self, arn: &str) -> bool {
        self.kept().iter().any(|known| known.has(arn))
    }

    /// Whether this token confirms a subscription.
    pub(super) fn has_token(&self, token: &str) -> bool {
        self.kept().iter().any(|known| known.token.as_ref().is_some_and(|known| known.is(token)))
    }

    fn ask(&self, subscriber: &Arc<Subscriber>, topic: &str, token: &Token) -> Task {
        let (delivery, task) = self.delivery(subscriber);
        let (topic, arn, token) = (topic.to_owned(), rules::topic_arn(topic), token.text().to_owned());
        tokio::spawn(async move { delivery.ask_for_confirmation(&topic, &arn, &token).await });
        task
    }

    fn deliver(&self, subscriber: &Arc<Subscriber>) -> Task {
        let known = self.announced.count();
        let (delivery, task) = self.delivery(subscriber);
        tokio::spawn(delivery.follow(Arc::clone(&self.announced), known));
        task
    }

    fn delivery(&self, subscriber: &Arc<Subscriber>) -> (Delivery, Task) {
        let (service, attempts) = (self.service.clone(), self.attempts.clone());
        let (task, ended) = watch::channel(());
        (Delivery { subscriber: Arc::clone(subscriber), service, attempts, ended }, task)
    }

    /// Ignores poisoning: no operation here can panic half-way, so the data is consistent.
    fn kept(&self) -> MutexGuard<'_, Vec<Subscription>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    fn has(&self, arn: &str) -> bool {
        self.subscriber.arns.values().any(|known| known == arn)
    }
}

/// A topic's name with the ARN of a new subscription to it. Its random part is not guessable, so the ARN can end the
/// subscription.
fn arn(topic: &str) -> (String, String) {
    (topic.to_owned(), format!("{}:{}", rules::topic_arn(topic), Uuid::new_v4()))
}
