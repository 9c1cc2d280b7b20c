//! Reads times, in every format that a provider has been seen to use.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;

/// The times of mail headers. A wrong day of the week is ignored.
const MAIL_TIME: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);

/// From this value on, a number is in milliseconds, not seconds: as seconds it is the year 5138.
const FIRST_MILLISECONDS: f64 = 1e11;

/// Reads a time: RFC 3339 with any offset, with both `Z` and an offset (`2026-02-02T10:30:00.000000Z+00:00`, Emailit
/// in February 2026), or without an offset (taken as UTC); Unix seconds or milliseconds, whole or with a fraction; or
/// RFC 2822 (`Tue, 09 Jan 2024 18:40:00 +0000`). A time before 1970 or after 9999 is ignored: programming languages
/// write their zero value like that.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let read = match text.parse::<f64>() {
        Ok(number) => unix_time(number),
        Err(_) => calendar_time(text),
    };
    read.filter(|time| *time > Timestamp::UNIX_EPOCH && time.as_second() < YEAR_10000)
}

/// 10000-01-01T00:00:00Z: the year in RFC 3339 has four digits.
const YEAR_10000: i64 = 253_402_300_800;

fn unix_time(number: f64) -> Option<Timestamp> {
    let seconds = if number.abs() < FIRST_MILLISECONDS { number } else { number / 1e3 };
    // A double keeps microseconds until the year 2255.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast from float saturates, and jiff rejects values out of range"
    )]
    Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()
}

fn calendar_time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let utc = text.split_once(['Z', 'z']).map_or(text, |(before, _)| before);
    let Ok(offsetless) = utc.parse::<DateTime>() else {
        return MAIL_TIME.parse_timestamp(text).ok();
    };
    offsetless.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_seen() {
        let cases = [
            ("1704825600", "2024-01-09T18:40:00Z"),
            ("1704825600.5", "2024-01-09T18:40:00.5Z"),
            ("1704825600123", "2024-01-09T18:40:00.123Z"),
            ("1.7048256e9", "2024-01-09T18:40:00Z"),
            ("1727431826.041502", "2024-09-27T10:10:26.041502Z"),
            ("1727431822.8817", "2024-09-27T10:10:22.8817Z"),
            ("2024-01-15T10:30:00.000Z", "2024-01-15T10:30:00Z"),
            ("2026-10-01T09:14:03.512000+00:00", "2026-10-01T09:14:03.512Z"),
            ("2026-02-02T10:30:00.000000Z+00:00", "2026-02-02T10:30:00Z"),
            ("2026-04-23T19:49:41.015503484+00:00", "2026-04-23T19:49:41.015503484Z"),
            ("2026-04-23T21:49:41+02:00", "2026-04-23T19:49:41Z"),
            ("2026-04-23 21:49:41", "2026-04-23T21:49:41Z"),
            (" 2026-04-23T21:49:41 ", "2026-04-23T21:49:41Z"),
            ("Tue, 09 Jan 2024 18:40:00 +0000", "2024-01-09T18:40:00Z"),
            ("9 Jan 2024 20:40:00 +0200", "2024-01-09T18:40:00Z"),
            ("Tue, 9 Jan 2024 13:40 EST", "2024-01-09T18:40:00Z"),
            ("Tue, 09 Jan 2024 18:40:00 GMT", "2024-01-09T18:40:00Z"),
            ("Tue, 09 Jan 2024 18:40:00 -0000 (UTC)", "2024-01-09T18:40:00Z"),
            ("Mon, 09 Jan 2024 18:40:00 +0000", "2024-01-09T18:40:00Z"),
        ];
        for (text, expected) in cases {
            let read = parse_time(text).map(|time| time.to_string());
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "...",
            "now",
            "NaN",
            "inf",
            "-1",
            "0",
            "1e999",
            "0001-01-01T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "9999999999999999999999",
            "-9223372036854775808",
            "+10000-01-01T00:00:00Z",
            "2026-01-01T00:00:00+99:99",
            "Tue, 32 Jan 2024 18:40:00 +0000",
            "Tue, 09 Jan",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}
