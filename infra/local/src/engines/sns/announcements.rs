//! The announcements that the stand-in accepted.

use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use ingestion::clock;
use tokio::sync::broadcast;
use uuid::Uuid;

use super::journal::{Announcement, Journal, message_value};
use super::request::Entry;
use super::rules;

/// Announcements that are buffered for a subscriber: more than the largest burst of one run of
/// `dev --demo`.
const SUBSCRIBER_BACKLOG: usize = 1_024;

/// All announcements, available even after the server has stopped.
pub(crate) struct Announcements {
    kept: Mutex<Kept>,
    subscribers: broadcast::Sender<Announcement>,
}

struct Kept {
    announcements: Vec<Announcement>,
    journal: Option<Journal>,
}

impl Announcements {
    pub(super) fn open(file: Option<&Path>) -> Result<Self> {
        let (journal, announcements) = file.map(Journal::open).transpose()?.unzip();
        let kept = Kept { announcements: announcements.unwrap_or_default(), journal };
        Ok(Self { kept: Mutex::new(kept), subscribers: broadcast::Sender::new(SUBSCRIBER_BACKLOG) })
    }

    pub(crate) fn count(&self) -> usize {
        self.kept().announcements.len()
    }

    /// All announcements except the oldest `known`, oldest first.
    pub(crate) fn after(&self, known: usize) -> Vec<Announcement> {
        self.kept().announcements.iter().skip(known).cloned().collect()
    }

    /// The announcement at this place, from 0 for the oldest.
    pub(super) fn at(&self, index: usize) -> Option<Announcement> {
        self.kept().announcements.get(index).cloned()
    }

    pub(crate) fn of(&self, event: &str) -> Vec<Announcement> {
        let is_of = |announcement: &&Announcement| announcement.event_id() == event;
        self.kept().announcements.iter().filter(is_of).cloned().collect()
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Announcement> {
        self.subscribers.subscribe()
    }

    /// Stores these messages and returns their ids. Writes the file first, so that no confirmed announcement is lost. Holds
    /// the lock until subscribers have been notified, so that all of them see the same order.
    pub(super) fn publish(&self, topic: &str, entries: &[Entry]) -> io::Result<Vec<String>> {
        let mut kept = self.kept();
        let new: Vec<_> = entries.iter().map(|entry| announcement(topic, entry)).collect();
        if let Some(journal) = &kept.journal {
            journal.append(&new)?;
        }
        kept.announcements.extend_from_slice(&new);
        let publish = |announcement: Announcement| {
            let id = announcement.message_id.clone();
            // Fails only if there are no subscribers.
            drop(self.subscribers.send(announcement));
            id
        };
        Ok(new.into_iter().map(publish).collect())
    }

    /// Ignores poisoning: no operation here can panic half-way, so the data is consistent.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn announcement(topic: &str, entry: &Entry) -> Announcement {
    let attributes = entry.attributes.values();
    let attributes = attributes.map(|attribute| (attribute.name.clone(), attribute.value.clone()));
    Announcement {
        published_at: clock::now(),
        topic: topic.to_owned(),
        topic_arn: rules::topic_arn(topic),
        message_id: Uuid::new_v4().to_string(),
        attributes: attributes.collect(),
        message: message_value(&entry.message),
    }
}
