//! The topics that events are announced on.

use anyhow::{Result, bail};
use ingestion::notifier::{Topic, Topics};

/// The topics to use with `--table`; with `--stack`, the outputs of the stack name them.
#[derive(clap::Args)]
#[command(next_help_heading = "Topics (with --table; --stack finds its own)")]
pub(crate) struct TopicArns {
    /// ARN of the bounces topic
    #[arg(long = "bounces-topic", value_name = "ARN", env = "BOUNCES_TOPIC_ARN")]
    bounces: Option<String>,
    /// ARN of the complaints topic
    #[arg(long = "complaints-topic", value_name = "ARN", env = "COMPLAINTS_TOPIC_ARN")]
    complaints: Option<String>,
    /// ARN of the spam topic
    #[arg(long = "spam-topic", value_name = "ARN", env = "SPAM_TOPIC_ARN")]
    spam: Option<String>,
    /// ARN of the actions topic, if it exists
    #[arg(long = "actions-topic", value_name = "ARN", env = "ACTIONS_TOPIC_ARN")]
    actions: Option<String>,
    /// ARN of the topic for all events, if it exists
    #[arg(long = "events-topic", value_name = "ARN", env = "EVENTS_TOPIC_ARN")]
    events: Option<String>,
    /// ARN of the topic for notifications of Amazon SES, if it exists
    #[arg(long = "ses-notifications-topic", value_name = "ARN", env = "SES_NOTIFICATIONS_TOPIC_ARN")]
    ses_notifications: Option<String>,
    /// ARN of the topic for events of Amazon SES, if it exists
    #[arg(long = "ses-events-topic", value_name = "ARN", env = "SES_EVENTS_TOPIC_ARN")]
    ses_events: Option<String>,
}

impl TopicArns {
    pub(super) fn read(&self) -> Result<Topics> {
        let mut topics = Vec::new();
        for topic in Topic::ALL {
            match self.given(topic) {
                Some(arn) => topics.push((topic, arn.clone())),
                None if topic.is_optional() => {}
                None => bail!("--{}-topic is missing: --table requires it, --stack does not", topic.name()),
            }
        }
        Ok(topics.into_iter().collect())
    }

    /// The options and environment variables that are set, as options.
    pub(crate) fn options(&self) -> Vec<String> {
        let given = Topic::ALL.into_iter().filter_map(|topic| Some((topic, self.given(topic)?)));
        given.flat_map(|(topic, arn)| [format!("--{}-topic", topic.name()), arn.clone()]).collect()
    }

    fn given(&self, topic: Topic) -> Option<&String> {
        let arn = match topic {
            Topic::Bounces => &self.bounces,
            Topic::Complaints => &self.complaints,
            Topic::Spam => &self.spam,
            Topic::Actions => &self.actions,
            Topic::Events => &self.events,
            Topic::SesNotifications => &self.ses_notifications,
            Topic::SesEvents => &self.ses_events,
        };
        arn.as_ref()
    }
}
