//! `mailhooks suppressions rebuild`: makes the list from the stored events.

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use ingestion::clock::{self, Clock};
use ingestion::suppressions::Keeper;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::checkpoint::{Checkpoint, PageRead};
use crate::connect::{Connection, ListConnection, events_table};
use crate::options::{Global, UsageError};
use crate::output;
use crate::reading::{self, Segments};

/// The file in the data folder with the progress of a run.
const PROGRESS: &str = "suppressions.json";

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Continue where an interrupted run stopped
    #[arg(long)]
    resume: bool,
    /// Table of events, with --table, which names the table of the list
    #[arg(long, value_name = "NAME")]
    events_table: Option<String>,
    #[command(flatten)]
    segments: Segments,
}

/// A rebuild has no settings.
#[derive(Deserialize, Serialize)]
struct Nothing {}

pub(super) async fn run(connection: &ListConnection, arguments: &Arguments, global: &Global) -> Result<()> {
    let of_table;
    let events = match (&connection.events, &arguments.events_table) {
        (Some(events), _) => events,
        (None, Some(table)) => {
            of_table = events_table(table).await?;
            &of_table
        }
        (None, None) => {
            let message = "--events-table is missing: with --table, it names the table of events";
            return Err(UsageError(message.to_owned()).into());
        }
    };
    let mut checkpoint = if arguments.resume {
        let stopped: Checkpoint<Nothing> = Checkpoint::read(PROGRESS, "suppressions rebuild", global)?;
        stopped.is_of(&connection.name)?;
        stopped
    } else {
        let segments = arguments.segments.number(events.is_deployed);
        Checkpoint::begin(connection.name.clone(), Nothing {}, segments)
    };
    let events = learn(connection, events, arguments, &mut checkpoint, global).await?;
    let (entries, suppressed) = apply_rules(connection, &arguments.segments).await?;
    if global.json {
        return output::print_json(&json!({"events": events, "entries": entries, "suppressed": suppressed}));
    }
    Ok(output::print(&format!(
        "{events} events read; {} has {entries} entries, of which {suppressed} are suppressed",
        connection.name
    ))?)
}

/// Adds what all stored events say. Returns the number of events that were read.
async fn learn(
    connection: &ListConnection,
    events: &Connection,
    arguments: &Arguments,
    checkpoint: &mut Checkpoint<Nothing>,
    global: &Global,
) -> Result<usize> {
    let store = &events.store;
    let keeper = Keeper::new(connection.list.clone(), store.clone(), Clock::system());
    let bar = reading::begin(events, &arguments.segments).await;
    let (mut read, mut unreadable) = (0, 0);
    let mut pages = store.pages(checkpoint.scan());
    while let Some(page) = pages.try_next().await.context("cannot read the events")? {
        let place = PageRead::of(&page);
        unreadable += page.found.unreadable.len();
        let events: Vec<_> = page.found.events.into_iter().map(|stored| stored.event).collect();
        read += events.len();
        for learned in keeper.learn(&events).await {
            learned.with_context(|| format!("{}: continue with --resume", connection.unwritable()))?;
        }
        bar.inc(page.scanned as u64);
        checkpoint.keep(PROGRESS, &place, global)?;
    }
    bar.finish_and_clear();
    if unreadable > 0 {
        output::remark(&format!("note: {unreadable} items of the table are not in mailhooks' format"));
    }
    Ok(read)
}

/// Writes again each entry whose state the rules or the time have changed. Returns the number of entries, and of those that are suppressed.
async fn apply_rules(connection: &ListConnection, segments: &Segments) -> Result<(usize, usize)> {
    let list = &connection.list;
    let (mut entries, mut suppressed) = (0, 0);
    let bar = reading::begin_list(connection, segments).await;
    let mut pages = list.pages(segments.number(connection.is_deployed()));
    while let Some(page) = pages.try_next().await.with_context(|| connection.unreadable())? {
        bar.inc(page.len() as u64);
        for entry in page {
            let now = clock::now();
            list.add(&entry.address, &[], now).await.with_context(|| connection.unwritable())?;
            entries += 1;
            suppressed += usize::from(entry.answer(list.policy(), now).is_suppressed());
        }
    }
    bar.finish_and_clear();
    Ok((entries, suppressed))
}
