//! The engines: an embedded `DynamoDB` and an SNS stand-in. Both are served over HTTP on the loopback interface, so that
//! the production store and notifier run against them unchanged, and both require a token.

mod dynamodb;
mod guard;
mod loopback;
mod sns;
pub mod table;

use anyhow::Result;

use crate::data_folder::{DataFolder, Lock};
use crate::token::Token;

pub use dynamodb::DynamoDb;
pub(crate) use guard::host_of_this_machine;
pub use sns::{Announcement, Attempt, AttemptOutcome, Forward, QueueMessage, Sns, read_announcements};
pub(crate) use sns::{Announcements, topic_arn};

/// Where the local stack stores events and announcements.
#[derive(Clone, Copy)]
pub enum Storage<'a> {
    /// In a data folder, across runs. Requires the lock, because two processes that write the same files would
    /// corrupt them.
    Folder(&'a Lock),
    /// In memory, until the stack is dropped.
    Memory,
}

/// The two servers. They stop when this is dropped.
pub struct LocalStack {
    /// The embedded `DynamoDB`, without tables.
    pub dynamodb: DynamoDb,
    /// The SNS stand-in, with the topics of a deployed stack.
    pub sns: Sns,
}

impl LocalStack {
    /// Starts both servers on ports that the system chooses. Callers need the token. Must be called within a tokio
    /// runtime.
    pub async fn start(storage: Storage<'_>, token: &Token) -> Result<Self> {
        let folder = match storage {
            Storage::Folder(lock) => Some(lock.folder()),
            Storage::Memory => None,
        };
        Ok(Self {
            dynamodb: DynamoDb::start(folder.map(DataFolder::database).as_deref(), token).await?,
            sns: Sns::start(folder.map(DataFolder::announcements).as_deref(), token).await?,
        })
    }
}
