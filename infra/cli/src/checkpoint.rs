//! The progress of a command that writes, stored in the data folder so that --resume can continue.

use std::fs;

use anyhow::{Context, Result, ensure};
use ingestion::store::{Cursor, Page, Scan, Start};
use mailhooks_local::DataFolder;
use mailhooks_local::private::{self, found};
use normalization::Key;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::options::Global;

/// The progress of a run over the table of events, with its settings.
#[derive(Deserialize, Serialize)]
pub(crate) struct Checkpoint<S> {
    /// The name of the store, for messages.
    of: String,
    #[serde(flatten)]
    pub(crate) settings: S,
    segments: Vec<Segment>,
}

/// The progress in a segment of the table.
#[derive(Clone, Deserialize, Serialize)]
enum Segment {
    Unread,
    /// The keys of the last item that was read.
    Behind(String, String),
    Read,
}

impl<S: DeserializeOwned + Serialize> Checkpoint<S> {
    /// Begins a run over the table in this number of segments.
    pub(crate) fn begin(of: String, settings: S, segments: u16) -> Self {
        Self { of, settings, segments: vec![Segment::Unread; segments.into()] }
    }

    /// Reads the checkpoint of an interrupted run of this command from this file. Fails if the file is missing.
    pub(crate) fn read(file: &str, command: &str, global: &Global) -> Result<Self> {
        let path = global.data.join(file);
        let unreadable = || format!("cannot read {}", path.display());
        let text = found(fs::read(&path)).with_context(unreadable)?.with_context(|| {
            format!(
                "nothing to resume: no interrupted `mailhooks {command}` in the data folder {}",
                global.data.display()
            )
        })?;
        serde_json::from_slice(&text).with_context(unreadable)
    }

    /// Fails if the checkpoint belongs to another store.
    pub(crate) fn is_of(&self, name: &str) -> Result<()> {
        ensure!(self.of == name, "the interrupted run was on {}, not on {name}", self.of);
        Ok(())
    }

    /// The part of the table that is not read yet.
    pub(crate) fn scan(&self) -> Scan {
        let start = |segment: &Segment| match segment.clone() {
            Segment::Unread => Some(Start::First),
            Segment::Behind(partition, event) => {
                Some(Start::Behind(Cursor::behind(&Key { partition, event })))
            }
            Segment::Read => None,
        };
        Scan { segments: self.segments.iter().map(start).collect(), since: None }
    }

    /// Saves the progress after a page. When all segments are read, the run is complete, and the checkpoint is removed.
    pub(crate) fn keep(&mut self, file: &str, page: &PageRead, global: &Global) -> Result<()> {
        let path = DataFolder::open(&global.data)?.path().join(file);
        if let Some(segment) = self.segments.get_mut(page.segment) {
            *segment = match page.next.clone() {
                Some(Key { partition, event }) => Segment::Behind(partition, event),
                None => Segment::Read,
            };
        }
        if self.segments.iter().all(|segment| matches!(segment, Segment::Read)) {
            return private::remove(&path);
        }
        private::replace(&path, &serde_json::to_string(self)?)
    }
}

/// The place of a page in the table.
pub(crate) struct PageRead {
    segment: usize,
    next: Option<Key>,
}

impl PageRead {
    pub(crate) fn of(page: &Page) -> Self {
        Self { segment: page.segment, next: page.next.as_ref().and_then(Cursor::key) }
    }
}
