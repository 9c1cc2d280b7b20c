//! The events that a run sends and its progress, in a file of the data folder so that --resume can continue.
//!
//! The file has one JSON value per line: the settings, the keys of each event, and then a line for each step of the run. Lines are
//! only added, so a step costs the same whatever the number of events.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use mailhooks_local::DataFolder;
use mailhooks_local::private::{self, found};
use normalization::Key;
use serde::{Deserialize, Serialize};

use super::destination::Destination;
use crate::options::Global;

/// The name of the file.
const FILE: &str = "redrive.jsonl";

/// The settings of a run, which --resume takes over.
#[derive(Deserialize, Serialize)]
pub(super) struct Settings {
    /// The name of the store, for messages.
    pub(super) of: String,
    /// The consumer; `None` for the topics.
    pub(super) to: Option<Destination>,
    pub(super) announce_all: bool,
}

/// A line after the first.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Line {
    /// The keys of an event.
    Event(String, String),
    /// How many of the events that follow the last step were processed, and the numbers of those that failed.
    Step { done: usize, failed: Vec<usize> },
}

/// The right to select and send events with a data folder. The kernel takes it back when the process ends for any reason.
pub(super) struct Turn {
    path: PathBuf,
    _lock: File,
}

/// An interrupted run: the settings, and the events that are left.
pub(super) struct Stopped {
    pub(super) settings: Settings,
    pub(super) keys: Vec<Key>,
}

impl Turn {
    /// Fails if another run has it.
    pub(super) fn take(global: &Global) -> Result<Self> {
        let folder = DataFolder::open(&global.data)?;
        let path = folder.path().join(FILE);
        let lock = folder.lock_redrive()?.with_context(|| {
            let folder = folder.path().display();
            format!("another `mailhooks redrive` sends events with the data folder {folder}: wait for it or stop it")
        })?;
        Ok(Self { path, _lock: lock })
    }

    /// Reads the file; `None` if no run was interrupted.
    pub(super) fn stopped(&self) -> Result<Option<Stopped>> {
        let unreadable = || format!("cannot read {}", self.path.display());
        let Some(text) = found(fs::read_to_string(&self.path)).with_context(unreadable)? else {
            return Ok(None);
        };
        // A program that is killed may leave a line without its end.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let mut lines = whole.lines();
        let settings = serde_json::from_str(lines.next().unwrap_or_default()).with_context(unreadable)?;
        let (mut keys, mut next, mut failed) = (Vec::new(), 0, Vec::new());
        for line in lines {
            match serde_json::from_str(line).with_context(unreadable)? {
                Line::Event(partition, event) => keys.push(Key { partition, event }),
                Line::Step { done, failed: more } => {
                    next += done;
                    failed.extend(more);
                }
            }
        }
        Ok(Some(Stopped { settings, keys: left(&keys, next, &failed) }))
    }
}

impl Stopped {
    /// Fails if the run was on another store.
    pub(super) fn is_of(&self, name: &str) -> Result<()> {
        let of = &self.settings.of;
        ensure!(of == name, "the interrupted run was on {of}, not on {name}");
        Ok(())
    }
}

/// The events of a run, and how far it is.
pub(super) struct Plan {
    settings: Settings,
    keys: Vec<Key>,
    next: usize,
    failed: Vec<usize>,
    file: File,
    turn: Turn,
}

impl Plan {
    /// Begins a run, and writes the file. It replaces that of an interrupted run.
    pub(super) fn begin(settings: Settings, keys: Vec<Key>, turn: Turn) -> Result<Self> {
        write(&turn.path, &settings, &keys)?;
        let file = private::open_to_append(&turn.path)?;
        Ok(Self { settings, keys, next: 0, failed: Vec::new(), file, turn })
    }

    /// The number of events of the run.
    pub(super) fn number(&self) -> usize {
        self.keys.len()
    }

    /// At most this many of the next events.
    pub(super) fn step(&self, most: usize) -> &[Key] {
        let rest = self.keys.get(self.next..).unwrap_or_default();
        rest.get(..most).unwrap_or(rest)
    }

    /// Saves the result of a step: for each of its events, whether it failed.
    pub(super) fn keep(&mut self, failed: impl IntoIterator<Item = bool>) -> Result<()> {
        let start = self.next;
        let mut numbers = Vec::new();
        for failed in failed {
            if failed {
                numbers.push(self.next);
            }
            self.next += 1;
        }
        self.failed.extend(&numbers);
        let line = serde_json::to_string(&Line::Step { done: self.next - start, failed: numbers })?;
        self.file
            .write_all(format!("{line}\n").as_bytes())
            .with_context(|| format!("cannot write {}", self.turn.path.display()))
    }

    /// Ends the run, and returns how many events are left. The file keeps those; without any, it is removed.
    pub(super) fn end(self) -> Result<usize> {
        let left = left(&self.keys, self.next, &self.failed);
        if left.is_empty() {
            private::remove(&self.turn.path)?;
        } else {
            write(&self.turn.path, &self.settings, &left)?;
        }
        Ok(left.len())
    }
}

/// The events that were not processed, and then those that failed: if they fail again and stop the next run, the others have
/// been sent.
fn left(keys: &[Key], next: usize, failed: &[usize]) -> Vec<Key> {
    let failed = failed.iter().filter_map(|number| keys.get(*number));
    keys.get(next..).unwrap_or_default().iter().chain(failed).cloned().collect()
}

fn write(path: &Path, settings: &Settings, keys: &[Key]) -> Result<()> {
    let mut text = serde_json::to_string(settings)?;
    text.push('\n');
    for Key { partition, event } in keys {
        text.push_str(&serde_json::to_string(&(partition, event))?);
        text.push('\n');
    }
    private::replace(path, &text)
}
