//! Parses times on the command line.

use anyhow::{Context, Result, ensure};
use ingestion::clock;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

/// Parses a time (`2026-11-20T10:00Z`; UTC without the `Z`), a date (`2026-11-20`), or an age (`2h`, `7d`).
pub(crate) fn parse(text: &str) -> Result<Timestamp> {
    at(text, clock::now())
}

/// Parses the start of a period that ends now or earlier. Fails for a time in the future, which no event can match.
pub(crate) fn past(text: &str) -> Result<Timestamp> {
    before(text, clock::now())
}

fn before(text: &str, now: Timestamp) -> Result<Timestamp> {
    let time = at(text, now)?;
    ensure!(time <= now, "the time is in the future");
    Ok(time)
}

fn at(text: &str, now: Timestamp) -> Result<Timestamp> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return Ok(time.to_zoned(TimeZone::UTC)?.timestamp());
    }
    let span: Option<Span> = text.parse().ok();
    let ago = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let ago = ago.context("expected a time such as 2026-11-20T10:00Z, or an age such as 2h or 7d")?;
    ensure!(ago >= SignedDuration::ZERO, "the age is negative");
    Ok(now.checked_sub(ago)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_dates_and_durations() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-11-20T10:00Z", "2026-11-20T10:00:00Z"),
            ("2026-11-20T10:00+02:00", "2026-11-20T08:00:00Z"),
            ("2026-11-20T10:00", "2026-11-20T10:00:00Z"),
            ("2026-11-20", "2026-11-20T00:00:00Z"),
            ("2h", "2026-11-22T10:00:00Z"),
            ("7d", "2026-11-15T12:00:00Z"),
            ("1w 90min", "2026-11-15T10:30:00Z"),
        ] {
            assert_eq!(at(text, now).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "yesterday", "7", "-2h", "3 months"] {
            assert!(at(text, now).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_span_begins_in_the_past() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        for text in ["2026-11-22T12:00:00Z", "0s", "2026-11-22"] {
            assert!(before(text, now).is_ok(), "{text}");
        }
        for text in ["2026-11-22T12:00:01Z", "2026-11-23", "-1s"] {
            assert!(before(text, now).is_err(), "{text}");
        }
    }
}
