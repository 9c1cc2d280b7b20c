//! The events that a run sends and its progress, in a file of the data folder so that --resume can continue.
//!
//! The file has one JSON value per line: the settings, the keys of each event, and then a line for each step of the run. Lines are
//! only added, so a step costs the same whatever the number of events.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Write as _};
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

/// An interrupted run: the settings, and the events that are left.
pub(super) struct Stopped {
    pub(super) settings: Settings,
    pub(super) keys: Vec<Key>,
}

impl Stopped {
    /// Reads the file; `None` if no run was interrupted. Fails while a run writes it.
    pub(super) fn read(global: &Global) -> Result<Option<Self>> {
        let path = global.data.join(FILE);
        let unreadable = || format!("cannot read {}", path.display());
        let Some(mut file) = found(File::open(&path)).with_context(unreadable)? else { return Ok(None) };
        ensure!(
            !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
            "another `mailhooks redrive` sends events with the data folder {}: wait for it or stop it",
            global.data.display()
        );
        let mut text = String::new();
        file.read_to_string(&mut text).with_context(unreadable)?;
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
        Ok(Some(Self { settings, keys: left(&keys, next, &failed) }))
    }

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
    path: PathBuf,
    file: File,
}

impl Plan {
    /// Begins a run, and writes the file. It replaces that of an interrupted run.
    pub(super) fn begin(settings: Settings, keys: Vec<Key>, global: &Global) -> Result<Self> {
        let path = DataFolder::open(&global.data)?.path().join(FILE);
        write(&path, &settings, &keys)?;
        let file = private::open_to_append(&path)?;
        // Held until the run ends, for any reason. On a file system without locks, two runs at once are not detected.
        drop(file.try_lock());
        Ok(Self { settings, keys, next: 0, failed: Vec::new(), path, file })
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
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Ends the run, and returns how many events are left. The file keeps those; without any, it is removed.
    pub(super) fn end(self) -> Result<usize> {
        let left = left(&self.keys, self.next, &self.failed);
        if left.is_empty() {
            private::remove(&self.path)?;
        } else {
            write(&self.path, &self.settings, &left)?;
        }
        Ok(left.len())
    }
}

/// The events that failed or were not processed.
fn left(keys: &[Key], next: usize, failed: &[usize]) -> Vec<Key> {
    let failed = failed.iter().filter_map(|number| keys.get(*number));
    failed.chain(keys.get(next..).unwrap_or_default()).cloned().collect()
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
