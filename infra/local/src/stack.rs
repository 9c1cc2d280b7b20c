//! The complete local stack in one process: receivers, table and topics.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use ingestion::Redrive;
use ingestion::clock::Clock;
use ingestion::log::Log;
use ingestion::notifier::{Topic, Topics};
use ingestion::secrets::Secrets;
use ingestion::store::Store;
use ingestion::suppressions::{Keeper, Suppressions};
use normalization::ProviderName;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::clients::{store_and_notifier, suppressions, topics};
use crate::endpoints::Endpoints;
use crate::engines::{DynamoDb, LocalStack, Sns, Storage};
use crate::list::Following;
use crate::page::{LocalSources, Sources};
use crate::receivers::{Happened, Observer, Parts, Receivers};
use crate::token::Token;

/// Interval of the redrive: the schedule of a deployed stack.
const REDRIVE_EVERY: Duration = Duration::from_mins(1);

/// The options of a stack.
pub struct StackOptions<'a> {
    /// Where events and announcements are stored.
    pub storage: Storage<'a>,
    /// The port of 127.0.0.1 on which webhooks are received; 0 chooses a free one.
    pub port: u16,
    /// The signing secrets of each provider. Webhooks of a provider without secrets are answered 503.
    pub secrets: BTreeMap<ProviderName, Secrets>,
    /// Whether every event is also announced on the topic `events`.
    pub announce_all: bool,
    /// The clock for times of receipt.
    pub clock: Clock,
    /// The callback for everything that happens.
    pub observer: Observer,
    /// The access key id that `DynamoDB` and SNS require.
    pub token: Token,
    /// The token that a browser needs to open the live page.
    pub page_token: Token,
}

/// A running stack. It stops when this is dropped; [`Stack::stop`] waits for requests in progress.
pub struct Stack {
    receivers: Receivers,
    redrive: Arc<Redrive>,
    redriving: Option<JoinHandle<()>>,
    following: Following,
    local: LocalStack,
    store: Store,
    list: Suppressions,
    topics: Topics,
    token: Token,
}

impl Stack {
    /// Starts the servers and creates the tables if missing. Must be called within a tokio runtime.
    pub async fn start(options: StackOptions<'_>) -> Result<Self> {
        let token = options.token.clone();
        let local = LocalStack::start(options.storage, &token).await?;
        let (dynamodb, sns) = (local.dynamodb.endpoint(), local.sns.endpoint());
        let (store, notifier) = store_and_notifier(dynamodb, sns, &token, options.announce_all).await?;
        let topics = topics(options.announce_all);
        let list = suppressions(dynamodb, &token).await?;
        let keeper = Keeper::new(list.clone(), store.clone(), options.clock.clone());
        let folder = match options.storage {
            Storage::Folder(lock) => Some(lock.folder()),
            Storage::Memory => None,
        };
        let following = Following::start(keeper, local.sns.book(), folder);
        let sources = Sources {
            store: store.clone(),
            list: Some(list.clone()),
            notifier: notifier.clone(),
            clock: options.clock.clone(),
            local: Some(LocalSources {
                list_progress: following.progress().clone(),
                announced: local.sns.book(),
                secrets: options.secrets,
            }),
        };
        let StackOptions { observer, page_token, clock, .. } = options;
        let redrive = Redrive::new(store.clone(), notifier, clock, Log::from(|_: &Value| {}));
        let parts = Parts { sources, observer, page_token };
        Ok(Self {
            receivers: Receivers::start(options.port, parts).await?,
            redrive: Arc::new(redrive),
            redriving: None,
            following,
            local,
            store,
            list,
            topics,
            token,
        })
    }

    /// Starts to run the redrive, now and as often as a deployed stack does, and reports runs that announced events or failed.
    pub fn start_redrive(&mut self, observer: Observer) {
        let redrive = Arc::clone(&self.redrive);
        self.redriving = Some(tokio::spawn(async move {
            let mut every_minute = tokio::time::interval(REDRIVE_EVERY);
            loop {
                every_minute.tick().await;
                let report = redrive.run(REDRIVE_EVERY).await;
                if report.redriven > 0 || !report.failures.is_empty() {
                    observer(&Happened::Redrive(&report));
                }
            }
        }));
    }

    /// The base URL, such as `http://127.0.0.1:8787`.
    pub fn url(&self) -> &str {
        &self.receivers.url
    }

    /// The URL that opens the live page. It contains a token, so it is a secret.
    pub fn page_url(&self) -> &str {
        &self.receivers.page_url
    }

    /// The URL for the provider's webhooks.
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

    /// The suppression list, after it has taken everything that is announced now.
    pub async fn suppressions(&self) -> &Suppressions {
        self.following.caught_up().await;
        &self.list
    }

    /// The topics on which events are announced.
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// The endpoints of the stack.
    pub fn endpoints(&self, in_memory: bool) -> Endpoints {
        Endpoints {
            dynamodb: self.local.dynamodb.endpoint().to_owned(),
            sns: self.local.sns.endpoint().to_owned(),
            token: self.token.clone(),
            receiver: self.url().to_owned(),
            page: self.page_url().to_owned(),
            in_memory,
            announce_all: self.topics.arn(Topic::Events).is_some(),
        }
    }

    /// Accepts no more requests, and waits for those in progress.
    pub async fn stop(self) {
        if let Some(redriving) = self.redriving {
            redriving.abort();
        }
        self.receivers.stop().await;
        self.following.stop().await;
    }
}
