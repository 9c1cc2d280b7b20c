//! The one reader of the clock.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use tokio::time::Instant;

/// Tells the time: the system's, or in a test whatever the test says.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self::from(now)
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl<F: Fn() -> Timestamp + Send + Sync + 'static> From<F> for Clock {
    fn from(tell: F) -> Self {
        Self(Arc::new(tell))
    }
}

/// The machine's time.
#[expect(clippy::disallowed_methods, reason = "this is the one reader of the clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The moment by which something must be done.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// So long from now.
    pub fn after(time: Duration) -> Self {
        Self(instant() + time)
    }

    /// Whether it has passed.
    pub fn has_passed(self) -> bool {
        instant() >= self.0
    }

    /// Does something until it is done or the time is up, and begins nothing when it is.
    pub async fn run<F: Future>(self, work: F) -> Result<F::Output, OutOfTime> {
        if self.has_passed() {
            return Err(OutOfTime);
        }
        let done = tokio::time::timeout_at(self.0, work).await;
        done.map_err(|_| OutOfTime)
    }
}

/// There was no time left. What was begun may have taken effect all the same.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("out of time")]
pub struct OutOfTime;

/// Measures how long something takes.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self(instant())
    }

    /// The time since the start.
    pub fn elapsed(self) -> Duration {
        instant().duration_since(self.0)
    }
}

/// A point of time to measure from: tokio's, which time-outs count by, and which a test can stop.
#[expect(clippy::disallowed_methods, reason = "this is the one reader of the clock")]
fn instant() -> Instant {
    Instant::now()
}
