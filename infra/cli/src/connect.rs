//! Connects to a store: the local stack's (running or stopped), a deployed stack's, or a deployed table.

mod list;
mod topics;

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;
use ingestion::notifier::Notifier;
use ingestion::store::Store;
use ingestion::suppressions::Suppressions;
use mailhooks_local::{
    DataFolder, DynamoDb, Endpoints, LocalStack, Lock, Sns, Storage, Token, store_and_notifier,
};

use crate::aws;
use crate::options::Global;
use crate::stack::DeployedStack;

pub(crate) use list::{ListConnection, Rules, catch_up, events_table, open_list};
pub(crate) use topics::TopicArns;

/// How long a folder may be locked without a running stack: a stack that starts, or another command that reads the
/// folder, holds the lock briefly.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);

/// An open store and the resources that it depends on.
pub(crate) struct Connection {
    pub(crate) store: Store,
    /// The suppression list. `None` if the stack keeps none, with `--table`, and where no command asks for it.
    pub(crate) list: Option<Suppressions>,
    /// A description of the store for messages.
    pub(crate) name: String,
    /// Whether the store is deployed, and so reading it costs money.
    pub(crate) is_deployed: bool,
    /// The size of a local stack's file, with its indexes and its suppression list; 0 for a stack in memory or a deployed one.
    pub(crate) file_bytes: u64,
    /// Whether the receivers write what the index by time needs.
    pub(crate) uses_time_index: bool,
    /// Fields drop in order: the engines stop before the lock of their files is released.
    local: Option<(DynamoDb, Option<Sns>, Lock)>,
}

impl Connection {
    /// A deployed table, without a suppression list.
    fn of_table(store: Store, name: String) -> Self {
        Self { store, list: None, name, is_deployed: true, file_bytes: 0, uses_time_index: true, local: None }
    }

    /// The error text for a store that cannot be read.
    pub(crate) fn unreadable(&self) -> String {
        format!("cannot read {}", self.name)
    }

    /// Whether this program started the engines of a local stack that is not running.
    fn is_stopped(&self) -> bool {
        self.local.is_some()
    }
}

/// Opens the store that the global options select, and a notifier for its topics.
pub(crate) async fn with_topics(
    global: &Global,
    topics: &TopicArns,
    announce_all: bool,
) -> Result<(Connection, Notifier)> {
    let of_table = global.table.as_ref().map(|_| topics.read()).transpose()?;
    let Some((connection, configuration, stack)) = deployed(global).await? else {
        return local_with_topics(global, announce_all).await;
    };
    let of_stack = stack.map(|stack| stack.topics()).transpose()?;
    let topics = of_stack.or(of_table).context("name a stack or a table")?;
    Ok((connection, Notifier::new(aws_sdk_sns::Client::new(&configuration), topics)))
}

/// Opens the store that the global options select.
pub(crate) async fn open(global: &Global) -> Result<Connection> {
    match deployed(global).await? {
        Some((connection, ..)) => Ok(connection),
        None => local(global).await,
    }
}

/// Opens the deployed store that the global options select, with its AWS configuration and, for `--stack`, the stack.
async fn deployed(global: &Global) -> Result<Option<(Connection, SdkConfig, Option<DeployedStack>)>> {
    let stack = DeployedStack::named(global).await?;
    let (configuration, table, name) = match (&stack, &global.table) {
        (Some(stack), _) => (stack.configuration.clone(), stack.table()?, stack.name()),
        (None, Some(table)) => {
            let configuration = aws::configuration().await;
            let configuration = configuration.with_context(|| format!("cannot read the table {table}"))?;
            (configuration, table.as_str(), format!("the table {table}"))
        }
        (None, None) => return Ok(None),
    };
    let settings = stack.as_ref().map(DeployedStack::write_settings).transpose()?.unwrap_or_default();
    let client = aws_sdk_dynamodb::Client::new(&configuration);
    let list = match &stack {
        Some(stack) => stack.suppressions(client.clone())?,
        None => None,
    };
    let uses_time_index = settings.time_index;
    let of_table = Connection::of_table(Store::new(client, table, settings), name);
    Ok(Some((Connection { list, uses_time_index, ..of_table }, configuration, stack)))
}

/// Opens the data folder. Fails if it does not exist, because commands that read must not create one.
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
    let (endpoint, token, local) = match find_local(&folder).await? {
        Local::Running(Endpoints { dynamodb, token, .. }) => (dynamodb, token, None),
        Local::Stopped(lock) => {
            let token = Token::random()?;
            let dynamodb = DynamoDb::start(Some(&folder.database()), &token).await?;
            (dynamodb.endpoint().to_owned(), token, Some((dynamodb, None, lock)))
        }
    };
    let store = mailhooks_local::store(&endpoint, &token).await?;
    let list = mailhooks_local::suppressions(&endpoint, &token).await?;
    Ok(Connection {
        store,
        list: Some(list),
        name: local_name(&folder),
        is_deployed: false,
        file_bytes: file_bytes(&folder),
        uses_time_index: true,
        local,
    })
}

async fn local_with_topics(global: &Global, announce_all: bool) -> Result<(Connection, Notifier)> {
    let folder = folder(global)?;
    let (store, notifier, local) = match find_local(&folder).await? {
        Local::Running(Endpoints { dynamodb, sns, token, announce_all: all, .. }) => {
            let announce_all = announce_all || all;
            let (store, notifier) = store_and_notifier(&dynamodb, &sns, &token, announce_all).await?;
            (store, notifier, None)
        }
        Local::Stopped(lock) => {
            let token = Token::random()?;
            let LocalStack { dynamodb, sns } = LocalStack::start(Storage::Folder(&lock), &token).await?;
            let (store, notifier) =
                store_and_notifier(dynamodb.endpoint(), sns.endpoint(), &token, announce_all).await?;
            (store, notifier, Some((dynamodb, Some(sns), lock)))
        }
    };
    let name = local_name(&folder);
    let file_bytes = file_bytes(&folder);
    let connection =
        Connection { store, list: None, name, is_deployed: false, file_bytes, uses_time_index: true, local };
    Ok((connection, notifier))
}

fn file_bytes(folder: &DataFolder) -> u64 {
    fs::metadata(folder.database()).map_or(0, |file| file.len())
}

fn local_name(folder: &DataFolder) -> String {
    format!("the local stack in {}", folder.path().display())
}

/// The running local stack, or the lock to open the files of a stopped one.
enum Local {
    Running(Endpoints),
    Stopped(Lock),
}

async fn find_local(folder: &DataFolder) -> Result<Local> {
    let found = poll_until(PATIENCE, || {
        Ok(match folder.running()? {
            Some(endpoints) => Some(Local::Running(endpoints)),
            None => folder.lock()?.map(Local::Stopped),
        })
    });
    found.await?.with_context(|| {
        format!(
            "another mailhooks process uses {} without publishing its address: wait for it or stop it",
            folder.path().display()
        )
    })
}

/// Repeats the attempt until it returns a value; `None` if the time runs out.
pub(crate) async fn poll_until<T>(
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
    tokio::time::timeout(patience, waiting).await.unwrap_or(Ok(None))
}

/// Runs `work` until it finishes or the user stops the program.
pub(crate) async fn until_stopped(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::select! {
        outcome = work => outcome,
        stopped = shutdown_signal() => stopped,
    }
}

/// Finishes when the user stops the program: Ctrl-C, or SIGTERM on Unix.
pub(crate) async fn shutdown_signal() -> Result<()> {
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
