//! `mailhooks suppressions import`: adds a CSV file to the list.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use ingestion::clock;
use ingestion::suppressions::{Entry, is_address};
use normalization::suppression::{Evidence, Kind};
use serde_json::json;

use super::evidence_csv::{Header, IMPORTED};
use crate::connect::ListConnection;
use crate::options::Global;
use crate::output;

/// Addresses that are written at a time.
const CONCURRENT: usize = 25;

/// Invalid lines that an error names.
const MAX_NAMED: usize = 10;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// File with the columns of `export`, or with a column address or email, whose addresses are suppressed by hand [default: standard input]
    file: Option<PathBuf>,
}

/// The content of a file.
struct Read {
    evidences: Evidences,
    /// The salt of the list that was exported, if addresses were erased from it.
    salt: Option<String>,
}

/// The evidence of a file, by address in lookup form.
type Evidences = BTreeMap<String, Vec<(Kind, Evidence)>>;

pub(super) async fn run(connection: &ListConnection, arguments: &Arguments, global: &Global) -> Result<()> {
    let (name, file): (_, Box<dyn io::Read>) =
        match arguments.file.as_ref().filter(|path| path.as_os_str() != "-") {
            Some(path) => {
                let name = path.display().to_string();
                let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
                (name, Box::new(file))
            }
            None => ("standard input".to_owned(), Box::new(io::stdin())),
        };
    // Everything is read first, so that an invalid line changes nothing.
    let Read { mut evidences, salt } = read(file, &name)?;
    check_salt(connection, salt.as_deref(), &mut evidences).await?;
    let bar = output::progress(Some(evidences.len() as u64), "addresses");
    let now = clock::now();
    let count = evidences.len();
    let list = &connection.list;
    let bar = &bar;
    let writes = evidences.into_iter().map(|(address, mut evidence)| async move {
        let known = list.get(&address).await.with_context(|| connection.unreadable())?;
        evidence.retain(|(kind, one)| known.as_ref().is_none_or(|entry| !is_known(entry, *kind, one)));
        let changed = list.add(&address, &evidence, now).await.with_context(|| connection.unwritable());
        bar.inc(1);
        anyhow::Ok(usize::from(changed?))
    });
    let changed: usize = stream::iter(writes)
        .buffer_unordered(CONCURRENT)
        .try_fold(0, |sum, changed| async move { Ok(sum + changed) })
        .await
        .context("some addresses may be imported already: running it again is harmless")?;
    bar.finish_and_clear();
    if global.json {
        return output::print_json(&json!({"addresses": count, "changed": changed}));
    }
    Ok(output::print(&format!("addresses read: {count}; entries changed in {}: {changed}", connection.name))?)
}

/// Whether the entry has the evidence of the same row from an earlier import, which had an earlier time if the row has none.
fn is_known(entry: &Entry, kind: Kind, evidence: &Evidence) -> bool {
    let same = |(known, one): (Kind, &Evidence)| known == kind && one.event == evidence.event;
    evidence.event.starts_with(IMPORTED) && entry.slots.iter().any(same)
}

/// Addresses that were erased are known by hashes, which mean something with their salt only.
async fn check_salt(
    connection: &ListConnection,
    salt: Option<&str>,
    evidences: &mut Evidences,
) -> Result<()> {
    if evidences.keys().all(|key| is_address(key)) {
        return Ok(());
    }
    let is_same = match salt {
        Some(salt) => {
            let kept = connection.list.salt_or(salt).await.with_context(|| connection.unwritable())?;
            kept == salt
        }
        None => false,
    };
    if !is_same {
        let before = evidences.len();
        evidences.retain(|key, _| is_address(key));
        output::remark(&format!(
            "note: {} erased addresses are not imported: the list has erased others with another salt",
            before - evidences.len()
        ));
    }
    Ok(())
}

fn read(file: Box<dyn io::Read>, name: &str) -> Result<Read> {
    let unreadable = || format!("cannot read {name} as CSV");
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let (header, unread) =
        Header::read(reader.headers().with_context(unreadable)?).with_context(unreadable)?;
    if !unread.is_empty() {
        output::remark(&format!("note: these columns are not read: {}", unread.join(", ")));
    }
    let now = clock::now();
    let mut evidences = Evidences::new();
    let mut problems = Vec::new();
    let mut salt = None;
    for (row, number) in reader.records().zip(2_u64..) {
        let row = row.with_context(unreadable)?;
        let line = row.position().map_or(number, csv::Position::line);
        if let Some(found) = header.salt(&row) {
            salt = Some(found);
            continue;
        }
        match header.row(&row, now) {
            Ok((address, kind, evidence)) => evidences.entry(address).or_default().push((kind, evidence)),
            Err(error) => problems.push(format!("line {line}: {error:#}")),
        }
    }
    if !problems.is_empty() {
        let more = problems.len().saturating_sub(MAX_NAMED);
        let more = if more == 0 { String::new() } else { format!("; and {more} more") };
        problems.truncate(MAX_NAMED);
        bail!("nothing is imported, because lines of {name} are invalid: {}{more}", problems.join("; "));
    }
    Ok(Read { evidences, salt })
}
