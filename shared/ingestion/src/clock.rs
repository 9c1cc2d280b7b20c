//! The only reader of the clock.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use tokio::time::Instant;

/// Tells the time: the system's, or a test's.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The system clock.
    pub fn system() -> Self {
        Self::from(now)
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl<F: Fn() -> Timestamp + Send + Sync + 'static> From<F> for Clock {
    fn from(tell: F) -> Self {
        Self(Arc::new(tell))
    }
}

/// The system time.
#[expect(clippy::disallowed_methods, reason = "this is the one reader of the clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The time by which work must be done.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// A deadline this long from now.
    pub fn after(time: Duration) -> Self {
        Self(instant() + time)
    }

    /// Whether it has passed.
    pub fn has_passed(self) -> bool {
        instant() >= self.0
    }

    /// Runs `work` until it finishes or the deadline passes. Never starts it late.
    pub async fn run<F: Future>(self, work: F) -> Result<F::Output, OutOfTime> {
        if self.has_passed() {
            return Err(OutOfTime);
        }
        let done = tokio::time::timeout_at(self.0, work).await;
        done.map_err(|_| OutOfTime)
    }
}

/// The time was up. Work that was started may still have taken effect.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("out of time")]
pub struct OutOfTime;

/// Measures a duration.
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

/// A point in time of tokio's clock, which timeouts use and tests can pause.
#[expect(clippy::disallowed_methods, reason = "this is the one reader of the clock")]
fn instant() -> Instant {
    Instant::now()
}
