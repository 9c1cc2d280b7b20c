//! JetEmail's management API: <https://jetemail.com/docs/api-reference/webhooks/create-a-webhook>.

use anyhow::{Result, ensure};

use super::fields::check;
use super::{Call, Management, with_id};

/// The most characters in a name.
const MAX_NAME: usize = 64;

pub(super) static JETEMAIL: Management = Management {
    name: "JetEmail",
    base: "https://api.jetemail.com",
    // <https://github.com/jetemail/jetemail-cli>, src/config.rs
    key_variable: "JETEMAIL_API_KEY",
    check_key,
    options: &[
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
    check_name,
    // From the page of the create call, which lacks `outbound.queued` although its payload is documented.
    types: &[
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
    ],
    status_refused: None,
    // A number in the request, but a string such as `"enabled"` in the answer.
    status: |enabled| ("status", u8::from(enabled).into()),
    copied: |webhook| {
        let mut body = webhook.members(&["name", "url", "events", "filter_users", "filter_domains"]);
        body.insert("status".to_owned(), 0.into());
        body
    },
    list: |_| Call::get(["webhooks"]),
    update: |id, body| Call::patch(["webhooks"], with_id("uuid", id, body)),
    delete: |id| Call::delete(["webhooks", id]),
    test: None,
    reset_secret: None,
    all_types_remark: None,
    all_types_refused: None,
    retries: "six hours",
};

fn check_key(key: &str) -> Result<()> {
    ensure!(
        !key.starts_with("transactional_"),
        "JETEMAIL_API_KEY is a key for sending (transactional_…): webhooks need an account key (api_…)"
    );
    Ok(())
}

fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c) || c.is_whitespace();
    check(
        (1..=MAX_NAME).contains(&name.chars().count()) && name.chars().all(plain),
        "--name: JetEmail allows up to 64 letters, digits, hyphens, underscores and spaces",
    )
}
