//! The way to a store: that of the local stack, running or not, or a deployed table.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::config::ProvideCredentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use ingestion::clock;
use ingestion::notifier::{Notifier, Topics};
use ingestion::store::Store;

use crate::cli::Global;
use crate::dev;
use crate::local::{DataFolder, DynamoDb, Endpoints, LocalStack, Lock, Storage, TOPICS};

/// How long a folder may be locked without a running stack: one that starts has the lock for a moment first,
/// and so has another command that reads.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);

/// A store, with what it needs to stay open.
pub(crate) struct Connection {
    pub(crate) store: Store,
    /// What the store is, for people.
    pub(crate) name: String,
    /// The embedded database stops before the lock of its file ends.
    _local: Option<(DynamoDb, Lock)>,
}

/// A store and its topics, with what they need to stay open.
pub(crate) struct Announcing {
    pub(crate) store: Store,
    pub(crate) notifier: Notifier,
    /// What the store is, for people.
    pub(crate) name: String,
    /// The engines stop before the lock of their files ends.
    _local: Option<(LocalStack, Lock)>,
}

/// The topics of a deployed stack; its outputs name them.
#[derive(clap::Args)]
#[command(next_help_heading = "Topics, with --table")]
pub(crate) struct TopicArns {
    /// ARN of the topic that takes bounces
    #[arg(long = "bounces-topic", value_name = "ARN", env = "BOUNCES_TOPIC_ARN")]
    bounces: Option<String>,
    /// ARN of the topic that takes complaints
    #[arg(
        long = "complaints-topic",
        value_name = "ARN",
        env = "COMPLAINTS_TOPIC_ARN"
    )]
    complaints: Option<String>,
    /// ARN of the topic that takes spam
    #[arg(long = "spam-topic", value_name = "ARN", env = "SPAM_TOPIC_ARN")]
    spam: Option<String>,
    /// ARN of the topic that takes every event, if there is one
    #[arg(long = "events-topic", value_name = "ARN", env = "EVENTS_TOPIC_ARN")]
    events: Option<String>,
}

impl TopicArns {
    fn read(&self) -> Result<Topics> {
        let arn = |given: &Option<String>, option: &str| {
            given
                .clone()
                .with_context(|| format!("{option} is missing: it goes with --table"))
        };
        Ok(Topics {
            bounces: arn(&self.bounces, "--bounces-topic")?,
            complaints: arn(&self.complaints, "--complaints-topic")?,
            spam: arn(&self.spam, "--spam-topic")?,
            events: self.events.clone(),
        })
    }
}

/// Opens the store that the global options name, with its topics.
pub(crate) async fn announcing(
    global: &Global,
    topics: &TopicArns,
    announce_all: bool,
) -> Result<Announcing> {
    let Some(table) = &global.table else {
        return announcing_locally(global, announce_all).await;
    };
    let topics = topics.read()?;
    let configuration = configuration(table).await?;
    let client = aws_sdk_sns::Client::new(&configuration);
    let Connection { store, name, .. } = deployed(table, &configuration);
    Ok(Announcing {
        store,
        notifier: Notifier::new(client, topics),
        name,
        _local: None,
    })
}

/// Opens the store that the global options name.
pub(crate) async fn open(global: &Global) -> Result<Connection> {
    match &global.table {
        Some(table) => Ok(deployed(table, &configuration(table).await?)),
        None => local(global).await,
    }
}

/// The data folder, which must be there: who only reads makes none.
pub(crate) fn folder(global: &Global) -> Result<DataFolder> {
    let path = &global.data;
    if !path.is_dir() {
        bail!(
            "there is no local stack in {}: start one with `mailhooks dev`, or name its folder with --data",
            path.display()
        );
    }
    DataFolder::open(path)
}

async fn local(global: &Global) -> Result<Connection> {
    let folder = folder(global)?;
    let (store, local) = match way(&folder).await? {
        Way::Running(endpoints) => (dev::parts_at(&endpoints, false).await?.0, None),
        Way::Own(lock) => {
            let dynamodb = DynamoDb::start(Some(&folder.database())).await?;
            let store = dev::store_at(dynamodb.endpoint()).await?;
            (store, Some((dynamodb, lock)))
        }
    };
    Ok(Connection {
        store,
        name: local_name(&folder),
        _local: local,
    })
}

async fn announcing_locally(global: &Global, announce_all: bool) -> Result<Announcing> {
    let folder = folder(global)?;
    let (endpoints, local) = match way(&folder).await? {
        Way::Running(endpoints) => (endpoints, None),
        Way::Own(lock) => {
            let stack = LocalStack::start(Storage::Folder(&lock), &TOPICS, clock::now).await?;
            let endpoints = Endpoints {
                dynamodb: stack.dynamodb.endpoint().to_owned(),
                sns: stack.sns.endpoint().to_owned(),
                receiver: String::new(),
                in_memory: false,
                announce_all,
            };
            (endpoints, Some((stack, lock)))
        }
    };
    let announce_all = announce_all || endpoints.announce_all;
    let (store, notifier) = dev::parts_at(&endpoints, announce_all).await?;
    Ok(Announcing {
        store,
        notifier,
        name: local_name(&folder),
        _local: local,
    })
}

fn local_name(folder: &DataFolder) -> String {
    format!("the local stack in {}", folder.path().display())
}

/// The way to the local stack: through the one that runs, or by opening its files.
enum Way {
    Running(Endpoints),
    Own(Lock),
}

async fn way(folder: &DataFolder) -> Result<Way> {
    let way = patiently(PATIENCE, || {
        Ok(match folder.running()? {
            Some(endpoints) => Some(Way::Running(endpoints)),
            None => folder.lock()?.map(Way::Own),
        })
    });
    way.await?.with_context(|| {
        format!(
            "another mailhooks uses {} and does not say where it listens: wait for it, or stop it",
            folder.path().display()
        )
    })
}

fn deployed(table: &str, configuration: &SdkConfig) -> Connection {
    let client = aws_sdk_dynamodb::Client::new(configuration);
    Connection {
        // No event is written through this store, so nothing expires by it.
        store: Store::new(client, table, 0),
        name: format!("the table {table}"),
        _local: None,
    }
}

async fn configuration(table: &str) -> Result<SdkConfig> {
    let http_client = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let configuration = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client)
        .load()
        .await;
    check(&configuration)
        .await
        .with_context(|| format!("cannot read the table {table}"))?;
    Ok(configuration)
}

/// What is missing before the first call, in words that help more than the call's.
async fn check(configuration: &SdkConfig) -> Result<()> {
    if configuration.region().is_none() {
        bail!("no AWS region is known: set AWS_REGION, or AWS_PROFILE to a profile that has one");
    }
    let provider = configuration
        .credentials_provider()
        .context("no AWS credentials are configured")?;
    provider
        .provide_credentials()
        .await
        .context("no AWS credentials: set AWS_PROFILE, or sign in with `aws sso login`")?;
    Ok(())
}

/// Tries until there is something, or the time is up.
pub(crate) async fn patiently<T>(
    patience: Duration,
    mut attempt: impl FnMut() -> Result<Option<T>>,
) -> Result<Option<T>> {
    let waiting = async {
        loop {
            if let Some(found) = attempt()? {
                return Ok(Some(found));
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(patience, waiting)
        .await
        .unwrap_or(Ok(None))
}

/// Ends when somebody stops the program: Ctrl-C, or SIGTERM where there is one.
pub(crate) async fn interrupted() -> Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupt = tokio::signal::ctrl_c() => interrupt?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
