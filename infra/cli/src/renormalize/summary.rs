//! The result of each event, and the totals.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use normalization::{Event, ProviderName};
use serde_json::json;

use super::difference::Difference;
use crate::output::{self, Table};

/// The most changes that are listed for people; --json lists all.
const SHOWN: usize = 20;

/// The result of one event.
pub(super) enum Change {
    Same,
    /// The event differs, but this is a dry run.
    Planned(Vec<Difference>),
    /// The change was written, and announced if requested.
    Written(Vec<Difference>),
    /// The event would get other keys today; the text says where it would be stored.
    KeyChanged(String),
    /// The event was not changed, or not announced, for this reason.
    Failed(String),
}

impl Change {
    fn print_json(&self, Event { id, data, .. }: &Event) -> Result<()> {
        let (kind, changes, reason) = match self {
            Self::Same => return Ok(()),
            Self::Planned(differences) => ("would_change", Some(differences), None),
            Self::Written(differences) => ("changed", Some(differences), None),
            Self::KeyChanged(place) => ("other_key", None, Some(place)),
            Self::Failed(reason) => ("failed", None, Some(reason)),
        };
        output::print_json(&json!({
            "kind": kind,
            "id": id,
            "provider": data.provider,
            "provider_type": data.provider_type.as_deref().unwrap_or_default(),
            "changes": changes,
            "reason": reason,
        }))
    }
}

/// The totals of a run.
#[derive(Default)]
pub(super) struct Summary {
    json: bool,
    read: u64,
    changed: u64,
    elsewhere: u64,
    failed: u64,
    first_failure: String,
    shown: usize,
    /// For each type of each provider: the number of changed events, and the members that changed.
    kinds: BTreeMap<(ProviderName, String), (u64, BTreeSet<String>)>,
}

impl Summary {
    pub(super) fn new(json: bool) -> Self {
        Self { json, ..Self::default() }
    }

    /// Counts the result of one event, and prints it if anything changed or failed.
    pub(super) fn take(&mut self, event: Event, change: Change) -> Result<()> {
        self.read += 1;
        if self.json {
            change.print_json(&event)?;
        }
        let Event { id, data, .. } = event;
        match change {
            Change::Same => {}
            Change::Planned(differences) | Change::Written(differences) => {
                self.changed += 1;
                let lines = differences.iter().map(|one| format!("  {one}"));
                self.show(std::iter::once(id).chain(lines))?;
                let kind = (data.provider, data.provider_type.unwrap_or_default());
                let (number, members) = self.kinds.entry(kind).or_default();
                *number += 1;
                members.extend(differences.into_iter().map(|one| one.member));
            }
            Change::KeyChanged(place) => {
                self.elsewhere += 1;
                self.show([id, format!("  would be stored {place}: not changed")])?;
            }
            Change::Failed(reason) => self.fail(&format!("{id}: {reason}")),
        }
        Ok(())
    }

    /// Counts an event that could not be processed, and prints the reason.
    pub(super) fn fail(&mut self, reason: &str) {
        if self.failed == 0 {
            reason.clone_into(&mut self.first_failure);
        }
        self.failed += 1;
        output::remark(&output::printable(reason));
    }

    fn show(&mut self, lines: impl IntoIterator<Item = String>) -> Result<()> {
        if self.json {
            return Ok(());
        }
        self.shown += 1;
        if self.shown == SHOWN + 1 {
            output::print("… (--json has all)")?;
        }
        if self.shown <= SHOWN {
            for line in lines {
                output::print(&output::printable(&line))?;
            }
        }
        Ok(())
    }

    /// Prints the totals. Fails if any event could not be processed.
    pub(super) fn finish(self, apply: bool) -> Result<()> {
        if self.json {
            let changed = if apply { "changed" } else { "would_change" };
            output::print_json(&json!({
                "kind": "summary",
                "read": self.read,
                changed: self.changed,
                "other_key": self.elsewhere,
                "failed": self.failed,
            }))?;
        } else {
            self.print(apply)?;
        }
        let Self { failed, first_failure, .. } = self;
        ensure!(failed == 0, "{failed} failed; the first: {first_failure}");
        Ok(())
    }

    fn print(&self, apply: bool) -> Result<()> {
        if !self.kinds.is_empty() {
            let mut table = Table::new(&["provider", "provider's word", "events", "members"]);
            for ((provider, provider_type), (number, members)) in &self.kinds {
                let members = members.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                table.row(vec![provider.to_string(), provider_type.clone(), number.to_string(), members]);
            }
            output::print("")?;
            table.print()?;
            output::print("")?;
        }
        let left = (self.elsewhere > 0).then(|| format!("{} not changed", self.elsewhere));
        let changed = match (self.changed, apply) {
            (0, _) => "nothing would change".to_owned(),
            (number, true) => format!("{number} changed"),
            (number, false) => format!("{number} would change; write the changes with --apply"),
        };
        let said: Vec<_> = std::iter::once(changed).chain(left).collect();
        Ok(output::print(&format!("{} events read: {}", self.read, said.join("; ")))?)
    }
}
