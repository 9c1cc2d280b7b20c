//! A stand-in for SNS: `PublishBatch` with the rules of the service, a record of the accepted announcements, and
//! subscriptions over HTTP.
//!
//! Rules, codes and statuses are those of SNS
//! (<https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html>), and the topics those of a deployed stack.
//! Any other action or parameter is rejected, never ignored.

mod announcements;
mod delivery;
mod filter;
mod journal;
mod parameters;
mod protocol;
mod queue_message;
mod request;
mod rules;
mod subscribe;
mod subscriptions;

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tokio::sync::broadcast;

use super::guard::Guard;
use super::loopback::{Bound, Loopback};
use crate::token::Token;
use protocol::Refusal;
use request::Batch;
use subscriptions::Subscriptions;

pub(crate) use announcements::Announcements;
pub use delivery::{Attempt, AttemptOutcome};
pub use journal::{Announcement, read_announcements};
pub use queue_message::QueueMessage;
pub(crate) use rules::topic_arn;
pub use subscriptions::Forward;

/// Largest body, in bytes: ten messages of the largest size, each byte encoded as three (`%00`). So a batch that is too
/// long gets the error of SNS.
const MAXIMUM_BODY: usize = 8 * 1024 * 1024;

/// The running SNS stand-in. It stops when this is dropped.
pub struct Sns {
    loopback: Loopback,
    announcements: Arc<Announcements>,
    subscriptions: Arc<Subscriptions>,
}

#[derive(Clone)]
struct Service {
    announcements: Arc<Announcements>,
    subscriptions: Arc<Subscriptions>,
}

impl Sns {
    /// Serves clients that have the token, on a port that the system chooses. Stores announcements in this file, or in
    /// memory only. Must be called within a tokio runtime.
    pub async fn start(file: Option<&Path>, token: &Token) -> Result<Self> {
        let announcements = Arc::new(Announcements::open(file)?);
        let bound = Bound::any().await?;
        let subscriptions = Arc::new(Subscriptions::new(Arc::clone(&announcements), &bound.endpoint));
        let service =
            Service { announcements: Arc::clone(&announcements), subscriptions: Arc::clone(&subscriptions) };
        let router = Router::new()
            .route("/", get(open_link).post(call))
            .layer(DefaultBodyLimit::max(MAXIMUM_BODY))
            .with_state(service);
        let refuse = |why| Refusal::new("InvalidClientTokenId", why).into_response();
        let guard = Guard::new(token, refuse).with_links({
            let subscriptions = Arc::clone(&subscriptions);
            move |uri| subscribe::is_link(&subscriptions, uri)
        });
        Ok(Self { loopback: Loopback::serve(bound, router, guard), announcements, subscriptions })
    }

    /// The endpoint URL for AWS clients.
    pub fn endpoint(&self) -> &str {
        &self.loopback.endpoint
    }

    /// The ARN of the topic with this name, whether or not it exists.
    pub fn topic_arn(&self, name: &str) -> String {
        topic_arn(name)
    }

    /// Every announcement, oldest first, including those of earlier runs.
    pub fn announcements(&self) -> Vec<Announcement> {
        self.announcements.after(0)
    }

    /// Delivers what is announced from now on to a subscriber, until the server stops.
    pub fn forward(&self, forward: Forward) {
        self.subscriptions.forward(forward);
    }

    /// Receives the attempts to deliver announcements to subscribers. A receiver that falls far behind gets the number of missed
    /// ones.
    pub fn attempts(&self) -> broadcast::Receiver<Attempt> {
        self.subscriptions.attempts()
    }

    /// A handle to the announcements that outlives the server.
    pub(crate) fn book(&self) -> Arc<Announcements> {
        Arc::clone(&self.announcements)
    }

    /// Receives new announcements as they are published. A subscriber that falls far behind gets the number of missed ones
    /// and can read them from [`Sns::announcements`].
    pub fn subscribe(&self) -> broadcast::Receiver<Announcement> {
        self.announcements.subscribe()
    }
}

/// Opens a link from a message, which confirms or ends a subscription.
async fn open_link(State(service): State<Service>, uri: Uri) -> Result<Response, Refusal> {
    let query = uri.query().unwrap_or_default().as_bytes();
    let answer = subscribe::answer(&service.subscriptions, query);
    answer.unwrap_or_else(|| Err(Refusal::new("InvalidAction", "calls are posted")))
}

async fn call(
    State(service): State<Service>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let body = body.map_err(|rejection| Refusal::new("RequestEntityTooLarge", rejection.body_text()))?;
    let answer = subscribe::answer(&service.subscriptions, &body);
    answer.unwrap_or_else(|| publish_batch(&service.announcements, &body))
}

fn publish_batch(announcements: &Announcements, body: &[u8]) -> Result<Response, Refusal> {
    let batch = Batch::parse(body)?;
    let topic = rules::topic(&batch.topic_arn)?;
    rules::entries(&batch.entries)?;
    let message_ids = announcements.publish(topic, &batch.entries).map_err(|error| {
        Refusal::new("InternalFailure", format!("the announcements cannot be written: {error}"))
    })?;
    Ok(protocol::published(batch.entries.iter().map(|entry| &entry.id).zip(&message_ids)))
}
