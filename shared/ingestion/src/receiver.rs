//! A webhook's way through the seven steps.

use std::time::Duration;

use jiff::Timestamp;
use lambda_http::{Body, Request, RequestExt, Response};
use normalization::{Provider, Rejection, Verified, Webhook, normalize, verify};

use crate::clock::{Clock, Deadline, Stopwatch};
use crate::ingest::ingest;
use crate::log::{Line, Log, Metric};
use crate::notifier::Notifier;
use crate::request::{admit, has_signature};
use crate::secrets::Secrets;
use crate::status::Outcome;
use crate::store::Store;

/// How long start-up waits for its connections: a second of a service that does not answer is worth more than
/// the time a handshake costs later.
const WARMING_TIMEOUT: Duration = Duration::from_secs(1);

/// A webhook is answered within this part of the time that its provider waits, in percent. The rest is for its way
/// to us and back, and for a cold start.
const ANSWER_WITHIN: u32 = 80;

/// The time limit of a receiver that has none.
const UNLIMITED: Duration = Duration::from_hours(24 * 365);

/// Receives the webhooks of one provider.
///
/// 1. *Receive*: method, size; raw bytes and headers.
/// 2. *Verify*: the provider's signature over the received bytes.
/// 3. *Normalize*: the events in it.
/// 4. *Record*: each once, in the table.
/// 5. *Announce*: those somebody must act on, on their topics.
/// 6. *Settle*: they no longer wait.
/// 7. *Respond*: 200 only when every event is recorded, and marked where it is not announced yet.
pub struct Receiver {
    provider: &'static Provider,
    secrets: Secrets,
    store: Store,
    notifier: Notifier,
    clock: Clock,
    log: Log,
    answer_within: Duration,
    warm_within: Duration,
}

impl Receiver {
    /// A receiver over what it needs.
    #[must_use]
    pub fn new(
        provider: &'static Provider,
        secrets: Secrets,
        store: Store,
        notifier: Notifier,
        clock: Clock,
        log: Log,
    ) -> Self {
        Self {
            provider,
            secrets,
            store,
            notifier,
            clock,
            log,
            answer_within: provider.timeout * ANSWER_WITHIN / 100,
            warm_within: WARMING_TIMEOUT,
        }
    }

    /// The same receiver with another time in which it answers.
    #[must_use]
    pub fn answering_within(self, time: Duration) -> Self {
        Self { answer_within: time, ..self }
    }

    /// The same receiver without time limits: it finishes every webhook, even if the provider has hung up.
    #[must_use]
    pub fn without_time_limits(self) -> Self {
        Self { answer_within: UNLIMITED, warm_within: UNLIMITED, ..self }
    }

    /// Receives one request. Every request has an answer, and every answer a line in the log.
    pub async fn receive(&self, request: Request) -> Response<Body> {
        let stopwatch = Stopwatch::start();
        let received_at = self.clock.now();
        let outcome = match self.ingest(&request, received_at).await {
            Ok(outcome) | Err(outcome) => outcome,
        };
        let request_id = request.lambda_context_ref().map(|context| context.request_id.clone());
        let line = Line {
            provider: self.provider.name,
            received_at,
            duration: stopwatch.elapsed(),
            status: outcome.status().as_u16(),
            outcome: word(&outcome),
            reason: reason(&outcome),
            request_id,
            metrics: metrics(&outcome),
            events: events(&outcome).to_vec(),
        };
        line.write_to(&self.log);
        outcome.respond()
    }

    /// Reads the signing secrets and opens the connections that the first webhook will need, while start-up has a
    /// whole processor.
    pub async fn warm(&self) {
        let all =
            futures_util::future::join3(self.secrets.accepted(), self.store.warm(), self.notifier.warm());
        drop(tokio::time::timeout(self.warm_within, all).await);
    }

    async fn ingest(&self, request: &Request, received_at: Timestamp) -> Result<Outcome, Outcome> {
        let deadline = Deadline::after(self.answer_within);
        admit(request)?;
        let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let webhook = Webhook::new(headers, request.body(), received_at);
        let verified = self.verify(&webhook).await.map_err(|outcome| match outcome {
            Outcome::Refused { reason: Rejection::SignatureMissing, drops_on_4xx }
                if !has_signature(request) =>
            {
                Outcome::Unsigned { drops_on_4xx }
            }
            outcome => outcome,
        })?;
        let records = normalize(&verified);
        let report = ingest(&self.store, &self.notifier, records, received_at, deadline).await;
        if report.unrecorded.is_empty() {
            Ok(Outcome::Accepted(report))
        } else {
            Ok(Outcome::Unavailable(report))
        }
    }

    /// Verifies with the secrets that are known, and once more if there are newer ones.
    async fn verify<'w>(&self, webhook: &Webhook<'w>) -> Result<Verified<'w>, Outcome> {
        let refused = |reason| Outcome::Refused { reason, drops_on_4xx: self.provider.drops_on_4xx };
        let secrets = self.secrets.accepted().await;
        let secrets = secrets.map_err(Outcome::NoSigningSecret)?;
        match verify(self.provider, webhook, &secrets) {
            Err(Rejection::SignatureMismatch) => {}
            verdict => return verdict.map_err(refused),
        }
        let newer = self.secrets.newer_than(&secrets).await;
        match newer.map_err(Outcome::NoSigningSecret)? {
            Some(newer) => verify(self.provider, webhook, &newer).map_err(refused),
            None => Err(refused(Rejection::SignatureMismatch)),
        }
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted(_) => "accepted",
        Outcome::Refused { .. } => "refused",
        Outcome::Unsigned { .. } => "unsigned",
        Outcome::NoSigningSecret(_) | Outcome::Unavailable(_) => "unavailable",
        Outcome::TooLarge => "too_large",
        Outcome::MethodNotAllowed => "method_not_allowed",
    }
}

fn reason(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Refused { reason, .. } => Some(reason.to_string()),
        Outcome::Unsigned { .. } => Some(Rejection::SignatureMissing.to_string()),
        Outcome::NoSigningSecret(error) => Some(error.to_string()),
        Outcome::Accepted(report) | Outcome::Unavailable(report) => {
            let failures = report.unrecorded.iter().chain(&report.unannounced);
            failures.map(ToString::to_string).next()
        }
        _ => None,
    }
}

fn events(outcome: &Outcome) -> &[String] {
    match outcome {
        Outcome::Accepted(report) | Outcome::Unavailable(report) => &report.events,
        _ => &[],
    }
}

fn metrics(outcome: &Outcome) -> Vec<(Metric, usize)> {
    let counts = match outcome {
        Outcome::Accepted(report) | Outcome::Unavailable(report) => vec![
            (Metric::Received, report.received()),
            (Metric::Recorded, report.recorded),
            (Metric::Duplicates, report.duplicates),
            (Metric::Announced, report.announced),
            (Metric::AnnounceFailed, report.unannounced.len()),
            (Metric::Unrecognized, report.unrecognized),
            (Metric::Unavailable, usize::from(!report.unrecorded.is_empty())),
        ],
        Outcome::Refused { .. } => vec![(Metric::Refused, 1)],
        Outcome::Unsigned { .. } => vec![(Metric::Unsigned, 1)],
        Outcome::NoSigningSecret(_) => {
            vec![(Metric::Unavailable, 1), (Metric::NoSigningSecret, 1)]
        }
        Outcome::TooLarge => vec![(Metric::TooLarge, 1)],
        Outcome::MethodNotAllowed => Vec::new(),
    };
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}
