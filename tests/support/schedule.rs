//! When providers send a webhook again, by their own pages. A test sets the receiver's clock to these moments and
//! does not wait.

use jiff::{SignedDuration, Timestamp};
use normalization::ProviderName;

/// The waits before the attempts after the first, each from the attempt before it.
fn waits(provider: ProviderName) -> Vec<SignedDuration> {
    let seconds = SignedDuration::from_secs;
    let minutes = SignedDuration::from_mins;
    let hours = SignedDuration::from_hours;
    match provider {
        // <https://jetemail.com/docs/webhooks/getting-started.md>: six attempts.
        ProviderName::JetEmail => {
            vec![seconds(30), minutes(2), minutes(10), hours(1), hours(4)]
        }
        // <https://docs.jasni.ai/webhooks/overview>: four attempts.
        ProviderName::Jasni => vec![seconds(10), seconds(60), minutes(5)],
        // <https://getmailer.co/docs/webhooks>: up to five times more.
        ProviderName::GetMailer => {
            vec![minutes(1), minutes(5), minutes(30), hours(2), hours(24)]
        }
        // <https://emailit.com/docs/webhooks/retries-and-failures.md>: eleven attempts over three days and eight
        // hours, each signed anew.
        ProviderName::Emailit => {
            let first = vec![minutes(5), minutes(30), hours(2), hours(5)];
            [first, vec![hours(12); 6]].concat()
        }
    }
}

/// Every documented attempt, if the first is made at `first`.
pub fn attempts(provider: ProviderName, first: Timestamp) -> Vec<Timestamp> {
    let mut attempts = vec![first];
    let mut now = first;
    for wait in waits(provider) {
        now += wait;
        attempts.push(now);
    }
    attempts
}

/// Whether the provider sends a webhook again that was answered so.
pub fn is_sent_again(provider: ProviderName, status: u16) -> bool {
    match (provider, status) {
        (_, 200..300) => false,
        (ProviderName::JetEmail, 400..500) => status == 429,
        _ => true,
    }
}
