//! `mailhooks stats`: counts the results of mail.

mod counts;

use std::collections::BTreeMap;

use anyhow::Result;
use clap::ValueEnum;
use ingestion::clock;
use ingestion::store::StoredEvent;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use normalization::{Event, MailOutcome, lookup_domain};
use serde_json::{Map, Value};

use crate::connect::{self, Connection};
use crate::options::{Global, number};
use crate::output::{self, Table, print_csv};
use crate::reading::{self, Collector, Reading, Segments};
use crate::selection::Selection;
use counts::Counts;

const EXAMPLES: &str = "\
Examples:
  mailhooks stats                                    by day
  mailhooks stats --by domain --since 7d -n 20       the largest domains
  mailhooks stats --by reason --type email.bounced   why mail bounces
  mailhooks stats --by tag --csv                     for a spreadsheet

The bounce rate is hard bounces of all mail that was delivered or bounced hard; the complaint rate is complaints of all mail \
that was delivered. Both need the provider's events about deliveries. Some mailbox providers, such as Gmail, report no \
complaints, so the complaint rate is a lower bound.

With --since it reads the events since then, otherwise the whole table.";

/// Counts deliveries, bounces, complaints and unsubscriptions, with their rates
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What a row stands for
    #[arg(long, value_enum, default_value_t = By::Day)]
    by: By,
    /// Show this many of the largest rows; of days, the latest [default: all]
    #[arg(short = 'n', long, value_name = "NUMBER", value_parser = number)]
    limit: Option<usize>,
    /// Print CSV: a header, and a row for each line
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    segments: Segments,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum By {
    /// The day in UTC on which it happened
    Day,
    /// The provider
    Provider,
    /// The recipient's domain
    Domain,
    /// The reason of the bounce
    Reason,
    /// The tag of the mail; a mail with several tags counts in each
    Tag,
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Provider => "provider",
            Self::Domain => "domain",
            Self::Reason => "reason",
            Self::Tag => "tag",
        }
    }

    /// The rows in which an event counts.
    fn rows(self, event: &Event) -> Vec<String> {
        let data = &event.data;
        let one = match self {
            Self::Day => Some(event.time.to_zoned(TimeZone::UTC).date().to_string()),
            Self::Provider => Some(data.provider.to_string()),
            Self::Domain => {
                let recipient = data.recipient.as_deref();
                recipient.and_then(|recipient| Some(lookup_domain(recipient.rsplit_once('@')?.1)))
            }
            Self::Reason => data.bounce.as_ref().and_then(|bounce| Some(bounce.reason?.to_string())),
            Self::Tag => {
                return data.message.as_ref().map(|message| message.tags.clone()).unwrap_or_default();
            }
        };
        one.into_iter().collect()
    }
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    arguments.selection.check()?;
    let connection = connect::open(global).await?;
    let rows = arguments.sorted(count(&connection, arguments).await?);
    let by = arguments.by.name();
    if global.json {
        return rows.iter().try_for_each(|(key, counts)| output::print_json(&object(by, key, counts)));
    }
    if arguments.csv {
        print_csv([by].into_iter().chain(counts::COLUMNS))?;
        return rows.iter().try_for_each(|(key, counts)| {
            let cells = counts.cells();
            print_csv([key.as_str()].into_iter().chain(cells.iter().map(String::as_str)))
        });
    }
    if rows.is_empty() {
        return Ok(output::print(&format!("{} has no such events", connection.name))?);
    }
    let most = rows.iter().map(|(_, counts)| counts.mails()).max().unwrap_or(0);
    let mut table = Table::new(&[by, "delivered", "hard bounces", "soft", "complaints", "opt-outs", ""]);
    for (key, counts) in &rows {
        table.row([key.clone()].into_iter().chain(counts.words(most)).collect());
    }
    Ok(table.print()?)
}

/// The counts of each row.
async fn count(connection: &Connection, arguments: &Arguments) -> Result<BTreeMap<String, Counts>> {
    let mut counting = Counting { arguments, now: clock::now(), rows: BTreeMap::new() };
    let Selection { since, until, .. } = arguments.selection;
    let reading = Reading { since, until, wanted: None, segments: &arguments.segments };
    reading::read(connection, reading, &mut counting).await?;
    Ok(counting.rows)
}

/// Counts the events that are read.
struct Counting<'a> {
    arguments: &'a Arguments,
    now: Timestamp,
    rows: BTreeMap<String, Counts>,
}

impl Collector for Counting<'_> {
    fn take(&mut self, stored: StoredEvent) {
        let is_expired = stored.expires_at.is_some_and(|end| end <= self.now);
        let Some(outcome) = MailOutcome::of(&stored.event.data) else { return };
        if !is_expired && self.arguments.selection.takes(&stored) {
            for row in self.arguments.by.rows(&stored.event) {
                self.rows.entry(row).or_default().add(outcome);
            }
        }
    }

    fn has_enough(&self) -> bool {
        false
    }

    fn restart(&mut self) {
        self.rows.clear();
    }
}

impl Arguments {
    /// The rows in the order of printing: days as they follow each other, others by their number of mails.
    fn sorted(&self, rows: BTreeMap<String, Counts>) -> Vec<(String, Counts)> {
        let mut rows: Vec<_> = rows.into_iter().collect();
        let limit = self.limit.unwrap_or(usize::MAX);
        if self.by == By::Day {
            let first = rows.len().saturating_sub(limit);
            return rows.split_off(first);
        }
        rows.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.all()));
        rows.truncate(limit);
        rows
    }
}

fn object(by: &str, key: &str, counts: &Counts) -> Value {
    let mut object = Map::from_iter([(by.to_owned(), key.into())]);
    object.extend(counts.members());
    Value::Object(object)
}
