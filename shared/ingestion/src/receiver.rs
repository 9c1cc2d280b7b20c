//! Receives one webhook: verifies, normalizes, records, announces, responds.

use std::time::Duration;

use jiff::Timestamp;
use lambda_http::http::Method;
use lambda_http::{Body, Request, RequestExt, Response};
use normalization::{Provider, Rejection, Verified, Webhook, normalize, verify};

use crate::clock::{Clock, Deadline, Stopwatch};
use crate::handled::{EventOutcome, Handled, HandledEvent};
use crate::ingest::ingest;
use crate::log::Log;
use crate::notifier::Notifier;
use crate::outcome::Outcome;
use crate::secrets::Secrets;
use crate::store::Store;

/// How long start-up waits for its connections. A handshake made later costs less than waiting longer.
const WARMING_TIMEOUT: Duration = Duration::from_secs(1);

/// The share of the provider's timeout, in percent, within which a webhook is answered. Network and cold start take the rest.
const ANSWER_WITHIN: u32 = 80;

/// Bytes of a body: what Lambda takes in one synchronous call
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const MAX_BODY: usize = 6 * 1024 * 1024;

/// The time limit of a receiver without time limits.
const UNLIMITED: Duration = Duration::from_hours(24 * 365);

/// Receives the webhooks of one provider.
///
/// 1. *Receive*: method, size; raw bytes and headers.
/// 2. *Verify*: the provider's signature over the received bytes.
/// 3. *Normalize*: the events in it.
/// 4. *Record*: each once, in the table.
/// 5. *Announce*: bounces, complaints and spam, on their topics.
/// 6. *Settle*: removes the outbox mark of announced events.
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
    /// A receiver that uses these services.
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

    /// The same receiver, which answers within this time.
    #[must_use]
    pub fn answering_within(self, time: Duration) -> Self {
        Self { answer_within: time, ..self }
    }

    /// The same receiver without time limits: it finishes every webhook, even if the provider has hung up.
    #[must_use]
    pub fn without_time_limits(self) -> Self {
        Self { answer_within: UNLIMITED, warm_within: UNLIMITED, ..self }
    }

    /// Receives one request, answers it, and writes one line to the log.
    pub async fn receive(&self, request: Request) -> Response<Body> {
        let handled = self.handle(&request).await;
        self.log.write(&handled.line(&self.log));
        handled.respond()
    }

    /// Processes one request, without writing to the log.
    pub async fn handle(&self, request: &Request) -> Handled {
        let stopwatch = Stopwatch::start();
        let received_at = self.clock.now();
        let (outcome, events) = match self.ingest(request, received_at).await {
            Ok(events) if events.iter().any(is_unrecorded) => (Outcome::Unavailable, events),
            Ok(events) => (Outcome::Accepted, events),
            Err(outcome) => (outcome, Vec::new()),
        };
        Handled {
            provider: self.provider.name,
            received_at,
            took: stopwatch.elapsed(),
            outcome,
            events,
            request_id: request.lambda_context_ref().map(|context| context.request_id.clone()),
        }
    }

    /// Reads the signing secrets and opens the connections of the first webhook. Start-up has a whole processor for this.
    pub async fn warm(&self) {
        normalization::bounce::load();
        let all = futures_util::future::join3(
            self.secrets.accepted(),
            self.store.warm(self.provider.name),
            self.notifier.warm(),
        );
        drop(tokio::time::timeout(self.warm_within, all).await);
    }

    async fn ingest(&self, request: &Request, received_at: Timestamp) -> Result<Vec<HandledEvent>, Outcome> {
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
        Ok(ingest(&self.store, &self.notifier, records, received_at, deadline).await)
    }

    /// Verifies with the cached secrets, and again if Secrets Manager has newer ones.
    async fn verify<'w>(&self, webhook: &Webhook<'w>) -> Result<Verified<'w>, Outcome> {
        let refused = |reason| Outcome::Refused { reason, drops_on_4xx: self.provider.drops_on_4xx };
        let secrets = self.secrets.accepted().await;
        let secrets = secrets.map_err(Outcome::NoSigningSecret)?;
        match verify(self.provider, webhook, &secrets) {
            Err(Rejection::SignatureMismatch) => {}
            verdict => return verdict.map_err(refused),
        }
        let newer = self.secrets.refreshed_since(&secrets).await;
        match newer.map_err(Outcome::NoSigningSecret)? {
            Some(newer) => verify(self.provider, webhook, &newer).map_err(refused),
            None => Err(refused(Rejection::SignatureMismatch)),
        }
    }
}

fn is_unrecorded(event: &HandledEvent) -> bool {
    matches!(event.outcome, EventOutcome::Unrecorded(_))
}

/// Checks that the request can be a webhook. Any path is accepted: a CDN or a stage may add a prefix, and JetEmail discards
/// an event for good on a 404.
fn admit(request: &Request) -> Result<(), Outcome> {
    if request.method() != Method::POST {
        return Err(Outcome::MethodNotAllowed);
    }
    if request.body().len() > MAX_BODY {
        return Err(Outcome::TooLarge);
    }
    Ok(())
}

/// Whether a header is named like a signature, possibly another provider's. Then that provider's webhook may have the URL of
/// this receiver, which is worth an alarm. A scanner's request has no such header.
fn has_signature(request: &Request) -> bool {
    let mut names = request.headers().keys();
    names.any(|name| name.as_str().contains("signature"))
}
