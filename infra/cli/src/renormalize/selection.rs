//! The selection of events of a run.

use ingestion::store::StoredEvent;
use jiff::Timestamp;
use normalization::ProviderName;
use serde::{Deserialize, Serialize};

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

/// The settings of a run, which --resume takes over.
#[derive(Deserialize, Serialize)]
pub(super) struct Settings {
    pub(super) selection: Selection,
    pub(super) announce: bool,
}
