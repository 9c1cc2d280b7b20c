//! Limits the rate at which a command sends.

use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::{Stream, stream};
use tokio::time::{Interval, MissedTickBehavior};

/// The longest and the shortest time between two ticks. The timer takes no longer or shorter one.
const LONGEST: Duration = Duration::from_hours(24);
const SHORTEST: Duration = Duration::from_nanos(1);

/// Parses a number per second for clap.
pub(crate) fn rate(text: &str) -> Result<f64> {
    let rate: f64 = text.parse()?;
    ensure!(rate.is_finite() && rate > 0.0, "not a number above 0");
    Ok(rate)
}

/// One item for each thing to send, at the given rate at most; without a rate, immediately.
pub(crate) fn ticks(rate: Option<f64>) -> impl Stream<Item = ()> {
    stream::unfold(rate.map(every), async |mut every| {
        if let Some(every) = &mut every {
            every.tick().await;
        }
        Some(((), every))
    })
}

fn every(rate: f64) -> Interval {
    let every = Duration::try_from_secs_f64(rate.recip()).unwrap_or(LONGEST);
    let mut every = tokio::time::interval(every.clamp(SHORTEST, LONGEST));
    // After a pause, such as a slow answer, a receiver must not get everything at once that was not sent meanwhile.
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::{FutureExt as _, StreamExt as _};

    use super::*;

    #[tokio::test]
    async fn an_item_waits_for_its_time() {
        let mut none = pin!(ticks(None));
        let mut slow = pin!(ticks(Some(1e-4)));
        for _ in 0..100 {
            assert!(none.next().now_or_never().is_some());
        }
        slow.next().await.unwrap();
        assert!(slow.next().now_or_never().is_none());
    }

    #[tokio::test]
    async fn what_a_pause_missed_is_not_sent_at_once() {
        let every = every(5.0);
        assert_eq!(every.period(), Duration::from_millis(200));
        assert_eq!(every.missed_tick_behavior(), MissedTickBehavior::Delay);
        for (rate, period) in [(1e-300, LONGEST), (1e300, SHORTEST)] {
            assert_eq!(super::every(rate).period(), period);
        }
    }
}
