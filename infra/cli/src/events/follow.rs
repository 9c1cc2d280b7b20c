//! `mailhooks events --follow`: prints events as they are recorded.
//!
//! It repeats a query of the index by time, or of a message or a recipient. If the table has no index by time, it reads the whole
//! table repeatedly, with pauses nine times as long as a read.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use ingestion::clock::{self, Stopwatch};
use ingestion::store::{Found, Received, Scan, StoredEvent};
use jiff::{SignedDuration, Timestamp};
use mailhooks_local::summary;

use super::wanted::Wanted;
use super::{Arguments, find, recipient};
use crate::connect::{self, Connection};
use crate::options::Global;
use crate::{output, reading};

/// The pause between two queries of a local stack, which shows an event within a second.
const LOCAL_PAUSE: Duration = Duration::from_millis(500);

/// The pause between two queries of a deployed stack. Its eight shards cost four read units: two cents a day.
const PAUSE: Duration = Duration::from_secs(2);

/// The pause after a read of the whole table, as a multiple of the read's duration.
const REST: u32 = 9;

/// Most entries of the index read in one query of a shard.
const PAGE: u16 = 1_000;

/// How late an event may appear after a newer one: a receiver has 30 s to record a webhook, and clocks differ.
const LATE: SignedDuration = SignedDuration::from_mins(2);

/// How far this machine's clock may be ahead of the receivers'.
const SKEW: SignedDuration = SignedDuration::from_hours(1);

/// Prints new events until the program is stopped.
pub(super) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let deployed = if global.is_deployed() { Some(connect::open(global).await?) } else { None };
    let reads = match &deployed {
        Some(connection) => Reads::of(connection, arguments).await?,
        None => Reads::Queries,
    };
    // Without --since, events that exist already are not printed.
    let prints_existing = arguments.selection.since.is_some() || arguments.names_something();
    let since = if prints_existing { arguments.selection.since } else { Some(clock::now() - SKEW) };
    let mut follower = Follower { arguments, json: global.json, since, seen: HashMap::new() };
    let mut unsaid = deployed.as_ref();
    let mut prints = prints_existing;
    loop {
        let watch = Stopwatch::start();
        match &deployed {
            Some(connection) => follower.pass(connection, reads, prints).await?,
            // A local stack may stop, and start again on other ports.
            None => follower.pass(&connect::open(global).await?, reads, prints).await?,
        }
        prints = true;
        if let Some(connection) = unsaid.take() {
            output::remark(&format!("follows {}: {}", connection.name, reads.words()));
        }
        tokio::time::sleep(reads.pause(deployed.is_some(), watch.elapsed())).await;
    }
}

/// How new events are found.
#[derive(Clone, Copy)]
enum Reads {
    /// Queries of an index, or of a message.
    Queries,
    /// Scans of the whole table.
    Scans,
}

impl Reads {
    async fn of(connection: &Connection, arguments: &Arguments) -> Result<Self> {
        let queried = arguments.names_something() || reading::has_time_index(connection).await?;
        Ok(if queried { Self::Queries } else { Self::Scans })
    }

    fn words(self) -> &'static str {
        match self {
            Self::Queries => "queries every 2 s cost about 0.02 dollars per day",
            Self::Scans => {
                "it has no index by time, so each pass reads the whole table; --message and --recipient read only \
                 their part"
            }
        }
    }

    fn pause(self, is_deployed: bool, took: Duration) -> Duration {
        match self {
            Self::Queries if !is_deployed => LOCAL_PAUSE,
            Self::Queries => PAUSE,
            Self::Scans => PAUSE.max(took * REST),
        }
    }
}

/// Remembers what was seen, and prints what was not.
struct Follower<'a> {
    arguments: &'a Arguments,
    json: bool,
    /// Events received before are not looked for.
    since: Option<Timestamp>,
    /// The ids of the events that were seen, and when each was received.
    seen: HashMap<String, Timestamp>,
}

impl Follower<'_> {
    /// Looks for new events once, and prints the selected ones, oldest first.
    async fn pass(&mut self, connection: &Connection, reads: Reads, prints: bool) -> Result<()> {
        let arguments = self.arguments;
        let mut found = if arguments.message.is_some() {
            find::find(connection, arguments).await?
        } else if let Some(address) = &arguments.recipient {
            recipient::indexed(connection, address).await?
        } else {
            match reads {
                Reads::Queries => self.by_time(connection, prints).await?,
                Reads::Scans => scan(connection, self.since).await?,
            }
        };
        found.events.retain(|stored| self.since.is_none_or(|since| stored.received_at >= since));
        self.show(found, prints)?;
        let newest = self.seen.values().filter(|received| **received != Timestamp::MAX).max();
        self.since = self.since.max(newest.and_then(|newest| newest.checked_sub(LATE).ok()));
        self.seen.retain(|_, received| self.since.is_none_or(|since| *received >= since));
        Ok(())
    }

    /// The events that were not seen. If they are not printed, their keys are enough.
    async fn by_time(&mut self, connection: &Connection, prints: bool) -> Result<Found> {
        let until = clock::now() + SKEW;
        let since = self.since.unwrap_or(until - LATE);
        let mut pages = connection.store.received(since, until, PAGE);
        let mut new = Vec::new();
        while let Some(page) = pages.try_next().await.with_context(|| connection.unreadable())? {
            for Received { key, received_at } in page.entries {
                let id = key.event_id();
                if !self.seen.contains_key(&id) && prints {
                    new.push(key);
                } else {
                    self.seen.insert(id, received_at);
                }
            }
        }
        connection.store.events(&new).await.with_context(|| connection.unreadable())
    }

    fn show(&mut self, found: Found, prints: bool) -> Result<()> {
        let wanted = Wanted::new(self.arguments);
        let mut events = found.events;
        events.sort_by(|one, other| {
            (one.received_at, &one.event.id).cmp(&(other.received_at, &other.event.id))
        });
        for stored in events {
            let is_new = self.seen.insert(stored.event.id.clone(), stored.received_at).is_none();
            if !(is_new && prints && wanted.takes(&stored)) {
                continue;
            }
            if self.json {
                output::print_json(&stored.event)?;
            } else {
                output::print(&line(&stored))?;
            }
        }
        for unreadable in found.unreadable {
            let (id, error) = (unreadable.id(), unreadable.error);
            if self.seen.insert(id.clone(), Timestamp::MAX).is_none() {
                output::remark(&output::printable(&format!("{id} cannot be shown: {error}")));
            }
        }
        Ok(())
    }
}

async fn scan(connection: &Connection, since: Option<Timestamp>) -> Result<Found> {
    let mut found = Found::default();
    let mut pages = connection.store.pages(Scan { since, ..Scan::default() });
    while let Some(page) = pages.try_next().await.with_context(|| connection.unreadable())? {
        found.events.extend(page.found.events);
        found.unreadable.extend(page.found.unreadable);
    }
    Ok(found)
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
