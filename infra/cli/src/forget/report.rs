//! Prints what is found, what was erased, and what remains elsewhere.

use anyhow::Result;
use serde_json::json;

use super::find::Stored;
use super::{Arguments, Keep};
use crate::connect::Connection;
use crate::options::Global;
use crate::output::{self, Table};

/// Events that are listed for people; --json lists all.
const SHOWN: usize = 20;

/// What was erased.
#[derive(Default)]
pub(super) struct Erased {
    pub(super) events: usize,
    pub(super) is_listed: bool,
    pub(super) kept_hash: bool,
}

/// Lists the events.
pub(super) fn found(
    found: &Stored,
    arguments: &Arguments,
    connection: &Connection,
    global: &Global,
) -> Result<()> {
    if found.unreadable > 0 {
        output::remark(&format!(
            "note: {} items are not in mailhooks' format, or their payload cannot be read: they are not looked at or erased",
            found.unreadable
        ));
    }
    if global.json {
        return found.events.iter().try_for_each(|one| {
            let event = &one.stored.event;
            let relation = if one.is_about { "about" } else { "mentions" };
            output::print_json(&json!({
                "kind": relation, "id": event.id, "type": event.data.event_type, "time": event.time,
                "recipient": event.data.recipient,
            }))
        });
    }
    if !found.events.is_empty() {
        let mut table = Table::new(&["time", "type", "recipient", "id"]);
        for one in found.events.iter().take(SHOWN) {
            let event = &one.stored.event;
            let recipient = event.data.recipient.clone().unwrap_or_default();
            table.row(vec![
                output::moment(event.time),
                event.data.event_type.to_string(),
                recipient,
                event.id.clone(),
            ]);
        }
        table.print()?;
        if found.events.len() > SHOWN {
            output::print("… (--json has all)")?;
        }
    }
    let about = found.events.iter().filter(|one| one.is_about).count();
    let others = found.events.len() - about;
    let others = match others {
        0 => String::new(),
        number => format!("; other events that mention it: {number}"),
    };
    let listed = match (&connection.list, found.is_listed) {
        (None, _) => "the suppression list is not looked at",
        (_, true) => "an entry in the suppression list",
        (_, false) => "no entry in the suppression list",
    };
    output::print(&format!(
        "{} in {}: events about it: {about}{others}; {listed}",
        arguments.address, connection.name
    ))?;
    Ok(())
}

/// Says that nothing was erased.
pub(super) fn planned(found: &Stored, global: &Global) -> Result<()> {
    if global.json {
        return output::print_json(&json!({
            "kind": "summary", "would_erase": found.events.len(), "in_suppression_list": found.is_listed,
        }));
    }
    if found.is_nothing() {
        return Ok(());
    }
    Ok(output::print("nothing is erased with --dry-run")?)
}

/// Says what was erased, and what remains.
pub(super) fn erased(
    erased: &Erased,
    connection: &Connection,
    arguments: &Arguments,
    global: &Global,
) -> Result<()> {
    let suppression = match (erased.is_listed, erased.kept_hash) {
        (false, _) => "none",
        (true, true) => "hash",
        (true, false) => "erased",
    };
    if global.json {
        return output::print_json(&json!({
            "kind": "summary", "erased": erased.events, "suppression": suppression,
        }));
    }
    let entry = match (erased.is_listed, erased.kept_hash, arguments.suppression) {
        (false, ..) => "",
        (true, true, _) => "; the suppression list keeps a hash of the address, which stays suppressed",
        (true, false, Keep::Hash) => {
            "; its entry in the suppression list, which suppressed nothing without an end"
        }
        (true, false, Keep::Nothing) => "; its entry in the suppression list",
    };
    output::print(&format!("events erased: {}{entry}", erased.events))?;
    output::print(if connection.is_deployed { REMAINS } else { REMAINS_LOCALLY })?;
    Ok(())
}

const REMAINS: &str = "What remains: point-in-time backups of both tables for 35 days, and backups and exports that you made; \
    announcements in queues for up to 14 days; what subscribers and the providers have stored. A mail to the address from now on is \
    recorded again.";

const REMAINS_LOCALLY: &str = "What remains: announcements, in the file announcements.jsonl of the data folder and in the page until \
    the stack is restarted; what subscribers and the providers have stored. A mail to the address from now on is recorded again.";
