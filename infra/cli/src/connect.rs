//! The way to a store: that of the local stack, running or not, or a deployed table.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::config::ProvideCredentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use ingestion::store::Store;

use crate::cli::Global;
use crate::dev;
use crate::local::{DataFolder, DynamoDb, Lock};

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

/// Opens the store that the global options name.
pub(crate) async fn open(global: &Global) -> Result<Connection> {
    match &global.table {
        Some(table) => deployed(table).await,
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
    let name = format!("the local stack in {}", folder.path().display());
    let way = patiently(PATIENCE, || {
        Ok(match folder.running()? {
            Some(endpoints) => Some(Way::Running(endpoints.dynamodb)),
            None => folder.lock()?.map(Way::Own),
        })
    });
    let (store, local) = match way.await? {
        Some(Way::Running(endpoint)) => (dev::store_at(&endpoint).await?, None),
        Some(Way::Own(lock)) => {
            let dynamodb = DynamoDb::start(Some(&folder.database())).await?;
            let store = dev::store_at(dynamodb.endpoint()).await?;
            (store, Some((dynamodb, lock)))
        }
        None => bail!(
            "another mailhooks uses {} and does not say where it listens: wait for it, or stop it",
            folder.path().display()
        ),
    };
    Ok(Connection {
        store,
        name,
        _local: local,
    })
}

/// The way to the local store: through the stack that runs, or by opening its file.
enum Way {
    Running(String),
    Own(Lock),
}

async fn deployed(table: &str) -> Result<Connection> {
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
    let client = aws_sdk_dynamodb::Client::new(&configuration);
    Ok(Connection {
        // Nothing is written through this store, so nothing expires by it.
        store: Store::new(client, table, 0),
        name: format!("the table {table}"),
        _local: None,
    })
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
