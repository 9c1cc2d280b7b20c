//! `mailhooks suppressions add` and `release`: what a person decides about an address.

use anyhow::{Context, Result};
use ingestion::clock;
use jiff::Timestamp;
use normalization::lookup_form;
use normalization::suppression::{Evidence, Kind};
use uuid::Uuid;

use super::words;
use crate::connect::ListConnection;
use crate::options::{Global, address};
use crate::output;

#[derive(clap::Args)]
pub(super) struct Add {
    /// The addresses
    #[arg(required = true, value_name = "ADDRESS", value_parser = address)]
    addresses: Vec<String>,
    /// Why, for those who ask later
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

#[derive(clap::Args)]
pub(super) struct Release {
    /// The addresses
    #[arg(required = true, value_name = "ADDRESS", value_parser = address)]
    addresses: Vec<String>,
    /// Why, for those who ask later
    #[arg(long, value_name = "TEXT")]
    note: String,
}

pub(super) async fn add(connection: &ListConnection, add: &Add, global: &Global) -> Result<()> {
    change(connection, &add.addresses, Kind::Manual, add.note.as_ref(), global).await
}

pub(super) async fn release(connection: &ListConnection, release: &Release, global: &Global) -> Result<()> {
    change(connection, &release.addresses, Kind::Released, Some(&release.note), global).await
}

/// What a person does now, with a new id.
pub(super) fn by_hand(time: Timestamp, note: Option<String>) -> Evidence {
    let note = note.filter(|note| !note.trim().is_empty());
    Evidence { time, event: format!("manual:{}", Uuid::new_v4()), provider: None, reason: None, note }
}

async fn change(
    connection: &ListConnection,
    addresses: &[String],
    kind: Kind,
    note: Option<&String>,
    global: &Global,
) -> Result<()> {
    let list = &connection.list;
    for address in addresses {
        let address = lookup_form(address);
        let now = clock::now();
        let evidence = [(kind, by_hand(now, note.cloned()))];
        list.add(&address, &evidence, now).await.with_context(|| connection.unwritable())?;
        let entry = list.get(&address).await.with_context(|| connection.unreadable())?;
        let Some(entry) = entry else { continue };
        let answer = entry.answer(list.policy(), now);
        if global.json {
            output::print_json(&words::object(&answer, Some(&entry))?)?;
        } else {
            output::print(&words::sentence(&answer))?;
        }
    }
    Ok(())
}
