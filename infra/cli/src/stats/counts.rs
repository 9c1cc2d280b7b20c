//! The counts of a row and their rates.

use normalization::MailOutcome;
use serde_json::Value;

/// The names of the counts and rates.
pub(super) const COLUMNS: [&str; 7] = [
    "delivered",
    "hard_bounced",
    "soft_bounced",
    "complained",
    "unsubscribed",
    "bounce_rate",
    "complaint_rate",
];

/// The width of the longest bar.
const BAR: u64 = 10;

/// The results of the mails of a row.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    delivered: u64,
    hard_bounced: u64,
    soft_bounced: u64,
    complained: u64,
    unsubscribed: u64,
}

impl Counts {
    pub(super) fn add(&mut self, outcome: MailOutcome) {
        let count = match outcome {
            MailOutcome::Delivered => &mut self.delivered,
            MailOutcome::HardBounced => &mut self.hard_bounced,
            MailOutcome::SoftBounced => &mut self.soft_bounced,
            MailOutcome::Complained => &mut self.complained,
            MailOutcome::Unsubscribed => &mut self.unsubscribed,
        };
        *count += 1;
    }

    /// Mails that were delivered or bounced hard.
    pub(super) fn mails(&self) -> u64 {
        self.delivered + self.hard_bounced
    }

    pub(super) fn all(&self) -> u64 {
        self.mails() + self.soft_bounced + self.complained + self.unsubscribed
    }

    /// Hard bounces of all mail that was delivered or bounced hard.
    fn bounce_rate(&self) -> Option<f64> {
        rate(self.hard_bounced, self.mails())
    }

    /// Complaints of all mail that was delivered.
    fn complaint_rate(&self) -> Option<f64> {
        rate(self.complained, self.delivered)
    }

    fn numbers(&self) -> [u64; 5] {
        [self.delivered, self.hard_bounced, self.soft_bounced, self.complained, self.unsubscribed]
    }

    fn rates(&self) -> [Option<f64>; 2] {
        [self.bounce_rate(), self.complaint_rate()]
    }

    /// The counts and rates as members of an object. A rate of nothing is `null`.
    pub(super) fn members(&self) -> impl Iterator<Item = (String, Value)> {
        let values = self.numbers().map(Value::from).into_iter().chain(self.rates().map(Value::from));
        COLUMNS.into_iter().map(str::to_owned).zip(values)
    }

    /// The counts and rates as cells of CSV. A rate of nothing is empty.
    pub(super) fn cells(&self) -> Vec<String> {
        let rate = |rate: Option<f64>| rate.map(|rate| format!("{rate:.6}")).unwrap_or_default();
        self.numbers().map(|number| number.to_string()).into_iter().chain(self.rates().map(rate)).collect()
    }

    /// The counts for people, with the rates in percent, and a bar for the number of mails.
    pub(super) fn words(&self, most: u64) -> [String; 6] {
        let bar = self.mails().saturating_mul(BAR).div_ceil(most.max(1));
        [
            self.delivered.to_string(),
            with_rate(self.hard_bounced, self.bounce_rate()),
            self.soft_bounced.to_string(),
            with_rate(self.complained, self.complaint_rate()),
            self.unsubscribed.to_string(),
            "\u{2588}".repeat(usize::try_from(bar).unwrap_or(0)),
        ]
    }
}

/// A share; `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of mail are far below 2^53")]
fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn with_rate(count: u64, rate: Option<f64>) -> String {
    match rate.filter(|_| count > 0) {
        Some(rate) => format!("{count} ({:.2}%)", rate * 100.0),
        None => count.to_string(),
    }
}
