//! The selection of events by the options of the command.

use ingestion::clock;
use ingestion::store::{Found, StoredEvent};
use jiff::Timestamp;

use super::Arguments;

/// The selection of events.
pub(super) struct Wanted<'a> {
    pub(super) arguments: &'a Arguments,
    now: Timestamp,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(arguments: &'a Arguments) -> Self {
        Self { arguments, now: clock::now() }
    }

    pub(super) fn takes(&self, stored: &StoredEvent) -> bool {
        // DynamoDB may take days to delete an expired item.
        stored.expires_at.is_none_or(|end| end > self.now) && self.arguments.selection.takes(stored)
    }

    pub(super) fn among(&self, mut found: Found) -> Found {
        found.events.retain(|stored| self.takes(stored));
        found
    }
}
