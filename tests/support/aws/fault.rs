//! Faults of calls.

use std::fmt;
use std::future::pending;
use std::sync::Arc;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use tokio::sync::watch;

use super::answer;
use super::call::{Call, Service};

/// Every attempt that the SDK makes of a call.
pub(super) const ALL_ATTEMPTS: usize = usize::MAX;

/// A fault to inject.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The affected calls.
    pub target: Target,
    /// Before the call takes effect, or after.
    pub timing: FaultTiming,
    /// The kind of fault.
    pub kind: Kind,
    /// The number of attempts that it affects until it is used up.
    pub attempts: usize,
}

/// Selects calls.
#[derive(Clone, Debug)]
pub enum Target {
    /// The call with this number since the journal was last reset, from 0.
    Number(usize),
    /// This call.
    Call(Call),
    /// Calls of an operation whose body contains a text (for SNS, a form field).
    Text {
        /// The operation, such as `PutItem`.
        operation: &'static str,
        /// The text.
        containing: String,
    },
    /// Every call of a service.
    Service(Service),
    /// Every nth attempt of the calls to a service.
    Turn {
        /// The service.
        service: Service,
        /// The turn, from 0.
        turn: usize,
        /// How many turns there are.
        of: usize,
    },
}

/// When a fault applies.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum FaultTiming {
    /// The service does not receive the call.
    BeforeEffect,
    /// The call takes effect, but the client gets no confirmation.
    AfterEffect,
}

impl FaultTiming {
    /// Both.
    pub const ALL: [Self; 2] = [Self::BeforeEffect, Self::AfterEffect];
}

/// The effect of a fault.
#[derive(Clone, Debug)]
pub enum Kind {
    /// An error that the SDK does not retry.
    Refuse,
    /// An error with this code that is not retried, such as the code for an invalid parameter in SNS.
    Blame(&'static str),
    /// The service throttles the call.
    Throttle,
    /// HTTP 500.
    InternalError,
    /// The connection is closed without an answer.
    Disconnect,
    /// No answer at all, until the client gives up.
    Hang,
    /// The answer waits until the gate is opened.
    Hold(Gate),
    /// The call takes effect, and its answer is changed before it arrives; at [`FaultTiming::AfterEffect`].
    Rewrite(fn(&str) -> String),
    /// SNS fails the first entry of a batch whose message contains this, and accepts the others.
    FailEntry(String),
    /// SNS accepts no entry of a batch. Its answer lists two of three as failed, and omits the third.
    FailEntries,
}

impl Kind {
    /// The kinds that the SDK retries.
    pub const RETRIED: [Self; 4] = [Self::Throttle, Self::InternalError, Self::Disconnect, Self::Hang];

    /// The answer for a call with this fault; `None` if the call proceeds normally.
    pub(super) async fn spoil(&self, service: Service) -> Option<Result<HttpResponse, ConnectorError>> {
        let throttled = match service {
            Service::DynamoDb => "ProvisionedThroughputExceededException",
            Service::Sns => "Throttling",
            Service::SecretsManager => "ThrottlingException",
        };
        match self {
            // The SDK does not retry this error, so a test need not wait for the retries.
            Self::Refuse => Some(Ok(error(service, 400, "AccessDeniedException"))),
            Self::Blame(code) => Some(Ok(error(service, 400, code))),
            Self::Throttle => Some(Ok(error(service, 400, throttled))),
            Self::InternalError => Some(Ok(error(service, 500, "InternalServerError"))),
            Self::Disconnect => Some(Err(ConnectorError::io("the connection was closed".into()))),
            Self::Hang => pending().await,
            Self::Hold(gate) => {
                gate.pass().await;
                None
            }
            Self::Rewrite(_) | Self::FailEntry(_) | Self::FailEntries => None,
        }
    }
}

fn error(service: Service, status: u16, code: &str) -> HttpResponse {
    let message = "ada@example.com is repeated here";
    let body = match service {
        Service::Sns => format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        ),
        _ => format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"{message}"}}"#),
    };
    answer(status, body)
}

/// A gate at which a call waits.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    reached: Arc<watch::Sender<bool>>,
    open: Arc<watch::Sender<bool>>,
}

impl Gate {
    /// Waits until a call reaches the gate.
    pub async fn reached(&self) {
        wait(&self.reached).await;
    }

    /// Lets the call through.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    async fn pass(&self) {
        self.reached.send_replace(true);
        wait(&self.open).await;
    }
}

async fn wait(signal: &watch::Sender<bool>) {
    signal.subscribe().wait_for(|set| *set).await.unwrap();
}

impl Fault {
    /// A fault that affects one attempt.
    pub fn once(target: Target, timing: FaultTiming, kind: Kind) -> Self {
        Self { target, timing, kind, attempts: 1 }
    }

    /// A refusal, before it takes effect, of the next call of an operation whose body contains a text.
    pub fn refusal(operation: &'static str, containing: &str) -> Self {
        let target = Target::Text { operation, containing: containing.to_owned() };
        Self::once(target, FaultTiming::BeforeEffect, Kind::Refuse)
    }

    /// A fault that affects every attempt.
    pub fn always(target: Target, timing: FaultTiming, kind: Kind) -> Self {
        Self { attempts: ALL_ATTEMPTS, ..Self::once(target, timing, kind) }
    }

    /// A service that refuses every call.
    pub fn dead(service: Service) -> Self {
        Self::always(Target::Service(service), FaultTiming::BeforeEffect, Kind::Refuse)
    }

    /// An entry whose message contains a text, and which SNS fails in this number of batches.
    pub fn of_entry(containing: &str, times: usize) -> Self {
        let containing = containing.to_owned();
        let target = Target::Text { operation: "PublishBatch", containing: containing.clone() };
        Self { attempts: times, ..Self::once(target, FaultTiming::BeforeEffect, Kind::FailEntry(containing)) }
    }

    pub(super) fn meets(&self, attempt: usize, number: usize, call: &Call, body: &str) -> bool {
        match &self.target {
            Target::Number(target) => *target == number,
            Target::Call(target) => target == call,
            Target::Service(service) => *service == call.service,
            Target::Turn { service, turn, of } => *service == call.service && attempt % of == *turn,
            Target::Text { operation, .. } if *operation != call.operation => false,
            Target::Text { containing, .. } if call.service == Service::Sns => {
                form_urlencoded::parse(body.as_bytes()).any(|(_, value)| value.contains(containing))
            }
            Target::Text { containing, .. } => body.contains(containing),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::Call(call) => write!(formatter, "{call}")?,
            other => write!(formatter, "{other:?}")?,
        }
        write!(formatter, " {:?} {:?}", self.timing, self.kind)?;
        match self.attempts {
            ALL_ATTEMPTS => formatter.write_str(" always"),
            times => write!(formatter, " {times} times"),
        }
    }
}
