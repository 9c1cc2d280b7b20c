//! `mailhooks renormalize`: applies today's mapping to events that were recorded with an older one.

mod difference;
mod summary;

use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use ingestion::announce::Pending;
use ingestion::notifier::Notifier;
use ingestion::store::{Scan, StoredEvent, to_be_stored};
use normalization::{Event, Record, renormalize};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::checkpoint::{Checkpoint, PageRead};
use crate::connect::{self, Connection, TopicArns};
use crate::options::Global;
use crate::reading::{self, Segments};
use crate::redrive::announce_one;
use crate::selection::Selection;
use difference::Difference;
use summary::{Change, Summary};

/// The file in the data folder with the progress of a run.
const PROGRESS: &str = "renormalize.json";

/// Events processed concurrently: as many as a receiver writes.
const CONCURRENT: usize = 25;

const EXAMPLES: &str = "\
Examples:
  mailhooks renormalize                              show what would change
  mailhooks renormalize --type unknown               only events not understood
  mailhooks renormalize --since 30d --apply          write the changes
  mailhooks renormalize --stack mailhooks --apply    use a deployed stack
  mailhooks renormalize --stack mailhooks --resume   continue a stopped run

A new version may understand more of what the providers sent. The command reads the whole table, normalizes each \
event's raw payload again, and replaces events that differ unless they have changed meanwhile. It also adds events to \
indexes that the table did not have when they were recorded. Keys, raw payload, time of receipt, outbox mark and expiry \
stay as they are. An event that would get another key today keeps what it has. Running it twice is harmless.

Exit status 1 if an event could not be read or written; the others are processed.";

/// Applies today's mapping to the raw payloads of recorded events
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Write the changes [default: dry run]
    #[arg(long)]
    apply: bool,
    /// Continue where the last run with --apply stopped, with the same selection
    #[arg(long, conflicts_with_all = ["Selection", "announce"])]
    resume: bool,
    /// Announce each changed event on its topics under the same id, even if it was announced before
    #[arg(long, requires = "apply")]
    announce: bool,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    segments: Segments,
    #[command(flatten)]
    topics: TopicArns,
}

/// The settings of a run, which --resume takes over.
#[derive(Deserialize, Serialize)]
struct Settings {
    selection: Selection,
    announce: bool,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    arguments.selection.check()?;
    let stopped: Option<Checkpoint<Settings>> = if arguments.resume {
        Some(Checkpoint::read(PROGRESS, "renormalize --apply", global)?)
    } else {
        None
    };
    let announce = stopped.as_ref().map_or(arguments.announce, |run| run.settings.announce);
    let (connection, notifier) = if announce {
        let (connection, notifier) = connect::with_topics(global, &arguments.topics, false).await?;
        (connection, Some(notifier))
    } else {
        (connect::open(global).await?, None)
    };
    let place = Place { connection, notifier };
    let mut checkpoint = if let Some(stopped) = stopped {
        stopped.is_of(&place.connection.name)?;
        stopped
    } else {
        let settings = Settings { selection: arguments.selection.clone(), announce };
        let segments = arguments.segments.number(place.connection.is_deployed);
        Checkpoint::begin(place.connection.name.clone(), settings, segments)
    };
    let apply = arguments.apply || arguments.resume;
    all(&place, &mut checkpoint, &arguments.segments, apply, global).await?.finish(apply)
}

/// The store, and the notifier if changed events are to be announced.
struct Place {
    connection: Connection,
    notifier: Option<Notifier>,
}

/// Processes all selected events, starting at the checkpoint.
async fn all(
    place: &Place,
    checkpoint: &mut Checkpoint<Settings>,
    segments: &Segments,
    apply: bool,
    global: &Global,
) -> Result<Summary> {
    let store = &place.connection.store;
    let bar = reading::begin(&place.connection, segments).await;
    let mut summary = Summary::new(global.json);
    let scan = Scan { since: checkpoint.settings.selection.since, ..checkpoint.scan() };
    let mut pages = store.pages(scan);
    while let Some(page) = pages.try_next().await.with_context(|| place.connection.unreadable())? {
        let read = PageRead::of(&page);
        for unreadable in page.found.unreadable {
            bar.suspend(|| summary.fail(&format!("{}: {}", unreadable.id(), unreadable.error)));
        }
        let mut chosen = page.found.events;
        chosen.retain(|stored| checkpoint.settings.selection.takes(stored));
        let mut changes =
            stream::iter(chosen).map(|stored| one(place, stored, apply)).buffered(CONCURRENT).boxed();
        while let Some((event, change)) = changes.next().await {
            bar.suspend(|| summary.take(event, change))?;
        }
        bar.inc(page.scanned as u64);
        if apply {
            checkpoint.keep(PROGRESS, &read, global)?;
        }
    }
    bar.finish_and_clear();
    Ok(summary)
}

/// Processes one event.
async fn one(place: &Place, stored: StoredEvent, apply: bool) -> (Event, Change) {
    let change = change(place, &stored, apply).await;
    (stored.event, change.unwrap_or_else(|error| Change::Failed(format!("{error:#}"))))
}

async fn change(place: &Place, stored: &StoredEvent, apply: bool) -> Result<Change> {
    let store = &place.connection.store;
    let (event, moved) = match today(stored, &store.raw(stored).await?) {
        Ok(event) => (event, None),
        // The event stays as it is, but the indexes may lack it.
        Err(place) => (stored.event.clone(), Some(place)),
    };
    let [old, new] = store.index_attributes(stored, &event)?;
    let mut differences = Difference::between(&json!({"index": old}), &json!({"index": new}));
    if moved.is_none() {
        differences.extend(Difference::between(&stored.as_stored()?, &to_be_stored(&event)?));
    }
    if differences.is_empty() {
        return Ok(moved.map_or(Change::Same, Change::KeyChanged));
    }
    if !apply {
        return Ok(Change::Planned(differences));
    }
    let announces = |notifier: &&Notifier| notifier.announces(&event.data);
    let notifier = place.notifier.as_ref().filter(announces);
    // The same write sets the outbox mark, so the redrive announces the event if this program stops before it does.
    if !store.rewrite(stored, &event, notifier.is_some()).await? {
        return Ok(Change::Failed(
            "was changed by another process meanwhile: run renormalize again".to_owned(),
        ));
    }
    if let Some(notifier) = notifier {
        let pending = Pending { key: &stored.key, event: &event };
        let unsettled = "is changed and announced, and may be announced again".to_owned();
        let failed = "is changed, and waits to be announced".to_owned();
        announce_one(store, notifier, pending, unsettled, failed).await?;
    }
    Ok(Change::Written(differences))
}

/// Maps a raw payload again. If the keys would be different, it would be a different event: the error then says where
/// it would be stored.
fn today(stored: &StoredEvent, raw: &[u8]) -> Result<Event, String> {
    let provider = stored.event.data.provider.provider();
    let records: Vec<_> = renormalize(provider, raw, &stored.key.event, stored.received_exactly()).collect();
    let number = records.len();
    let same_key = |record: &Record<'_>| record.key.event == stored.key.event;
    match (records.into_iter().find(same_key), number) {
        (Some(record), _) if record.key.partition == stored.key.partition => Ok(record.event),
        (Some(record), _) => Err(format!("in the timeline {}", record.key.partition)),
        (None, 1) => Err("under another event key".to_owned()),
        (None, _) => Err(format!("as {number} events, one for each recipient")),
    }
}
