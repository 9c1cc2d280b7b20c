//! Jasni's: <https://docs.jasni.ai/api-reference/webhooks/create>.

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::fields::{self, Fields};
use super::{Call, Management, Webhook};

pub(super) struct Jasni;

/// Those of <https://docs.jasni.ai/webhooks/events>. The page of the create call has five of them: without
/// `email.delivered`, `email.rejected` and `domain.verified`.
const TYPES: &[&str] = &[
    "email.received",
    "email.sent",
    "email.delivered",
    "email.bounced",
    "email.spam",
    "email.rejected",
    "email.deleted",
    "domain.verified",
];

impl Management for Jasni {
    fn name(&self) -> &'static str {
        "Jasni"
    }

    fn base(&self) -> &'static str {
        "https://api.jasni.ai/api/v1"
    }

    fn key_variable(&self) -> &'static str {
        "JASNI_API_KEY"
    }

    fn creation(&self, fields: &Fields, url: &str) -> Result<Map<String, Value>> {
        fields::check(
            fields.enabled().is_none(),
            "--status: Jasni makes every webhook enabled; disable it with `webhooks update jasni ID --status disabled`",
        )?;
        let mut body = self.change(fields)?;
        body.insert("url".to_owned(), url.into());
        body.entry("events").or_insert_with(|| TYPES.into());
        Ok(body)
    }

    fn change(&self, fields: &Fields) -> Result<Map<String, Value>> {
        fields.only(self.name(), &["url", "event", "all-events", "description", "status"])?;
        let mut body = Map::new();
        if let Some(url) = &fields.url {
            body.insert("url".to_owned(), url.as_str().into());
        }
        if let Some(types) = fields.types(self.name(), TYPES)? {
            body.insert("events".to_owned(), types.into());
        }
        if let Some(description) = &fields.description {
            body.insert("description".to_owned(), description.as_str().into());
        }
        if let Some(enabled) = fields.enabled() {
            body.insert("active".to_owned(), enabled.into());
        }
        Ok(body)
    }

    fn types(&self) -> &'static [&'static str] {
        TYPES
    }

    fn copied(&self, webhook: &Webhook) -> Map<String, Value> {
        webhook.members(&["url", "events", "description"])
    }

    fn update(&self, id: &str, mut body: Map<String, Value>) -> Call {
        body.insert("id".to_owned(), id.into());
        Call::patch(["webhooks"], Value::Object(body))
    }

    fn switch(&self, id: &str, enabled: bool) -> Call {
        Call::patch(["webhooks"], json!({"id": id, "active": enabled}))
    }

    fn delete(&self, id: &str) -> Call {
        Call::delete(["webhooks"]).query("id", id)
    }

    fn all_types_refused(&self) -> Option<&'static str> {
        Some(
            "some of Jasni's pages list five of its eight types: try --event \
             email.received,email.sent,email.bounced,email.spam,email.deleted",
        )
    }

    fn retries(&self) -> &'static str {
        "seven minutes"
    }
}
