//! The events of a posted webhook, and the command that shows them.

use anyhow::Result;
use mailhooks_local::http::Answer;
use normalization::{Event, Key};
use serde_json::{Value, json};

use crate::options::Global;
use crate::output;

/// The most events that an answer names; further ones are only counted.
const NAMED: usize = 5;

/// The events of a webhook that the receiver accepted, with their keys in the table.
pub(super) struct Recorded(pub(super) Vec<(Event, Key)>);

impl Recorded {
    /// Prints the id and type of each event.
    pub(super) fn print(&self, answer: &Answer) -> Result<()> {
        let what = match (answer.count("recorded"), answer.count("duplicates")) {
            (0, _) => "already recorded",
            (_, 0) => "recorded",
            _ => "recorded now or before",
        };
        for (event, _) in self.0.iter().take(NAMED) {
            output::print(&format!("{what}: {} {}", event.data.event_type, event.id))?;
        }
        if self.0.len() > NAMED {
            output::print(&format!("and {} more", self.0.len() - NAMED))?;
        }
        Ok(())
    }

    /// The ids and types for `--json`.
    pub(super) fn objects(&self) -> Vec<Value> {
        let object = |(event, _): &(Event, Key)| json!({"id": event.id, "type": event.data.event_type});
        self.0.iter().map(object).collect()
    }

    /// The command that shows the events: by the message if they have one, because that is a query and `--id` reads the
    /// whole table. `None` without events.
    pub(super) fn next(&self, global: &Global) -> Option<String> {
        let (event, key) = self.0.first()?;
        let timeline = key.partition.split_once('#').map_or("", |(_, timeline)| timeline);
        let is_shared = self.0.iter().all(|(_, other)| other.partition == key.partition);
        let count = self.0.len().to_string();
        Some(global.command_there(&match self.0.len() {
            _ if is_shared && timeline != key.event => ["events", "--message", timeline],
            1 => ["events", "--id", &event.id],
            _ => ["events", "--limit", &count],
        }))
    }
}
