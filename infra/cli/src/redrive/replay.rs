//! Sends selected events again, to the topics or to one new consumer.

use std::pin::pin;

use anyhow::{Context, Result, anyhow};
use futures_util::StreamExt;
use ingestion::clock;
use ingestion::store::StoredEvent;
use normalization::Key;
use serde_json::Map;

use super::Arguments;
use super::choice::Choice;
use super::consumer::Consumer;
use super::plan::{Plan, Settings, Turn};
use super::report::{Report, events};
use crate::connect::Connection;
use crate::options::Global;
use crate::{output, pace};

/// The default of --rate. A consumer that reads single messages keeps up with it, and a million events take three hours.
const RATE: f64 = 100.0;

/// The most events of a step. They are read, sent and saved together, so as many may be sent twice after an interruption.
const MAX_STEP: f64 = 100.0;

/// Steps per second, so that a low rate is not a series of bursts.
const STEPS_PER_SECOND: f64 = 10.0;

/// A run stops when this many events in a row have failed: then the consumer does not work, and the others would fail too.
const IN_A_ROW: usize = 100;

/// Selects events, asks, and sends them.
pub(super) async fn begin(arguments: &Arguments, global: &Global) -> Result<()> {
    arguments.selection.check()?;
    if !arguments.dry_run {
        arguments.consent.can_be_given()?;
    }
    let (to, announce_all) = (arguments.to.clone(), arguments.announce_all);
    let (connection, consumer) = Consumer::open(to.as_ref(), announce_all, &arguments.topics, global).await?;
    // A dry run changes nothing, so it may run at the same time.
    let turn = if arguments.dry_run { None } else { Some(Turn::take(global)?) };
    let topics = consumer.topics();
    let choice = Choice::read(&connection, &arguments.selection, &arguments.segments, topics).await?;
    let (words, object) = (choice.words(&connection.name, to.as_ref()), choice.object());
    let Some(turn) = turn.filter(|_| choice.number() > 0) else {
        return match global.json {
            true if arguments.dry_run => output::print_json(&object),
            true => Report::default().finish(to.as_ref(), object, arguments, global),
            false => Ok(output::print(&words)?),
        };
    };
    output::remark(&words);
    match turn.stopped() {
        Ok(None) => {}
        Ok(Some(stopped)) => output::remark(&format!(
            "note: this run replaces an interrupted one on {}, which has {} left",
            stopped.settings.of,
            events(stopped.keys.len())
        )),
        Err(error) => output::remark(&format!("note: this run replaces an interrupted one: {error:#}")),
    }
    let question = if to.is_some() { "Send these events?" } else { "Announce these events again?" };
    arguments.consent.ask(question)?;
    let settings = Settings { of: connection.name.clone(), to, announce_all };
    let plan = Plan::begin(settings, choice.into_keys(), turn)?;
    send(&connection, &consumer, plan, arguments.rate).await?.finish(
        arguments.to.as_ref(),
        object,
        arguments,
        global,
    )
}

/// Sends what an interrupted run left.
pub(super) async fn resume(arguments: &Arguments, global: &Global) -> Result<()> {
    let nothing = || {
        let folder = global.data.display();
        format!("nothing to resume: no interrupted `mailhooks redrive` in the data folder {folder}")
    };
    let turn = global.data.is_dir().then(|| Turn::take(global)).transpose()?.with_context(nothing)?;
    let stopped = turn.stopped().context(
        "the interrupted run cannot be resumed: start a new run with --again or --to, which replaces it",
    )?;
    let stopped = stopped.with_context(nothing)?;
    let Settings { to, announce_all, .. } = &stopped.settings;
    let to = to.clone();
    let (connection, consumer) =
        Consumer::open(to.as_ref(), *announce_all, &arguments.topics, global).await?;
    stopped.is_of(&connection.name)?;
    let plan = Plan::begin(stopped.settings, stopped.keys, turn)?;
    send(&connection, &consumer, plan, arguments.rate).await?.finish(
        to.as_ref(),
        Map::new(),
        arguments,
        global,
    )
}

/// Sends the events of the plan. Fails only if the progress cannot be saved; other errors are in the report.
async fn send(
    connection: &Connection,
    consumer: &Consumer,
    mut plan: Plan,
    rate: Option<f64>,
) -> Result<Report> {
    let rate = rate.unwrap_or(RATE);
    let most = (rate / STEPS_PER_SECOND).ceil().clamp(1.0, MAX_STEP);
    let mut steps = pin!(pace::ticks(Some(rate / most)));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 1 to 100")]
    let most = most as usize;
    let mut report = Report::default();
    let mut in_a_row = 0;
    let bar = output::progress(Some(plan.number() as u64), "events sent");
    while !plan.step(most).is_empty() {
        steps.next().await;
        let step = plan.step(most);
        let results = match process(connection, consumer, step).await {
            Ok(results) => results,
            Err(error) => {
                report.stopped = Some(error);
                break;
            }
        };
        bar.inc(step.len() as u64);
        let ids: Vec<String> = step.iter().map(Key::event_id).collect();
        plan.keep(results.iter().map(|result| matches!(result, Fate::Failed(_))))?;
        for (id, result) in ids.into_iter().zip(results) {
            match result {
                Fate::Sent => {
                    report.sent += 1;
                    in_a_row = 0;
                }
                Fate::Gone => report.gone += 1,
                Fate::Failed(reason) => {
                    report.failures.push((id, reason));
                    in_a_row += 1;
                }
            }
        }
        if in_a_row >= IN_A_ROW {
            report.stopped = Some(anyhow!("the last {in_a_row} events failed"));
            break;
        }
    }
    bar.finish_and_clear();
    report.left = plan.end()?;
    Ok(report)
}

/// The result of sending an event.
enum Fate {
    Sent,
    /// It expired or was deleted after it was selected.
    Gone,
    Failed(String),
}

/// Reads and sends some events. Returns one result per event, in their order.
async fn process(connection: &Connection, consumer: &Consumer, keys: &[Key]) -> Result<Vec<Fate>> {
    let mut readable = Vec::new();
    let mut fates = Vec::new();
    for found in read(connection, keys).await? {
        fates.push(match found {
            Ok(Some(stored)) => {
                readable.push(stored);
                Fate::Sent
            }
            Ok(None) => Fate::Gone,
            Err(reason) => Fate::Failed(reason),
        });
    }
    let sent = consumer.send(&readable).await;
    for (fate, result) in fates.iter_mut().filter(|fate| matches!(fate, Fate::Sent)).zip(sent) {
        if let Err(reason) = result {
            *fate = Fate::Failed(reason);
        }
    }
    Ok(fates)
}

/// The events with these keys; `None` for one that has expired or was deleted, and an error for one that cannot be read.
async fn read(connection: &Connection, keys: &[Key]) -> Result<Vec<Result<Option<StoredEvent>, String>>> {
    let now = clock::now();
    let store = &connection.store;
    let unreadable = || connection.unreadable();
    let found = store.events(keys).await.with_context(unreadable)?;
    let mut existing = found.events.into_iter().peekable();
    let mut all = Vec::new();
    for key in keys {
        if let Some(item) = found.unreadable.iter().find(|item| item.key == *key) {
            all.push(Err(item.error.to_string()));
            continue;
        }
        let stored = match existing.next_if(|stored| stored.key == *key) {
            // The events were read with eventual consistency, which may miss one.
            None => store.event(key).await.with_context(unreadable)?,
            found => found,
        };
        all.push(Ok(stored.filter(|stored| stored.expires_at.is_none_or(|end| end > now))));
    }
    Ok(all)
}
