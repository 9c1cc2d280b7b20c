//! The line of a webhook.

use std::time::Duration;

use jiff::Timestamp;
use normalization::ProviderName;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Log, Metric};

/// Event ids named in a line: as many as a provider's batch has (Emailit, 1 to 100).
const MAX_IDS: usize = 100;

/// What there is to say about a webhook.
#[derive(Debug)]
pub struct Line {
    /// Whose it is.
    pub provider: ProviderName,
    /// When it arrived.
    pub received_at: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// The status it was answered with.
    pub status: u16,
    /// What came of it, in a word.
    pub outcome: &'static str,
    /// Why it was not accepted.
    pub reason: Option<String>,
    /// Lambda's id of the request.
    pub request_id: Option<String>,
    /// The ids of its events.
    pub events: Vec<String>,
    /// The counts that are not zero.
    pub metrics: Vec<(Metric, usize)>,
}

impl Line {
    /// The line, with its metrics in the namespace of this log.
    pub fn write_to(&self, log: &Log) {
        let metrics = self.metrics.iter().map(|(metric, _)| *metric);
        let directive = log.metric_directive(self.received_at, &["provider"], metrics);
        log.write(&Members { line: self, directive });
    }
}

struct Members<'l, D> {
    line: &'l Line,
    directive: D,
}

impl<D: Serialize> Serialize for Members<'_, D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = self.line;
        let mut members = serializer.serialize_map(None)?;
        if !line.metrics.is_empty() {
            members.serialize_entry("_aws", &self.directive)?;
        }
        members.serialize_entry("provider", line.provider.as_str())?;
        members.serialize_entry("outcome", line.outcome)?;
        members.serialize_entry("status", &line.status)?;
        // Microseconds are the finest that says anything.
        let micros = u64::try_from(line.duration.as_micros()).unwrap_or(u64::MAX);
        members.serialize_entry("duration_us", &micros)?;
        for (name, value) in [("reason", &line.reason), ("request_id", &line.request_id)] {
            if let Some(value) = value {
                members.serialize_entry(name, value)?;
            }
        }
        if !line.events.is_empty() {
            let named = line.events.get(..MAX_IDS).unwrap_or(&line.events);
            members.serialize_entry("events", named)?;
        }
        for (metric, count) in &line.metrics {
            members.serialize_entry(metric.as_str(), count)?;
        }
        members.end()
    }
}
