//! What has to change so that two lists agree.

use std::collections::{BTreeMap, HashMap, HashSet};

use ingestion::suppressions::{Answer, Entry};
use jiff::Timestamp;
use normalization::ProviderName;
use normalization::suppression::{Evidence, Kind, Policy, Reason};

use super::emailit::Theirs;

/// The steps, by address.
pub(super) struct Plan {
    pub(super) steps: BTreeMap<String, Step>,
    /// The number of addresses suppressed here.
    pub(super) here: usize,
    /// The number of addresses on the provider's list.
    pub(super) there: usize,
}

/// What to do about an address.
pub(super) enum Step {
    /// Add the provider's evidence here.
    Take(Kind, Evidence),
    /// Add the address there.
    Add { reason: Reason, until: Option<Timestamp> },
    /// Remove the entry with this id there: the address was released here.
    Remove(String),
    /// Nothing: the provider's entry ends by itself.
    Temporary,
}

impl Step {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Take(..) => "take",
            Self::Add { .. } => "add",
            Self::Remove(_) => "remove",
            Self::Temporary => "temporary",
        }
    }

    /// Whether --apply does something about it.
    pub(super) fn is_change(&self, remove: bool) -> bool {
        match self {
            Self::Take(..) | Self::Add { .. } => true,
            Self::Remove(_) => remove,
            Self::Temporary => false,
        }
    }

    pub(super) fn sentence(&self, provider: &str, remove: bool) -> String {
        match self {
            Self::Take(kind, _) => format!("suppress here ({kind} at {provider})"),
            Self::Add { reason, .. } => format!("add at {provider} ({reason} here)"),
            Self::Remove(_) if remove => format!("remove at {provider} (not suppressed here)"),
            Self::Remove(_) => format!("not suppressed here; --remove removes it at {provider}"),
            Self::Temporary => format!("suppressed for a time at {provider}: nothing to do"),
        }
    }
}

impl Plan {
    pub(super) fn new(theirs: Vec<Theirs>, ours: &[Entry], policy: &Policy, now: Timestamp) -> Self {
        let there = theirs.len();
        let answers: HashMap<&str, Answer<'_>> =
            ours.iter().map(|entry| (entry.address.as_str(), entry.answer(policy, now))).collect();
        let entries: HashMap<&str, &Entry> =
            ours.iter().map(|entry| (entry.address.as_str(), entry)).collect();
        let here = answers.values().filter(|answer| answer.is_suppressed()).count();
        let listed: HashSet<&str> = theirs.iter().map(|theirs| theirs.address.as_str()).collect();
        let mut steps = BTreeMap::new();
        for answer in answers.values() {
            if let (Some(reason), false) = (answer.reason, listed.contains(answer.address)) {
                steps.insert(answer.address.to_owned(), Step::Add { reason, until: answer.until });
            }
        }
        for theirs in theirs {
            let suppressed = answers.get(theirs.address.as_str()).is_some_and(Answer::is_suppressed);
            if suppressed {
                continue;
            }
            let (kind, evidence) = evidence(&theirs, now);
            // Evidence that changes nothing is known here, and was taken back or released.
            let is_known = entries.get(theirs.address.as_str()).is_some_and(|entry| {
                let released = entry.slots.newest(Kind::Released);
                released.is_some_and(|released| evidence.time <= released.time)
                    || !entry.slots.clone().add(kind, evidence.clone())
            });
            let step = if theirs.is_ours || is_known {
                Step::Remove(theirs.id)
            } else if theirs.is_temporary {
                Step::Temporary
            } else {
                Step::Take(kind, evidence)
            };
            steps.insert(theirs.address, step);
        }
        Self { steps, here, there }
    }
}

/// What an entry of the provider's list says about the address.
fn evidence(theirs: &Theirs, now: Timestamp) -> (Kind, Evidence) {
    let kind = match theirs.cause.as_str() {
        "unsubscribe" | "unsubscribed" => Kind::Unsubscribe,
        // `recipient` is what Emailit adds after bounces, and what its users add by default
        // (<https://emailit.com/docs/suppressions.md>).
        _ => Kind::Listed,
    };
    let evidence = Evidence {
        time: theirs.since.unwrap_or(now),
        event: format!("{}:{}", ProviderName::Emailit, theirs.id),
        provider: Some(ProviderName::Emailit),
        reason: None,
        note: None,
    };
    (kind, evidence)
}
