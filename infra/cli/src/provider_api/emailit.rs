//! Emailit's: <https://emailit.com/docs/api-reference/webhooks>. Updates are POSTs.

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::fields::{self, Fields};
use super::{Call, Management, Webhook};

pub(super) struct Emailit;

/// Entries of a page, the most that it takes.
const PAGE: usize = 100;

impl Management for Emailit {
    fn name(&self) -> &'static str {
        "Emailit"
    }

    fn base(&self) -> &'static str {
        "https://api.emailit.com/v2"
    }

    /// <https://github.com/emailit/plugins>, skills/emailit/references/rest-api.md
    fn key_variable(&self) -> &'static str {
        "EMAILIT_API_KEY"
    }

    fn creation(&self, fields: &Fields, url: &str) -> Result<Map<String, Value>> {
        let mut body = self.change(fields)?;
        body.entry("name").or_insert_with(|| fields::NAME.into());
        body.insert("url".to_owned(), url.into());
        if !body.contains_key("events") {
            body.insert("all_events".to_owned(), true.into());
        }
        Ok(body)
    }

    fn change(&self, fields: &Fields) -> Result<Map<String, Value>> {
        fields.only(
            self.name(),
            &["name", "url", "event", "all-events", "status", "rule", "match", "no-rules"],
        )?;
        let mut body = Map::new();
        if let Some(name) = &fields.name {
            fields::check(!name.trim().is_empty(), "--name: Emailit needs one")?;
            body.insert("name".to_owned(), name.as_str().into());
        }
        if let Some(url) = &fields.url {
            body.insert("url".to_owned(), url.as_str().into());
        }
        // The list of types grows, and w:… and c:… are named by the user: Emailit judges them. With all events, those named are what all leaves out: w:…, c:…, product.viewed, cart.updated.
        if !fields.events.is_empty() {
            body.insert("events".to_owned(), fields.events.as_slice().into());
        }
        if fields.all_events || !fields.events.is_empty() {
            body.insert("all_events".to_owned(), fields.all_events.into());
        }
        if let Some(enabled) = fields.enabled() {
            body.insert("enabled".to_owned(), enabled.into());
        }
        if fields.no_rules {
            body.insert("filter".to_owned(), Value::Null);
        } else if let Some(filter) = fields.filter()? {
            body.insert("filter".to_owned(), filter);
        }
        Ok(body)
    }

    fn copied(&self, webhook: &Webhook) -> Map<String, Value> {
        webhook.members(&["name", "url", "all_events", "events", "filter"])
    }

    fn list(&self, page: usize) -> Call {
        Call::get(["webhooks"]).query("page", &page.to_string()).query("limit", &PAGE.to_string())
    }

    fn update(&self, id: &str, body: Map<String, Value>) -> Call {
        Call::post(["webhooks", id], Value::Object(body))
    }

    fn switch(&self, id: &str, enabled: bool) -> Call {
        Call::post(["webhooks", id], json!({"enabled": enabled}))
    }

    fn test(&self, id: &str, event_type: &str) -> Option<Call> {
        Some(Call::post(["webhooks", id, "test"], json!({"type": event_type})))
    }

    fn reset_secret(&self, id: &str) -> Option<Call> {
        Some(Call::post(["webhooks", id, "reset-secret"], json!({})))
    }

    fn all_types_remark(&self) -> Option<&'static str> {
        Some(
            "all types include template.*, which carry whole pages: if yours are large, name the types that you want \
             with --event",
        )
    }

    fn retries(&self) -> &'static str {
        "a minute"
    }
}
