//! The configuration of a function, read from its environment at start-up. All problems are reported together,
//! and no default weakens security.

use std::fmt;

use normalization::Redacted;
use thiserror::Error;

use crate::aws::Access;
use crate::log::NAMESPACE;
use crate::notifier::{Topic, Topics};

/// The settings that all functions share.
#[derive(Debug)]
pub struct Configuration {
    /// `TABLE_NAME`: the DynamoDB table of events.
    pub table_name: String,
    /// `BOUNCES_TOPIC_ARN`, `COMPLAINTS_TOPIC_ARN`, `SPAM_TOPIC_ARN`, and `EVENTS_TOPIC_ARN` to announce every
    /// event.
    pub topics: Topics,
    /// `RETENTION_DAYS`: the number of days that an event is kept in the table.
    pub retention_days: u32,
    /// `METRICS_NAMESPACE`: the CloudWatch namespace of the metrics, one per stack.
    pub metrics_namespace: String,
    /// `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL`,
    /// `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL_SNS`, `AWS_ENDPOINT_URL_SECRETS_MANAGER`; `TIME_LIMITS`.
    pub access: Access,
}

/// The source of a receiver's signing secrets.
#[derive(Debug)]
pub enum SecretSource {
    /// `SIGNING_SECRET_ID`: a secret in Secrets Manager, by name or ARN.
    SecretsManager(Redacted<String>),
    /// `SIGNING_SECRETS`: the secrets themselves, separated by commas.
    Environment(Redacted<String>),
}

/// Days that an event is kept in the table unless `RETENTION_DAYS` is set.
const DEFAULT_RETENTION_DAYS: u32 = 180;

/// Shortest retention in days. With a shorter one, a provider's late retry would be recorded as new. Emailit has the
/// longest windows: 3 days 8 hours for retries, 7 days to resend (<https://emailit.com/docs/webhooks/retries-and-failures.md>).
const LEAST_RETENTION_DAYS: u32 = 30;

impl Configuration {
    /// Reads the configuration of a receiver. `variable` returns the value of an environment variable.
    pub fn of_receiver(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<(Self, SecretSource), ConfigurationError> {
        let mut reader = Reader { variable, problems: Vec::new() };
        let configuration = (reader.configuration(), reader.secrets());
        reader.finish(configuration)
    }

    /// Reads the configuration of the redrive, which needs no signing secrets.
    pub fn of_redrive(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigurationError> {
        let mut reader = Reader { variable, problems: Vec::new() };
        let configuration = reader.configuration();
        reader.finish(configuration)
    }
}

struct Reader<F> {
    variable: F,
    problems: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    fn finish<T>(self, read: T) -> Result<T, ConfigurationError> {
        if self.problems.is_empty() { Ok(read) } else { Err(ConfigurationError(self.problems)) }
    }

    fn configuration(&mut self) -> Configuration {
        Configuration {
            table_name: self.required("TABLE_NAME"),
            topics: self.topics(),
            retention_days: self.retention_days(),
            metrics_namespace: self.metrics_namespace(),
            access: Access {
                region: self.required("AWS_REGION"),
                access_key_id: self.required("AWS_ACCESS_KEY_ID").into(),
                secret_access_key: self.required("AWS_SECRET_ACCESS_KEY").into(),
                session_token: self.optional("AWS_SESSION_TOKEN").into(),
                dynamodb_endpoint: self.endpoint("AWS_ENDPOINT_URL_DYNAMODB").map(Redacted),
                sns_endpoint: self.endpoint("AWS_ENDPOINT_URL_SNS").map(Redacted),
                secrets_manager_endpoint: self.endpoint("AWS_ENDPOINT_URL_SECRETS_MANAGER").map(Redacted),
                time_limits: self.time_limits(),
            },
        }
    }

    /// The trimmed value of a variable. An empty one counts as not set.
    fn optional(&self, name: &str) -> Option<String> {
        (self.variable)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problems.push(format!("{name} is not set"));
            String::new()
        })
    }

    fn topics(&mut self) -> Topics {
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

    /// Whether time limits apply. `off` is for debugging and tests, where the function or AWS may be slow.
    fn time_limits(&mut self) -> bool {
        let text = self.optional("TIME_LIMITS");
        if text.as_deref().is_some_and(|text| !["on", "off"].contains(&text)) {
            self.problems.push("TIME_LIMITS is neither on nor off".to_owned());
        }
        text.as_deref() != Some("off")
    }

    fn secrets(&mut self) -> SecretSource {
        // Set but empty means: not configured yet. Every webhook is then answered 503.
        let problem = match (self.optional("SIGNING_SECRET_ID"), (self.variable)("SIGNING_SECRETS")) {
            (Some(id), None) => return SecretSource::SecretsManager(id.into()),
            (None, Some(secrets)) => return SecretSource::Environment(secrets.into()),
            (Some(_), Some(_)) => "SIGNING_SECRET_ID and SIGNING_SECRETS are both set",
            (None, None) => "neither SIGNING_SECRET_ID nor SIGNING_SECRETS is set",
        };
        self.problems.push(problem.to_owned());
        SecretSource::Environment(String::new().into())
    }

    /// The namespace, limited to the length and characters that CloudWatch accepts
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>).
    fn metrics_namespace(&mut self) -> String {
        let name = self.optional("METRICS_NAMESPACE").unwrap_or_else(|| NAMESPACE.to_owned());
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/#".contains(&byte);
        if name.len() > 255 || !name.bytes().all(allowed) {
            self.problems.push("METRICS_NAMESPACE is not a namespace of CloudWatch".to_owned());
        }
        name
    }

    fn retention_days(&mut self) -> u32 {
        let Some(text) = self.optional("RETENTION_DAYS") else {
            return DEFAULT_RETENTION_DAYS;
        };
        let days = text.parse().ok().filter(|days| *days >= LEAST_RETENTION_DAYS);
        days.unwrap_or_else(|| {
            let problem = format!("RETENTION_DAYS is not a number of days from {LEAST_RETENTION_DAYS}");
            self.problems.push(problem);
            DEFAULT_RETENTION_DAYS
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<(Configuration, SecretSource), ConfigurationError> {
        Configuration::of_receiver(|name| {
            variables.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let error = read(&[
            ("BOUNCES_TOPIC_ARN", "bounces"),
            ("RETENTION_DAYS", "3"),
            ("METRICS_NAMESPACE", "my metrics"),
            ("TIME_LIMITS", "60"),
        ])
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the configuration is not complete: TABLE_NAME is not set; BOUNCES_TOPIC_ARN is not the ARN of an \
             SNS topic; COMPLAINTS_TOPIC_ARN is not set; SPAM_TOPIC_ARN is not set; RETENTION_DAYS is \
             not a number of days from 30; METRICS_NAMESPACE is not a namespace of CloudWatch; AWS_REGION is not set; AWS_ACCESS_KEY_ID is not set; \
             AWS_SECRET_ACCESS_KEY is not set; TIME_LIMITS is neither on nor off; neither SIGNING_SECRET_ID nor SIGNING_SECRETS is set"
        );
    }

    #[test]
    fn the_secrets_have_one_source() {
        let both = [("SIGNING_SECRET_ID", "id"), ("SIGNING_SECRETS", "hidden")];
        let error = read(&both).unwrap_err().to_string();
        assert!(error.ends_with("SIGNING_SECRET_ID and SIGNING_SECRETS are both set"));
        assert!(!error.contains("hidden"));
    }

    #[test]
    fn a_complete_environment_is_read_and_shows_no_secret() {
        let (configuration, secrets) = read(&[
            ("TABLE_NAME", "events"),
            ("BOUNCES_TOPIC_ARN", "arn:aws:sns:eu-central-1:123456789012:bounces"),
            ("COMPLAINTS_TOPIC_ARN", "arn:aws:sns:eu-central-1:123456789012:complaints"),
            ("SPAM_TOPIC_ARN", "arn:aws:sns:eu-central-1:123456789012:spam"),
            ("EVENTS_TOPIC_ARN", ""),
            ("SIGNING_SECRETS", "whsec_hidden"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "hidden"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_SNS", "http://127.0.0.1:2"),
        ])
        .unwrap();
        assert_eq!(configuration.retention_days, 180);
        assert_eq!(configuration.metrics_namespace, "mailhooks");
        assert_eq!(configuration.topics.arn(Topic::Events), None);
        assert_eq!(configuration.access.dynamodb_endpoint, Some("http://127.0.0.1:1".to_owned().into()));
        assert_eq!(configuration.access.sns_endpoint, Some("http://127.0.0.1:2".to_owned().into()));
        assert!(configuration.access.time_limits);
        assert!(matches!(&secrets, SecretSource::Environment(_)));
        assert!(!format!("{configuration:?} {secrets:?}").contains("hidden"));
    }
}
