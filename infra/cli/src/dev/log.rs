//! The live log of a running stack.

use anyhow::Result;
use ingestion::metric::Metric;
use ingestion::{HandledEvent, clock};
use mailhooks_local::{Announcement, Attempt, Happened, Stack};
use normalization::id_for_log;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::deliveries;
use crate::{announcements, connect, output};

/// The most event ids in a line for people; further ones are only counted.
const NAMED_IDS: usize = 3;

/// The counts in a line, with their labels.
const COUNTS: [(Metric, &str); 5] = [
    (Metric::Recorded, "recorded"),
    (Metric::Duplicates, "duplicate"),
    (Metric::Announced, "announced"),
    (Metric::AnnounceFailed, "to be announced by redrive"),
    (Metric::Unrecognized, "unrecognized"),
];

/// The most failures of a redrive that are listed.
const NAMED_FAILURES: usize = 20;

/// The announcements of a stack and the attempts to deliver them, from the moment at which this is made.
pub(super) struct Live {
    announcements: Receiver<Announcement>,
    attempts: Receiver<Attempt>,
}

impl Live {
    pub(super) fn of(stack: &Stack) -> Self {
        Self { announcements: stack.sns().subscribe(), attempts: stack.sns().attempts() }
    }

    /// Prints them until the user stops the program.
    pub(super) async fn print_until_stopped(mut self, json: bool) -> Result<()> {
        let showing = async {
            loop {
                // An announcement is shown before its deliveries.
                let open = tokio::select! {
                    biased;
                    one = self.announcements.recv() => shown(one, "announcements", |one| show(one, json)),
                    one = self.attempts.recv() => shown(one, "deliveries", |one| deliveries::show(one, json)),
                };
                if !open {
                    return;
                }
            }
        };
        tokio::select! {
            () = showing => {}
            stopped = connect::shutdown_signal() => stopped?,
        }
        output::remark("stopping");
        Ok(())
    }
}

/// Shows what was received; `false` if nothing more follows.
fn shown<T>(received: Result<T, RecvError>, what: &str, show: impl FnOnce(&T)) -> bool {
    match received {
        Ok(received) => show(&received),
        Err(RecvError::Lagged(missed)) => {
            output::remark(&format!("{missed} {what} were not shown because they came too fast"));
        }
        Err(RecvError::Closed) => return false,
    }
    true
}

fn show(announcement: &Announcement, json: bool) {
    // A closed terminal must not stop the stack.
    drop(if json {
        let mut object = json!(announcement);
        if let Value::Object(members) = &mut object {
            members.insert("kind".to_owned(), "announcement".into());
        }
        output::print_json(&object)
    } else {
        output::print(&announcements::line(announcement)).map_err(Into::into)
    });
}

/// The JSON object of a webhook or a redrive.
pub(super) fn object(happened: &Happened<'_>) -> Value {
    let object = match happened {
        Happened::Request(handled) => json!({
            "kind": "webhook",
            "provider": handled.provider,
            "outcome": handled.outcome.name(),
            "status": handled.outcome.status().as_u16(),
            "duration_us": handled.took.as_micros(),
            "reason": handled.reason(),
            "events": (!handled.events.is_empty()).then(|| ids_of(&handled.events)),
        }),
        Happened::Stray { status, path } => {
            json!({"kind": "webhook", "outcome": "not_found", "status": status, "path": path})
        }
        Happened::Redrive(report) => json!({
            "kind": "redrive",
            "outcome": "redriven",
            "finished": report.finished,
            "redriven": report.redriven,
            "redrivefailed": report.failures.len(),
            "failures": report.failures.iter().take(NAMED_FAILURES).map(|failure| json!({
                "event": failure.id.as_deref().map(id_for_log),
                "reason": failure.reason,
            })).collect::<Vec<_>>(),
            "oldestunannouncedseconds": report.oldest.map(|oldest| oldest.as_secs()),
        }),
    };
    let mut members = object.as_object().cloned().unwrap_or_default();
    members.insert("time".to_owned(), json!(clock::now()));
    if let Happened::Request(handled) = happened {
        let counts = handled.metrics().into_iter();
        members.extend(counts.map(|(metric, count)| (metric.as_str().to_ascii_lowercase(), count.into())));
    }
    // Leave out members without a value.
    members.retain(|_, value| !value.is_null());
    Value::Object(members)
}

/// One line for people: time, provider, status, outcome, events.
pub(super) fn line(happened: &Happened<'_>) -> String {
    match happened {
        Happened::Request(handled) => {
            let metrics = handled.metrics();
            let count = |counted: Metric| metrics.iter().find(|(metric, _)| *metric == counted);
            let counts =
                COUNTS.iter().filter_map(|(metric, word)| Some(format!("{} {word}", count(*metric)?.1)));
            let said: Vec<_> = counts.chain(handled.reason()).chain(ids(&handled.events)).collect();
            let (status, outcome) = (handled.outcome.status().as_u16(), handled.outcome.name());
            request_line(handled.provider.as_str(), status, outcome, &said)
        }
        Happened::Stray { status, path } => {
            let said: Vec<_> = path.map(str::to_owned).into_iter().collect();
            request_line("", *status, "not_found", &said)
        }
        Happened::Redrive(report) => {
            let failed = report.failures.len();
            let count = format!("redrive: {} waiting events announced, {failed} failed", report.redriven);
            format!("{}  {}", output::moment(clock::now()), output::judged(&count, failed == 0))
        }
    }
}

fn request_line(provider: &str, status: u16, outcome: &str, said: &[String]) -> String {
    format!(
        "{}  {provider:<9}  {}  {said}",
        output::moment(clock::now()),
        output::judged(&format!("{status} {outcome:<11}"), (200..300).contains(&status)),
        said = output::printable(&said.join(", ")),
    )
}

fn ids_of(events: &[HandledEvent]) -> Vec<&str> {
    events.iter().map(|event| event.id.as_str()).collect()
}

fn ids(events: &[HandledEvent]) -> Option<String> {
    let named = ids_of(events.get(..NAMED_IDS).unwrap_or(events)).join(" ");
    match events.len().saturating_sub(NAMED_IDS) {
        0 => Some(named).filter(|named| !named.is_empty()),
        others => Some(format!("{named} and {others} more")),
    }
}
