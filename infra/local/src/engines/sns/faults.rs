//! Faults that a test asks for.

use std::collections::VecDeque;
use std::time::Duration;

/// What goes wrong. The calls meant are `Publish` and `PublishBatch`: one that only warms the
/// connection does not use a fault up.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The next call is held back this long, and then carried out.
    Delay(Duration),
    /// The connection of the next call is closed without an answer.
    Disconnect(Moment),
    /// The entries of batches whose message contains this text fail, so many of them, while the other
    /// entries are published.
    FailEntries {
        /// The text.
        containing: String,
        /// How many entries fail before one succeeds.
        times: usize,
    },
    /// The next call is answered with HTTP 500 and `InternalFailure`.
    InternalFailure(Moment),
    /// The next call is answered with HTTP 400 and `Throttling`. Nothing is published.
    Throttling,
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moment {
    /// Nothing is published.
    BeforeEffect,
    /// The messages are published, and the publisher does not learn of it.
    AfterEffect,
}

/// Faults that have not struck yet.
#[derive(Debug, Default)]
pub(super) struct Faults {
    calls: VecDeque<Fault>,
    entries: Vec<(String, usize)>,
}

impl Faults {
    pub(super) fn inject(&mut self, fault: Fault) {
        match fault {
            Fault::FailEntries { containing, times } => self.entries.push((containing, times)),
            fault => self.calls.push_back(fault),
        }
    }

    /// The fault of the call that has just come in.
    pub(super) fn next(&mut self) -> Option<Fault> {
        self.calls.pop_front()
    }

    /// Whether the entry with this message fails.
    pub(super) fn fails(&mut self, message: &str) -> bool {
        let fault = self
            .entries
            .iter_mut()
            .find(|(containing, times)| *times > 0 && message.contains(containing.as_str()));
        if let Some((_, times)) = fault {
            *times -= 1;
            return true;
        }
        false
    }
}
