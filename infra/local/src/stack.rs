//! The whole stack in this process: receivers, table and topics.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use ingestion::Redrive;
use ingestion::clock::Clock;
use ingestion::log::Log;
use ingestion::notifier::{Notifier, Topics};
use ingestion::secrets::Secrets;
use ingestion::store::Store;
use normalization::ProviderName;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::clients::{store_and_notifier, topics};
use crate::endpoints::Endpoints;
use crate::engines::{DynamoDb, LocalStack, Sns, Storage};
use crate::page::Sources;
use crate::receivers::{Happened, Observer, Parts, Receivers};
use crate::token::Token;

/// How often what waits is announced: as the schedule of a deployed stack says.
const REDRIVE_EVERY: Duration = Duration::from_mins(1);

/// What a stack starts with.
pub struct StackOptions<'a> {
    /// Where events and announcements are kept.
    pub storage: Storage<'a>,
    /// The port of 127.0.0.1 that webhooks are received on; 0 is any free one.
    pub port: u16,
    /// The signing secrets of each provider. A provider without any is answered that its webhooks cannot be taken.
    pub secrets: BTreeMap<ProviderName, Secrets>,
    /// Whether every event is announced, on the topic `events`.
    pub announce_all: bool,
    /// Says when a webhook is received.
    pub clock: Clock,
    /// Is told what happens.
    pub observer: Observer,
    /// The access key id that `DynamoDB` and SNS ask for.
    pub token: Token,
    /// What a browser must know to see the live page.
    pub page_token: Token,
}

/// A running stack. It stops when this is dropped; [`Stack::stop`] waits for requests that have begun.
pub struct Stack {
    receivers: Receivers,
    redriving: JoinHandle<()>,
    local: LocalStack,
    store: Store,
    topics: Topics,
    token: Token,
}

impl Stack {
    /// Starts the servers and creates the table if missing. Must be called within a tokio runtime.
    pub async fn start(options: StackOptions<'_>) -> Result<Self> {
        let token = options.token.clone();
        let local = LocalStack::start(options.storage, &token).await?;
        let (dynamodb, sns) = (local.dynamodb.endpoint(), local.sns.endpoint());
        let (store, notifier) = store_and_notifier(dynamodb, sns, &token, options.announce_all).await?;
        let topics = topics(options.announce_all);
        let redriving = redriving(&store, &notifier, &options);
        let sources = Sources {
            store: store.clone(),
            topics: topics.clone(),
            announced: local.sns.book(),
            secrets: options.secrets,
            clock: options.clock,
        };
        let StackOptions { observer, page_token, .. } = options;
        let parts = Parts { sources, notifier, observer, page_token };
        Ok(Self {
            receivers: Receivers::start(options.port, parts).await?,
            redriving,
            local,
            store,
            topics,
            token,
        })
    }

    /// Such as `http://127.0.0.1:8787`.
    pub fn url(&self) -> &str {
        &self.receivers.url
    }

    /// The URL that opens the live page. It is a secret: a token is in it.
    pub fn page_url(&self) -> &str {
        &self.receivers.page_url
    }

    /// Where the provider sends its webhooks.
    pub fn webhook_url(&self, provider: ProviderName) -> String {
        format!("{}/webhooks/{provider}", self.url())
    }

    /// The stand-in for SNS.
    pub fn sns(&self) -> &Sns {
        &self.local.sns
    }

    /// The embedded `DynamoDB`.
    pub fn dynamodb(&self) -> &DynamoDb {
        &self.local.dynamodb
    }

    /// The table of events.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The topics that events are announced on.
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// Where everything listens.
    pub fn endpoints(&self, in_memory: bool) -> Endpoints {
        Endpoints {
            dynamodb: self.local.dynamodb.endpoint().to_owned(),
            sns: self.local.sns.endpoint().to_owned(),
            token: self.token.clone(),
            receiver: self.url().to_owned(),
            page: self.page_url().to_owned(),
            in_memory,
            announce_all: self.topics.events.is_some(),
        }
    }

    /// Takes nothing new, and waits for requests that have begun.
    pub async fn stop(self) {
        self.redriving.abort();
        self.receivers.stop().await;
    }
}

/// Announces what was not, as often as a deployed stack does; says so where there was something.
fn redriving(store: &Store, notifier: &Notifier, options: &StackOptions<'_>) -> JoinHandle<()> {
    let observer = Arc::clone(&options.observer);
    let log = Log::from(|_: &Value| {});
    let redrive = Redrive::new(store.clone(), notifier.clone(), options.clock.clone(), log);
    tokio::spawn(async move {
        let mut every_minute = tokio::time::interval(REDRIVE_EVERY);
        loop {
            every_minute.tick().await;
            let report = redrive.run(REDRIVE_EVERY).await;
            if report.redriven > 0 || !report.failures.is_empty() {
                observer(&Happened::Redrive(&report));
            }
        }
    })
}
