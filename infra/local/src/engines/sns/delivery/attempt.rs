//! One attempt to deliver a message, and whether another one follows.

use std::time::Duration;

use jiff::Timestamp;

/// The delays before the retries. SNS makes as many retries by default, 20 seconds apart
/// (<https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.retry.html>); a developer who has just restarted a subscriber
/// should not wait for so long.
const RETRIES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(20)];

/// One attempt to deliver a message to a subscriber over HTTP.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attempt {
    /// When it ended.
    pub time: Timestamp,
    /// The subscriber's URL without its user name, password, query and fragment, which may be secret.
    pub endpoint: String,
    /// The topic's name.
    pub topic: String,
    /// The id of the message, the same for every attempt.
    pub message_id: String,
    /// The id of the announced event, in the form for logs. `None` if the message asks to confirm a subscription.
    pub event: Option<String>,
    /// The number of the attempt, from 1.
    pub number: usize,
    /// The HTTP status of the answer, or the reason that there is no answer.
    pub answer: Result<u16, String>,
    /// What follows from the answer.
    pub outcome: AttemptOutcome,
}

impl Attempt {
    /// The number of attempts after which a delivery has failed.
    pub const MOST: usize = 1 + RETRIES.len();
}

/// What follows from the answer of a subscriber.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AttemptOutcome {
    /// The subscriber has the message.
    Delivered,
    /// The next attempt is made after this delay.
    Retrying(Duration),
    /// No further attempt is made.
    Failed,
}

impl AttemptOutcome {
    /// Decides as SNS does: it retries if there is no answer, and after the statuses 429 and 5xx. Any other status except 2xx is a
    /// permanent failure, also a redirect
    /// (<https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html>).
    pub(super) fn of(answer: &Result<u16, String>, number: usize) -> Self {
        match answer {
            Ok(200..=299) => Self::Delivered,
            Ok(429 | 500..=599) | Err(_) => {
                RETRIES.get(number - 1).map_or(Self::Failed, |delay| Self::Retrying(*delay))
            }
            Ok(_) => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes() {
        for status in [200, 204, 299] {
            assert_eq!(AttemptOutcome::of(&Ok(status), 1), AttemptOutcome::Delivered, "{status}");
        }
        for status in [101, 301, 307, 400, 401, 404, 410, 600] {
            assert_eq!(AttemptOutcome::of(&Ok(status), 1), AttemptOutcome::Failed, "{status}");
        }
        for answer in [Ok(429), Ok(500), Ok(503), Ok(599), Err("connection refused".to_owned())] {
            let outcomes = (1..=Attempt::MOST).map(|number| AttemptOutcome::of(&answer, number));
            let delays = [1, 5, 20].map(|seconds| AttemptOutcome::Retrying(Duration::from_secs(seconds)));
            assert!(outcomes.eq(delays.into_iter().chain([AttemptOutcome::Failed])), "{answer:?}");
        }
    }
}
