//! The evidence that an entry keeps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Evidence, Kind};

/// Temporary bounces that an entry keeps: four times as many as suppress an address by default.
pub(super) const MAX_SOFT: u8 = 20;

/// The newest evidence of each kind, and the newest temporary bounces. Adding the same evidence twice, or in another order,
/// gives the same slots.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Slots {
    /// The newest evidence of every kind but [`Kind::Soft`].
    #[serde(flatten)]
    newest: BTreeMap<Kind, Evidence>,
    /// The newest temporary bounces, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    soft: Vec<Evidence>,
}

impl Slots {
    /// Adds a piece of evidence. Returns whether the slots changed.
    pub fn add(&mut self, kind: Kind, evidence: Evidence) -> bool {
        if kind == Kind::Soft {
            return self.add_soft(evidence);
        }
        let is_newer = self.newest.get(&kind).is_none_or(|known| *known < evidence);
        if is_newer {
            self.newest.insert(kind, evidence);
        }
        is_newer
    }

    /// Adds all evidence of other slots of the same address. Returns whether these slots changed.
    pub fn join(&mut self, other: &Self) -> bool {
        let mut changed = false;
        for (kind, evidence) in other.iter() {
            changed |= self.add(kind, evidence.clone());
        }
        changed
    }

    /// The newest evidence of a kind.
    pub fn newest(&self, kind: Kind) -> Option<&Evidence> {
        if kind == Kind::Soft { self.soft.last() } else { self.newest.get(&kind) }
    }

    /// The kept temporary bounces, oldest first.
    pub fn soft(&self) -> &[Evidence] {
        &self.soft
    }

    /// Whether there is no evidence.
    pub fn is_empty(&self) -> bool {
        self.newest.is_empty() && self.soft.is_empty()
    }

    /// All kept evidence.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, &Evidence)> {
        let newest = self.newest.iter().map(|(kind, evidence)| (*kind, evidence));
        newest.chain(self.soft.iter().map(|evidence| (Kind::Soft, evidence)))
    }

    /// All kept evidence, the oldest first.
    pub fn sorted(&self) -> Vec<(Kind, &Evidence)> {
        let mut all: Vec<_> = self.iter().collect();
        all.sort_by_key(|(_, evidence)| *evidence);
        all
    }

    fn add_soft(&mut self, evidence: Evidence) -> bool {
        // One event is one bounce, also if another version reads another reason from it.
        let same = |known: &Evidence| (known.time, &known.event) == (evidence.time, &evidence.event);
        if let Some(place) = self.soft.iter().position(same) {
            let is_newer = self.soft.get(place).is_some_and(|known| *known < evidence);
            if is_newer {
                self.soft.splice(place..=place, [evidence]);
            }
            return is_newer;
        }
        let place = self.soft.partition_point(|known| *known < evidence);
        let is_full = self.soft.len() == usize::from(MAX_SOFT);
        if is_full && place == 0 {
            return false;
        }
        self.soft.insert(place, evidence);
        if is_full {
            self.soft.remove(0);
        }
        true
    }
}
