//! Writes one line of JSON per webhook and per redrive run: the outcome, and metrics in CloudWatch's embedded metric
//! format (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).
//! A line never contains an address, a body or a secret.

use std::io::Write;
use std::panic::Location;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::metric::Metric;

/// The default namespace of the metrics; `METRICS_NAMESPACE` overrides it.
pub const NAMESPACE: &str = "mailhooks";

/// The destination of log lines, and the namespace of their metrics.
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
    /// Logs to standard output, from which Lambda collects lines.
    pub fn to_stdout() -> Self {
        Self { sink: Sink::Stdout, namespace: NAMESPACE.into() }
    }

    /// Sets the namespace of the metrics.
    #[must_use]
    pub fn with_namespace(self, namespace: &str) -> Self {
        Self { namespace: namespace.into(), ..self }
    }

    /// Writes one line, a JSON object. Ignores failures, because a failed write must not lose the webhook.
    pub fn write(&self, line: &impl Serialize) {
        match &self.sink {
            Sink::Stdout => {
                // One write, because standard output searches every write for a line end.
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

    /// The directive with which CloudWatch extracts the metrics from a line: their namespace, names and units, the
    /// members with the values of the dimensions, and the time.
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

    /// Logs the location of every later panic in this process. The message is left out because it may quote a request: for
    /// example, slicing a string within a character panics with that string.
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

/// Crate, file, line and column, without the build machine's folder of dependencies.
fn place(location: &Location<'_>) -> String {
    let place = location.to_string();
    let of_dependency = place.split_once("/registry/src/");
    match of_dependency.and_then(|(_, rest)| rest.split_once('/')) {
        Some((_registry, place)) => place.to_owned(),
        None => place,
    }
}
