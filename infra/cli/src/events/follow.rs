//! `mailhooks events --follow`: prints events as they are recorded.
//!
//! The table has no index by time, because one would cost a second write per event. Following a message or a recipient
//! queries an index; following everything reads the whole table repeatedly, with pauses nine times as long as a read.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Result;
use ingestion::clock::{self, Stopwatch};
use ingestion::store::{Found, StoredEvent};
use jiff::{SignedDuration, Timestamp};
use mailhooks_local::summary;

use super::{Arguments, find};
use crate::connect::{self, Connection};
use crate::options::Global;
use crate::output;

/// The shortest pause between two reads.
const PAUSE: Duration = Duration::from_secs(1);

/// The pause after a read, as a multiple of the read's duration.
const REST: u32 = 9;

/// How late an event may appear after a newer one: a receiver has 30 s to record a webhook, and clocks differ.
const LATE: SignedDuration = SignedDuration::from_mins(2);

/// How far this machine's clock may be ahead of the receivers'.
const SKEW: SignedDuration = SignedDuration::from_hours(1);

/// Bytes per read unit of an eventually consistent read, which is enough here.
const READ_UNIT: u64 = 8 * 1024;

/// The ids of the events that were printed, and when each was received.
type Shown = HashMap<String, Timestamp>;

/// Prints new events until the program is stopped.
pub(super) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let deployed = if global.is_deployed() { Some(connect::open(global).await?) } else { None };
    let mut costly = deployed.as_ref().filter(|_| !arguments.names_something());
    let mut shown = Shown::default();
    // Without --since, events that exist already are not printed.
    let mut is_news = arguments.selection.since.is_some() || arguments.names_something();
    let mut since = if is_news { arguments.selection.since } else { Some(clock::now() - SKEW) };
    loop {
        let watch = Stopwatch::start();
        let found = match &deployed {
            Some(connection) => find::find(connection, arguments, since).await?,
            // A local stack may stop, and start again on other ports.
            None => find::find(&connect::open(global).await?, arguments, since).await?,
        };
        since = show(&mut shown, found, since, is_news, global.json)?;
        is_news = true;
        if let Some(connection) = costly.take() {
            say_cost(connection).await;
        }
        tokio::time::sleep(PAUSE.max(watch.elapsed() * REST)).await;
    }
}

/// Formats a newly recorded event as one line.
fn line(stored: &StoredEvent) -> String {
    let data = &stored.event.data;
    output::printable(&format!(
        "{}  {:<18}  {:<11}  {}  {}  {}",
        output::moment(stored.received_at),
        data.event_type,
        data.action,
        data.recipient.as_deref().unwrap_or("–"),
        stored.event.id,
        summary::detail(data),
    ))
}

/// Tells the user what each read of a deployed table costs.
async fn say_cost(connection: &Connection) {
    let name = &connection.name;
    let size = match connection.store.size().await {
        Ok(size) => format!("{} items, about {} read units", size.items, size.bytes.div_ceil(READ_UNIT)),
        Err(_) => "of unknown size".to_owned(),
    };
    output::remark(&format!(
        "each pass reads all of {name}: {size}; --message and --recipient read only their part"
    ));
}

/// Prints the new events, oldest first. Returns the time from which the next read must look for events.
fn show(
    shown: &mut Shown,
    found: Found,
    since: Option<Timestamp>,
    is_news: bool,
    json: bool,
) -> Result<Option<Timestamp>> {
    let mut events = found.events;
    events.retain(|stored| !shown.contains_key(&stored.event.id));
    events.sort_by(|one, other| (one.received_at, &one.event.id).cmp(&(other.received_at, &other.event.id)));
    let newest = events.last().map(|stored| stored.received_at);
    for stored in events {
        if is_news && json {
            output::print_json(&stored.event)?;
        } else if is_news {
            output::print(&line(&stored))?;
        }
        shown.insert(stored.event.id, stored.received_at);
    }
    for unreadable in found.unreadable {
        let (id, error) = (unreadable.id(), unreadable.error);
        if shown.insert(id.clone(), Timestamp::MAX).is_none() {
            output::remark(&output::printable(&format!("{id} cannot be shown: {error}")));
        }
    }
    let since = since.max(newest.and_then(|newest| newest.checked_sub(LATE).ok()));
    shown.retain(|_, received| since.is_none_or(|since| *received >= since));
    Ok(since)
}
