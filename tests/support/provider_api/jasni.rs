//! <https://docs.jasni.ai/api-reference/webhooks/create> and its neighbours.

use serde_json::{Map, Value, json};

use super::{Account, Asked};

/// Webhooks of a user.
const MOST: usize = 10;

pub(super) fn answer(account: &mut Account, authorized: bool, asked: &Asked<'_>) -> (u16, Value) {
    if !authorized {
        return error(401, "Unauthorized. Please provide a valid API key.");
    }
    match (asked.method, asked.path.as_slice()) {
        ("GET", ["webhooks"]) => {
            let webhooks: Vec<_> = account.webhooks.iter().rev().map(without_secret).collect();
            (200, json!({"success": true, "data": {"webhooks": webhooks}}))
        }
        ("GET", ["webhooks", id]) => found(account, id),
        ("POST", ["webhooks"]) => create(account, asked),
        ("PATCH", ["webhooks"]) => update(account, asked),
        ("DELETE", ["webhooks"]) => match account.position("id", asked.parameter("id").unwrap_or_default()) {
            Some(place) => {
                account.webhooks.remove(place);
                (200, json!({"success": true, "message": "Webhook deleted"}))
            }
            None => error(404, "Webhook not found"),
        },
        _ => error(404, "Not found"),
    }
}

fn error(status: u16, text: &str) -> (u16, Value) {
    (status, json!({"success": false, "error": text}))
}

fn without_secret(webhook: &Map<String, Value>) -> Map<String, Value> {
    let mut shown = webhook.clone();
    shown.remove("secret");
    shown
}

fn found(account: &Account, id: &str) -> (u16, Value) {
    match account.position("id", id) {
        Some(place) => {
            (200, json!({"success": true, "data": {"webhook": without_secret(&account.webhooks[place])}}))
        }
        None => error(404, "Webhook not found"),
    }
}

fn create(account: &mut Account, asked: &Asked<'_>) -> (u16, Value) {
    if !asked.only(&["url", "events", "description"]) {
        return error(400, "Unknown field");
    }
    if !asked.text("url").starts_with("http") {
        return error(400, "url must be HTTP or HTTPS");
    }
    if asked.body["events"].as_array().is_none_or(Vec::is_empty) {
        return error(400, "events must have at least one event");
    }
    if account.webhooks.len() >= MOST {
        return error(400, "At most 10 webhooks per user");
    }
    let number = account.number();
    let mut webhook = asked.body.as_object().unwrap().clone();
    webhook.insert("id".to_owned(), format!("550e8400-e29b-41d4-a716-{number:012}").into());
    webhook.insert("active".to_owned(), true.into());
    webhook.insert("secret".to_owned(), format!("whsec_jasni{number:027}").into());
    webhook.insert("created_at".to_owned(), "2024-01-15T10:30:00Z".into());
    account.webhooks.push(webhook.clone());
    (201, json!({"success": true, "data": {"webhook": webhook}}))
}

fn update(account: &mut Account, asked: &Asked<'_>) -> (u16, Value) {
    if !asked.only(&["id", "url", "events", "description", "active"])
        || !asked.body["active"].is_null() && !asked.body["active"].is_boolean()
    {
        return error(400, "Unknown field");
    }
    let id = asked.text("id");
    let Some(place) = account.position("id", id) else {
        return error(404, "Webhook not found");
    };
    account.webhooks[place].extend(asked.body.as_object().unwrap().clone());
    account.webhooks[place].insert("updated_at".to_owned(), "2024-01-15T14:20:00Z".into());
    found(account, id)
}
