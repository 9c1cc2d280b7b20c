//! One line of JSON per webhook and per redrive run: the outcome, and metrics in CloudWatch's embedded metric
//! format (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).
//! Never an address, a body or a secret.

use std::io::Write;
use std::panic::Location;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::metric::Metric;

/// The namespace of every metric, unless `METRICS_NAMESPACE` says another.
pub const NAMESPACE: &str = "mailhooks";

/// Where lines go.
#[derive(Clone)]
pub struct Log {
    sink: Sink,
    namespace: Arc<str>,
}

#[derive(Clone)]
enum Sink {
    Stdout,
    Values(Arc<dyn Fn(&Value) + Send + Sync>),
}

impl Log {
    /// To standard output, where Lambda takes them from.
    pub fn to_stdout() -> Self {
        Self { sink: Sink::Stdout, namespace: NAMESPACE.into() }
    }

    /// The same log, its metrics in this namespace.
    #[must_use]
    pub fn with_namespace(self, namespace: &str) -> Self {
        Self { namespace: namespace.into(), ..self }
    }

    /// Writes one line, which is a JSON object. A failed write must not lose the webhook.
    pub fn write(&self, line: &impl Serialize) {
        match &self.sink {
            Sink::Stdout => {
                // In one piece: standard output looks through each for the end of a line.
                if let Ok(mut line) = serde_json::to_vec(line) {
                    line.push(b'\n');
                    drop(std::io::stdout().lock().write_all(&line));
                }
            }
            Sink::Values(write) => {
                if let Ok(line) = serde_json::to_value(line) {
                    write(&line);
                }
            }
        }
    }

    /// What CloudWatch needs to know to take the metrics out of a line: whose they are (the member that has each
    /// dimension's value) and when they were counted.
    pub(crate) fn metric_directive<'l>(
        &'l self,
        at: Timestamp,
        dimensions: &'l [&'l str],
        metrics: &[Metric],
    ) -> impl Serialize + use<'l> {
        MetricDirective {
            timestamp: at.as_millisecond(),
            cloud_watch_metrics: [MetricSet {
                namespace: &self.namespace,
                dimensions: [dimensions],
                metrics: metrics
                    .iter()
                    .map(|metric| MetricDefinition { name: metric.as_str(), unit: metric.unit() })
                    .collect(),
            }],
        }
    }

    /// From now on logs where each panic in this process happened, and never its message: that may contain parts of a request, as
    /// the message of a text cut within a character does.
    pub fn install_panic_hook(&self) {
        let log = self.clone();
        std::panic::set_hook(Box::new(move |panic| {
            let location = panic.location().map(place);
            log.write(&json!({"outcome": "panicked", "location": location}));
        }));
    }
}

impl<F: Fn(&Value) + Send + Sync + 'static> From<F> for Log {
    fn from(write: F) -> Self {
        Self { sink: Sink::Values(Arc::new(write)), namespace: NAMESPACE.into() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricDirective<'l> {
    timestamp: i64,
    cloud_watch_metrics: [MetricSet<'l>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricSet<'l> {
    namespace: &'l str,
    dimensions: [&'l [&'l str]; 1],
    metrics: Vec<MetricDefinition>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricDefinition {
    name: &'static str,
    unit: &'static str,
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
