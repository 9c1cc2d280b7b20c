//! Opens the suppression list that the global options select.

use anyhow::{Context, Result};
use ingestion::clock::Clock;
use ingestion::store::Store;
use ingestion::suppressions::{Keeper, Suppressions};
use normalization::suppression::Policy;

use super::{Connection, folder, open};
use crate::aws;
use crate::options::Global;

/// The rules to use with `--table`; with `--stack`, its parameters set them, and a local stack has the defaults.
#[derive(clap::Args)]
#[command(next_help_heading = "Rules (with --table; --stack finds its own)")]
pub(crate) struct Rules {
    /// Days that a hard bounce suppresses an address; 0 has no end
    #[arg(long, value_name = "DAYS", env = "HARD_BOUNCE_DAYS", default_value_t = Policy::default().hard_bounce_days)]
    hard_bounce_days: u32,
    /// Temporary bounces that suppress an address; 0 never does
    #[arg(long, value_name = "NUMBER", env = "SOFT_BOUNCES", default_value_t = Policy::default().soft_bounces)]
    soft_bounces: u32,
    /// Days within which they occur
    #[arg(long, value_name = "DAYS", env = "SOFT_BOUNCE_DAYS", default_value_t = Policy::default().soft_bounce_days)]
    soft_bounce_days: u32,
    /// Days that they suppress the address
    #[arg(long, value_name = "DAYS", env = "SOFT_BOUNCE_HOLD", default_value_t = Policy::default().soft_bounce_hold)]
    soft_bounce_hold: u32,
}

impl Rules {
    fn policy(&self) -> Policy {
        Policy {
            hard_bounce_days: self.hard_bounce_days,
            soft_bounces: self.soft_bounces,
            soft_bounce_days: self.soft_bounce_days,
            soft_bounce_hold: self.soft_bounce_hold,
        }
    }
}

/// An open list and the resources that it depends on.
pub(crate) struct ListConnection {
    pub(crate) list: Suppressions,
    /// A description of the list for messages.
    pub(crate) name: String,
    /// The store of the events; `None` with `--table`, which names the list only.
    pub(crate) events: Option<Connection>,
}

impl ListConnection {
    /// The error text for a list that cannot be read.
    pub(crate) fn unreadable(&self) -> String {
        format!("cannot read {}", self.name)
    }

    /// The error text for a list that cannot be written.
    pub(crate) fn unwritable(&self) -> String {
        format!("cannot write {}", self.name)
    }
}

/// Opens the list of the stack, or the table with `--table`. The list of a local stack that is not running is brought up to
/// date first.
pub(crate) async fn open_list(global: &Global, rules: &Rules) -> Result<ListConnection> {
    if let Some(table) = &global.table {
        let configuration = aws::configuration().await;
        let configuration = configuration.with_context(|| format!("cannot read the table {table}"))?;
        let list = Suppressions::new(aws_sdk_dynamodb::Client::new(&configuration), table, rules.policy());
        return Ok(ListConnection { list, name: format!("the table {table}"), events: None });
    }
    let connection = open(global).await?;
    let list = connection.list.clone().with_context(|| {
        format!("{} keeps no suppression list: deploy it with the parameter Suppressions on", connection.name)
    })?;
    if connection.is_stopped() {
        let keeper = Keeper::new(list.clone(), connection.store.clone(), Clock::system());
        mailhooks_local::catch_up(&folder(global)?, &keeper).await?;
    }
    let name = format!("the suppression list of {}", connection.name);
    Ok(ListConnection { list, name, events: Some(connection) })
}

/// The table of events with this name.
pub(crate) async fn events_table(table: &str) -> Result<Store> {
    let configuration = aws::configuration().await;
    let configuration = configuration.with_context(|| format!("cannot read the table {table}"))?;
    Ok(Store::new(aws_sdk_dynamodb::Client::new(&configuration), table, 0))
}
