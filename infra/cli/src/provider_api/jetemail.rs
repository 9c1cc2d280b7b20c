//! JetEmail's: <https://jetemail.com/docs/api-reference/webhooks/create-a-webhook>.

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};

use super::fields::{self, Fields};
use super::{Call, Management, Webhook};

pub(super) struct JetEmail;

/// Those of the create call; it leaves out `outbound.queued`, whose payload is documented.
const TYPES: &[&str] = &[
    "outbound.delivered",
    "outbound.bounced",
    "outbound.rejected",
    "outbound.deferred",
    "outbound.spam",
    "outbound.dropped",
    "outbound.virus",
    "outbound.opened",
    "outbound.clicked",
    "outbound.complaint",
    "inbound.received",
    "inbound.delivered",
    "inbound.spam",
    "inbound.blocked",
];

/// Characters of a name, which are letters, digits, hyphens, underscores and spaces.
const MAX_NAME: usize = 64;

impl Management for JetEmail {
    fn name(&self) -> &'static str {
        "JetEmail"
    }

    fn base(&self) -> &'static str {
        "https://api.jetemail.com"
    }

    /// <https://github.com/jetemail/jetemail-cli>, src/config.rs
    fn key_variable(&self) -> &'static str {
        "JETEMAIL_API_KEY"
    }

    fn check_key(&self, key: &str) -> Result<()> {
        ensure!(
            !key.starts_with("transactional_"),
            "JETEMAIL_API_KEY is a key for sending (transactional_…): webhooks need a key of the account, api_…"
        );
        Ok(())
    }

    fn creation(&self, fields: &Fields, url: &str) -> Result<Map<String, Value>> {
        let mut body = self.change(fields)?;
        body.entry("name").or_insert_with(|| fields::NAME.into());
        body.insert("url".to_owned(), url.into());
        body.entry("events").or_insert_with(|| TYPES.into());
        Ok(body)
    }

    fn change(&self, fields: &Fields) -> Result<Map<String, Value>> {
        fields.only(
            self.name(),
            &[
                "name",
                "url",
                "event",
                "all-events",
                "status",
                "filter-user",
                "all-users",
                "filter-domain",
                "all-domains",
            ],
        )?;
        let mut body = Map::new();
        if let Some(name) = &fields.name {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c) || c.is_whitespace();
            fields::check(
                (1..=MAX_NAME).contains(&name.chars().count()) && name.chars().all(plain),
                "--name: JetEmail takes up to 64 letters, digits, hyphens, underscores and spaces",
            )?;
            body.insert("name".to_owned(), name.as_str().into());
        }
        if let Some(url) = &fields.url {
            body.insert("url".to_owned(), url.as_str().into());
        }
        if let Some(types) = fields.types(self.name(), TYPES)? {
            body.insert("events".to_owned(), types.into());
        }
        if let Some(enabled) = fields.enabled() {
            body.insert("status".to_owned(), u8::from(enabled).into());
        }
        // Null is everybody.
        let filters = [
            ("filter_users", &fields.filter_users, fields.all_users),
            ("filter_domains", &fields.filter_domains, fields.all_domains),
        ];
        for (member, values, all) in filters {
            if all {
                body.insert(member.to_owned(), Value::Null);
            } else if !values.is_empty() {
                body.insert(member.to_owned(), values.as_slice().into());
            }
        }
        Ok(body)
    }

    fn types(&self) -> &'static [&'static str] {
        TYPES
    }

    fn copied(&self, webhook: &Webhook) -> Map<String, Value> {
        let mut body = webhook.members(&["name", "url", "events", "filter_users", "filter_domains"]);
        body.insert("status".to_owned(), 0.into());
        body
    }

    fn update(&self, id: &str, mut body: Map<String, Value>) -> Call {
        body.insert("uuid".to_owned(), id.into());
        Call::patch(["webhooks"], Value::Object(body))
    }

    /// A number in the request; a word, `"enabled"`, in the answer.
    fn switch(&self, id: &str, enabled: bool) -> Call {
        Call::patch(["webhooks"], json!({"uuid": id, "status": u8::from(enabled)}))
    }

    fn retries(&self) -> &'static str {
        "six hours"
    }
}
