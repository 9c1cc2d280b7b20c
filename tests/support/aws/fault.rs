//! What goes wrong with a call.

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
    /// The call with this number since the journal was last reset, from 0.
    Number(usize),
    /// This call.
    Call(Call),
    /// Calls of an operation whose body, of SNS a field of it, contains a text.
    Text {
        /// The operation, such as `PutItem`.
        operation: &'static str,
        /// The text.
        containing: String,
    },
    /// Every call of a service.
    Service(Service),
    /// Of the attempts of all calls those to a service whose turn it is: one of so many.
    Turn {
        /// The service.
        service: Service,
        /// The turn, from 0.
        turn: usize,
        /// How many turns there are.
        of: usize,
    },
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
    /// The same with this code, such as one with which SNS says that a parameter is wrong.
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
    /// The call takes effect, and its answer is changed before it arrives; at [`FaultTiming::AfterEffect`].
    Rewrite(fn(&str) -> String),
    /// SNS fails the first entry of a batch whose message contains this, and takes the others.
    FailEntry(String),
    /// SNS takes no entry of a batch. Its answer has two of three as failed, and the third not at all.
    FailEntries,
}

impl Kind {
    /// The kinds that the SDK tries again.
    pub const RETRIED: [Self; 4] = [Self::Throttle, Self::InternalError, Self::Disconnect, Self::Hang];

    /// What the client gets of a call that is spoiled; `None` if the call goes its way after all.
    pub(super) async fn spoil(&self, service: Service) -> Option<Result<HttpResponse, ConnectorError>> {
        let throttled = match service {
            Service::DynamoDb => "ProvisionedThroughputExceededException",
            Service::Sns => "Throttling",
            Service::SecretsManager => "ThrottlingException",
        };
        match self {
            // The SDK does not try again, so that a test need not wait for it to give up.
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

/// Where a call waits.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    reached: Arc<watch::Sender<bool>>,
    open: Arc<watch::Sender<bool>>,
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

    async fn pass(&self) {
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

    /// A service that refuses everything.
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
