//! A stand-in for SNS: the parts of its API that a publisher uses, with the service's own rules, and
//! with faults that can be asked for.
//!
//! Rules, codes and statuses are the service's
//! (<https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>,
//! <https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html>). Topics are standard ones;
//! there are no subscriptions: whoever wants the announcements asks this or reads the file. A
//! parameter that the stand-in does not know is refused, never ignored. A request names the stand-in's token as its access key id.

mod announcements;
mod connection;
mod faults;
mod protocol;
mod request;
mod rules;
mod server;
mod service;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use axum::middleware::from_fn_with_state;
use jiff::Timestamp;
use tokio::sync::broadcast;

use super::guard::{self, Guard};
use super::loopback::Loopback;
use crate::token::Token;
use connection::Connection;
use protocol::Refusal;
use service::Service;

pub use announcements::{Announcement, read_announcements};
pub use faults::{Fault, Moment};
pub(crate) use rules::topic_arn;

/// What a stand-in starts with.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// Names of the topics that exist from the start.
    pub topics: &'a [&'a str],
    /// The file that announcements are kept in; in memory only if there is none.
    pub announcements: Option<PathBuf>,
    /// Says when an announcement was published.
    pub clock: fn() -> Timestamp,
    /// The access key id that every request names.
    pub token: Token,
}

/// Everything announced, whether or not the server still runs.
pub(crate) type AnnouncementBook = Arc<Service>;

/// A running stand-in. It stops when this is dropped.
#[derive(Debug)]
pub struct Sns {
    loopback: Loopback,
    service: Arc<Service>,
}

impl Sns {
    /// Starts it on a port that the system chooses. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// If a topic's name is none, the file of announcements cannot be opened or read, or no port can
    /// be bound.
    pub async fn start(options: Options<'_>) -> Result<Self> {
        let guard = Guard { token: options.token.clone(), refuse: |why| Refusal::forbidden(why).response() };
        let service = Arc::new(Service::new(options)?);
        let router = server::router(Arc::clone(&service))
            .layer(from_fn_with_state(guard, guard::guard))
            .into_make_service_with_connect_info::<Connection>();
        let loopback = Loopback::serve(move |listener, stopped| async move {
            // It ends when it is told to, and has nothing to say then.
            let _ = axum::serve(listener, router)
                .with_graceful_shutdown(async {
                    let _ = stopped.await;
                })
                .await;
        })
        .await?;
        Ok(Self { loopback, service })
    }

    /// The URL that an AWS client takes as its endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.loopback.endpoint()
    }

    /// The ARN of the topic with this name, whether or not it exists.
    #[must_use]
    pub fn topic_arn(&self, name: &str) -> String {
        topic_arn(name)
    }

    /// Everything announced, oldest first: also what the file held at the start.
    #[must_use]
    pub fn announcements(&self) -> Vec<Announcement> {
        self.service.after(0)
    }

    /// A way to the announcements that outlives the server.
    pub(crate) fn book(&self) -> AnnouncementBook {
        Arc::clone(&self.service)
    }

    /// Announcements from now on, as they happen. One who falls far behind is told how many were
    /// missed, and finds them in [`Sns::announcements`].
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Announcement> {
        self.service.subscribe()
    }

    /// Asks for a fault. Faults wait in line: each spoils one publishing call, the first one first.
    pub fn inject(&self, fault: Fault) {
        self.service.inject(fault);
    }

    /// How many calls of this action were received, such as `PublishBatch`; also those that were
    /// refused or spoiled by a fault.
    #[must_use]
    pub fn calls(&self, action: &str) -> usize {
        self.service.calls(action)
    }
}
