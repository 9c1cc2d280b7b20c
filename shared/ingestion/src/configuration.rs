//! What a receiver is told by its environment: read once at start-up, every problem reported at once, and no
//! default that weakens security.

use std::fmt;

use thiserror::Error;

use crate::aws::Access;
use crate::notifier::Topics;
use crate::secrets::Secrets;

/// The configuration of one receiver.
#[derive(Debug)]
pub struct Configuration {
    /// `TABLE_NAME`: the DynamoDB table of events.
    pub table_name: String,
    /// `BOUNCES_TOPIC_ARN`, `COMPLAINTS_TOPIC_ARN`, `SPAM_TOPIC_ARN`, and `EVENTS_TOPIC_ARN` if every event is
    /// to be announced.
    pub topics: Topics,
    /// `SIGNING_SECRETS`: the signing secrets that are accepted, separated by commas.
    pub secrets: Secrets,
    /// `RETENTION_DAYS`: how long an event stays in the table.
    pub retention_days: u32,
    /// `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL`,
    /// `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL_SNS`.
    pub access: Access,
}

/// Days that an event stays in the table where nothing else is said.
const DEFAULT_RETENTION_DAYS: u32 = 180;

/// A shorter stay would let a provider's late retry be recorded as new: the longest retry and resend window is
/// Emailit's, 3 days 8 hours and 7 days (<https://emailit.com/docs/webhooks/retries-and-failures.md>).
const LEAST_RETENTION_DAYS: u32 = 30;

impl Configuration {
    /// Reads the configuration through `variable`, which gives the value of an environment variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigurationError> {
        let mut reader = Reader {
            variable,
            problems: Vec::new(),
        };
        let configuration = Self {
            table_name: reader.required("TABLE_NAME"),
            topics: Topics {
                bounces: reader.topic("BOUNCES_TOPIC_ARN"),
                complaints: reader.topic("COMPLAINTS_TOPIC_ARN"),
                spam: reader.topic("SPAM_TOPIC_ARN"),
                events: reader
                    .optional("EVENTS_TOPIC_ARN")
                    .map(|_| reader.topic("EVENTS_TOPIC_ARN")),
            },
            secrets: reader.secrets(),
            retention_days: reader.retention_days(),
            access: Access {
                region: reader.required("AWS_REGION"),
                access_key_id: reader.required("AWS_ACCESS_KEY_ID"),
                secret_access_key: reader.required("AWS_SECRET_ACCESS_KEY"),
                session_token: reader.optional("AWS_SESSION_TOKEN"),
                dynamodb_endpoint: reader.endpoint("AWS_ENDPOINT_URL_DYNAMODB"),
                sns_endpoint: reader.endpoint("AWS_ENDPOINT_URL_SNS"),
            },
        };
        if reader.problems.is_empty() {
            Ok(configuration)
        } else {
            Err(ConfigurationError(reader.problems))
        }
    }
}

struct Reader<F> {
    variable: F,
    problems: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    /// A variable that is set to nothing counts as not set.
    fn optional(&self, name: &str) -> Option<String> {
        (self.variable)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problems.push(format!("{name} is not set"));
            String::new()
        })
    }

    fn topic(&mut self, name: &str) -> String {
        let arn = self.required(name);
        let is_topic = arn.starts_with("arn:") && arn.contains(":sns:");
        if !(arn.is_empty() || is_topic) {
            self.problems
                .push(format!("{name} is not the ARN of an SNS topic: {arn}"));
        }
        arn
    }

    /// The endpoint of one service, else the one for all, as every AWS SDK reads them.
    fn endpoint(&self, name: &str) -> Option<String> {
        self.optional(name)
            .or_else(|| self.optional("AWS_ENDPOINT_URL"))
    }

    fn secrets(&mut self) -> Secrets {
        let text = (self.variable)("SIGNING_SECRETS").unwrap_or_else(|| {
            self.problems.push("SIGNING_SECRETS is not set".to_owned());
            String::new()
        });
        Secrets::fixed(&text)
    }

    fn retention_days(&mut self) -> u32 {
        let Some(text) = self.optional("RETENTION_DAYS") else {
            return DEFAULT_RETENTION_DAYS;
        };
        match text.parse() {
            Ok(days) if days >= LEAST_RETENTION_DAYS => days,
            _ => {
                self.problems.push(format!(
                    "RETENTION_DAYS is not a number of days from {LEAST_RETENTION_DAYS}: {text}"
                ));
                DEFAULT_RETENTION_DAYS
            }
        }
    }
}

/// Everything that is wrong with the environment, one sentence each. Names variables, never secrets.
#[derive(Error)]
#[error("the configuration is not complete: {}", .0.join("; "))]
pub struct ConfigurationError(Vec<String>);

impl fmt::Debug for ConfigurationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What the runtime prints when start-up fails.
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Configuration, ConfigurationError> {
        Configuration::read(|name| {
            variables
                .iter()
                .find(|(given, _)| *given == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let error = read(&[("BOUNCES_TOPIC_ARN", "bounces"), ("RETENTION_DAYS", "3")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the configuration is not complete: TABLE_NAME is not set; BOUNCES_TOPIC_ARN is not the ARN of an \
             SNS topic: bounces; COMPLAINTS_TOPIC_ARN is not set; SPAM_TOPIC_ARN is not set; SIGNING_SECRETS is \
             not set; RETENTION_DAYS is not a number of days from 30: 3; AWS_REGION is not set; \
             AWS_ACCESS_KEY_ID is not set; AWS_SECRET_ACCESS_KEY is not set"
        );
    }

    #[test]
    fn a_complete_environment_is_read_and_shows_no_secret() {
        let configuration = read(&[
            ("TABLE_NAME", "events"),
            (
                "BOUNCES_TOPIC_ARN",
                "arn:aws:sns:eu-central-1:123456789012:bounces",
            ),
            (
                "COMPLAINTS_TOPIC_ARN",
                "arn:aws:sns:eu-central-1:123456789012:complaints",
            ),
            (
                "SPAM_TOPIC_ARN",
                "arn:aws:sns:eu-central-1:123456789012:spam",
            ),
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
        assert_eq!(configuration.topics.events, None);
        assert_eq!(
            configuration.access.dynamodb_endpoint.as_deref(),
            Some("http://127.0.0.1:1")
        );
        assert_eq!(
            configuration.access.sns_endpoint.as_deref(),
            Some("http://127.0.0.1:2")
        );
        assert!(!format!("{configuration:?}").contains("hidden"));
    }
}
