//! The result of a run that sends selected events.

use anyhow::{Error, Result, bail};
use serde_json::{Map, Value, json};

use super::Arguments;
use super::destination::Destination;
use crate::options::Global;
use crate::output::{self, Table};

/// The most failures that are listed for people; --json lists all.
const SHOWN: usize = 20;

/// The totals of a run.
#[derive(Default)]
pub(super) struct Report {
    pub(super) sent: usize,
    /// Events that expired or were deleted after they were selected.
    pub(super) gone: usize,
    /// The ids of events that failed, with the reasons.
    pub(super) failures: Vec<(String, String)>,
    /// Why the run stopped before its end.
    pub(super) stopped: Option<Error>,
    /// The number of events that --resume would send.
    pub(super) left: usize,
}

impl Report {
    /// Prints the result, with what was selected. Fails unless all events were sent.
    pub(super) fn finish(
        self,
        to: Option<&Destination>,
        selected: Map<String, Value>,
        arguments: &Arguments,
        global: &Global,
    ) -> Result<()> {
        if global.json {
            output::print_json(&self.object(to, selected))?;
        } else {
            self.print(to)?;
        }
        if self.left == 0 {
            return self.stopped.map_or(Ok(()), Err);
        }
        let left = format!("{} left: `{}` continues", events(self.left), arguments.resumption(to, global));
        match self.stopped {
            Some(error) => Err(error.context(left)),
            None => bail!(left),
        }
    }

    fn object(&self, to: Option<&Destination>, mut object: Map<String, Value>) -> Value {
        let failures = self.failures.iter().map(|(id, reason)| json!({"event": id, "reason": reason}));
        let members = [
            ("to", json!(to.map(ToString::to_string))),
            ("redriven", self.sent.into()),
            ("gone", self.gone.into()),
            ("failures", failures.collect()),
            ("left", self.left.into()),
        ];
        object.extend(members.map(|(name, value)| (name.to_owned(), value)));
        object.into()
    }

    fn print(&self, to: Option<&Destination>) -> Result<()> {
        if !self.failures.is_empty() {
            let mut table = Table::new(&["not sent", "because"]);
            for (id, reason) in self.failures.iter().take(SHOWN) {
                table.row(vec![id.clone(), reason.clone()]);
            }
            table.print()?;
            if let Some(more @ 1..) = self.failures.len().checked_sub(SHOWN) {
                output::print(&format!("… and {more} more (--json has all)"))?;
            }
        }
        let sent = match to {
            Some(destination) => format!("{} sent to {destination}", events(self.sent)),
            None => format!("{} announced again", events(self.sent)),
        };
        let gone = match self.gone {
            0 => String::new(),
            number => format!("; {number} expired or were deleted meanwhile"),
        };
        Ok(output::print(&format!("{sent}{gone}"))?)
    }
}

/// The number of events, as people write it.
pub(super) fn events(number: usize) -> String {
    if number == 1 { "1 event".to_owned() } else { format!("{number} events") }
}
