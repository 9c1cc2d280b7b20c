//! Finds the selected events, and says how many there are.

use std::collections::BTreeMap;

use anyhow::Result;
use ingestion::clock;
use ingestion::notifier::{Topic, Topics};
use ingestion::store::StoredEvent;
use jiff::Timestamp;
use normalization::Key;
use serde_json::{Map, Value, json};

use super::destination::Destination;
use super::report::events;
use crate::connect::Connection;
use crate::output;
use crate::reading::{self, Collector, Reading, Segments};
use crate::selection::Selection;

/// The selected events, without their content: there may be millions.
pub(super) struct Choice<'a> {
    selection: &'a Selection,
    /// The topics of the stack; `None` for another consumer, which takes every event.
    topics: Option<&'a Topics>,
    now: Timestamp,
    chosen: Vec<Chosen>,
    on_topics: BTreeMap<Topic, usize>,
    on_no_topic: usize,
}

/// A selected event, in the order in which it is sent.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
struct Chosen {
    received_at: Timestamp,
    time: Timestamp,
    key: Key,
}

impl<'a> Choice<'a> {
    /// Reads the store.
    pub(super) async fn read(
        connection: &Connection,
        selection: &'a Selection,
        segments: &Segments,
        topics: Option<&'a Topics>,
    ) -> Result<Self> {
        let now = clock::now();
        let mut choice =
            Self { selection, topics, now, chosen: Vec::new(), on_topics: BTreeMap::new(), on_no_topic: 0 };
        let Selection { since, until, .. } = *selection;
        let reading = Reading { since, until, wanted: None, segments };
        let unreadable = reading::read(connection, reading, &mut choice).await?;
        if !unreadable.is_empty() {
            let (name, number) = (&connection.name, unreadable.len());
            output::remark(&format!(
                "note: {name} has {number} items that are not in mailhooks' format; they are left out"
            ));
        }
        choice.chosen.sort_unstable();
        Ok(choice)
    }

    /// The number of events to send.
    pub(super) fn number(&self) -> usize {
        self.chosen.len()
    }

    /// The keys of the events, oldest first.
    pub(super) fn into_keys(self) -> Vec<Key> {
        self.chosen.into_iter().map(|chosen| chosen.key).collect()
    }

    /// What is selected, for people.
    pub(super) fn words(&self, name: &str, to: Option<&Destination>) -> String {
        let left_out = match self.on_no_topic {
            0 => String::new(),
            number => format!("; not counted: {} that no topic takes", events(number)),
        };
        let (Some(first), Some(last)) = (self.chosen.first(), self.chosen.last()) else {
            return format!("{name} has no such events{left_out}");
        };
        let number = events(self.number());
        let (first, last) = (output::moment(first.received_at), output::moment(last.received_at));
        let place = if let Some(destination) = to {
            format!("to {destination}")
        } else {
            let topics = self.on_topics.iter().map(|(topic, number)| format!("{} {number}", topic.name()));
            format!("on the topics {}", topics.collect::<Vec<_>>().join(", "))
        };
        format!("{number} of {name}, received from {first} to {last}, {place}{left_out}")
    }

    /// The same for programs.
    pub(super) fn object(&self) -> Map<String, Value> {
        let topics = self.on_topics.iter().map(|(topic, number)| (topic.name(), *number));
        let topics = self.topics.map(|_| topics.collect::<BTreeMap<_, _>>());
        let object = json!({
            "selected": self.number(),
            "oldest": self.chosen.first().map(|chosen| chosen.received_at),
            "newest": self.chosen.last().map(|chosen| chosen.received_at),
            "topics": topics,
            "on_no_topic": self.on_no_topic,
        });
        match object {
            Value::Object(object) => object,
            _ => Map::new(),
        }
    }
}

impl Collector for Choice<'_> {
    fn take(&mut self, stored: StoredEvent) {
        // DynamoDB may take days to delete an expired item.
        let is_expired = stored.expires_at.is_some_and(|end| end <= self.now);
        if is_expired || !self.selection.takes(&stored) {
            return;
        }
        if let Some(topics) = self.topics {
            let before = self.on_topics.values().sum::<usize>();
            for (topic, _) in topics.iter().filter(|(topic, _)| topic.takes(&stored.event.data)) {
                *self.on_topics.entry(topic).or_default() += 1;
            }
            if self.on_topics.values().sum::<usize>() == before {
                self.on_no_topic += 1;
                return;
            }
        }
        let StoredEvent { received_at, event, key, .. } = stored;
        self.chosen.push(Chosen { received_at, time: event.time, key });
    }

    fn has_enough(&self) -> bool {
        false
    }

    fn restart(&mut self) {
        self.chosen.clear();
        self.on_topics.clear();
        self.on_no_topic = 0;
    }
}
