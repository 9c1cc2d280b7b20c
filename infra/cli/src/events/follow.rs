//! `mailhooks events --follow`: prints events as they are recorded.
//!
//! It repeats a query of the index by time, or of a message or a recipient. If the table has no index by time, it reads the whole
//! table repeatedly, with pauses nine times as long as a read.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use ingestion::clock::{self, Stopwatch};
use ingestion::store::{Found, Scan, StoredEvent};
use jiff::{SignedDuration, Timestamp};
use mailhooks_local::{News, summary};

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
    let mut follower = Follower { arguments, news: None, since: None, seen: HashMap::new() };
    let mut has_started = false;
    let mut is_failing = false;
    loop {
        let watch = Stopwatch::start();
        let found = match &deployed {
            Some(connection) => follower.pass(connection, reads).await,
            // A local stack may stop, and start again on other ports.
            None => follower.local_pass(global, reads).await,
        };
        match found {
            Ok(found) => {
                print(&found, arguments, global.json)?;
                if let Some(connection) = deployed.as_ref().filter(|_| !has_started) {
                    output::remark(&format!("follows {}: {}", connection.name, reads.words()));
                }
                (has_started, is_failing) = (true, false);
            }
            Err(error) if !has_started => return Err(error),
            Err(_) if is_failing => {}
            Err(error) => {
                output::remark(&format!("{error:#}\ntries again until it can be read, or until Ctrl-C"));
                is_failing = true;
            }
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

/// Finds the events that it did not see before.
struct Follower<'a> {
    arguments: &'a Arguments,
    /// Finds the events through the index by time; `None` before the first pass.
    news: Option<News>,
    /// Without the index: events received before are not looked for; `None` before the first pass.
    since: Option<Timestamp>,
    /// Without the index: the ids of the events that were seen, and when each was received.
    seen: HashMap<String, Timestamp>,
}

impl Follower<'_> {
    /// Looks for new events in the local stack, running or stopped.
    async fn local_pass(&mut self, global: &Global, reads: Reads) -> Result<Found> {
        self.pass(&connect::open(global).await?, reads).await
    }

    /// Finds the events that are new since the last pass. After a failed pass, the next one finds them.
    async fn pass(&mut self, connection: &Connection, reads: Reads) -> Result<Found> {
        let arguments = self.arguments;
        if arguments.message.is_some() || arguments.recipient.is_some() {
            let found = of_subject(connection, arguments).await?;
            return Ok(self.unseen(found));
        }
        match reads {
            Reads::Queries => self.by_time(connection).await,
            Reads::Scans => {
                // Without --since, events that exist already are not printed.
                let prints = self.since.is_some() || arguments.selection.since.is_some();
                let since = self.since.or(arguments.selection.since).unwrap_or_else(|| clock::now() - SKEW);
                let found = scan(connection, since).await?;
                self.since = Some(since);
                let found = self.unseen(found);
                Ok(if prints { found } else { Found::default() })
            }
        }
    }

    async fn by_time(&mut self, connection: &Connection) -> Result<Found> {
        let (store, now) = (&connection.store, clock::now());
        let news = match (&mut self.news, self.arguments.selection.since) {
            (Some(news), _) => news,
            (none, Some(since)) => none.insert(News::since(since)),
            (none, None) => {
                let news = News::from_now_on(store, now).await;
                none.insert(news.with_context(|| connection.unreadable())?)
            }
        };
        news.next(store, now).await.with_context(|| connection.unreadable())
    }

    /// Keeps those of the events that were not seen.
    fn unseen(&mut self, mut found: Found) -> Found {
        let is_new = |id: String, received_at: Timestamp| {
            self.since.is_none_or(|since| received_at >= since) && self.seen.insert(id, received_at).is_none()
        };
        let mut is_new = is_new;
        found.events.retain(|stored| is_new(stored.event.id.clone(), stored.received_at));
        found.unreadable.retain(|unreadable| is_new(unreadable.id(), Timestamp::MAX));
        let newest = self.seen.values().filter(|received| **received != Timestamp::MAX).max();
        self.since = self.since.max(newest.and_then(|newest| newest.checked_sub(LATE).ok()));
        self.seen.retain(|_, received| self.since.is_none_or(|since| *received >= since));
        found
    }
}

/// Prints the selected events, oldest first.
fn print(found: &Found, arguments: &Arguments, json: bool) -> Result<()> {
    let wanted = Wanted::new(arguments);
    let mut events: Vec<_> = found.events.iter().filter(|stored| wanted.takes(stored)).collect();
    events.sort_by(|one, other| (one.received_at, &one.event.id).cmp(&(other.received_at, &other.event.id)));
    for stored in events {
        if json {
            output::print_json(&stored.event)?;
        } else {
            output::print(&line(stored))?;
        }
    }
    for unreadable in &found.unreadable {
        let said = format!("{} cannot be shown: {}", unreadable.id(), unreadable.error);
        output::remark(&output::printable(&said));
    }
    Ok(())
}

/// The events of the message or the recipient that the arguments name.
async fn of_subject(connection: &Connection, arguments: &Arguments) -> Result<Found> {
    match (&arguments.message, &arguments.recipient) {
        (None, Some(address)) => recipient::indexed(connection, address).await,
        _ => find::find(connection, arguments).await,
    }
}

async fn scan(connection: &Connection, since: Timestamp) -> Result<Found> {
    let mut found = Found::default();
    let mut pages = connection.store.pages(Scan { since: Some(since), ..Scan::default() });
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
