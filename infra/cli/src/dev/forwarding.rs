//! The options of `mailhooks dev` for subscribers under development.

use anyhow::Result;
use ingestion::notifier::Topic;
use mailhooks_local::Forward;
use url::Url;

use crate::options::{self, UsageError};

#[derive(clap::Args)]
#[command(next_help_heading = "Subscribers under development")]
pub(super) struct Forwarding {
    /// Post each announcement to this URL as SNS does; repeat the option for more URLs
    #[arg(long, value_name = "URL", value_parser = options::web_address, conflicts_with = "demo")]
    pub(super) forward_to: Vec<Url>,
    /// Post only announcements on this topic; repeat the option for more topics [default: all topics]
    #[arg(long, requires = "forward_to", value_parser = options::word(&Topic::ALL, Topic::name))]
    topic: Vec<Topic>,
    /// Post only the event, without the envelope of SNS, as with raw message delivery
    #[arg(long, requires = "forward_to")]
    raw: bool,
}

impl Forwarding {
    /// The subscribers. `announce_all` is whether anything is announced on the topics that are off by default.
    pub(super) fn forwards(&self, announce_all: bool) -> Result<Vec<Forward>> {
        let silent = self.topic.iter().find(|topic| topic.is_off_by_default() && !announce_all);
        if let Some(topic) = silent {
            let message = format!(
                "--topic {} needs --announce-all: otherwise nothing is announced on that topic",
                topic.name()
            );
            return Err(UsageError(message).into());
        }
        let topics = if self.topic.is_empty() { &Topic::ALL[..] } else { &self.topic };
        let forward = |url: &Url| Forward { url: url.clone(), topics: topics.to_vec(), raw: self.raw };
        Ok(self.forward_to.iter().map(forward).collect())
    }
}
