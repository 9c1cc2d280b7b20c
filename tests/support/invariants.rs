//! The invariants: every event is recorded exactly once, announced at least once if it is due, as it was recorded, and
//! acknowledged only when it is recorded, with the outbox mark if it is due and not announced yet.

use std::collections::BTreeMap;

use ingestion::notifier::Topic;
use ingestion::store::StoredEvent;
use jiff::{SignedDuration, Timestamp};
use mailhooks_local::Announcement;
use normalization::Event;
use normalization::ses::document;
use serde_json::{Value, json};

use crate::Testbed;

/// An event of a webhook.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Its keys in the table.
    pub partition_key: String,
    /// Its keys in the table.
    pub event_key: String,
    /// The topics on which it must be announced.
    pub topics: Vec<&'static str>,
    /// The raw payload from the provider.
    pub raw: Vec<u8>,
}

impl Expected {
    /// The event's id.
    pub fn id(&self) -> String {
        let provider = self.partition_key.split('#').next().unwrap();
        format!("{provider}:{}", self.event_key)
    }
}

/// The observed states of the events, for checking the invariants.
pub struct Invariants<'e> {
    expected: Vec<&'e Expected>,
    seen: BTreeMap<String, Seen>,
}

#[derive(PartialEq)]
struct Seen {
    event: Value,
    received_at: Timestamp,
    settled: bool,
}

/// The broken invariant.
pub type Broken = String;

impl<'e> Invariants<'e> {
    /// The invariants for these events.
    pub fn new(expected: impl IntoIterator<Item = &'e Expected>) -> Self {
        Self { expected: expected.into_iter().collect(), seen: BTreeMap::new() }
    }

    /// The invariants that hold at every moment.
    pub async fn holds(&mut self, testbed: &Testbed) -> Result<(), Broken> {
        self.look(testbed).await.map(drop)
    }

    async fn look(&mut self, testbed: &Testbed) -> Result<Vec<StoredEvent>, Broken> {
        // The order matters: an announced event was recorded before, and a settled event was announced before.
        let earlier = testbed.announcements();
        let stored = testbed.stored().await;
        let announcements = testbed.announcements();
        for one in &earlier {
            let id = one.event_id();
            if !stored.iter().any(|event| id == event.event.id) {
                return Err(format!("{id} is announced and not recorded"));
            }
        }
        for event in &stored {
            let id = &event.event.id;
            let expected = self.expected.iter().find(|one| one.id() == *id);
            let expected = expected.ok_or_else(|| format!("{id} was recorded but never sent"))?;
            keeps_order(expected, event, &announcements)?;
            let now = Seen {
                event: json!(event.event),
                received_at: event.received_at,
                settled: !event.unannounced,
            };
            if let Some(before) = self.seen.get(id) {
                if (&before.event, before.received_at) != (&now.event, now.received_at) {
                    return Err(format!("{id} was changed after it was recorded"));
                }
                if before.settled && !now.settled {
                    return Err(format!("{id} waits again"));
                }
            }
            self.seen.insert(id.clone(), now);
        }
        if self.seen.len() > stored.len() {
            return Err("a recorded event is gone".to_owned());
        }
        Ok(stored)
    }

    /// The invariants after a webhook with all events is acknowledged: each is recorded completely. That a due event is
    /// announced or marked is checked for every event at every moment.
    pub async fn hold(&mut self, testbed: &Testbed) -> Result<(), Broken> {
        let stored = self.look(testbed).await?;
        for expected in &self.expected {
            let id = expected.id();
            let event = stored.iter().find(|one| one.event.id == id);
            let event = event.ok_or_else(|| format!("{id} is acknowledged and not recorded"))?;
            match testbed.aside.raw(event).await {
                Ok(raw) if raw == expected.raw => {}
                _ => return Err(format!("{id} is acknowledged and its bytes are not whole")),
            }
        }
        Ok(())
    }

    /// The invariants after the last attempt, by the last observed state: no event waits, and none was written twice.
    pub fn is_kept_in_the_end(&self, testbed: &Testbed) -> Result<(), Broken> {
        if self.waiting() > 0 {
            return Err(format!("{} events still wait in the end", self.waiting()));
        }
        for expected in &self.expected {
            let id = expected.id();
            let keys = format!("{} {}", expected.partition_key, expected.event_key);
            let writes = testbed.aws.effects("PutItem", &keys);
            let recorded = usize::from(self.seen.contains_key(&id));
            if writes != recorded {
                return Err(format!("{id} was recorded {writes} times"));
            }
        }
        Ok(())
    }

    /// Accounts for waiting events that were made to look older.
    pub fn age(&mut self, by: SignedDuration) {
        for seen in self.seen.values_mut().filter(|seen| !seen.settled) {
            seen.received_at -= by;
        }
    }

    /// The number of events that waited at the last check.
    pub fn waiting(&self) -> usize {
        self.seen.values().filter(|seen| !seen.settled).count()
    }

    /// The number of recorded events.
    pub fn recorded(&self) -> usize {
        self.seen.len()
    }
}

/// An event is recorded before it is announced, announced before it is settled, announced as recorded, and only on its
/// topics.
fn keeps_order(
    expected: &Expected,
    stored: &StoredEvent,
    announcements: &[Announcement],
) -> Result<(), Broken> {
    let id = &stored.event.id;
    let own = announcements.iter().filter(|one| one.event_id() == id);
    for one in own.clone() {
        if !expected.topics.contains(&one.topic.as_str()) {
            return Err(format!("{id} was announced on {}", one.topic));
        }
        if one.message != message_on(&one.topic, &stored.event) {
            return Err(format!("{id} was not announced as it was recorded"));
        }
    }
    for topic in &expected.topics {
        if !stored.unannounced && !own.clone().any(|one| one.topic == *topic) {
            return Err(format!("{id} does not wait and was not announced on {topic}"));
        }
    }
    if stored.unannounced && expected.topics.is_empty() {
        return Err(format!("{id} waits for nothing"));
    }
    Ok(())
}

/// The message of an event on a topic: the event, or its document of Amazon SES.
fn message_on(topic: &str, event: &Event) -> Value {
    let flavour = Topic::ALL.into_iter().find(|one| one.name() == topic).and_then(Topic::flavour);
    flavour.map_or_else(|| json!(event), |flavour| json!(document(event, flavour)))
}
