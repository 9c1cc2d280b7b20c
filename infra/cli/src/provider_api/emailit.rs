//! Emailit's management API: <https://emailit.com/docs/api-reference/webhooks>. Updates are POSTs.

use serde_json::json;

use super::fields::check;
use super::{Call, Management};

pub(super) static EMAILIT: Management = Management {
    name: "Emailit",
    base: "https://api.emailit.com/v2",
    // <https://github.com/emailit/plugins>, skills/emailit/references/rest-api.md
    key_variable: "EMAILIT_API_KEY",
    check_key: |_| Ok(()),
    options: &["name", "url", "event", "all-events", "status", "rule", "match", "no-rules"],
    check_name: |name| check(!name.trim().is_empty(), "--name: Emailit requires a name"),
    // Emailit checks the types: its list grows, and users define their own (w:… and c:…).
    types: &[],
    status_refused: None,
    status: |enabled| ("enabled", enabled.into()),
    copied: |webhook| webhook.members(&["name", "url", "all_events", "events", "filter"]),
    // 100 is the largest page.
    list: |page| Call::get(["webhooks"]).query("page", &page.to_string()).query("limit", "100"),
    update: |id, body| Call::post(["webhooks", id], body),
    delete: |id| Call::delete(["webhooks", id]),
    test: Some(|id, event_type| Call::post(["webhooks", id, "test"], json!({"type": event_type}))),
    reset_secret: Some(|id| Call::post(["webhooks", id, "reset-secret"], json!({}))),
    all_types_remark: Some(
        "all types include template.*, whose events contain whole pages: if yours are large, select types with \
         --event",
    ),
    all_types_refused: None,
    retries: "a minute",
};
