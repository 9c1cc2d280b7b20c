//! Announces what waits in the outbox.

use std::time::Duration;

use anyhow::{Result, ensure};
use ingestion::clock::Clock;
use ingestion::log::Log;
use ingestion::{Redrive, RedriveReport};
use serde_json::{Value, json};

use super::Arguments;
use crate::connect;
use crate::options::Global;
use crate::output::{self, Table};

/// The longest time of one run. Runs follow each other until no event waits, and report progress in between.
const RUN: Duration = Duration::from_secs(10);

/// Announces every event that has waited for more than a minute.
pub(super) async fn announce(arguments: &Arguments, global: &Global) -> Result<()> {
    let (connection, notifier) =
        connect::with_topics(global, &arguments.topics, arguments.announce_all).await?;
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
