//! Evidence as CSV: one row per piece of evidence.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use normalization::suppression::{Evidence, Kind};
use normalization::{BounceReason, ProviderName, lookup_form};

use crate::options::address;
use crate::output::csv_text;

/// The columns of an export.
pub(super) const COLUMNS: [&str; 7] = ["address", "evidence", "time", "event", "provider", "reason", "note"];

/// The cells of a row.
pub(super) fn cells(address: &str, kind: Kind, evidence: &Evidence) -> [String; 7] {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    [
        address.to_owned(),
        kind.to_string(),
        evidence.time.to_string(),
        evidence.event.clone(),
        text(evidence.provider.map(ProviderName::as_str)),
        text(evidence.reason.map(BounceReason::as_str)),
        text(evidence.note.as_deref()),
    ]
}

/// The columns of a file that is read: an export, or the list of another service with an address in each row.
pub(super) struct Header {
    columns: [Option<usize>; 7],
}

impl Header {
    /// Finds the columns by name, in any order. Returns the names of those that are not read.
    pub(super) fn read(names: &csv::StringRecord) -> Result<(Self, Vec<String>)> {
        let name = |name: &str| match name.trim().trim_start_matches('\u{feff}').to_lowercase().as_str() {
            "email" | "e-mail" | "recipient" => "address".to_owned(),
            other => other.to_owned(),
        };
        let names: Vec<String> = names.iter().map(name).collect();
        let columns = COLUMNS.map(|column| names.iter().position(|name| name == column));
        let header = Self { columns };
        ensure!(
            header.columns.first().is_some_and(Option::is_some),
            "no column is called address or email: the first line must name the columns"
        );
        let unread = names.into_iter().filter(|name| !COLUMNS.contains(&name.as_str()));
        Ok((header, unread.collect()))
    }

    /// Whether the rows are evidence. Otherwise each row is an address that is to be suppressed by hand.
    fn has_evidence(&self) -> bool {
        matches!(self.columns, [_, Some(_), ..])
    }

    /// Reads a row. `now` and `id` complete what it leaves out.
    pub(super) fn row(
        &self,
        row: &csv::StringRecord,
        now: Timestamp,
        id: &str,
    ) -> Result<(String, Kind, Evidence)> {
        let cell =
            |column: Option<usize>| column.and_then(|column| row.get(column)).filter(|cell| !cell.is_empty());
        let [mailbox, kind, time, event, provider, reason, note] =
            self.columns.map(|column| cell(column).map(csv_text));
        let mailbox = address(mailbox.as_deref().unwrap_or_default())?;
        let time = match &time {
            Some(time) => {
                time.parse().with_context(|| format!("{time:?} is not a time such as 2026-11-20T10:00Z"))?
            }
            None => now,
        };
        let foreign = !self.has_evidence();
        let kind = match &kind {
            _ if foreign => Kind::Manual,
            Some(kind) => {
                word(Kind::ALL, kind, Kind::as_str).with_context(|| format!("evidence {kind:?}"))?
            }
            None => Kind::Manual,
        };
        // Another service's reasons are other words: they become the note.
        let (reason, note) = match (reason, note) {
            (reason, note) if foreign => (None, note.or(reason)),
            (reason, note) => (reason, note),
        };
        let reason = reason.map(|reason| {
            word(BounceReason::ALL, &reason, BounceReason::as_str)
                .with_context(|| format!("reason {reason:?}"))
        });
        let provider = provider.filter(|_| !foreign).map(|provider| {
            word(ProviderName::ALL, &provider, ProviderName::as_str)
                .with_context(|| format!("provider {provider:?}"))
        });
        let evidence = Evidence {
            time,
            event: event.filter(|_| !foreign).unwrap_or_else(|| id.to_owned()),
            provider: provider.transpose()?,
            reason: reason.transpose()?,
            note,
        };
        Ok((lookup_form(&mailbox), kind, evidence))
    }
}

/// The word of a vocabulary; the error lists the words.
fn word<T: Copy>(all: &[T], text: &str, as_str: impl Fn(T) -> &'static str) -> Result<T> {
    let found = all.iter().copied().find(|word| as_str(*word) == text);
    found.with_context(|| {
        format!("not one of {}", all.iter().map(|word| as_str(*word)).collect::<Vec<_>>().join(", "))
    })
}
