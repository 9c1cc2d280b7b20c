//! Evidence as CSV: one row per piece of evidence.

use anyhow::{Context, Result, ensure};
use ingestion::suppressions::{SALT, is_address};
use jiff::Timestamp;
use normalization::suppression::{Evidence, Kind};
use normalization::{BounceReason, ProviderName, digest, lookup_form};

use crate::options::address;
use crate::output::csv_text;
use crate::time_arg;

/// The columns of an export.
pub(super) const COLUMNS: [&str; 7] = ["address", "evidence", "time", "event", "provider", "reason", "note"];

/// Begins the id of evidence whose row has none.
pub(super) const IMPORTED: &str = "import:";

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

    /// The salt of the list that was exported, if the row has it.
    pub(super) fn salt(&self, row: &csv::StringRecord) -> Option<String> {
        let [address, _, _, event, ..] = self.columns.map(|column| column.and_then(|column| row.get(column)));
        event.filter(|_| address == Some(SALT)).map(str::to_owned)
    }

    /// Reads a row. A row without a time gets the present; one without an id gets one that is the same at each import.
    pub(super) fn row(&self, row: &csv::StringRecord, now: Timestamp) -> Result<(String, Kind, Evidence)> {
        let cell =
            |column: Option<usize>| column.and_then(|column| row.get(column)).filter(|cell| !cell.is_empty());
        let [mailbox, kind, time, event, provider, reason, note] =
            self.columns.map(|column| cell(column).map(csv_text));
        let mailbox = mailbox.unwrap_or_default();
        let address = if is_address(&mailbox) { lookup_form(&address(&mailbox)?) } else { mailbox };
        let given = time.as_deref().map(time_arg::parse).transpose()?;
        let time = given.unwrap_or(now);
        if !self.has_evidence() {
            // Another service's reasons are other words: they become the note.
            let note = note.or(reason);
            let event = import_id(&address, Kind::Manual, given, note.as_deref());
            let evidence = Evidence { time, event, provider: None, reason: None, note };
            return Ok((address, Kind::Manual, past(evidence, now)?));
        }
        let kind = word("evidence", kind.as_deref(), Kind::ALL, Kind::as_str)?.unwrap_or(Kind::Manual);
        let provider = word("provider", provider.as_deref(), ProviderName::ALL, ProviderName::as_str)?;
        let reason = word("reason", reason.as_deref(), BounceReason::ALL, BounceReason::as_str)?;
        let event = event.unwrap_or_else(|| import_id(&address, kind, given, note.as_deref()));
        let evidence = Evidence { time, event, provider, reason, note };
        let is_by_hand = [Kind::Manual, Kind::Released].contains(&kind);
        Ok((address, kind, if is_by_hand { past(evidence, now)? } else { evidence }))
    }
}

/// What a person decided holds against all later decisions if its time is in the future.
fn past(evidence: Evidence, now: Timestamp) -> Result<Evidence> {
    ensure!(evidence.time <= now, "the time {} is in the future", evidence.time);
    Ok(evidence)
}

/// The id of a row without one. It is the same at each import.
fn import_id(address: &str, kind: Kind, time: Option<Timestamp>, note: Option<&str>) -> String {
    let time = time.map(|time| time.to_string()).unwrap_or_default();
    let row = [address, kind.as_str(), &time, note.unwrap_or_default()].join("\n");
    format!("{IMPORTED}{}", digest(row.as_bytes()))
}

/// The word of a vocabulary in a cell; the error lists the words.
fn word<T: Copy>(
    column: &str,
    cell: Option<&str>,
    all: &[T],
    as_str: impl Fn(T) -> &'static str,
) -> Result<Option<T>> {
    let Some(cell) = cell else { return Ok(None) };
    let found = all.iter().copied().find(|word| as_str(*word) == cell);
    let words = || all.iter().map(|word| as_str(*word)).collect::<Vec<_>>().join(", ");
    found.map(Some).with_context(|| format!("{column} {cell:?} is not one of {}", words()))
}
