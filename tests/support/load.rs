//! The real binaries under load: several sandboxes of a function, each handling one webhook at a time, as in Lambda; a
//! closed loop; and a ledger that reports losses at the end. `tests/load/run` measures the release binaries with it,
//! `tests/it/floods.rs` checks the test binaries with small numbers.

pub mod bombs;
mod burst;
pub mod fleet;
pub mod ledger;
pub mod posts;
pub mod quota;
pub mod report;
pub mod scenarios;

use std::path::PathBuf;
use std::time::Duration;

use normalization::ProviderName;

use crate::lambda;

/// The amount of load.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The folder of the function binaries; by default those of the tests.
    pub programs: Option<PathBuf>,
    /// Whether the functions have time limits. In the tests these would make the result depend on the machine.
    pub time_limits: bool,
    /// The memory of the function in MB in the scenarios of ordinary webhooks, each of whose sandboxes has the processor's share
    /// that Lambda gives it; `None` for whole processors.
    pub memory: Option<u64>,
    /// The time that AWS takes for a call.
    pub call_time: Duration,
    /// The number of sandboxes of the function.
    pub sandboxes: usize,
    /// Webhooks that arrive in a burst, one each millisecond.
    pub burst: usize,
    /// The most sandboxes that Lambda starts for a burst.
    pub most_sandboxes: usize,
    /// Webhooks of one event, and forged ones among genuine ones.
    pub webhooks: usize,
    /// Webhooks of a hundred events.
    pub batches: usize,
    /// Webhooks of one event for a table that is slow.
    pub slow_webhooks: usize,
    /// The number of webhooks for a failing topic, for each kind of failure.
    pub outage_webhooks: usize,
    /// The delay of a call to the slow table.
    pub slowness: Duration,
    /// The time after which a scenario sends no more webhooks.
    pub patience: Duration,
    /// The size of a bomb: levels, members, elements, digits.
    pub bomb: usize,
    /// The number of recipients of a report that become separate events.
    pub recipients: usize,
    /// Events in one array.
    pub events: usize,
    /// Bytes of the largest body.
    pub largest: usize,
    /// The number of times that each bomb is sent.
    pub rounds: usize,
    /// The limit for the resident memory of a sandbox, in bytes.
    pub most_memory: u64,
}

impl Plan {
    /// The plan of the load test: about three minutes on two cores.
    #[must_use]
    pub fn full(programs: Option<PathBuf>) -> Self {
        Self {
            programs,
            time_limits: true,
            memory: Some(128),
            call_time: Duration::from_millis(5),
            sandboxes: 8,
            burst: 1_000,
            // As many start on two cores before the first of them is free again.
            most_sandboxes: 100,
            webhooks: 20_000,
            batches: 300,
            slow_webhooks: 100,
            outage_webhooks: 40,
            slowness: Duration::from_millis(300),
            patience: Duration::from_secs(20),
            bomb: 100_000,
            recipients: 100,
            events: 1_000,
            largest: 5_900_000,
            rounds: 2,
            // Three quarters of a deployed function's memory: Lambda's own processes need some. The measured peak was 113.
            most_memory: 192 << 20,
        }
    }

    /// A plan that is short enough for a test.
    #[must_use]
    pub fn smoke() -> Self {
        Self {
            programs: None,
            time_limits: false,
            memory: None,
            call_time: Duration::ZERO,
            sandboxes: 3,
            burst: 60,
            most_sandboxes: 4,
            webhooks: 150,
            batches: 6,
            slow_webhooks: 6,
            outage_webhooks: 3,
            slowness: Duration::from_millis(100),
            patience: Duration::MAX,
            bomb: 10_000,
            recipients: 40,
            events: 200,
            largest: 2_000_000,
            rounds: 1,
            // The largest bodies are a third of those.
            most_memory: 96 << 20,
        }
    }

    /// The plan for webhooks that no sender of mail sends. Their speed is that of the machine.
    fn of_whole_processors(&self) -> Self {
        Self { memory: None, call_time: Duration::ZERO, ..self.clone() }
    }

    fn program(&self, provider: ProviderName) -> PathBuf {
        match &self.programs {
            Some(folder) => folder.join(provider.as_str()),
            None => lambda::program(provider.as_str()),
        }
    }
}
