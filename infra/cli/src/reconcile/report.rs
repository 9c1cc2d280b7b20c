//! The result of a reconciliation.

use anyhow::{Result, ensure};
use jiff::Timestamp;
use serde_json::json;

use super::listing::{Listed, Outcome};
use crate::options::Global;
use crate::output::{self, Table};

pub(super) struct Report {
    pub(super) provider: &'static str,
    pub(super) since: Timestamp,
    pub(super) store: String,
    /// The number of distinct listed events that match the options.
    pub(super) listed: usize,
    /// The number of listed events for other receivers.
    pub(super) elsewhere: usize,
    /// The events that the store was missing.
    pub(super) missing: Vec<Listed>,
}

impl Report {
    pub(super) fn count(&self, outcome: Outcome) -> usize {
        self.missing.iter().filter(|event| event.outcome == outcome).count()
    }

    pub(super) fn print(&self, dry_run: bool, global: &Global) -> Result<()> {
        if global.json {
            self.print_json()?;
        } else {
            self.print_table(dry_run)?;
        }
        let waiting = self.count(Outcome::Replayed);
        ensure!(
            waiting == 0,
            "{waiting} of the events that {} was asked to post again have not arrived: check again later, and look into \
             the log of the receiver",
            self.provider
        );
        Ok(())
    }

    fn print_json(&self) -> Result<()> {
        for event in &self.missing {
            output::print_json(&json!({
                "kind": "event",
                "event": event.id(),
                "type": event.event_type,
                "time": event.time,
                "outcome": event.outcome,
            }))?;
        }
        output::print_json(&json!({
            "kind": "summary",
            "listed": self.listed,
            "elsewhere": self.elsewhere,
            "missing": self.missing.len(),
            "recorded": self.count(Outcome::Recorded),
            "replayed": self.count(Outcome::Replayed),
            "tried": self.count(Outcome::Tried),
        }))
    }

    fn print_table(&self, dry_run: bool) -> Result<()> {
        if !self.missing.is_empty() {
            let mut table = Table::new(&["time", "type", "outcome", "id"]);
            for event in &self.missing {
                table.row(vec![
                    event.time.map(output::moment).unwrap_or_default(),
                    event.event_type.clone(),
                    event.outcome.as_str().to_owned(),
                    event.id(),
                ]);
            }
            table.print()?;
        }
        let since = output::moment(self.since);
        let Self { provider, store, listed, .. } = self;
        output::print(&format!(
            "{provider} events since {since}: {listed} listed, {} found missing from {store}",
            self.missing.len()
        ))?;
        if dry_run && !self.missing.is_empty() {
            output::print("Run this without --dry-run to fetch them.")?;
        }
        if self.elsewhere > 0 {
            output::remark(&format!(
                "note: events skipped because they were sent to other URLs: {}; select a URL with --url or --webhook",
                self.elsewhere
            ));
        }
        Ok(())
    }
}
