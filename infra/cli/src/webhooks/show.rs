//! Webhooks, for people and for programs.

use anyhow::Result;
use serde_json::Value;

use crate::cli::Global;
use crate::management::Webhook;
use crate::output::{self, Table};

/// A line for each.
pub(super) fn list(
    webhooks: &[Webhook],
    provider: &str,
    show_secret: bool,
    global: &Global,
) -> Result<()> {
    if global.json {
        return webhooks
            .iter()
            .try_for_each(|webhook| output::print_json(&webhook.shown(show_secret)));
    }
    if webhooks.is_empty() {
        return Ok(output::print(&format!("{provider} has no webhooks"))?);
    }
    let mut table = Table::new(&["id", "status", "events", "name", "url"]);
    for webhook in webhooks {
        table.row(vec![
            webhook.id().unwrap_or_default().to_owned(),
            status(webhook).to_owned(),
            events(webhook),
            webhook.title().to_owned(),
            webhook.url().to_owned(),
        ]);
    }
    Ok(table.print()?)
}

/// Everything that the provider says of one.
pub(super) fn one(webhook: &Webhook, show_secret: bool, global: &Global) -> Result<()> {
    let shown = webhook.shown(show_secret);
    if global.json {
        return output::print_json(&shown);
    }
    let members = shown.iter().filter(|(_, value)| !value.is_null());
    let width = members
        .clone()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    for (name, value) in members {
        output::print(&output::printable(&format!(
            "{name:width$}  {}",
            plain(value)
        )))?;
    }
    Ok(())
}

/// What else a provider answered.
pub(super) fn answer(answer: &Value, global: &Global) -> Result<()> {
    match answer.as_object().filter(|_| !global.json) {
        Some(members) => {
            for (name, value) in members {
                output::print(&output::printable(&format!("{name}  {}", plain(value))))?;
            }
            Ok(())
        }
        None => output::print_json(answer),
    }
}

pub(super) fn events(webhook: &Webhook) -> String {
    match webhook.events() {
        None => "all types".to_owned(),
        Some(events) if events.len() == 1 => events.concat(),
        Some(events) => format!("{} types", events.len()),
    }
}

fn status(webhook: &Webhook) -> &'static str {
    match webhook.enabled() {
        Some(true) => "enabled",
        Some(false) => "disabled",
        None => "unknown",
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
