//! The configuration of a function, read from its environment at start-up. All problems are reported together,
//! and no default weakens security.

mod reader;

use normalization::Redacted;
use normalization::suppression::Policy;

use crate::aws::Access;
use crate::notifier::Topics;
use crate::store::WriteSettings;
use reader::Reader;

pub use reader::ConfigurationError;

/// The most days of a rule: a hundred years.
const MAX_DAYS: u32 = 36_500;

/// The settings that all functions share.
#[derive(Debug)]
pub struct Configuration {
    /// `TABLE_NAME`: the DynamoDB table of events.
    pub table_name: String,
    /// `BOUNCES_TOPIC_ARN` and the other variables of [`Topic`](crate::notifier::Topic): the topics.
    pub topics: Topics,
    /// `RETENTION_DAYS`, `ADDRESS_INDEX`, `TIME_INDEX`: how events are written.
    pub write: WriteSettings,
    /// `PROVIDERS`: the providers that the redrive watches, separated by commas; none if it is not set.
    pub providers: Vec<String>,
    /// `METRICS_NAMESPACE`: the CloudWatch namespace of the metrics, one per stack.
    pub metrics_namespace: String,
    /// `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL`,
    /// `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL_SNS`, `AWS_ENDPOINT_URL_SECRETS_MANAGER`; `TIME_LIMITS`.
    pub access: Access,
}

/// The settings of the function that keeps the suppression list.
#[derive(Debug)]
pub struct ListConfiguration {
    /// `SUPPRESSIONS_TABLE_NAME`: the DynamoDB table of the list.
    pub list_table_name: String,
    /// `TABLE_NAME`: the DynamoDB table of events.
    pub table_name: String,
    /// `HARD_BOUNCE_DAYS`, `SOFT_BOUNCES`, `SOFT_BOUNCE_DAYS`, `SOFT_BOUNCE_HOLD`: the rules.
    pub policy: Policy,
    /// `METRICS_NAMESPACE`: the CloudWatch namespace of the metrics.
    pub metrics_namespace: String,
    /// As of the other functions.
    pub access: Access,
}

impl ListConfiguration {
    /// Reads the configuration. `variable` returns the value of an environment variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigurationError> {
        let mut reader = Reader::new(variable);
        let defaults = Policy::default();
        let configuration = Self {
            list_table_name: reader.required("SUPPRESSIONS_TABLE_NAME"),
            table_name: reader.required("TABLE_NAME"),
            policy: Policy {
                hard_bounce_days: reader.number("HARD_BOUNCE_DAYS", defaults.hard_bounce_days, MAX_DAYS),
                soft_bounces: reader.number(
                    "SOFT_BOUNCES",
                    defaults.soft_bounces,
                    Policy::MAX_SOFT_BOUNCES.into(),
                ),
                soft_bounce_days: reader.number("SOFT_BOUNCE_DAYS", defaults.soft_bounce_days, MAX_DAYS),
                soft_bounce_hold: reader.number("SOFT_BOUNCE_HOLD", defaults.soft_bounce_hold, MAX_DAYS),
            },
            metrics_namespace: reader.metrics_namespace(),
            access: reader.access(),
        };
        reader.finish(configuration)
    }
}

/// The source of a receiver's signing secrets.
#[derive(Debug)]
pub enum SecretSource {
    /// `SIGNING_SECRET_ID`: a secret in Secrets Manager, by name or ARN.
    SecretsManager(Redacted<String>),
    /// `SIGNING_SECRETS`: the secrets themselves, separated by commas.
    Environment(Redacted<String>),
}

impl Configuration {
    /// Reads the configuration of a receiver. `variable` returns the value of an environment variable.
    pub fn of_receiver(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<(Self, SecretSource), ConfigurationError> {
        let mut reader = Reader::new(variable);
        let configuration = (Self::read(&mut reader), SecretSource::read(&mut reader));
        reader.finish(configuration)
    }

    /// Reads the configuration of the redrive, which needs no signing secrets.
    pub fn of_redrive(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigurationError> {
        let mut reader = Reader::new(variable);
        let configuration = Self::read(&mut reader);
        reader.finish(configuration)
    }

    fn read(reader: &mut Reader<impl Fn(&str) -> Option<String>>) -> Self {
        Self {
            table_name: reader.required("TABLE_NAME"),
            topics: reader.topics(),
            write: reader.write_settings(),
            providers: reader.list("PROVIDERS"),
            metrics_namespace: reader.metrics_namespace(),
            access: reader.access(),
        }
    }
}

impl SecretSource {
    fn read(reader: &mut Reader<impl Fn(&str) -> Option<String>>) -> Self {
        // Set but empty means: not configured yet. Every webhook is then answered 503.
        let problem = match (reader.optional("SIGNING_SECRET_ID"), reader.exact("SIGNING_SECRETS")) {
            (Some(id), None) => return Self::SecretsManager(id.into()),
            (None, Some(secrets)) => return Self::Environment(secrets.into()),
            (Some(_), Some(_)) => "SIGNING_SECRET_ID and SIGNING_SECRETS are both set",
            (None, None) => "neither SIGNING_SECRET_ID nor SIGNING_SECRETS is set",
        };
        reader.problem(problem);
        Self::Environment(String::new().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifier::Topic;

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
            ("ADDRESS_INDEX", "all"),
            ("TIME_INDEX", "yes"),
            ("METRICS_NAMESPACE", "my metrics"),
            ("TIME_LIMITS", "60"),
        ])
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the configuration is not complete: TABLE_NAME is not set; BOUNCES_TOPIC_ARN is not the ARN of an \
             SNS topic; COMPLAINTS_TOPIC_ARN is not set; SPAM_TOPIC_ARN is not set; RETENTION_DAYS is \
             not a number of days from 30; ADDRESS_INDEX is neither mail nor actionable; TIME_INDEX is neither on nor off; METRICS_NAMESPACE is not a namespace of CloudWatch; AWS_REGION is not set; AWS_ACCESS_KEY_ID is not set; \
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
        assert_eq!(configuration.write, WriteSettings::default());
        assert_eq!(configuration.metrics_namespace, "mailhooks");
        assert_eq!(configuration.topics.arn(Topic::Events), None);
        assert_eq!(configuration.access.dynamodb_endpoint, Some("http://127.0.0.1:1".to_owned().into()));
        assert_eq!(configuration.access.sns_endpoint, Some("http://127.0.0.1:2".to_owned().into()));
        assert!(configuration.access.time_limits);
        assert!(matches!(&secrets, SecretSource::Environment(_)));
        assert!(!format!("{configuration:?} {secrets:?}").contains("hidden"));
    }
}
