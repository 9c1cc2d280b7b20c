//! Reads the whole table, and says first what that costs.

use anyhow::{Context, Result};
use clap::value_parser;
use futures_util::TryStreamExt;
use indicatif::ProgressBar;
use ingestion::store::{Scan, Size, StoredEvent, Unreadable};

use super::{Reading, cost};
use crate::connect::{Connection, ListConnection};
use crate::output;

/// Segments of a scan unless --segments is given: about 5,000 read units per second, where a new table serves 12,000
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>).
const SEGMENTS: u16 = 4;

/// The option of commands that read the whole table.
#[derive(clap::Args, Clone, Default)]
#[command(next_help_heading = "Reading")]
pub(crate) struct Segments {
    /// Read this many segments of the table at the same time, if it is read whole [default: 4]
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u16).range(1..=64))]
    segments: Option<u16>,
}

impl Segments {
    /// The number of segments. A local table is in one file.
    pub(crate) fn number(&self, is_deployed: bool) -> u16 {
        self.segments.unwrap_or(if is_deployed { SEGMENTS } else { 1 })
    }
}

/// Says what it costs to read the whole table of events, unless it is small or local. Returns a bar for the items that are read.
pub(crate) async fn begin(connection: &Connection, segments: &Segments) -> ProgressBar {
    let size = size(connection).await;
    if let Some(size) = &size {
        say_cost(connection, size, segments);
    }
    bar(size.as_ref())
}

/// The size of a deployed table, if it can be described. The engine of a local one would count its items.
async fn size(connection: &Connection) -> Option<Size> {
    if connection.is_deployed { connection.store.size().await.ok() } else { None }
}

/// The same for the suppression list.
pub(crate) async fn begin_list(connection: &ListConnection, segments: &Segments) -> ProgressBar {
    let size = if connection.is_deployed() { connection.list.size().await.ok() } else { None };
    if let Some(size) = &size {
        say(&connection.name, size, segments.number(true));
    }
    bar(size.as_ref())
}

/// A bar for the items of a table of this size. DynamoDB updates it only every six hours, which is enough.
fn bar(size: Option<&Size>) -> ProgressBar {
    output::progress(size.map(|size| size.items).filter(|items| *items > 0), "items read")
}

/// Says what it costs to read the whole table, unless it is small or local.
pub(super) fn say_cost(connection: &Connection, size: &Size, segments: &Segments) {
    if connection.is_deployed {
        say(&connection.name, size, segments.number(true));
    }
}

fn say(name: &str, size: &Size, segments: u16) {
    if size.bytes >= cost::NOTICEABLE {
        output::remark(&format!("{name} has {} to read; Ctrl-C ends", cost::words(size, segments)));
    }
}

/// Reads all events that were received since a time, in no particular order. `is_said`: its cost was said. Returns the items that could not be read.
pub(super) async fn all(
    connection: &Connection,
    reading: Reading<'_>,
    is_said: bool,
    mut take: impl FnMut(StoredEvent),
) -> Result<Vec<Unreadable>> {
    let Reading { since, segments, .. } = reading;
    let bar = if is_said { bar(size(connection).await.as_ref()) } else { begin(connection, segments).await };
    let mut unreadable = Vec::new();
    let scan = Scan { since, ..Scan::parallel(segments.number(connection.is_deployed).into()) };
    let mut pages = connection.store.pages(scan);
    while let Some(page) = pages.try_next().await.with_context(|| connection.unreadable())? {
        bar.inc(page.scanned as u64);
        unreadable.extend(page.found.unreadable);
        page.found.events.into_iter().for_each(&mut take);
    }
    bar.finish_and_clear();
    Ok(unreadable)
}
