//! The progress of a command that writes, stored in the data folder so that --resume can continue.

use std::fs;

use anyhow::{Context, Result, ensure};
use ingestion::store::Cursor;
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
    /// The keys of the last item that was read.
    behind: Option<(String, String)>,
}

impl<S: DeserializeOwned + Serialize> Checkpoint<S> {
    pub(crate) fn begin(of: String, settings: S) -> Self {
        Self { of, settings, behind: None }
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

    pub(crate) fn cursor(&self) -> Option<Cursor> {
        let (partition, event) = self.behind.clone()?;
        Some(Cursor::behind(&Key { partition, event }))
    }

    /// Saves the progress. Without a cursor the run is complete, and the checkpoint is removed.
    pub(crate) fn keep(&mut self, file: &str, cursor: Option<&Cursor>, global: &Global) -> Result<()> {
        let path = DataFolder::open(&global.data)?.path().join(file);
        let Some(key) = cursor.and_then(Cursor::key) else {
            return private::remove(&path);
        };
        self.behind = Some((key.partition, key.event));
        private::replace(&path, &serde_json::to_string(self)?)
    }
}
