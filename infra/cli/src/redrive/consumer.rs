//! Where selected events are sent: the topics of the stack, or one new consumer.

use std::fmt::Display;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_config::{Region, SdkConfig};
use futures_util::{StreamExt, stream};
use ingestion::clock::Deadline;
use ingestion::notifier::{Notifier, Topic, Topics, message};
use ingestion::store::{Store, StoredEvent};
use mailhooks_local::http::Sender;

use super::destination::{Arn, Destination};
use super::queue::Queue;
use crate::aws;
use crate::connect::{self, Connection, TopicArns};
use crate::options::Global;

/// The time limit of the calls for one step.
const STEP: Duration = Duration::from_mins(1);

/// Concurrent requests to a URL: enough to keep several connections busy, and few for a server that has just recovered. As many
/// outbox marks are removed at the same time.
const CONCURRENT: usize = 10;

/// The account of the topics of a local stack.
const LOCAL_ACCOUNT: &str = "000000000000";

/// Takes events.
pub(super) enum Consumer {
    /// The topics of the stack.
    Topics(Box<(Store, Notifier)>),
    /// One other topic, which takes every event.
    Topic(Notifier),
    /// A queue.
    Queue(Queue),
    /// A URL.
    Url(Sender),
}

impl Consumer {
    /// Opens the store that the global options select, and the consumer: the topics of the store if there is no destination.
    pub(super) async fn open(
        to: Option<&Destination>,
        announce_all: bool,
        arns: &TopicArns,
        global: &Global,
    ) -> Result<(Connection, Self)> {
        let is_local = |arn: &Arn| !global.is_deployed() && arn.account == LOCAL_ACCOUNT;
        match to {
            None => {
                let (connection, notifier) = connect::with_topics(global, arns, announce_all).await?;
                let topics = Self::Topics(Box::new((connection.store.clone(), notifier)));
                Ok((connection, topics))
            }
            Some(Destination::Topic(arn)) if is_local(arn) => {
                let (connection, notifier) = connect::with_topics(global, arns, true).await?;
                Ok((connection, Self::Topic(notifier.with_topics(only(arn)))))
            }
            Some(Destination::Topic(arn)) => {
                let client = aws_sdk_sns::Client::new(&configuration(arn).await?);
                Ok((connect::open(global).await?, Self::Topic(Notifier::new(client, only(arn)))))
            }
            Some(Destination::Queue(arn)) => {
                let queue = Queue::find(&configuration(arn).await?, arn, Deadline::after(STEP)).await?;
                Ok((connect::open(global).await?, Self::Queue(queue)))
            }
            Some(Destination::Url(url)) => Ok((connect::open(global).await?, Self::Url(Sender::new(url)))),
        }
    }

    /// The topics of the stack, unless the events go to another consumer.
    pub(super) fn topics(&self) -> Option<&Topics> {
        match self {
            Self::Topics(of_stack) => Some(of_stack.1.topics()),
            Self::Topic(_) | Self::Queue(_) | Self::Url(_) => None,
        }
    }

    /// Sends the events. Returns one result per event, in their order.
    pub(super) async fn send(&self, events: &[StoredEvent]) -> Vec<Result<(), String>> {
        match self {
            Self::Topics(of_stack) => announce(&of_stack.0, &of_stack.1, events).await,
            Self::Topic(notifier) => publish(notifier, events, Deadline::after(STEP)).await,
            Self::Queue(queue) => queue.send(events, Deadline::after(STEP)).await,
            Self::Url(sender) => {
                let posts: Vec<_> = events.iter().map(|stored| post(sender, stored)).collect();
                stream::iter(posts).buffered(CONCURRENT).collect().await
            }
        }
    }
}

/// A topic that takes every event.
fn only(arn: &Arn) -> Topics {
    [(Topic::Events, arn.text.clone())].into_iter().collect()
}

/// The AWS configuration for the region of the ARN, which may be another one than that of the stack.
async fn configuration(arn: &Arn) -> Result<SdkConfig> {
    let configuration = aws::configuration().await.with_context(|| format!("cannot use {}", arn.text))?;
    Ok(configuration.into_builder().region(Region::new(arn.region.clone())).build())
}

async fn publish(notifier: &Notifier, events: &[StoredEvent], deadline: Deadline) -> Vec<Result<(), String>> {
    let events: Vec<_> = events.iter().map(|stored| &stored.event).collect();
    let results = notifier.announce(&events, deadline).await;
    results.into_iter().map(|result| result.map_err(|error| error.to_string())).collect()
}

/// Announces on the topics of the stack, and settles events that had waited. The others have no outbox mark to remove, which
/// saves a write. After a change of the topics, an event of an interrupted run may have no topic left: it is not announced.
async fn announce(store: &Store, notifier: &Notifier, events: &[StoredEvent]) -> Vec<Result<(), String>> {
    let deadline = Deadline::after(STEP);
    let announced = publish(notifier, events, deadline).await;
    let settles = events.iter().zip(announced).map(|(stored, announced)| async move {
        announced?;
        if !notifier.announces(&stored.event.data) {
            return Err("no topic takes it".to_owned());
        }
        if !stored.unannounced {
            return Ok(());
        }
        let unsettled = |error: &dyn Display| format!("announced, and may be announced again: {error}");
        let settled = deadline.run(store.settle(&stored.key)).await.map_err(|error| unsettled(&error))?;
        settled.map_err(|error| unsettled(&error))
    });
    let settles: Vec<_> = settles.collect();
    stream::iter(settles).buffered(CONCURRENT).collect().await
}

async fn post(sender: &Sender, stored: &StoredEvent) -> Result<(), String> {
    let headers = vec![("content-type", "application/json".to_owned())];
    match sender.post(headers, message(&stored.event).into_bytes()).await {
        Ok(answer) if answer.is_good() => Ok(()),
        Ok(answer) => Err(format!("the server answered {}", answer.status)),
        Err(error) => Err(format!("{error:#}")),
    }
}
