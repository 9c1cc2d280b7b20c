//! What goes wrong with a call.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use super::call::Call;
use crate::aws::Service;

/// Every attempt that the SDK makes of a call.
pub const ALL_ATTEMPTS: usize = usize::MAX;

/// A fault that is to strike.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Where.
    pub target: Target,
    /// Before the call takes effect, or after.
    pub timing: FaultTiming,
    /// What.
    pub kind: Kind,
    /// How many attempts it spoils, until it is used up.
    pub attempts: usize,
}

/// Which calls are meant.
#[derive(Clone, Debug)]
pub enum Target {
    /// The call with this number since the proxy was armed, from 0.
    Number(usize),
    /// This call.
    Call(Call),
    /// Calls of an operation whose body contains a text.
    Text {
        /// The operation, such as `PutItem`.
        operation: &'static str,
        /// The text.
        containing: String,
    },
    /// Every call of a service.
    Service(Service),
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum FaultTiming {
    /// The service never learns of the call.
    BeforeEffect,
    /// The call takes effect, and the client does not learn of it.
    AfterEffect,
}

impl FaultTiming {
    /// Both.
    pub const ALL: [Self; 2] = [Self::BeforeEffect, Self::AfterEffect];
}

/// What a fault does.
#[derive(Clone, Debug)]
pub enum Kind {
    /// An error that the SDK does not try again.
    Refuse,
    /// SNS says that a parameter is wrong, with this code.
    Blame(&'static str),
    /// The service is asked too much.
    Throttle,
    /// HTTP 500.
    InternalError,
    /// The connection is closed without an answer.
    Disconnect,
    /// No answer at all, until the client gives up.
    Hang,
    /// The answer waits until the gate is opened.
    Hold(Gate),
    /// The call takes effect, and its answer is changed on its way; at [`FaultTiming::AfterEffect`].
    Rewrite(fn(&str) -> String),
}

impl Kind {
    /// The kinds that the SDK tries again.
    pub const RETRIED: [Self; 4] = [Self::Throttle, Self::InternalError, Self::Disconnect, Self::Hang];
}

/// Where a call waits.
#[derive(Clone, Debug)]
pub struct Gate {
    reached: Arc<watch::Sender<bool>>,
    open: Arc<watch::Sender<bool>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { reached: Arc::new(watch::Sender::new(false)), open: Arc::new(watch::Sender::new(false)) }
    }
}

impl Gate {
    /// Waits until a call stands at the gate.
    pub async fn reached(&self) {
        wait(&self.reached).await;
    }

    /// Lets it through.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    pub(super) async fn pass(&self) {
        self.reached.send_replace(true);
        wait(&self.open).await;
    }
}

async fn wait(signal: &watch::Sender<bool>) {
    signal.subscribe().wait_for(|set| *set).await.unwrap();
}

impl Fault {
    /// A fault that strikes one attempt.
    pub fn once(target: Target, timing: FaultTiming, kind: Kind) -> Self {
        Self { target, timing, kind, attempts: 1 }
    }

    /// A refusal, before it takes effect, of the next call of an operation whose body contains a text.
    pub fn refusal(operation: &'static str, containing: &str) -> Self {
        let target = Target::Text { operation, containing: containing.to_owned() };
        Self::once(target, FaultTiming::BeforeEffect, Kind::Refuse)
    }

    /// A fault that strikes every attempt.
    pub fn always(target: Target, timing: FaultTiming, kind: Kind) -> Self {
        Self { attempts: ALL_ATTEMPTS, ..Self::once(target, timing, kind) }
    }

    pub(super) fn meets(&self, number: usize, call: &Call, body: &[u8]) -> bool {
        match &self.target {
            Target::Number(target) => *target == number,
            Target::Call(target) => target == call,
            Target::Service(service) => *service == call.service,
            Target::Text { operation, containing } => {
                *operation == call.operation && String::from_utf8_lossy(body).contains(containing.as_str())
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::Call(call) => write!(formatter, "{call}")?,
            other => write!(formatter, "{other:?}")?,
        }
        let times = if self.attempts == ALL_ATTEMPTS { "always" } else { "once" };
        write!(formatter, " {:?} {:?} {times}", self.timing, self.kind)
    }
}
