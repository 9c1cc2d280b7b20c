//! The documented retry schedules of the providers. A test sets the receiver's clock to these times instead of
//! waiting.

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

/// Whether the provider retries a webhook after this answer.
pub fn is_sent_again(provider: ProviderName, status: u16) -> bool {
    match status {
        200..300 => false,
        // Even where other rejections are final, 429 Too Many Requests is not.
        400..500 => status == 429 || !facts(provider).drops_on_4xx,
        _ => true,
    }
}
