//! What happens on a running stack, as it happens.

use anyhow::Result;
use ingestion::clock;
use mailhooks_local::{Announcement, Stack};
use serde_json::{Map, Value, json};
use tokio::sync::broadcast::error::RecvError;

use crate::{announcements, connect, output};

/// Event ids named in a line for people; the others are counted.
const NAMED_IDS: usize = 3;

/// Counts of a line, with the words that people read.
const COUNTS: [(&str, &str); 5] = [
    ("Recorded", "recorded"),
    ("Duplicates", "duplicate"),
    ("Announced", "announced"),
    ("AnnounceFailed", "to be announced by redrive"),
    ("Unrecognized", "unrecognized"),
];

/// Shows announcements until somebody stops the program.
pub(super) async fn until_stopped(stack: &Stack, json: bool) -> Result<()> {
    let mut announcements = stack.sns().subscribe();
    let showing = async {
        loop {
            match announcements.recv().await {
                Ok(announcement) => show(&announcement, json),
                Err(RecvError::Lagged(missed)) => {
                    output::remark(&format!("{missed} announcements came too fast to be shown here"));
                }
                Err(RecvError::Closed) => return,
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

fn show(announcement: &Announcement, json: bool) {
    // A terminal that is gone must not stop the stack.
    drop(if json {
        let mut object = Map::new();
        object.insert("kind".to_owned(), "announcement".into());
        if let Ok(Value::Object(members)) = serde_json::to_value(announcement) {
            object.extend(members);
        }
        output::print_json(&object)
    } else {
        output::print(&announcements::line(announcement)).map_err(Into::into)
    });
}

fn is_redrive(line: &Value) -> bool {
    line["outcome"] == "redriven"
}

/// A line of a receiver's log for programs: without what only CloudWatch reads.
pub(super) fn webhook_object(line: &Value) -> Value {
    let mut object = Map::new();
    let kind = if is_redrive(line) { "redrive" } else { "webhook" };
    object.insert("kind".to_owned(), kind.into());
    object.insert("time".to_owned(), json!(clock::now()));
    for (name, value) in line.as_object().into_iter().flatten() {
        if name != "_aws" {
            object.insert(name.to_ascii_lowercase(), value.clone());
        }
    }
    Value::Object(object)
}

/// A line of a receiver's log for people: time, provider, status, what came of it, which events.
pub(super) fn webhook_line(line: &Value) -> String {
    if is_redrive(line) {
        return redrive_line(line);
    }
    let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
    let status = line.get("status").and_then(Value::as_u64).unwrap_or_default();
    let said = COUNTS
        .iter()
        .filter_map(|(name, word)| Some(format!("{} {word}", line.get(name)?)))
        .chain([text("reason"), text("path")].map(str::to_owned))
        .chain([ids(line)])
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    format!(
        "{}  {:<9}  {}  {said}",
        output::moment(clock::now()),
        text("provider"),
        output::judged(&format!("{status} {:<11}", text("outcome")), (200..300).contains(&status)),
        said = output::printable(&said),
    )
}

/// The same for what was announced because it waited.
fn redrive_line(line: &Value) -> String {
    let failed = line["RedriveFailed"].as_u64().unwrap_or_default();
    let count = format!("redrive: {} announced that had waited, {failed} could not be", line["Redriven"]);
    let now = output::moment(clock::now());
    format!("{now}  {}", output::judged(&count, failed == 0))
}

fn ids(line: &Value) -> String {
    let Some(ids) = line.get("events").and_then(Value::as_array) else {
        return String::new();
    };
    let named = ids.iter().take(NAMED_IDS).filter_map(Value::as_str).collect::<Vec<_>>().join(" ");
    match ids.len().saturating_sub(NAMED_IDS) {
        0 => named,
        others => format!("{named} and {others} more"),
    }
}
