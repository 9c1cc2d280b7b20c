//! Checks a table that was attached to the stack: CloudFormation sets nothing on a table that it did not create.

use anyhow::Result;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    KeySchemaElement, PointInTimeRecoveryStatus, TableDescription, TableStatus, TimeToLiveStatus,
};
use ingestion::store::TableSchema;
use mailhooks_local::table::{self, Definition};

use super::report::{Check, Report};
use crate::aws;

/// Checks a table that the stack uses by its name, and reports each setting that it lacks with the command that sets it.
pub(super) async fn check(
    client: &Client,
    name: &str,
    definition: Definition,
    report: &mut Report<'_>,
) -> Result<()> {
    let found = client.describe_table().table_name(name).send().await;
    let found = match found.map(|answer| answer.table) {
        Ok(found) => found.unwrap_or_else(|| TableDescription::builder().build()),
        Err(error) => {
            let says = format!("cannot read it: {:#}", aws::failure(error));
            let remedy = "deploy the stack with the name of a table of its account and region";
            return report.bad(("attached", name), says, remedy);
        }
    };
    if !matches!(found.table_status(), Some(TableStatus::Active | TableStatus::Updating)) {
        let remedy = "wait and run doctor again";
        return report.bad(("attached", name), "it is being created or deleted", remedy);
    }
    let expected = table::shape(definition)?;
    keys(&found, name, &expected, report)?;
    for index in expected.indexes.keys() {
        self::index(&found, name, (definition, index), report)?;
    }
    expiry(client, name, &expected, report).await?;
    recovery(client, name, report).await?;
    if found.deletion_protection_enabled == Some(true) {
        return report.good(("protection", name), "it is protected from deletion");
    }
    let command = format!("`aws dynamodb update-table --table-name {name} --deletion-protection-enabled`");
    report.warning(("protection", name), "it is not protected from deletion", command)
}

fn keys(found: &TableDescription, name: &str, expected: &TableSchema, report: &mut Report<'_>) -> Result<()> {
    let keys = names(found.key_schema());
    if keys == expected.keys {
        return report.good(("attached", name), "its keys are as expected");
    }
    let says = format!("its keys are {}, expected {}", keys.join(", "), expected.keys.join(", "));
    report.bad(("attached", name), says, "attach another table: the keys of a table cannot change")
}

fn index(
    found: &TableDescription,
    name: &str,
    (definition, index): (Definition, &str),
    report: &mut Report<'_>,
) -> Result<()> {
    let indexes = found.global_secondary_indexes();
    let check = ("index", index);
    match indexes.iter().find(|found| found.index_name() == Some(index)) {
        Some(found) if found.backfilling == Some(true) => {
            report.warning(check, "it is being filled", "wait and run doctor again")
        }
        Some(_) => report.good(check, format!("{name} has it")),
        None => {
            let input = table::adding_index(definition, name, index)?;
            let command = format!(
                "`aws dynamodb update-table --cli-input-json '{input}'`, one index at a time; `renormalize --apply` \
                 adds the stored events to it"
            );
            report.bad(check, format!("{name} does not have it"), command)
        }
    }
}

async fn expiry(client: &Client, name: &str, expected: &TableSchema, report: &mut Report<'_>) -> Result<()> {
    let check = ("expiry", name);
    let found = match client.describe_time_to_live().table_name(name).send().await {
        Ok(answer) => answer.time_to_live_description,
        Err(error) => return unreadable(check, &aws::failure(error), report),
    };
    let found = found.filter(|found| {
        matches!(found.time_to_live_status(), Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
    });
    if found.and_then(|found| found.attribute_name) == expected.expires_by {
        return report.good(check, "its time to live is on");
    }
    let attribute = expected.expires_by.as_deref().unwrap_or_default();
    let command = format!(
        "`aws dynamodb update-time-to-live --table-name {name} --time-to-live-specification \
         Enabled=true,AttributeName={attribute}`"
    );
    report.bad(check, "its time to live is off: nothing in it ever expires", command)
}

async fn recovery(client: &Client, name: &str, report: &mut Report<'_>) -> Result<()> {
    let check = ("recovery", name);
    let found = match client.describe_continuous_backups().table_name(name).send().await {
        Ok(answer) => answer.continuous_backups_description,
        Err(error) => return unreadable(check, &aws::failure(error), report),
    };
    let found = found.and_then(|found| found.point_in_time_recovery_description);
    let found = found.and_then(|found| found.point_in_time_recovery_status);
    if found == Some(PointInTimeRecoveryStatus::Enabled) {
        return report.good(check, "its point-in-time recovery is on");
    }
    let command = format!(
        "`aws dynamodb update-continuous-backups --table-name {name} --point-in-time-recovery-specification \
         PointInTimeRecoveryEnabled=true`"
    );
    report.warning(check, "its point-in-time recovery is off", command)
}

fn unreadable(check: Check<'_>, error: &anyhow::Error, report: &mut Report<'_>) -> Result<()> {
    report.bad(check, format!("cannot read it: {error:#}"), "check the permissions of your role")
}

fn names(keys: &[KeySchemaElement]) -> Vec<&str> {
    keys.iter().map(KeySchemaElement::attribute_name).collect()
}
