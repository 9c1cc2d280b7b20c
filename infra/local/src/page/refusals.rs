//! How many webhooks were refused since the stack started, which `mailhooks doctor` asks for.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use normalization::{ProviderName, Rejection};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::advice;

/// What `doctor` calls itself when it posts what nobody signed. That is to be refused, and not counted.
pub const PROBE: &str = concat!("mailhooks-doctor/", env!("CARGO_PKG_VERSION"));

/// The same of every version.
const ANY_PROBE: &str = "mailhooks-doctor/";

/// What was refused of one provider.
#[derive(Clone, Deserialize, Serialize)]
pub struct Refused {
    /// How many.
    pub number: u64,
    /// When the last one came.
    pub last: Timestamp,
    /// Why that one was refused.
    pub reason: String,
    /// What to do about it.
    pub advice: String,
}

/// By provider; one of whom nothing was refused is not in it.
pub type Refusals = BTreeMap<ProviderName, Refused>;

/// Counts them.
#[derive(Default)]
pub(super) struct Counted(Mutex<Refusals>);

impl Counted {
    /// Counts the request if it was refused, by the line that the log has about it, and is no probe.
    pub(super) fn add(&self, provider: ProviderName, at: Timestamp, headers: &HeaderMap, line: &Value) {
        let reason = line["reason"].as_str().unwrap_or_default();
        let refused = line["outcome"] == "refused" || line["outcome"] == "unsigned";
        if !refused || is_probe(headers, reason) {
            return;
        }
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = counted.get(&provider).map_or(0, |before| before.number);
        let refused = Refused {
            number: number + 1,
            last: at,
            reason: reason.to_owned(),
            advice: advice::of(Some(provider), "refused", reason),
        };
        counted.insert(provider, refused);
    }

    pub(super) fn all(&self) -> Refusals {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A probe has no signature. Whatever has one counts, whoever it says that it is.
fn is_probe(headers: &HeaderMap, reason: &str) -> bool {
    let agent = headers.get(header::USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok());
    reason == Rejection::SignatureMissing.to_string()
        && agent.is_some_and(|agent| agent.starts_with(ANY_PROBE))
}
