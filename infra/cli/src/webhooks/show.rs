//! Prints webhooks and other answers of a provider as text or JSON, after removing their secrets.

use anyhow::Result;
use serde_json::Value;

use crate::options::Global;
use crate::output::{self, Table};
use crate::provider_api::{Api, Webhook};

/// Prints one line per webhook.
pub(super) fn list(webhooks: &[Webhook], api: &Api, show_secret: bool, global: &Global) -> Result<()> {
    let mut webhooks = webhooks.iter().map(|webhook| webhook.shown(api, show_secret)).peekable();
    if global.json {
        return webhooks.try_for_each(|webhook| output::print_json(webhook.all()));
    }
    if webhooks.peek().is_none() {
        let name = api.management.name;
        return Ok(output::print(&format!("{name} has no webhooks"))?);
    }
    let mut table = Table::new(&["id", "status", "events", "name", "url"]);
    for webhook in webhooks {
        table.row(vec![
            webhook.id().unwrap_or_default().to_owned(),
            status(&webhook).to_owned(),
            events(&webhook),
            webhook.title().to_owned(),
            webhook.url().to_owned(),
        ]);
    }
    Ok(table.print()?)
}

/// Prints all members of a webhook, except secrets.
pub(super) fn one(webhook: &Webhook, api: &Api, show_secret: bool, global: &Global) -> Result<()> {
    let shown = webhook.shown(api, show_secret);
    if global.json {
        return output::print_json(shown.all());
    }
    let members = shown.all().iter().filter(|(_, value)| !value.is_null());
    let width = members.clone().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, value) in members {
        output::print(&output::printable(&format!("{name:width$}  {}", plain(value))))?;
    }
    Ok(())
}

/// Prints any other answer of a provider.
pub(super) fn answer(answer: &Value, api: &Api, global: &Global) -> Result<()> {
    let answer = api.shown(answer);
    match answer.as_object().filter(|_| !global.json) {
        Some(members) => {
            for (name, value) in members {
                output::print(&output::printable(&format!("{name}  {}", plain(value))))?;
            }
            Ok(())
        }
        None => output::print_json(&answer),
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
