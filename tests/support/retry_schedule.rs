//! When providers send a webhook again, by their own pages. A test sets the receiver's clock to these moments and
//! does not wait.

use jiff::{SignedDuration, Timestamp};
use normalization::ProviderName;

use crate::facts::facts;

/// Every documented attempt, if the first is made at `first`.
pub fn attempts(provider: ProviderName, first: Timestamp) -> Vec<Timestamp> {
    let mut attempts = vec![first];
    let mut now = first;
    for wait in &facts(provider).retries_after_seconds {
        now += SignedDuration::from_secs(*wait);
        attempts.push(now);
    }
    attempts
}

/// Whether the provider sends a webhook again that was answered so.
pub fn is_sent_again(provider: ProviderName, status: u16) -> bool {
    match status {
        200..300 => false,
        // Where a refusal is final, that it came too early is not.
        400..500 => status == 429 || !facts(provider).drops_on_4xx,
        _ => true,
    }
}
