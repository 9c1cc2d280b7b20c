//! Counts the webhooks rejected since the stack started, for `mailhooks doctor`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, header};
use ingestion::Handled;
use ingestion::outcome::Outcome;
use jiff::Timestamp;
use normalization::{ProviderName, Rejection};
use serde::{Deserialize, Serialize};

use super::advice;

/// The user agent of `doctor`'s unsigned request. It must be rejected, and is not counted.
pub const PROBE: &str = concat!("mailhooks-doctor/", env!("CARGO_PKG_VERSION"));

/// The prefix of the user agent in all versions.
const ANY_PROBE: &str = "mailhooks-doctor/";

/// The rejected webhooks of one provider.
#[derive(Clone, Deserialize, Serialize)]
pub struct Refused {
    /// The number of rejected webhooks.
    pub number: u64,
    /// When the last one was received.
    pub last: Timestamp,
    /// Why the last one was rejected.
    pub reason: String,
    /// What to do about the last one.
    pub advice: String,
}

/// Rejected webhooks by provider. Providers without any are missing.
pub type Refusals = BTreeMap<ProviderName, Refused>;

/// The counter, shared by all receivers.
#[derive(Default)]
pub(super) struct Counted(Mutex<Refusals>);

impl Counted {
    /// Counts the request if it was rejected and is not a probe.
    pub(super) fn add(&self, handled: &Handled, headers: &HeaderMap) {
        let (provider, reason) = match &handled.outcome {
            Outcome::Refused { reason, .. } => (handled.provider, *reason),
            Outcome::Unsigned { .. } => (handled.provider, Rejection::SignatureMissing),
            _ => return,
        };
        if is_probe(headers, reason) {
            return;
        }
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = counted.get(&provider).map_or(0, |before| before.number);
        let refused = Refused {
            number: number + 1,
            last: handled.received_at,
            reason: reason.to_string(),
            advice: advice::of(provider, &handled.outcome),
        };
        counted.insert(provider, refused);
    }

    pub(super) fn all(&self) -> Refusals {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Whether this is a probe of `doctor`. A probe has no signature, so a request with a signature counts with any user agent.
fn is_probe(headers: &HeaderMap, reason: Rejection) -> bool {
    let agent = headers.get(header::USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok());
    reason == Rejection::SignatureMissing && agent.is_some_and(|agent| agent.starts_with(ANY_PROBE))
}
