//! `mailhooks suppressions get`: shows the state of one address.

use anyhow::{Context, Result};
use ingestion::clock;
use ingestion::suppressions::{Answer, Explained};
use normalization::lookup_form;
use normalization::suppression::Slots;

use super::words;
use crate::connect::ListConnection;
use crate::options::Global;
use crate::output;

pub(super) async fn run(connection: &ListConnection, address: &str, global: &Global) -> Result<()> {
    let address = lookup_form(address);
    let list = &connection.list;
    let known = list.evidence(&address).await.with_context(|| connection.unreadable())?;
    let none = Slots::default();
    let slots = known.as_ref().unwrap_or(&none);
    let answer = Answer::new(&address, slots, list.policy(), clock::now());
    if global.json {
        return output::print_json(&Explained::new(answer, slots));
    }
    if known.is_some() {
        words::table(slots).print()?;
    }
    let sentence = words::sentence(&answer);
    let nothing = if known.is_none() { ": the list has nothing about it" } else { "" };
    Ok(output::print(&format!("{sentence}{nothing}"))?)
}
