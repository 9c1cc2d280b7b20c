//! The selection and progress of a run that writes, stored in the data folder so that --resume can continue.

use std::fs;

use anyhow::{Context, Result, ensure};
use ingestion::store::{Cursor, StoredEvent};
use jiff::Timestamp;
use mailhooks_local::DataFolder;
use mailhooks_local::private::{self, found};
use normalization::{Key, ProviderName};
use serde::{Deserialize, Serialize};

use crate::options::Global;

/// The name of the file in the data folder.
const FILE: &str = "renormalize.json";

/// The selection of events to process.
#[derive(Clone, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Selection {
    pub(super) provider: Option<ProviderName>,
    /// Our type or the provider's.
    #[serde(rename = "type")]
    pub(super) event_type: Option<String>,
    pub(super) since: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

impl Selection {
    pub(super) fn takes(&self, stored: &StoredEvent) -> bool {
        let data = &stored.event.data;
        let is_of = |wanted: &String| {
            data.event_type.as_str() == wanted || data.provider_type.as_ref() == Some(wanted)
        };
        self.provider.is_none_or(|name| data.provider == name)
            && self.event_type.as_ref().is_none_or(is_of)
            && self.since.is_none_or(|since| stored.received_at >= since)
            && self.until.is_none_or(|until| stored.received_at < until)
    }
}

/// The progress of a run.
#[derive(Deserialize, Serialize)]
pub(super) struct Checkpoint {
    /// The name of the store, for messages.
    of: String,
    pub(super) selection: Selection,
    pub(super) announce: bool,
    /// The keys of the last item that was read.
    behind: Option<(String, String)>,
}

impl Checkpoint {
    pub(super) fn begin(of: String, selection: Selection, announce: bool) -> Self {
        Self { of, selection, announce, behind: None }
    }

    /// Reads the checkpoint of an interrupted run. Fails if the file is missing.
    pub(super) fn read(global: &Global) -> Result<Self> {
        let path = global.data.join(FILE);
        let unreadable = || format!("cannot read {}", path.display());
        let text = found(fs::read(&path)).with_context(unreadable)?.with_context(|| {
            format!(
                "nothing to resume: no interrupted `mailhooks renormalize --apply` in the data folder {}",
                global.data.display()
            )
        })?;
        serde_json::from_slice(&text).with_context(unreadable)
    }

    /// Fails if the checkpoint belongs to another store.
    pub(super) fn is_of(&self, name: &str) -> Result<()> {
        ensure!(self.of == name, "the interrupted run was on {}, not on {name}", self.of);
        Ok(())
    }

    pub(super) fn cursor(&self) -> Option<Cursor> {
        let (partition, event) = self.behind.clone()?;
        Some(Cursor::behind(&Key { partition, event }))
    }

    /// Saves the progress. Without a cursor the run is complete, and the checkpoint is removed.
    pub(super) fn keep(&mut self, cursor: Option<&Cursor>, global: &Global) -> Result<()> {
        let path = DataFolder::open(&global.data)?.path().join(FILE);
        let Some(key) = cursor.and_then(Cursor::key) else {
            return private::remove(&path);
        };
        self.behind = Some((key.partition, key.event));
        private::replace(&path, &serde_json::to_string(self)?)
    }
}
