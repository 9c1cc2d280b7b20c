//! The metric filters of the API's access log.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html>

use serde_json::Value;

use super::metrics::Name;

/// A filter that counts the lines that match a pattern.
pub(super) struct LogFilter {
    pub(super) counts: Name,
    conditions: Vec<Condition>,
}

/// `$.member = "text"` or `$.member != "text"`; a text may end with `*`.
struct Condition {
    member: String,
    equals: bool,
    text: String,
}

impl LogFilter {
    pub(super) fn read(properties: &Value) -> Self {
        let counted = &properties["MetricTransformations"][0];
        assert_eq!(counted["MetricValue"], "1");
        let namespace = counted["MetricNamespace"].as_str().unwrap();
        let pattern = properties["FilterPattern"].as_str().unwrap();
        let pattern = pattern.strip_prefix('{').unwrap().strip_suffix('}').unwrap();
        Self {
            counts: Name::new(namespace, counted["MetricName"].as_str().unwrap(), &[]),
            conditions: pattern.split("&&").map(Condition::read).collect(),
        }
    }

    pub(super) fn takes(&self, line: &Value) -> bool {
        self.conditions.iter().all(|condition| condition.holds(line))
    }
}

impl Condition {
    fn read(text: &str) -> Self {
        let (member, compared) = text.trim().strip_prefix("$.").unwrap().split_once(' ').unwrap();
        let (operator, text) = compared.split_once(' ').unwrap();
        assert!(["=", "!="].contains(&operator), "{operator}");
        let text = text.trim().strip_prefix('"').unwrap().strip_suffix('"').unwrap();
        Self { member: member.to_owned(), equals: operator == "=", text: text.to_owned() }
    }

    /// A pattern with a text in quotes matches texts only.
    fn holds(&self, line: &Value) -> bool {
        let Some(found) = line[&self.member].as_str() else { return false };
        let same = match self.text.strip_suffix('*') {
            Some(start) => found.starts_with(start),
            None => found == self.text,
        };
        same == self.equals
    }
}
