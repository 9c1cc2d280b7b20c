//! Checks the table and the events in it that wait for their announcement.

use anyhow::Result;
use ingestion::clock;
use ingestion::store::{Store, TableSchema};
use ingestion::suppressions::Suppressions;
use jiff::SignedDuration;
use mailhooks_local::table::{self, Definition};

use super::report::Report;
use crate::{connect, output};

/// How long an event may wait. The redrive runs every minute; the alarm also goes off after five minutes.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);

/// Checks the table that `--table` names.
pub(super) async fn check(table: &str, report: &mut Report<'_>) -> Result<()> {
    let connection = match connect::open(report.global).await {
        Ok(connection) => connection,
        Err(error) => {
            let remedy = "name a table that these credentials can read";
            return report.bad(("table", ""), format!("{error:#}"), remedy);
        }
    };
    shape(&connection.store, report).await?;
    let redrive = output::invocation(["redrive", "--table", table]);
    outbox(&connection.store, &redrive, report).await
}

/// Checks that the table matches the template.
pub(super) async fn shape(store: &Store, report: &mut Report<'_>) -> Result<()> {
    let check = ("table", "");
    let found = match store.table_schema().await {
        Ok(Some(found)) => found,
        Ok(None) => return report.bad(check, "it is being created or deleted", "wait and run doctor again"),
        Err(error) => {
            let remedy =
                "deploy the stack again if it was deleted; otherwise check the permissions of your role";
            return report.bad(check, format!("cannot read it: {error}"), remedy);
        }
    };
    let problems = problems(&found, &table::shape(Definition::Events)?);
    if problems.is_empty() {
        return report.good(check, "keys, indexes and time to live are as expected");
    }
    let remedy = "deploy template.yaml again; an index that is being created is available soon";
    report.bad(check, problems.join("; "), remedy)
}

fn problems(found: &TableSchema, expected: &TableSchema) -> Vec<String> {
    let mut problems = Vec::new();
    if found.keys != expected.keys {
        problems.push(format!(
            "its keys are {}, expected {}",
            found.keys.join(", "),
            expected.keys.join(", ")
        ));
    }
    for (name, keys) in &expected.indexes {
        match found.indexes.get(name) {
            Some(found) if found == keys => {}
            Some(found) => problems.push(format!(
                "the keys of its index {name} are {}, expected {}",
                found.join(", "),
                keys.join(", ")
            )),
            None => problems.push(format!("it has no index {name}")),
        }
    }
    if found.expires_by != expected.expires_by {
        problems.push("its time to live is off: events never expire".to_owned());
    }
    problems
}

/// Checks that no event has waited too long for its announcement.
pub(super) async fn outbox(store: &Store, redrive: &str, report: &mut Report<'_>) -> Result<()> {
    let check = ("outbox", "");
    match store.oldest_waiting().await {
        Ok(None) => report.good(check, "every due event is announced"),
        Ok(Some(since)) => {
            let waited = clock::now().duration_since(since);
            let says = format!("the oldest due event has waited for {} s", waited.as_secs());
            if waited <= PATIENCE {
                return report.good(check, says);
            }
            let remedy = format!("run `{redrive}` to announce it or see the error");
            report.bad(check, says, remedy)
        }
        Err(error) => {
            let remedy = "check the table and the permissions of your role";
            report.bad(check, format!("cannot read it: {error}"), remedy)
        }
    }
}

/// Checks that the suppression list can be read.
pub(super) async fn list(list: Option<&Suppressions>, report: &mut Report<'_>) -> Result<()> {
    let check = ("suppressions", "");
    let Some(list) = list else {
        return report.good(check, "the stack keeps no suppression list (Suppressions=off)");
    };
    // No address is called so: only whether the table answers counts.
    match list.get("mailhooks").await {
        Ok(_) => report.good(check, "the suppression list can be read"),
        Err(error) => {
            let remedy =
                "deploy the stack again if its table was deleted; otherwise grant your role dynamodb:GetItem";
            report.bad(check, format!("cannot read the suppression list: {error}"), remedy)
        }
    }
}
