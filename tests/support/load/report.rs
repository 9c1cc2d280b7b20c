//! The report on a scenario: a row of a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::load::fleet::Answered;
use crate::load::ledger::Findings;

/// One scenario, or one part of it.
#[derive(Debug)]
pub struct Report {
    /// What was sent, and its recipient.
    pub name: String,
    /// How long it took.
    pub elapsed: Duration,
    /// Requests by their status; 0 stands for an invocation that failed.
    pub statuses: BTreeMap<u16, usize>,
    /// The durations of the invocations, in ascending order, without webhooks that no sandbox took (429).
    pub durations: Vec<Duration>,
    /// The slowest request.
    pub slowest: String,
    /// Events in acknowledged requests.
    pub acknowledged: usize,
    /// Events that are new in the table.
    pub recorded: usize,
    /// Events that were already known, according to the answers.
    pub duplicates: usize,
    /// Events that were acknowledged but are missing in the table or on their topic.
    pub lost: usize,
    /// The sandboxes so far, each of which was started once.
    pub sandboxes: usize,
    /// The peak resident memory of the largest sandbox so far in bytes, if the system provides it.
    pub peak_memory: Option<u64>,
    /// Calls to AWS by operation.
    pub calls: BTreeMap<String, usize>,
    /// Descriptions of the problems.
    pub problems: Vec<String>,
}

/// The head of the table.
pub const HEAD: &str = "\
| scenario | requests | answers | requests/s | events/s | p50 ms | p99 ms | longest ms | recorded | duplicates | lost | \
starts | peak MiB | calls to AWS |
| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
";

impl Report {
    /// A report on these answers.
    pub fn new(name: &str, elapsed: Duration, answers: &[Answered], findings: &Findings) -> Self {
        let mut statuses = BTreeMap::new();
        for answer in answers {
            *statuses.entry(answer.status.unwrap_or(0)).or_default() += 1;
        }
        let taken = answers.iter().filter(|answer| answer.status != Some(429));
        let mut durations: Vec<Duration> = taken.map(|answer| answer.duration).collect();
        durations.sort();
        let slowest = answers.iter().max_by_key(|answer| answer.duration);
        let recorded: usize = answers.iter().map(|answer| answer.recorded).sum();
        let duplicates = answers.iter().map(|answer| answer.duplicates).sum();
        let mut report = Self {
            name: name.to_owned(),
            elapsed,
            statuses,
            durations,
            slowest: slowest.map_or_else(String::new, |answer| answer.post.name.clone()),
            acknowledged: recorded + duplicates,
            recorded,
            duplicates,
            lost: findings.lost,
            sandboxes: 0,
            peak_memory: None,
            calls: BTreeMap::new(),
            problems: findings.counted(),
        };
        report.judge(answers);
        report
    }

    /// Adds the memory and the problems.
    pub fn enter_memory(&mut self, peak: Option<u64>, most: u64) {
        self.peak_memory = peak;
        if let Some(peak) = peak.filter(|peak| *peak > most) {
            self.problems.push(format!("a sandbox took {peak} bytes of memory, and may take {most}"));
        }
    }

    fn judge(&mut self, answers: &[Answered]) {
        for answer in answers {
            let accepted = answer.is_acknowledged();
            if accepted && !answer.post.is_genuine() {
                self.problems.push(format!("forged, and accepted: {}", answer.post.name));
            }
            if answer.status.is_none() {
                self.problems.push(format!("no answer: {}", answer.post.name));
            }
        }
    }

    /// A row of the table.
    pub fn row(&self) -> String {
        let seconds = self.elapsed.as_secs_f64();
        let requests = self.statuses.values().sum();
        let mut row = format!("| {} | {} |", self.name, thousands(requests));
        let mut separator = " ";
        for (status, count) in &self.statuses {
            let _ = write!(row, "{separator}{} × {status}", thousands(*count));
            separator = ", ";
        }
        let _ = write!(
            row,
            " | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            rate(requests, seconds),
            rate(self.acknowledged, seconds),
            milliseconds(self.percentile(50)),
            milliseconds(self.percentile(99)),
            milliseconds(self.percentile(100)),
            thousands(self.recorded),
            thousands(self.duplicates),
            thousands(self.lost),
            thousands(self.sandboxes),
            self.peak_memory.map_or_else(|| "–".to_owned(), |peak| (peak >> 20).to_string()),
        );
        separator = " ";
        for (operation, count) in &self.calls {
            let _ = write!(row, "{separator}{} {operation}", thousands(*count));
            separator = ", ";
        }
        row.push_str(" |\n");
        row
    }

    /// The given percentile of the durations.
    fn percentile(&self, percent: usize) -> Duration {
        let duration = self.durations.get((self.durations.len() * percent).div_ceil(100).saturating_sub(1));
        duration.copied().unwrap_or_default()
    }
}

/// Three digits match the precision of such a measurement.
fn milliseconds(duration: Duration) -> String {
    let milliseconds = duration.as_secs_f64() * 1e3;
    if milliseconds < 10.0 { format!("{milliseconds:.1}") } else { format!("{milliseconds:.0}") }
}

fn rate(count: usize, seconds: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rate = count as f64 / seconds;
    if rate < 10.0 { format!("{rate:.1}") } else { format!("{rate:.0}") }
}

fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
