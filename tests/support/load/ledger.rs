//! Detects losses: compares what was sent and acknowledged with the table and the topics.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use ingestion::store::StoredEvent;

use crate::Testbed;
use crate::load::fleet::Answered;
use crate::load::posts::{Digest, Expected, Post, digest};

/// The sent webhooks by the digests of their events, and which of them were acknowledged.
#[derive(Default)]
pub struct Ledger {
    sent: HashMap<Digest, Sent>,
}

struct Sent {
    expected: Expected,
    post: Arc<Post>,
    acknowledged: bool,
}

/// The result of the comparison.
#[derive(Debug, Default)]
pub struct Findings {
    /// Genuine events that were sent.
    pub sent: usize,
    /// Events in the table.
    pub stored: usize,
    /// Acknowledged events that are missing in the table, or are neither announced nor marked as waiting.
    pub lost: usize,
    /// Descriptions of the problems.
    pub problems: Vec<String>,
}

impl Ledger {
    /// Records the answers.
    pub fn enter(&mut self, answers: &[Answered]) {
        for answer in answers.iter().filter(|answer| answer.post.is_genuine()) {
            for expected in &answer.post.events {
                let sent = self.sent.entry(expected.digest.clone()).or_insert_with(|| Sent {
                    expected: expected.clone(),
                    post: Arc::clone(&answer.post),
                    acknowledged: false,
                });
                sent.acknowledged |= answer.is_acknowledged();
            }
        }
    }

    /// The genuine webhooks that are not acknowledged, each once: the provider sends them again.
    pub fn unacknowledged(&self) -> Vec<Arc<Post>> {
        let mut seen = HashSet::new();
        self.sent
            .values()
            .filter(|sent| !sent.acknowledged && seen.insert(Arc::as_ptr(&sent.post)))
            .map(|sent| Arc::clone(&sent.post))
            .collect()
    }

    /// Compares the ledger with the table and the topics. Unacknowledged events may or may not be recorded.
    pub async fn compare(&self, testbed: &Testbed) -> Findings {
        let mut findings = Findings {
            sent: self.sent.values().map(|sent| sent.expected.copies).sum(),
            ..Findings::default()
        };
        let mut announcements: HashMap<String, usize> = HashMap::new();
        for announcement in testbed.announcements() {
            *announcements.entry(announcement.message["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        let stored = testbed.stored().await;
        findings.stored = stored.len();
        let mut found: HashMap<Digest, Vec<StoredEvent>> = HashMap::new();
        let mut ids = HashSet::new();
        for event in stored {
            if !ids.insert(event.event.id.clone()) {
                findings.say("an event is recorded twice");
            }
            found.entry(digest(&testbed.store.raw(&event).await.unwrap())).or_default().push(event);
        }
        for (digest, sent) in &self.sent {
            sent.compare(&found.remove(digest).unwrap_or_default(), &announcements, &mut findings);
        }
        if !found.is_empty() {
            findings.say("the table holds what no provider sent");
        }
        if announcements.keys().any(|id| !ids.contains(id)) {
            findings.say("what is not in the table was announced");
        }
        findings
    }
}

impl Sent {
    fn compare(
        &self,
        events: &[StoredEvent],
        announcements: &HashMap<String, usize>,
        findings: &mut Findings,
    ) {
        if events.len() > self.expected.copies {
            findings.say(&format!("{}: recorded too often", self.post.name));
        }
        if !self.acknowledged {
            return;
        }
        let missing = self.expected.copies.saturating_sub(events.len());
        if missing > 0 {
            findings.lost += missing;
            findings.say(&format!("{}: acknowledged, not recorded", self.post.name));
        }
        let is_heard = |event: &&StoredEvent| announcements.contains_key(&event.event.id);
        let (heard, unheard): (Vec<_>, Vec<_>) = events.iter().partition(is_heard);
        let lost = unheard.iter().filter(|event| !event.unannounced).count();
        if self.expected.due && lost > 0 {
            findings.lost += lost;
            findings.say(&format!("{}: acknowledged, not announced", self.post.name));
        }
        if !self.expected.due && (events.iter().any(|event| event.unannounced) || !heard.is_empty()) {
            findings.say(&format!("{}: announced for nothing", self.post.name));
        }
    }
}

impl Findings {
    fn say(&mut self, problem: &str) {
        self.problems.push(problem.to_owned());
    }

    /// The problems, each with its number of occurrences.
    pub fn counted(&self) -> Vec<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for problem in &self.problems {
            *counts.entry(problem).or_default() += 1;
        }
        counts.into_iter().map(|(problem, count)| format!("{problem} ({count} times)")).collect()
    }
}
