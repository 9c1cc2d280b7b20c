//! The size, duration and price of reading a whole table.

use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, HumanDuration};
use ingestion::store::Size;

/// A table of fewer bytes is read without a word about it.
pub(super) const NOTICEABLE: u64 = 4 * 1024 * 1024;

/// Bytes per read unit of an eventually consistent read
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>).
const READ_UNIT: f64 = 8_192.0;

/// Dollars per million read units, on demand, in us-east-1, as of November 2026.
const DOLLARS_PER_MILLION: f64 = 0.125;

/// Bytes per second that one segment of a scan reads: a page of one megabyte takes about 100 ms.
const BYTES_PER_SECOND: u64 = 10_000_000;

/// The read units of this many bytes.
#[expect(clippy::cast_precision_loss, reason = "a table has less than 2^52 bytes")]
pub(super) fn units(bytes: u64) -> f64 {
    bytes as f64 / READ_UNIT
}

/// The size of the table, and the duration and price of reading it.
pub(super) fn words(size: &Size, segments: u16) -> String {
    let seconds = (size.bytes / (BYTES_PER_SECOND * u64::from(segments))).max(1);
    format!(
        "up to {} items of {} in total, about {} and {} dollars",
        HumanCount(size.items),
        HumanBytes(size.bytes),
        HumanDuration(Duration::from_secs(seconds)),
        dollars(units(size.bytes) * DOLLARS_PER_MILLION / 1e6),
    )
}

/// Rounded to a cent; less is "less than 0.01".
fn dollars(amount: f64) -> String {
    if amount < 0.005 { "less than 0.01".to_owned() } else { format!("{amount:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_time_and_price_are_said() {
        let size = |items, bytes| Size { items, bytes, has_time_index: true };
        let small = words(&size(12_345, 8_000_000), 4);
        assert_eq!(
            small,
            "up to 12,345 items of 7.63 MiB in total, about 1 second and less than 0.01 dollars"
        );
        // 100 GB are 12.2 million units.
        let large = words(&size(150_000_000, 100_000_000_000), 4);
        assert_eq!(large, "up to 150,000,000 items of 93.13 GiB in total, about 42 minutes and 1.53 dollars");
    }
}
