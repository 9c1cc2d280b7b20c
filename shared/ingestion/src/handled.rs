//! What a receiver did with a request. The answer, the log line and the metrics derive from it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use lambda_http::{Body, Response};
use normalization::{Key, MailOutcome, ProviderName, Rejection};
use serde::Serialize;
use serde_json::json;

use crate::failure::Failure;
use crate::log::Log;
use crate::metric::Metric;
use crate::outcome::Outcome;
use crate::store::is_sample;

/// The most event ids in a log line: as many as a provider's batch has (Emailit, up to 100).
const MAX_IDS: usize = 100;

/// What a receiver did with a request.
#[derive(Debug)]
pub struct Handled {
    /// The provider of the receiver.
    pub provider: ProviderName,
    /// When the request arrived.
    pub received_at: Timestamp,
    /// The time that it took.
    pub took: Duration,
    /// The result.
    pub outcome: Outcome,
    /// The events in their order; empty if the request was rejected.
    pub events: Vec<HandledEvent>,
    /// Lambda's request id.
    pub request_id: Option<String>,
}

/// An event of a webhook.
#[derive(Debug)]
pub struct HandledEvent {
    /// The id in the form that a log may hold ([`normalization::id_for_log`]).
    pub id: String,
    /// The keys that it is stored under.
    pub key: Key,
    /// Whether it is an object that names its type.
    pub recognized: bool,
    /// The result of the mail, if the event reports one.
    pub mail: Option<MailOutcome>,
    /// Whether it was recorded.
    pub outcome: EventOutcome,
    /// Whether it was announced now.
    pub announced: bool,
    /// The failure for which the redrive has to announce it, if any.
    pub waits: Option<Failure>,
}

/// Whether an event was recorded.
#[derive(Debug)]
pub enum EventOutcome {
    /// It was new and is recorded.
    Recorded,
    /// It was recorded before.
    Duplicate,
    /// It could not be recorded.
    Unrecorded(Failure),
}

impl Handled {
    /// The reason for a rejection or a failure, for the log and never for the caller.
    pub fn reason(&self) -> Option<String> {
        match &self.outcome {
            Outcome::Refused { reason, .. } => Some(reason.to_string()),
            Outcome::Unsigned { .. } => Some(Rejection::SignatureMissing.to_string()),
            Outcome::NoSigningSecret(error) => Some(error.to_string()),
            Outcome::Accepted | Outcome::Unavailable => {
                let unrecorded = self.events.iter().find_map(|event| match &event.outcome {
                    EventOutcome::Unrecorded(failure) => Some(failure),
                    EventOutcome::Recorded | EventOutcome::Duplicate => None,
                });
                let waits = || self.events.iter().find_map(|event| event.waits.as_ref());
                unrecorded.or_else(waits).map(ToString::to_string)
            }
            Outcome::TooLarge | Outcome::MethodNotAllowed => None,
        }
    }

    /// The counts that are not zero.
    pub fn metrics(&self) -> Vec<(Metric, usize)> {
        let one = |is: bool| usize::from(is);
        let unavailable = matches!(self.outcome, Outcome::Unavailable | Outcome::NoSigningSecret(_));
        let counts = [
            (Metric::Received, self.count(|event| is_stored(event) && !is_sample(&event.key))),
            (Metric::Recorded, self.recorded()),
            (Metric::Duplicates, self.duplicates()),
            (Metric::Delivered, self.mails(MailOutcome::Delivered)),
            (Metric::HardBounced, self.mails(MailOutcome::HardBounced)),
            (Metric::SoftBounced, self.mails(MailOutcome::SoftBounced)),
            (Metric::Complained, self.mails(MailOutcome::Complained)),
            (Metric::Unsubscribed, self.mails(MailOutcome::Unsubscribed)),
            (Metric::Announced, self.count(|event| event.announced)),
            (Metric::AnnounceFailed, self.count(|event| event.waits.is_some())),
            (Metric::Unrecognized, self.count(|event| !event.recognized)),
            (Metric::Unavailable, one(unavailable)),
            (Metric::NoSigningSecret, one(matches!(self.outcome, Outcome::NoSigningSecret(_)))),
            (Metric::Refused, one(matches!(self.outcome, Outcome::Refused { .. }))),
            (Metric::Unsigned, one(matches!(self.outcome, Outcome::Unsigned { .. }))),
        ];
        counts.into_iter().filter(|(_, count)| *count > 0).collect()
    }

    /// The response.
    pub fn respond(&self) -> Response<Body> {
        let (recorded, duplicates) = (self.recorded(), self.duplicates());
        self.outcome.respond(&match self.outcome.error() {
            Some(error) => json!({ "error": error }),
            None => {
                json!({"received": recorded + duplicates, "recorded": recorded, "duplicates": duplicates})
            }
        })
    }

    /// The line of the log, with its metrics in the namespace of that log.
    pub(crate) fn line<'l>(&'l self, log: &'l Log) -> impl Serialize + 'l {
        let metrics = self.metrics();
        let names: Vec<Metric> = metrics.iter().map(|(metric, _)| *metric).collect();
        let directive = log.metric_directive(self.received_at, &["provider"], &names);
        Line {
            directive: (!metrics.is_empty()).then_some(directive),
            provider: self.provider,
            outcome: self.outcome.name(),
            status: self.outcome.status().as_u16(),
            // Microseconds: a finer unit would be noise.
            duration_us: u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX),
            reason: self.reason(),
            request_id: self.request_id.as_deref(),
            events: self.events.iter().take(MAX_IDS).map(|event| event.id.as_str()).collect(),
            metrics: metrics.into_iter().map(|(metric, count)| (metric.as_str(), count)).collect(),
        }
    }

    fn count(&self, is: impl Fn(&HandledEvent) -> bool) -> usize {
        self.events.iter().filter(|event| is(event)).count()
    }

    /// The new events that report this. A duplicate was counted before.
    fn mails(&self, outcome: MailOutcome) -> usize {
        self.count(|event| event.mail == Some(outcome) && matches!(event.outcome, EventOutcome::Recorded))
    }

    fn recorded(&self) -> usize {
        self.count(|event| matches!(event.outcome, EventOutcome::Recorded))
    }

    fn duplicates(&self) -> usize {
        self.count(|event| matches!(event.outcome, EventOutcome::Duplicate))
    }
}

fn is_stored(event: &HandledEvent) -> bool {
    matches!(event.outcome, EventOutcome::Recorded | EventOutcome::Duplicate)
}

#[derive(Serialize)]
struct Line<'l, D> {
    #[serde(rename = "_aws", skip_serializing_if = "Option::is_none")]
    directive: Option<D>,
    provider: ProviderName,
    outcome: &'static str,
    status: u16,
    duration_us: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'l str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<&'l str>,
    #[serde(flatten)]
    metrics: BTreeMap<&'static str, usize>,
}
