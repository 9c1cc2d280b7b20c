//! A consumer on the command line: a queue, a topic or a URL.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Error, Result, bail, ensure};
use mailhooks_local::http;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::options::web_address;

const FORMS: &str = "expected the ARN of an SQS queue (arn:aws:sqs:REGION:ACCOUNT:NAME), the ARN of an SNS topic \
                     (arn:aws:sns:REGION:ACCOUNT:NAME), or an http or https URL";

/// The consumer that events are sent to.
#[derive(Clone, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum Destination {
    /// An SQS queue.
    Queue(Arn),
    /// An SNS topic.
    Topic(Arn),
    /// A server that takes a POST for each event.
    Url(Url),
}

/// The ARN of a queue or topic, and its parts.
#[derive(Clone)]
pub(crate) struct Arn {
    pub(super) text: String,
    pub(super) region: String,
    pub(super) account: String,
    pub(super) name: String,
}

impl FromStr for Destination {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if !text.starts_with("arn:") {
            return web_address(text).ok().map(Self::Url).context(FORMS);
        }
        let parts: Vec<&str> = text.split(':').collect();
        let [_, partition, service, region, account, name] = parts.as_slice() else { bail!(FORMS) };
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        ensure!(partition.starts_with("aws") && !region.is_empty() && is_account && !name.is_empty(), FORMS);
        let arn = Arn {
            text: text.to_owned(),
            region: (*region).to_owned(),
            account: (*account).to_owned(),
            name: (*name).to_owned(),
        };
        let destination = match *service {
            "sqs" => Self::Queue(arn),
            "sns" => Self::Topic(arn),
            _ => bail!(FORMS),
        };
        // A FIFO queue or topic needs a group for each message, which an announcement does not have.
        ensure!(
            name.strip_suffix(".fifo").is_none(),
            "FIFO queues and topics are not supported: name a standard one"
        );
        Ok(destination)
    }
}

impl TryFrom<String> for Destination {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

/// The whole URL, with its secrets: --resume needs them.
impl From<Destination> for String {
    fn from(destination: Destination) -> Self {
        match destination {
            Destination::Queue(arn) | Destination::Topic(arn) => arn.text,
            Destination::Url(url) => url.into(),
        }
    }
}

/// For people: without the parts of a URL that may be secret.
impl fmt::Display for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queue(arn) | Self::Topic(arn) => formatter.write_str(&arn.text),
            Self::Url(url) => formatter.write_str(&http::shown(url)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_forms_are_understood() {
        for text in [
            "arn:aws:sqs:eu-central-1:123456789012:orders",
            "arn:aws-us-gov:sns:us-gov-west-1:123456789012:mail",
            "https://ada:secret@example.com/events?key=1",
            "http://127.0.0.1:8080/",
        ] {
            assert_eq!(String::from(text.parse::<Destination>().unwrap()), text);
        }
    }

    #[test]
    fn other_texts_are_refused_with_the_forms() {
        for text in [
            "",
            "orders",
            "ftp://example.com/",
            "arn:aws:sqs:eu-central-1:123456789012:",
            "arn:aws:sqs:eu-central-1:12345:orders",
            "arn:aws:lambda:eu-central-1:123456789012:function:f",
            "arn:aws:sns:eu-central-1:123456789012:mail:b4d0c2a5-0000-0000-0000-000000000000",
        ] {
            let error = text.parse::<Destination>().err().unwrap().to_string();
            assert!(
                error.contains("SQS") && error.contains("SNS") && error.contains("https"),
                "{text}: {error}"
            );
        }
        let error = "arn:aws:sqs:eu-central-1:123456789012:orders.fifo".parse::<Destination>().err().unwrap();
        assert!(error.to_string().contains("FIFO"));
    }
}
