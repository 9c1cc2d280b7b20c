//! The rules: which evidence suppresses an address, and for how long.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::slots::MAX_SOFT;
use super::{Evidence, Kind, Slots};
use crate::event::vocabulary;

/// The different days on which temporary bounces must occur: a mailbox that is full for one evening is not dead.
const LEAST_DAYS: usize = 3;

/// How long bounces suppress an address, in days.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Policy {
    /// How long a hard bounce suppresses an address. 0 has no end.
    pub hard_bounce_days: u32,
    /// The temporary bounces that suppress an address. 0 never does.
    pub soft_bounces: u32,
    /// The time within which they must occur.
    pub soft_bounce_days: u32,
    /// How long they suppress the address.
    pub soft_bounce_hold: u32,
}

impl Policy {
    /// The most temporary bounces that can be required: as many as an entry keeps.
    pub const MAX_SOFT_BOUNCES: u8 = MAX_SOFT;
}

impl Default for Policy {
    fn default() -> Self {
        Self { hard_bounce_days: 0, soft_bounces: 5, soft_bounce_days: 30, soft_bounce_hold: 30 }
    }
}

vocabulary! {
    /// Why an address is suppressed, the most significant first.
    Reason {
        /// A person suppressed it.
        Manual = "manual",
        /// The recipient complained.
        Complaint = "complaint",
        /// The recipient unsubscribed.
        Unsubscribe = "unsubscribe",
        /// A mail bounced for good.
        Bounce = "bounce",
        /// The provider has it on its list because of a bounce or a complaint.
        Listed = "listed",
        /// Too many mails bounced temporarily.
        SoftBounces = "soft_bounces",
    }
}

/// Why an address is suppressed, and for how long.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Suppression<'s> {
    /// The reason.
    pub reason: Reason,
    /// The evidence that decides; its time is when the suppression began.
    pub evidence: &'s Evidence,
    /// When no rule suppresses the address any more; `None` if that has no end.
    pub until: Option<Timestamp>,
}

impl Slots {
    /// Whether the address is suppressed at this time, and why: by a person, by a complaint, by an unsubscription, by a hard
    /// bounce, by the provider's list, or by temporary bounces, whichever comes first in this order. Evidence up to the
    /// newest release does not count. A later delivery does not release an address.
    pub fn suppression(&self, policy: &Policy, now: Timestamp) -> Option<Suppression<'_>> {
        let rules = [
            self.unless(Reason::Manual, Kind::Manual, None),
            self.unless(Reason::Complaint, Kind::Complaint, Some(Kind::NotSpam)),
            self.unless(Reason::Unsubscribe, Kind::Unsubscribe, Some(Kind::Resubscribe)),
            self.hard_bounce(policy),
            self.unless(Reason::Listed, Kind::Listed, Some(Kind::Unlisted)),
            self.soft_bounces(policy),
        ];
        let holds = |found: &Suppression<'_>| found.until.is_none_or(|until| now < until);
        let mut holding = rules.into_iter().flatten().filter(holds);
        let first = holding.next()?;
        // A later rule can hold for longer than the first one.
        let until = holding.fold(first.until, |end, other| Some(end?.max(other.until?)));
        Some(Suppression { until, ..first })
    }

    /// When none of the evidence can count any more; `None` if some of it has no end. Releases have no end: without them,
    /// older evidence that arrives again would count.
    pub fn end(&self, policy: &Policy) -> Option<Timestamp> {
        let soft_days = policy.soft_bounce_days.max(policy.soft_bounce_hold);
        let mut latest = None;
        for (kind, evidence) in self.iter() {
            let end = match kind {
                Kind::Bounce if policy.hard_bounce_days > 0 => after(evidence.time, policy.hard_bounce_days),
                Kind::Soft => after(evidence.time, soft_days),
                _ => return None,
            };
            latest = latest.max(Some(end));
        }
        latest
    }

    /// A suppression without an end by the newest evidence of a kind, unless there is newer evidence against it.
    fn unless(&self, reason: Reason, kind: Kind, against: Option<Kind>) -> Option<Suppression<'_>> {
        let evidence = self.newest(kind).filter(|evidence| self.counts(evidence))?;
        // A provider removes an address only from its own list.
        let undoes = |newer: &Evidence| {
            newer > evidence && (kind != Kind::Listed || newer.provider == evidence.provider)
        };
        let undone = against.and_then(|against| self.newest(against)).is_some_and(undoes);
        (!undone).then_some(Suppression { reason, evidence, until: None })
    }

    fn hard_bounce(&self, policy: &Policy) -> Option<Suppression<'_>> {
        let found = self.unless(Reason::Bounce, Kind::Bounce, None)?;
        let until =
            (policy.hard_bounce_days > 0).then(|| after(found.evidence.time, policy.hard_bounce_days));
        Some(Suppression { until, ..found })
    }

    /// The newest temporary bounce that is the last of enough bounces, on enough days, within the policy's time.
    fn soft_bounces(&self, policy: &Policy) -> Option<Suppression<'_>> {
        let counted: Vec<&Evidence> = self.soft().iter().filter(|evidence| self.counts(evidence)).collect();
        let needed = usize::try_from(policy.soft_bounces).ok().filter(|needed| *needed > 0)?;
        let is_last = |last: &&Evidence| {
            let in_time =
                |one: &&&Evidence| **one <= *last && last.time < after(one.time, policy.soft_bounce_days);
            let bounces: Vec<_> = counted.iter().filter(in_time).collect();
            let days: BTreeSet<Date> = bounces.iter().map(|one| day(one.time)).collect();
            bounces.len() >= needed && days.len() >= LEAST_DAYS.min(needed)
        };
        let evidence = counted.iter().copied().rev().find(is_last)?;
        let until = Some(after(evidence.time, policy.soft_bounce_hold));
        Some(Suppression { reason: Reason::SoftBounces, evidence, until })
    }

    /// Whether evidence is newer than the newest release.
    fn counts(&self, evidence: &Evidence) -> bool {
        self.newest(Kind::Released).is_none_or(|released| released.time < evidence.time)
    }
}

fn after(time: Timestamp, days: u32) -> Timestamp {
    let days = SignedDuration::from_hours(24 * i64::from(days));
    time.checked_add(days).unwrap_or(Timestamp::MAX)
}

fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}
