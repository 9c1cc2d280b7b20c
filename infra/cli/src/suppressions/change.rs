//! `mailhooks suppressions add` and `release`: what a person decides about an address.

use anyhow::{Context, Result, ensure};
use ingestion::clock;
use ingestion::suppressions::{Answer, Entry, Explained};
use jiff::Timestamp;
use normalization::lookup_form;
use normalization::suppression::{Evidence, Kind};
use uuid::Uuid;

use super::words;
use crate::connect::ListConnection;
use crate::options::{Global, address, not_blank};
use crate::output;

#[derive(clap::Args)]
pub(super) struct Add {
    /// The addresses
    #[arg(required = true, value_name = "ADDRESS", value_parser = address)]
    addresses: Vec<String>,
    /// Why, for those who ask later
    #[arg(long, value_name = "TEXT", value_parser = not_blank)]
    note: Option<String>,
}

#[derive(clap::Args)]
pub(super) struct Release {
    /// The addresses
    #[arg(required = true, value_name = "ADDRESS", value_parser = address)]
    addresses: Vec<String>,
    /// Why, for those who ask later
    #[arg(long, value_name = "TEXT", value_parser = not_blank)]
    note: String,
}

pub(super) async fn add(connection: &ListConnection, add: &Add, global: &Global) -> Result<()> {
    for address in &add.addresses {
        let address = lookup_form(address);
        let entry = write(connection, &address, Kind::Manual, add.note.clone()).await?;
        let answer = entry.answer(connection.list.policy(), clock::now());
        ensure!(answer.is_suppressed(), "{address} is released until a later time than this machine's");
        let sentence = words::sentence(&answer);
        say(&entry, answer, &sentence, global)?;
    }
    Ok(())
}

pub(super) async fn release(connection: &ListConnection, release: &Release, global: &Global) -> Result<()> {
    let list = &connection.list;
    for address in &release.addresses {
        let address = lookup_form(address);
        // Without an entry there is nothing to release, and the address is probably misspelled.
        let known = list.evidence(&address).await.with_context(|| connection.unreadable())?;
        ensure!(known.is_some(), "{} has nothing about {address}", connection.name);
        list.release_erased(&address).await.with_context(|| connection.unwritable())?;
        let entry = write(connection, &address, Kind::Released, Some(release.note.clone())).await?;
        let answer = entry.answer(list.policy(), clock::now());
        ensure!(!answer.is_suppressed(), "{}, at a later time than this machine's", words::sentence(&answer));
        let sentence = format!("{address} is released: only evidence from now on counts");
        say(&entry, answer, &sentence, global)?;
    }
    Ok(())
}

/// What a person does now, with a new id.
fn by_hand(time: Timestamp, note: Option<String>) -> Evidence {
    Evidence { time, event: format!("manual:{}", Uuid::new_v4()), provider: None, reason: None, note }
}

async fn write(
    connection: &ListConnection,
    address: &str,
    kind: Kind,
    note: Option<String>,
) -> Result<Entry> {
    let list = &connection.list;
    let now = clock::now();
    let evidence = [(kind, by_hand(now, note))];
    list.add(address, &evidence, now).await.with_context(|| connection.unwritable())?;
    let entry = list.get(address).await.with_context(|| connection.unreadable())?;
    entry.with_context(|| format!("{} lost the entry of {address}", connection.name))
}

fn say(entry: &Entry, answer: Answer<'_>, sentence: &str, global: &Global) -> Result<()> {
    if global.json {
        return output::print_json(&Explained::new(answer, &entry.slots));
    }
    Ok(output::print(sentence)?)
}
