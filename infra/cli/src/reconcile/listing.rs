//! An event in a provider's list.

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
    /// The event key, as in its webhook.
    pub(super) key: String,
    /// The provider's event type.
    pub(super) event_type: String,
    pub(super) time: Option<Timestamp>,
    /// The URL of its webhook, if the list has it.
    pub(super) url: Option<String>,
    /// Whether the provider is still retrying the delivery.
    pub(super) is_tried: bool,
    /// The body of its webhook, as completely as the list has it.
    pub(super) body: Vec<u8>,
    pub(super) outcome: Outcome,
}

/// The state of a missing event.
#[derive(Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Missing,
    /// The provider is still retrying the delivery.
    Tried,
    /// The provider was asked to post it again, and it has not arrived yet.
    Replayed,
    Recorded,
}

impl Outcome {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Tried => "provider is still retrying",
            Self::Replayed => "replayed, not arrived yet",
            Self::Recorded => "recorded",
        }
    }
}

/// One page of a list, and where the next page starts.
pub(super) struct Page {
    pub(super) events: Vec<Listed>,
    pub(super) next: Option<usize>,
}

impl Listed {
    /// The id of the event in mailhooks.
    pub(super) fn id(&self) -> String {
        format!("{}:{}", self.provider, self.key)
    }

    /// Whether the store has all records of the event, one for each recipient, or had them until they were erased.
    pub(super) async fn is_in(&self, store: &Store) -> Result<bool> {
        // Only verified webhooks can be normalized, so `identify` signs this one with a generated secret. It can be
        // trusted because it came from the provider's API.
        let events = identify(self.provider, &self.body, clock::now()).context("cannot read the event")?;
        for (_, key) in events {
            let is_recorded = store.has(&key).await.context("cannot check whether an event is recorded")?;
            if !is_recorded {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
