//! Metrics by the minute, as CloudWatch keeps them.

use std::collections::BTreeMap;

use serde_json::Value;

/// The name of a metric: its namespace, its own name, and its dimensions in order.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Name {
    pub(super) namespace: String,
    pub(super) metric: String,
    pub(super) dimensions: Vec<(String, String)>,
}

impl Name {
    pub(super) fn new(namespace: &str, metric: &str, dimensions: &[(&str, &str)]) -> Self {
        let mut dimensions: Vec<_> =
            dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        dimensions.sort();
        Self { namespace: namespace.to_owned(), metric: metric.to_owned(), dimensions }
    }
}

/// The values of a period.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Values {
    pub(super) sum: f64,
    pub(super) maximum: f64,
    pub(super) samples: f64,
}

/// The values of all metrics, by minutes since 1970.
#[derive(Default)]
pub(super) struct Metrics(BTreeMap<Name, BTreeMap<i64, Values>>);

impl Metrics {
    pub(super) fn add(&mut self, name: Name, minute: i64, value: f64) {
        let values = self.0.entry(name).or_default().entry(minute).or_default();
        values.sum += value;
        values.maximum = values.maximum.max(value);
        values.samples += 1.0;
    }

    /// Adds the metrics of a line of a function's log.
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
    pub(super) fn add_line(&mut self, line: &Value, namespace: &str) {
        let Some(directive) = line.get("_aws") else { return };
        let minute = directive["Timestamp"].as_i64().unwrap() / 60_000;
        for set in directive["CloudWatchMetrics"].as_array().unwrap() {
            for dimensions in set["Dimensions"].as_array().unwrap() {
                let names = dimensions.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
                let dimensions: Vec<_> = names.map(|name| (name, line[name].as_str().unwrap())).collect();
                for metric in set["Metrics"].as_array().unwrap() {
                    let metric = metric["Name"].as_str().unwrap();
                    let value = line[metric].as_f64().unwrap();
                    self.add(Name::new(namespace, metric, &dimensions), minute, value);
                }
            }
        }
    }

    /// Whether the metric ever had a value.
    pub(super) fn have(&self, name: &Name) -> bool {
        self.0.contains_key(name)
    }

    /// The values of the minutes from `since` on and before `until`; `None` if they have no value.
    pub(super) fn between(&self, name: &Name, since: i64, until: i64) -> Option<Values> {
        let minutes = self.0.get(name)?.range(since..until);
        minutes.map(|(_, values)| *values).reduce(|one, other| Values {
            sum: one.sum + other.sum,
            maximum: one.maximum.max(other.maximum),
            samples: one.samples + other.samples,
        })
    }
}
