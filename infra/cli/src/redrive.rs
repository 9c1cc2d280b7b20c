//! `mailhooks redrive`: announces recorded events that were never announced.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use ingestion::announce::{Announced, Pending, announce};
use ingestion::clock::{Clock, Deadline};
use ingestion::log::Log;
use ingestion::notifier::Notifier;
use ingestion::store::{Store, StoredEvent};
use ingestion::{Redrive, RedriveReport};
use serde_json::{Value, json};

use crate::connect::{self, Connection, TopicArns};
use crate::events;
use crate::options::Global;
use crate::output::{self, Table};

/// The longest time of one run. Runs follow each other until no event waits, and report progress in between.
const RUN: Duration = Duration::from_secs(10);

/// The time limit of one announcement.
const ANNOUNCEMENT: Duration = Duration::from_mins(1);

const EXAMPLES: &str = "\
Examples:
  mailhooks redrive                              announce events that wait
  mailhooks redrive --id jetemail:evt_1 --again  announce one event once more
  mailhooks redrive --stack mailhooks            use a deployed stack

Announces every event that has waited for more than a minute. A deployed stack does so by itself every minute. Running \
it twice at once is harmless: an event that is announced twice has the same id.

Exit status 1 if an event could not be announced.";

/// Announces recorded events that were never announced
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Id of the event to announce once more, with --again
    #[arg(long, value_name = "ID", requires = "again")]
    id: Option<String>,
    /// Announce the event even if it was announced before
    #[arg(long, requires = "id")]
    again: bool,
    /// Id of the event's message, to find it by a query instead of reading the whole table
    #[arg(long, value_name = "ID", requires = "id")]
    message: Option<String>,
    /// Also announce on the topic `events`, for a local stack that is not running
    #[arg(long)]
    announce_all: bool,
    #[command(flatten)]
    topics: TopicArns,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let (connection, notifier) =
        connect::with_topics(global, &arguments.topics, arguments.announce_all).await?;
    match &arguments.id {
        Some(id) => again(&connection, &notifier, id, arguments.message.clone(), global).await,
        None => waiting(&connection, notifier, global).await,
    }
}

async fn waiting(connection: &Connection, notifier: Notifier, global: &Global) -> Result<()> {
    let log = Log::from(|_: &Value| {});
    let redrive = Redrive::new(connection.store.clone(), notifier, Clock::system(), log);
    let bar = output::progress(None, "events announced");
    let mut total = RedriveReport::default();
    loop {
        let report = redrive.run(RUN).await;
        bar.inc(report.redriven as u64);
        total.redriven += report.redriven;
        total.failures.extend(report.failures);
        total.oldest = total.oldest.max(report.oldest);
        let unreadable = total.failures.iter().any(|failure| failure.id.is_none());
        if report.finished || unreadable {
            break;
        }
    }
    bar.finish_and_clear();
    print(&total, &connection.name, global)?;
    let failed = total.failures.len();
    ensure!(failed == 0, "{failed} could not be announced and still wait");
    Ok(())
}

fn print(report: &RedriveReport, name: &str, global: &Global) -> Result<()> {
    if global.json {
        let failures = report.failures.iter();
        let failures: Vec<Value> =
            failures.map(|failure| json!({"event": failure.id, "reason": failure.reason})).collect();
        return output::print_json(&json!({
            "redriven": report.redriven,
            "failures": failures,
            "oldest_seconds": report.oldest.map(|waited| waited.as_secs()),
        }));
    }
    if !report.failures.is_empty() {
        let mut table = Table::new(&["still waits", "because"]);
        for failure in &report.failures {
            let id = failure.id.as_deref().unwrap_or("a part of the outbox");
            table.row(vec![id.to_owned(), failure.reason.clone()]);
        }
        table.print()?;
    }
    output::print(&match (report.redriven, report.oldest) {
        (0, None) => format!("{name} has announced everything"),
        (0, Some(waited)) if report.failures.is_empty() => format!(
            "nothing in {name} has waited for more than a minute; the oldest came {} s ago",
            waited.as_secs()
        ),
        (count, _) => format!("{count} announced from {name}"),
    })?;
    Ok(())
}

/// Announces one event. The caller passes the error texts for a mark that could not be removed and for a failed announcement.
pub(crate) async fn announce_one(
    store: &Store,
    notifier: &Notifier,
    pending: Pending<'_>,
    unsettled: String,
    failed: String,
) -> Result<()> {
    let announced = announce(store, notifier, &[pending], Deadline::after(ANNOUNCEMENT)).await;
    announced.into_iter().try_for_each(|announced| match announced {
        Announced::Settled => Ok(()),
        Announced::Unsettled(failure) => Err(failure).context(unsettled.clone()),
        Announced::Failed(failure) => Err(failure).context(failed.clone()),
    })
}

async fn again(
    connection: &Connection,
    notifier: &Notifier,
    id: &str,
    message: Option<String>,
    global: &Global,
) -> Result<()> {
    let Connection { store, name, .. } = connection;
    let Some(StoredEvent { event, key, .. }) = events::by_id(connection, id, message).await? else {
        bail!("{name} has no event {id}");
    };
    ensure!(
        notifier.announces(&event.data),
        "no topic takes {id}, an {} with the action {}: name the topic of all events with --events-topic, or \
         --announce-all for a local stack",
        event.data.event_type,
        event.data.action
    );
    let pending = Pending { key: &key, event: &event };
    let unsettled = format!("announced {id}, and could not say so in {name}");
    announce_one(store, notifier, pending, unsettled, format!("cannot announce {id}")).await?;
    if global.json {
        return output::print_json(&json!({"redriven": 1, "event": id}));
    }
    Ok(output::print(&format!("announced {id} once more"))?)
}
