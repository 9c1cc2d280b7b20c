//! Checks the table and the topics after a demonstration.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use ingestion::notifier::Topic;
use ingestion::store::Scan;
use mailhooks_local::Stack;
use normalization::Event;

use super::Posted;

/// The contents of the table and the topics, by event id. An answer alone does not prove that an event was recorded.
pub(super) struct Evidence {
    /// The number of times that each event is in the table.
    stored: BTreeMap<String, usize>,
    /// The names of the topics that each event was announced on.
    announced: BTreeMap<String, Vec<String>>,
}

impl Evidence {
    pub(super) async fn gather(stack: &Stack) -> Result<Self> {
        let mut stored = BTreeMap::new();
        let mut pages = stack.store().pages(Scan::default());
        while let Some(page) = pages.try_next().await.context("cannot read the table")? {
            for event in page.found.events {
                *stored.entry(event.event.id).or_default() += 1;
            }
        }
        let mut announced: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for announcement in stack.sns().announcements() {
            announced.entry(announcement.event_id().to_owned()).or_default().push(announcement.topic);
        }
        for topics in announced.values_mut() {
            topics.sort_by_key(|name| Topic::ALL.iter().position(|topic| topic.name() == name));
        }
        Ok(Self { stored, announced })
    }

    pub(super) fn topics(&self, event: &Event) -> &[String] {
        self.announced.get(&event.id).map(Vec::as_slice).unwrap_or_default()
    }

    /// Lists the deviations: each event must be recorded once, then be a duplicate, and be on the right topics.
    pub(super) fn wrong(&self, stack: &Stack, posted: &Posted) -> Vec<String> {
        let events = &posted.sample.events;
        let expected = events.len() as u64;
        let mut wrong = Vec::new();
        for (post, answer, recorded) in [("first", &posted.first, expected), ("second", &posted.second, 0)] {
            let counts = (answer.count("recorded"), answer.count("duplicates"));
            if answer.status != 200 || counts != (recorded, expected - recorded) {
                let body = answer.body.trim();
                wrong.push(format!("the {post} post was answered {} {body}", answer.status));
            }
        }
        for event in events {
            let times = self.stored.get(&event.id).copied().unwrap_or_default();
            if times != 1 {
                wrong.push(format!("{} is in the table {times} times", event.id));
            }
            let topics = self.topics(event);
            let arns: BTreeSet<String> = topics.iter().map(|name| stack.sns().topic_arn(name)).collect();
            let due: BTreeSet<String> =
                stack.topics().of(&event.data).map(|(_, arn)| arn.to_owned()).collect();
            if arns != due || arns.len() != topics.len() {
                wrong.push(format!("{} was announced on {topics:?}", event.id));
            }
        }
        wrong
    }
}
