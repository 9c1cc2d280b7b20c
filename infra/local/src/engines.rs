//! The engines: an embedded `DynamoDB` and an SNS stand-in, both served over HTTP on the loopback interface, so that
//! the production store and notifier run against them unchanged. Both ask for a token.

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
pub use sns::{Announcement, Sns, read_announcements};
pub(crate) use sns::{Announcements, topic_arn};

/// The topics of a deployed stack, the optional one included.
pub const TOPICS: [&str; 4] = ["bounces", "complaints", "spam", "events"];

/// Where the local stack keeps what it is given.
#[derive(Clone, Copy)]
pub enum Storage<'a> {
    /// In a data folder, across runs. A lock and not a folder: two processes that write the same
    /// database and the same announcements would spoil both.
    Folder(&'a Lock),
    /// In memory, until the stack is dropped.
    Memory,
}

/// Both servers. They stop when this is dropped.
pub struct LocalStack {
    /// The embedded `DynamoDB`, without tables.
    pub dynamodb: DynamoDb,
    /// The SNS stand-in, with the topics of a deployed stack.
    pub sns: Sns,
}

impl LocalStack {
    /// Starts both servers on ports that the system chooses, for those who know the token. Must be called within a
    /// tokio runtime.
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
