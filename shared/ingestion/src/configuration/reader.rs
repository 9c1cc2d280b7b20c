//! Reads the variables of the environment.

use std::fmt;

use normalization::Redacted;
use thiserror::Error;

use crate::aws::Access;
use crate::log::NAMESPACE;
use crate::notifier::{Topic, Topics};
use crate::store::{AddressIndex, WriteSettings};

/// Shortest retention in days. With a shorter one, a provider's late retry would be recorded as new. Emailit has the
/// longest windows: 3 days 8 hours for retries, 7 days to resend (<https://emailit.com/docs/webhooks/retries-and-failures.md>).
const LEAST_RETENTION_DAYS: u32 = 30;

/// Reads variables and collects the problems.
pub(super) struct Reader<F> {
    variable: F,
    problems: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    pub(super) fn new(variable: F) -> Self {
        Self { variable, problems: Vec::new() }
    }

    pub(super) fn finish<T>(self, read: T) -> Result<T, ConfigurationError> {
        if self.problems.is_empty() { Ok(read) } else { Err(ConfigurationError(self.problems)) }
    }

    pub(super) fn access(&mut self) -> Access {
        Access {
            region: self.required("AWS_REGION"),
            access_key_id: self.required("AWS_ACCESS_KEY_ID").into(),
            secret_access_key: self.required("AWS_SECRET_ACCESS_KEY").into(),
            session_token: self.optional("AWS_SESSION_TOKEN").into(),
            dynamodb_endpoint: self.endpoint("AWS_ENDPOINT_URL_DYNAMODB").map(Redacted),
            sns_endpoint: self.endpoint("AWS_ENDPOINT_URL_SNS").map(Redacted),
            secrets_manager_endpoint: self.endpoint("AWS_ENDPOINT_URL_SECRETS_MANAGER").map(Redacted),
            // Off for debugging and tests, where the function or AWS may be slow.
            time_limits: self.switch("TIME_LIMITS"),
        }
    }

    pub(super) fn number(&mut self, name: &str, default: u32, most: u32) -> u32 {
        let Some(text) = self.optional(name) else { return default };
        let number = text.parse().ok().filter(|number| *number <= most);
        number.unwrap_or_else(|| {
            self.problems.push(format!("{name} is not a whole number up to {most}"));
            default
        })
    }

    /// Whether the variable is set, even to an empty value, and its value.
    pub(super) fn exact(&self, name: &str) -> Option<String> {
        (self.variable)(name)
    }

    pub(super) fn problem(&mut self, problem: &str) {
        self.problems.push(problem.to_owned());
    }

    /// The trimmed value of a variable. An empty one counts as not set.
    pub(super) fn optional(&self, name: &str) -> Option<String> {
        (self.variable)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problems.push(format!("{name} is not set"));
            String::new()
        })
    }

    /// Words that are separated by commas.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let text = self.optional(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    pub(super) fn topics(&mut self) -> Topics {
        let exists = |topic: &Topic| !topic.is_optional() || self.optional(topic.variable()).is_some();
        let topics: Vec<_> = Topic::ALL.into_iter().filter(exists).collect();
        topics.into_iter().map(|topic| (topic, self.topic(topic.variable()))).collect()
    }

    fn topic(&mut self, name: &str) -> String {
        let arn = self.required(name);
        let is_topic = arn.starts_with("arn:") && arn.contains(":sns:");
        if !(arn.is_empty() || is_topic) {
            self.problems.push(format!("{name} is not the ARN of an SNS topic"));
        }
        arn
    }

    /// The endpoint of one service, else the endpoint for all services, as in every AWS SDK.
    fn endpoint(&self, name: &str) -> Option<String> {
        self.optional(name).or_else(|| self.optional("AWS_ENDPOINT_URL"))
    }

    /// A variable that is on unless it is set to `off`.
    fn switch(&mut self, name: &str) -> bool {
        let text = self.optional(name);
        if text.as_deref().is_some_and(|text| !["on", "off"].contains(&text)) {
            self.problems.push(format!("{name} is neither on nor off"));
        }
        text.as_deref() != Some("off")
    }

    /// The namespace, limited to the length and characters that CloudWatch accepts
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>).
    pub(super) fn metrics_namespace(&mut self) -> String {
        let name = self.optional("METRICS_NAMESPACE").unwrap_or_else(|| NAMESPACE.to_owned());
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/#".contains(&byte);
        if name.len() > 255 || !name.bytes().all(allowed) {
            self.problems.push("METRICS_NAMESPACE is not a namespace of CloudWatch".to_owned());
        }
        name
    }

    pub(super) fn write_settings(&mut self) -> WriteSettings {
        let defaults = WriteSettings::default();
        WriteSettings {
            retention_days: self.retention_days().unwrap_or(defaults.retention_days),
            address_index: self.address_index().unwrap_or(defaults.address_index),
            time_index: self.switch("TIME_INDEX"),
        }
    }

    fn retention_days(&mut self) -> Option<u32> {
        let text = self.optional("RETENTION_DAYS")?;
        let days = text.parse().ok().filter(|days| *days >= LEAST_RETENTION_DAYS);
        if days.is_none() {
            let problem = format!("RETENTION_DAYS is not a number of days from {LEAST_RETENTION_DAYS}");
            self.problems.push(problem);
        }
        days
    }

    fn address_index(&mut self) -> Option<AddressIndex> {
        let index = AddressIndex::parse(&self.optional("ADDRESS_INDEX")?);
        if index.is_none() {
            self.problem("ADDRESS_INDEX is neither mail nor actionable");
        }
        index
    }
}

/// All problems of the environment. Names variables but never shows their values, because a secret may be in the
/// wrong one.
#[derive(Error)]
#[error("the configuration is not complete: {}", .0.join("; "))]
pub struct ConfigurationError(Vec<String>);

impl fmt::Debug for ConfigurationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The runtime prints this when start-up fails.
        fmt::Display::fmt(self, formatter)
    }
}
