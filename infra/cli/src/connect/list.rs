//! Opens the suppression list that the global options select.

use anyhow::{Context, Result};
use clap::value_parser;
use ingestion::clock::Clock;
use ingestion::store::{Store, WriteSettings};
use ingestion::suppressions::{Keeper, Suppressions};
use normalization::suppression::Policy;

use super::{Connection, folder, open};
use crate::aws;
use crate::options::{Global, UsageError};

/// The rules to use with `--table`; with `--stack`, its parameters set them, and a local stack has the defaults.
#[derive(clap::Args)]
#[command(next_help_heading = "Rules (with --table; --stack finds its own)")]
pub(crate) struct Rules {
    /// Days that a hard bounce suppresses an address; 0 has no end [default: 0]
    #[arg(long, value_name = "DAYS", global = true)]
    hard_bounce_days: Option<u32>,
    /// Temporary bounces that suppress an address; 0 never does [default: 5]
    #[arg(long, value_name = "NUMBER", global = true, value_parser = value_parser!(u32).range(..=i64::from(Policy::MAX_SOFT_BOUNCES)))]
    soft_bounces: Option<u32>,
    /// Days within which they occur [default: 30]
    #[arg(long, value_name = "DAYS", global = true)]
    soft_bounce_days: Option<u32>,
    /// Days that they suppress the address [default: 30]
    #[arg(long, value_name = "DAYS", global = true)]
    soft_bounce_hold: Option<u32>,
}

impl Rules {
    fn policy(&self) -> Policy {
        let defaults = Policy::default();
        Policy {
            hard_bounce_days: self.hard_bounce_days.unwrap_or(defaults.hard_bounce_days),
            soft_bounces: self.soft_bounces.unwrap_or(defaults.soft_bounces),
            soft_bounce_days: self.soft_bounce_days.unwrap_or(defaults.soft_bounce_days),
            soft_bounce_hold: self.soft_bounce_hold.unwrap_or(defaults.soft_bounce_hold),
        }
    }

    /// Fails if rules are given for a list that has its own.
    fn refuse(&self) -> Result<(), UsageError> {
        let given = [self.hard_bounce_days, self.soft_bounces, self.soft_bounce_days, self.soft_bounce_hold];
        if given.iter().any(Option::is_some) {
            let message = "the rules can be given only with --table: a stack has its own as parameters";
            return Err(UsageError(message.to_owned()));
        }
        Ok(())
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
    /// Whether the list is deployed, and so reading it costs money.
    pub(crate) fn is_deployed(&self) -> bool {
        self.events.as_ref().is_none_or(|events| events.is_deployed)
    }

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
    rules.refuse()?;
    let connection = open(global).await?;
    let list = connection.list.clone().with_context(|| {
        format!("{} keeps no suppression list: deploy it with the parameter Suppressions on", connection.name)
    })?;
    catch_up(&connection, global).await?;
    let name = format!("the suppression list of {}", connection.name);
    Ok(ListConnection { list, name, events: Some(connection) })
}

/// Adds what is announced to the list of a local stack that is not running.
pub(crate) async fn catch_up(connection: &Connection, global: &Global) -> Result<()> {
    if let Some(list) = connection.list.as_ref().filter(|_| connection.is_stopped()) {
        let keeper = Keeper::new(list.clone(), connection.store.clone(), Clock::system());
        mailhooks_local::catch_up(&folder(global)?, &keeper).await?;
    }
    Ok(())
}

/// The table of events with this name.
pub(crate) async fn events_table(table: &str) -> Result<Connection> {
    let configuration = aws::configuration().await;
    let configuration = configuration.with_context(|| format!("cannot read the table {table}"))?;
    let client = aws_sdk_dynamodb::Client::new(&configuration);
    let store = Store::new(client, table, WriteSettings::default());
    Ok(Connection::of_table(store, format!("the table {table}")))
}
