//! The local stack of mailhooks: receivers, table, topics and a live page in one process, with sample webhooks to send
//! to them.
//!
//! The production receivers, store and notifier run unchanged against an embedded `DynamoDB` and an SNS stand-in
//! ([`LocalStack`]), both served over HTTP on the loopback interface. Both require a token.

mod clients;
mod data_folder;
mod deployed_page;
mod endpoints;
mod engines;
pub mod http;
mod list;
mod news;
mod page;
pub mod private;
mod receivers;
pub mod samples;
pub mod signing;
mod stack;
pub mod summary;
mod token;

pub use clients::{LIST_TABLE, TABLE, store, store_and_notifier, suppressions};
pub use data_folder::{DataFolder, Lock};
pub use deployed_page::{DeployedPage, DeployedSources};
pub use endpoints::Endpoints;
pub use engines::{
    Announcement, Attempt, AttemptOutcome, DynamoDb, Forward, LocalStack, QueueMessage, Sns, Storage,
    read_announcements, table,
};
pub use list::catch_up;
pub use news::News;
pub use page::{PROBE, Refusals, Refused, cookie_of};
pub use receivers::{Happened, Observer};
pub use stack::{Stack, StackOptions};
pub use token::Token;
