//! One line of JSON for each webhook and each redrive: what came of it, and the metrics of it in CloudWatch's embedded metric
//! format (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).
//! No address, no body, no secret.

use std::fmt;
use std::io::Write;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use normalization::ProviderName;
use serde_json::{Map, Value, json};

/// The namespace of every metric, unless `METRICS_NAMESPACE` says another.
pub const NAMESPACE: &str = "mailhooks";

/// Event ids named in a line: as many as a provider's batch has (Emailit, 1 to 100).
const MAX_IDS: usize = 100;

/// What is counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Metric {
    /// Events in verified webhooks.
    Received,
    /// Events that were new.
    Recorded,
    /// Events that were known.
    Duplicates,
    /// Events that were announced.
    Announced,
    /// Webhooks refused for their signature.
    Refused,
    /// Events that are no object with a type.
    Unrecognized,
    /// Webhooks that we could not take, through no fault of the sender.
    Unavailable,
    /// Webhooks that nobody could verify, since no signing secret is set or Secrets Manager does not tell it.
    NoSigningSecret,
    /// Webhooks larger than Lambda takes.
    TooLarge,
    /// Events that were announced because they waited.
    Redriven,
    /// Events that wait and could not be announced.
    RedriveFailed,
    /// The age of the event that waits longest; 0 if none waits.
    OldestUnannouncedSeconds,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 12] = [
        Self::Received,
        Self::Recorded,
        Self::Duplicates,
        Self::Announced,
        Self::Refused,
        Self::Unrecognized,
        Self::Unavailable,
        Self::NoSigningSecret,
        Self::TooLarge,
        Self::Redriven,
        Self::RedriveFailed,
        Self::OldestUnannouncedSeconds,
    ];

    /// Its name in CloudWatch.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "Received",
            Self::Recorded => "Recorded",
            Self::Duplicates => "Duplicates",
            Self::Announced => "Announced",
            Self::Refused => "Refused",
            Self::Unrecognized => "Unrecognized",
            Self::Unavailable => "Unavailable",
            Self::NoSigningSecret => "NoSigningSecret",
            Self::TooLarge => "TooLarge",
            Self::Redriven => "Redriven",
            Self::RedriveFailed => "RedriveFailed",
            Self::OldestUnannouncedSeconds => "OldestUnannouncedSeconds",
        }
    }

    /// Its unit in CloudWatch.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::OldestUnannouncedSeconds => "Seconds",
            _ => "Count",
        }
    }
}

/// Where lines go.
#[derive(Clone)]
pub struct Log {
    write: Arc<dyn Fn(&Value) + Send + Sync>,
    namespace: Arc<str>,
}

impl Log {
    /// To standard output, where Lambda takes them from.
    #[must_use]
    pub fn to_stdout() -> Self {
        Self::from(|line: &Value| {
            // In one piece: standard output looks through each for the end of a line.
            let line = format!("{line}\n");
            // A log that cannot be written must not lose the webhook.
            drop(std::io::stdout().lock().write_all(line.as_bytes()));
        })
    }

    /// The same log, its metrics in this namespace.
    #[must_use]
    pub fn with_namespace(self, namespace: &str) -> Self {
        Self {
            namespace: namespace.into(),
            ..self
        }
    }

    /// Writes a line.
    pub fn write(&self, line: &Value) {
        (self.write)(line);
    }

    /// What CloudWatch needs to know to take the metrics out of a line: whose they are (the member that has each
    /// dimension's value) and when they were counted.
    #[must_use]
    pub fn metric_directive(
        &self,
        at: Timestamp,
        dimensions: &[&str],
        metrics: impl IntoIterator<Item = Metric>,
    ) -> Value {
        let metrics = metrics
            .into_iter()
            .map(|metric| json!({"Name": metric.as_str(), "Unit": metric.unit()}));
        json!({
            "Timestamp": at.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": *self.namespace,
                "Dimensions": [dimensions],
                "Metrics": metrics.collect::<Vec<_>>(),
            }],
        })
    }

    /// From now on says of each panic in this process where it happened, and never its message: that may hold
    /// what was sent, as the message of a text that is cut within a character does.
    pub fn take_panics(&self) {
        let log = self.clone();
        std::panic::set_hook(Box::new(move |panic| {
            let location = panic.location().map(place);
            log.write(&json!({"outcome": "panicked", "location": location}));
        }));
    }
}

impl<F: Fn(&Value) + Send + Sync + 'static> From<F> for Log {
    fn from(write: F) -> Self {
        Self {
            write: Arc::new(write),
            namespace: NAMESPACE.into(),
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Log")
    }
}

/// Crate, file, line and column. Not the folder of dependencies, which is the builder's.
fn place(location: &Location<'_>) -> String {
    let place = location.to_string();
    let of_dependency = place.split_once("/registry/src/");
    match of_dependency.and_then(|(_, rest)| rest.split_once('/')) {
        Some((_registry, place)) => place.to_owned(),
        None => place,
    }
}

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
    #[must_use]
    pub fn to_json(&self, log: &Log) -> Value {
        let mut line = Map::new();
        if !self.metrics.is_empty() {
            let metrics = self.metrics.iter().map(|(metric, _)| *metric);
            let directive = log.metric_directive(self.received_at, &["provider"], metrics);
            line.insert("_aws".to_owned(), directive);
        }
        line.insert("provider".to_owned(), self.provider.as_str().into());
        line.insert("outcome".to_owned(), self.outcome.into());
        line.insert("status".to_owned(), self.status.into());
        // Microseconds are the finest that says anything.
        let micros = u64::try_from(self.duration.as_micros()).unwrap_or(u64::MAX);
        line.insert("duration_us".to_owned(), micros.into());
        let optional = [("reason", &self.reason), ("request_id", &self.request_id)];
        for (name, value) in optional {
            if let Some(value) = value {
                line.insert(name.to_owned(), value.as_str().into());
            }
        }
        if !self.events.is_empty() {
            line.insert(
                "events".to_owned(),
                self.events.iter().take(MAX_IDS).cloned().collect(),
            );
        }
        for (metric, count) in &self.metrics {
            line.insert(metric.as_str().to_owned(), (*count).into());
        }
        Value::Object(line)
    }
}
