//! `mailhooks suppressions export`: prints all evidence.

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use ingestion::clock;
use ingestion::suppressions::{Explained, SALT};
use serde_json::json;

use super::evidence_csv;
use crate::connect::ListConnection;
use crate::options::Global;
use crate::output::{self, print_csv};
use crate::reading::{self, Segments};

pub(super) async fn run(connection: &ListConnection, segments: &Segments, global: &Global) -> Result<()> {
    let list = &connection.list;
    let now = clock::now();
    if !global.json {
        print_csv(evidence_csv::COLUMNS)?;
    }
    if let Some(salt) = list.salt().await.with_context(|| connection.unreadable())? {
        if global.json {
            output::print_json(&json!({"address": SALT, "salt": salt}))?;
        } else {
            print_csv([SALT, "", "", &salt, "", "", ""])?;
        }
    }
    let bar = reading::begin_list(connection, segments).await;
    let mut pages = list.pages(segments.number(connection.is_deployed()));
    while let Some(page) = pages.try_next().await.with_context(|| connection.unreadable())? {
        bar.inc(page.len() as u64);
        for entry in &page {
            if global.json {
                output::print_json(&Explained::new(entry.answer(list.policy(), now), &entry.slots))?;
                continue;
            }
            for (kind, evidence) in entry.slots.sorted() {
                let cells = evidence_csv::cells(&entry.address, kind, evidence);
                print_csv(cells.iter().map(String::as_str))?;
            }
        }
    }
    bar.finish_and_clear();
    Ok(())
}
