//! A stand-in for SNS: `PublishBatch` with the rules of the service, and a record of the accepted announcements.
//!
//! Rules, codes and statuses are those of SNS
//! (<https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html>), and the topics those of a deployed stack.
//! Any other action or parameter is rejected, never ignored.

mod announcements;
mod journal;
mod protocol;
mod request;
mod rules;

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use tokio::sync::broadcast;

use super::loopback::Loopback;
use crate::token::Token;
use protocol::Refusal;
use request::Batch;

pub(crate) use announcements::Announcements;
pub use journal::{Announcement, read_announcements};
pub(crate) use rules::topic_arn;

/// Largest body, in bytes: ten messages of the largest size, each byte encoded as three (`%00`). So a batch that is too
/// long gets the error of SNS.
const MAXIMUM_BODY: usize = 8 * 1024 * 1024;

/// The running SNS stand-in. It stops when this is dropped.
pub struct Sns {
    loopback: Loopback,
    announcements: Arc<Announcements>,
}

impl Sns {
    /// Serves clients that have the token, on a port that the system chooses. Stores announcements in this file, or in
    /// memory only. Must be called within a tokio runtime.
    pub async fn start(file: Option<&Path>, token: &Token) -> Result<Self> {
        let announcements = Arc::new(Announcements::open(file)?);
        let router = Router::new()
            .route("/", post(publish_batch))
            .layer(DefaultBodyLimit::max(MAXIMUM_BODY))
            .with_state(Arc::clone(&announcements));
        let refuse = |why| Refusal::new("InvalidClientTokenId", why).into_response();
        Ok(Self { loopback: Loopback::serve(router, token, refuse).await?, announcements })
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

async fn publish_batch(
    State(announcements): State<Arc<Announcements>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let body = body.map_err(|rejection| Refusal::new("RequestEntityTooLarge", rejection.body_text()))?;
    let batch = Batch::parse(&body)?;
    let topic = rules::topic(&batch.topic_arn)?;
    rules::entries(&batch.entries)?;
    let message_ids = announcements.publish(topic, &batch.entries).map_err(|error| {
        Refusal::new("InternalFailure", format!("the announcements cannot be written: {error}"))
    })?;
    Ok(protocol::published(batch.entries.iter().map(|entry| &entry.id).zip(&message_ids)))
}
