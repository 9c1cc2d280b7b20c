//! The service: takes requests, applies the rules and the faults, and keeps what is published.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Result, anyhow};
use axum::response::Response;
use jiff::Timestamp;
use tokio::sync::broadcast;
use uuid::Uuid;

use super::announcements::{Announcement, Journal, message_value};
use super::faults::{Fault, Faults};
use super::protocol::{Refusal, success};
use super::request::{Action, Message, Request};
use super::{Options, rules};

/// Announcements that a subscriber may fall behind: the largest burst of one run of `dev --demo`, with
/// room.
const SUBSCRIBER_BACKLOG: usize = 1_024;

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Service {
    books: Mutex<Books>,
    subscribers: broadcast::Sender<Announcement>,
    clock: fn() -> Timestamp,
}

#[derive(Debug)]
struct Books {
    topics: BTreeSet<String>,
    announcements: Vec<Announcement>,
    journal: Option<Journal>,
    faults: Faults,
    calls: BTreeMap<&'static str, usize>,
}

impl Service {
    pub(super) fn new(options: Options<'_>) -> Result<Self> {
        for name in options.topics {
            rules::topic_name(name).map_err(|_| {
                anyhow!("{name:?} cannot be a topic: 1 to 256 letters, digits, hyphens, underscores")
            })?;
        }
        let (journal, announcements) = match options.announcements {
            Some(path) => {
                let (journal, announcements) = Journal::open(&path)?;
                (Some(journal), announcements)
            }
            None => (None, Vec::new()),
        };
        Ok(Self {
            books: Mutex::new(Books {
                topics: options.topics.iter().map(|name| (*name).to_owned()).collect(),
                announcements,
                journal,
                faults: Faults::default(),
                calls: BTreeMap::new(),
            }),
            subscribers: broadcast::Sender::new(SUBSCRIBER_BACKLOG),
            clock: options.clock,
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.books().announcements.len()
    }

    /// All announcements but the oldest `known`, oldest first.
    pub(crate) fn after(&self, known: usize) -> Vec<Announcement> {
        self.books().announcements.iter().skip(known).cloned().collect()
    }

    /// Those of the event with this id.
    pub(crate) fn of(&self, event: &str) -> Vec<Announcement> {
        let is_of =
            |announcement: &&Announcement| announcement.message.get("id").is_some_and(|id| id == event);
        self.books().announcements.iter().filter(is_of).cloned().collect()
    }

    /// Says when there are more.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Announcement> {
        self.subscribers.subscribe()
    }

    pub(super) fn inject(&self, fault: Fault) {
        self.books().faults.inject(fault);
    }

    pub(super) fn calls(&self, action: &str) -> usize {
        self.books().calls.get(action).copied().unwrap_or_default()
    }

    /// Counts a call and takes the fault that is meant for it.
    pub(super) fn receive(&self, action: Action) -> Option<Fault> {
        let mut books = self.books();
        *books.calls.entry(action.name()).or_default() += 1;
        if action.publishes() { books.faults.next() } else { None }
    }

    pub(super) fn carry_out(&self, request: Request) -> Result<Response, Refusal> {
        let mut books = self.books();
        let result = match request.action {
            Action::CreateTopic => {
                rules::topic_name(&request.name)?;
                let arn = rules::topic_arn(&request.name);
                books.topics.insert(request.name);
                format!("<TopicArn>{arn}</TopicArn>")
            }
            Action::GetTopicAttributes => {
                rules::topic(&books.topics, &request.topic_arn)?;
                format!(
                    "<Attributes><entry><key>TopicArn</key><value>{}</value></entry></Attributes>",
                    request.topic_arn
                )
            }
            Action::ListTopics => {
                let arns = books.topics.iter().map(|name| rules::topic_arn(name));
                let members = arns.map(|arn| format!("<member><TopicArn>{arn}</TopicArn></member>"));
                format!("<Topics>{}</Topics>", members.collect::<String>())
            }
            Action::Publish => {
                let topic = rules::topic(&books.topics, &request.topic_arn)?;
                rules::message(&request.message)?;
                let announcement = self.announcement(topic, &request.message);
                let id = announcement.message_id.clone();
                self.keep(&mut books, vec![announcement])?;
                format!("<MessageId>{id}</MessageId>")
            }
            Action::PublishBatch => {
                let topic = rules::topic(&books.topics, &request.topic_arn)?.to_owned();
                rules::batch(&request.entries)?;
                self.publish_batch(&mut books, &topic, &request.entries)?
            }
        };
        Ok(success(request.action.name(), &result))
    }

    fn publish_batch(&self, books: &mut Books, topic: &str, entries: &[Message]) -> Result<String, Refusal> {
        let (mut successful, mut failed) = (String::new(), String::new());
        let mut announcements = Vec::new();
        for entry in entries {
            let id = &entry.id;
            // Writing to a string cannot fail.
            let _ = if books.faults.fails(&entry.text) {
                write!(
                    failed,
                    "<member><Id>{id}</Id><Code>InternalError</Code><Message>a fault that was asked \
                     for</Message><SenderFault>false</SenderFault></member>"
                )
            } else {
                let announcement = self.announcement(topic, entry);
                let message_id = announcement.message_id.clone();
                announcements.push(announcement);
                write!(successful, "<member><Id>{id}</Id><MessageId>{message_id}</MessageId></member>")
            };
        }
        self.keep(books, announcements)?;
        Ok(format!("<Successful>{successful}</Successful><Failed>{failed}</Failed>"))
    }

    fn announcement(&self, topic: &str, message: &Message) -> Announcement {
        let attributes = message.attributes.iter().map(|attribute| {
            let value = attribute.string_value.as_ref().or(attribute.binary_value.as_ref());
            (attribute.name.clone(), value.cloned().unwrap_or_default())
        });
        Announcement {
            published_at: (self.clock)(),
            topic: topic.to_owned(),
            topic_arn: rules::topic_arn(topic),
            message_id: Uuid::new_v4().to_string(),
            attributes: attributes.collect(),
            message: message_value(&message.text),
        }
    }

    /// Keeps announcements, in the file first: what is answered is never lost. The books stay locked
    /// until subscribers have been told, so that all see one order.
    fn keep(&self, books: &mut Books, announcements: Vec<Announcement>) -> Result<(), Refusal> {
        if let Some(journal) = &books.journal {
            journal.append(&announcements).map_err(|error| {
                Refusal::internal(format!("the announcements cannot be written: {error}"))
            })?;
        }
        for announcement in announcements {
            books.announcements.push(announcement.clone());
            // Nobody listening is no error.
            let _ = self.subscribers.send(announcement);
        }
        Ok(())
    }

    /// What a panic elsewhere left is still consistent: nothing here stops half-way.
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
