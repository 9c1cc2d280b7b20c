//! An event as a provider lists it.

use anyhow::{Context, Result};
use ingestion::clock;
use ingestion::store::Store;
use jiff::Timestamp;
use mailhooks_local::samples::identify;
use normalization::ProviderName;
use serde::Serialize;

/// One event of a provider's list.
pub(super) struct Listed {
    pub(super) provider: ProviderName,
    /// The event key, which its webhook carries too.
    pub(super) key: String,
    /// The provider's word.
    pub(super) event_type: String,
    pub(super) time: Option<Timestamp>,
    /// Where its webhook was to go, where the list says it.
    pub(super) url: Option<String>,
    /// Whether the provider itself still tries to deliver it.
    pub(super) is_tried: bool,
    /// The event as a webhook carries it, as far as it is known.
    pub(super) body: Vec<u8>,
    pub(super) outcome: Outcome,
}

/// What became of a missing event.
#[derive(Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Missing,
    /// The provider still tries by itself.
    Tried,
    /// The provider was told to post it again, and has not yet.
    Replayed,
    Recorded,
}

impl Outcome {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Tried => "still tried by the provider",
            Self::Replayed => "replayed, not here yet",
            Self::Recorded => "recorded",
        }
    }
}

/// A part of a list, and where the next one starts.
pub(super) struct Page {
    pub(super) events: Vec<Listed>,
    pub(super) next: Option<usize>,
}

impl Listed {
    /// The id that the event has here.
    pub(super) fn id(&self) -> String {
        format!("{}:{}", self.provider, self.key)
    }

    /// Whether the store has the event: each of its records, where it is about several recipients.
    pub(super) async fn is_in(&self, store: &Store) -> Result<bool> {
        // Only what is verified is normalized, so it is signed first, with a secret that nobody else has to know: the
        // provider's API has said this, over its own connection.
        let events = identify(self.provider, &self.body, clock::now()).context("the event cannot be read")?;
        for (_, key) in events {
            let found = store.event(&key).await;
            if found.context("cannot look whether an event is recorded")?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
