//! `mailhooks suppressions list`: lists the suppressed addresses.

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use ingestion::clock;
use ingestion::suppressions::{Answer, Entry};
use jiff::Timestamp;
use normalization::ProviderName;
use normalization::suppression::Reason;

use crate::connect::ListConnection;
use crate::options::{Global, provider, word};
use crate::output::{self, Table, print_csv};
use crate::reading::{self, Segments};
use crate::time_arg;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Only addresses that are suppressed for this reason
    #[arg(long, value_parser = word(Reason::ALL, Reason::as_str))]
    reason: Option<Reason>,
    /// Only addresses that this provider's events suppress
    #[arg(long, value_parser = provider())]
    provider: Option<ProviderName>,
    /// Only addresses suppressed since a time such as 2026-11-20T10:00Z, or an age such as 2h or 7d
    #[arg(long, value_name = "TIME", value_parser = time_arg::past)]
    since: Option<Timestamp>,
    /// Print CSV with the columns address, reason, since, until, provider, event
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    segments: Segments,
}

impl Arguments {
    fn takes(&self, answer: &Answer<'_>) -> bool {
        answer.is_suppressed()
            && self.reason.is_none_or(|reason| answer.reason == Some(reason))
            && self.provider.is_none_or(|provider| answer.provider == Some(provider))
            && self.since.is_none_or(|since| answer.since >= Some(since))
    }
}

pub(super) async fn run(connection: &ListConnection, arguments: &Arguments, global: &Global) -> Result<()> {
    let list = &connection.list;
    let now = clock::now();
    let mut entries: Vec<Entry> = Vec::new();
    let bar = reading::begin_list(connection, &arguments.segments).await;
    let mut pages = list.pages(arguments.segments.number(connection.is_deployed()));
    while let Some(page) = pages.try_next().await.with_context(|| connection.unreadable())? {
        bar.inc(page.len() as u64);
        entries.extend(page.into_iter().filter(|entry| arguments.takes(&entry.answer(list.policy(), now))));
    }
    bar.finish_and_clear();
    let mut answers: Vec<_> = entries.iter().map(|entry| entry.answer(list.policy(), now)).collect();
    answers.sort_by(|one, other| (other.since, one.address).cmp(&(one.since, other.address)));
    if global.json {
        return answers.iter().try_for_each(output::print_json);
    }
    if arguments.csv {
        print_csv(["address", "reason", "since", "until", "provider", "event"])?;
        let mut rows = answers.iter().map(|answer| cells(answer, |time| time.to_string()));
        return rows.try_for_each(|row| print_csv(row.iter().map(String::as_str)));
    }
    if answers.is_empty() {
        return Ok(output::print("no address is suppressed")?);
    }
    let mut table = Table::new(&["address", "reason", "since", "until", "provider"]);
    for answer in &answers {
        let [address, reason, since, until, provider, _] = cells(answer, output::moment);
        table.row(vec![address, reason, since, until, provider]);
    }
    Ok(table.print()?)
}

fn cells(answer: &Answer<'_>, time: impl Fn(Timestamp) -> String) -> [String; 6] {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    [
        answer.address.to_owned(),
        text(answer.reason.map(Reason::as_str)),
        answer.since.map(&time).unwrap_or_default(),
        answer.until.map(&time).unwrap_or_default(),
        text(answer.provider.map(ProviderName::as_str)),
        text(answer.event),
    ]
}
