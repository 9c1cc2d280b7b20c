//! Limits the rate at which a command sends.

use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::{Stream, stream};

/// The longest and the shortest time between two ticks. The timer takes no longer or shorter one.
const LONGEST: Duration = Duration::from_hours(24);
const SHORTEST: Duration = Duration::from_nanos(1);

/// Parses a number per second for clap.
pub(crate) fn rate(text: &str) -> Result<f64> {
    let rate: f64 = text.parse()?;
    ensure!(rate.is_finite() && rate > 0.0, "not a number above 0");
    Ok(rate)
}

/// One item for each thing to send, at the given rate on average; without a rate, immediately.
pub(crate) fn ticks(rate: Option<f64>) -> impl Stream<Item = ()> {
    let every = rate.map(|rate| {
        let every = Duration::try_from_secs_f64(rate.recip()).unwrap_or(LONGEST);
        tokio::time::interval(every.clamp(SHORTEST, LONGEST))
    });
    stream::unfold(every, async |mut every| {
        if let Some(every) = &mut every {
            every.tick().await;
        }
        Some(((), every))
    })
}
