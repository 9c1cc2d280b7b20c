//! The whole stack in this process: receivers, table and topics.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use ingestion::aws::{Access, Clients};
use ingestion::clock::{self, Clock};
use ingestion::notifier::{Notifier, Topics};
use ingestion::store::{Store, table};
use normalization::ProviderName;

use super::receivers::{Lines, Parts, Receivers};
use crate::local::{DynamoDb, Endpoints, LocalStack, Sns, Storage, TOPICS};

/// The table of the local stack.
pub const TABLE: &str = "mailhooks";

/// How long events stay: what a deployed stack has where nothing else is said.
const RETENTION_DAYS: u32 = 180;

/// What a stack starts with.
pub struct StackOptions<'a> {
    /// Where events and announcements are kept.
    pub storage: Storage<'a>,
    /// The port of 127.0.0.1 that webhooks are received on; 0 is any free one.
    pub port: u16,
    /// The signing secrets of each provider, separated by commas or line ends. A provider without any is answered
    /// that its webhooks cannot be taken.
    pub secrets: BTreeMap<ProviderName, String>,
    /// Whether every event is announced, on the topic `events`.
    pub announce_all: bool,
    /// Says when a webhook is received.
    pub clock: Clock,
    /// Takes one JSON object for each request.
    pub lines: Lines,
}

/// A running stack. It stops when this is dropped; [`Stack::stop`] waits for requests that have begun.
pub struct Stack {
    receivers: Receivers,
    local: LocalStack,
    store: Store,
    topics: Topics,
}

impl Stack {
    /// Starts the servers, and makes the table if there is none. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// If a port cannot be bound, or what the data folder holds cannot be opened or read.
    pub async fn start(options: StackOptions<'_>) -> Result<Self> {
        let local = LocalStack::start(options.storage, &TOPICS, clock::now).await?;
        let clients = Clients::new(&access(local.dynamodb.endpoint(), local.sns.endpoint()));
        table::create(&clients.dynamodb, TABLE)
            .await
            .context("cannot make the table of the local stack")?;
        let store = Store::new(clients.dynamodb, TABLE, RETENTION_DAYS);
        let topics = Topics {
            bounces: local.sns.topic_arn("bounces"),
            complaints: local.sns.topic_arn("complaints"),
            spam: local.sns.topic_arn("spam"),
            events: options.announce_all.then(|| local.sns.topic_arn("events")),
        };
        let parts = Parts {
            secrets: options.secrets,
            store: store.clone(),
            notifier: Notifier::new(clients.sns, topics.clone()),
            clock: options.clock,
            lines: options.lines,
        };
        Ok(Self {
            receivers: Receivers::start(options.port, parts).await?,
            local,
            store,
            topics,
        })
    }

    /// Such as `http://127.0.0.1:8787`.
    #[must_use]
    pub fn url(&self) -> &str {
        self.receivers.url()
    }

    /// Where the provider sends its webhooks.
    #[must_use]
    pub fn webhook_url(&self, provider: ProviderName) -> String {
        format!("{}/webhooks/{provider}", self.url())
    }

    /// The stand-in for SNS.
    #[must_use]
    pub fn sns(&self) -> &Sns {
        &self.local.sns
    }

    /// The embedded `DynamoDB`.
    #[must_use]
    pub fn dynamodb(&self) -> &DynamoDb {
        &self.local.dynamodb
    }

    /// The table of events.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The topics that events are announced on.
    #[must_use]
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// Where everything listens.
    pub(super) fn endpoints(&self, in_memory: bool) -> Endpoints {
        Endpoints {
            dynamodb: self.local.dynamodb.endpoint().to_owned(),
            sns: self.local.sns.endpoint().to_owned(),
            receiver: self.url().to_owned(),
            in_memory,
        }
    }

    /// Takes nothing new, and waits for requests that have begun.
    pub async fn stop(self) {
        self.receivers.stop().await;
    }
}

/// A store on the table of the local stack whose `DynamoDB` listens here.
pub(crate) async fn store_at(endpoint: &str) -> Result<Store> {
    let clients = Clients::new(&access(endpoint, endpoint));
    // Where no stack has run yet, there is none.
    table::create(&clients.dynamodb, TABLE)
        .await
        .context("cannot open the table of the local stack")?;
    Ok(Store::new(clients.dynamodb, TABLE, RETENTION_DAYS))
}

/// The local servers ask for no credentials; the clients cannot do without.
fn access(dynamodb: &str, sns: &str) -> Access {
    Access {
        region: "us-east-1".to_owned(),
        access_key_id: "local".to_owned(),
        secret_access_key: "local".to_owned(),
        session_token: None,
        dynamodb_endpoint: Some(dynamodb.to_owned()),
        sns_endpoint: Some(sns.to_owned()),
        secrets_manager_endpoint: None,
    }
}
