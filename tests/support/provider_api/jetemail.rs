//! <https://jetemail.com/docs/api-reference/webhooks/create-a-webhook> and its neighbours.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use normalization::ProviderName;
use serde_json::{Map, Value, json};

use super::{Account, Asked};
use crate::sign;

/// Every type that a webhook can subscribe to.
pub const TYPES: [&str; 14] = [
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

pub(super) fn answer(account: &mut Account, authorized: bool, asked: &Asked<'_>) -> (u16, Value) {
    if !authorized {
        return (401, json!({"error": "Invalid API key"}));
    }
    match (asked.method, asked.path.as_slice()) {
        ("GET", ["webhooks"]) => (200, json!({"success": true, "data": account.webhooks})),
        ("GET", ["webhooks", id]) => match account.position("uuid", id) {
            Some(place) => (200, json!({"success": true, "webhook": account.webhooks[place]})),
            None => (404, json!({"error": "webhook not found"})),
        },
        ("POST", ["webhooks"]) => create(account, asked),
        ("PATCH", ["webhooks"]) => update(account, asked),
        ("DELETE", ["webhooks", id]) => match account.position("uuid", id) {
            Some(place) => {
                account.webhooks.remove(place);
                (200, json!({"success": true, "message": "Webhook deleted successfully"}))
            }
            None => (404, json!({"error": "webhook not found"})),
        },
        ("POST", ["webhooks", "query"]) => query(account, asked),
        ("POST", ["webhooks", "replay"]) => match row(account, asked) {
            Some(_) => (
                200,
                json!({"success": true, "event_id": asked.body["event_id"], "status": "enqueued", "message": "Event re-queued for delivery"}),
            ),
            None => (404, json!({"error": "event not found"})),
        },
        _ => (404, json!({"error": "not found"})),
    }
}

/// The errors in the fields of a webhook.
fn wrong(asked: &Asked<'_>) -> Option<&'static str> {
    let members = asked.body.as_object()?;
    for (name, value) in members {
        let fine = match name.as_str() {
            "uuid" => value.is_string(),
            "name" => value.as_str().is_some_and(|name| {
                (1..=64).contains(&name.len())
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_ ".contains(c))
            }),
            "url" => {
                value.as_str().is_some_and(|url| url.starts_with("http://") || url.starts_with("https://"))
            }
            "events" => value.as_array().is_some_and(|events| {
                !events.is_empty() && events.iter().all(|event| TYPES.contains(&event.as_str().unwrap()))
            }),
            "status" => [json!(0), json!(1)].contains(value),
            "filter_users" | "filter_domains" => {
                value.is_null()
                    || value
                        .as_array()
                        .is_some_and(|list| !list.is_empty() && list.iter().all(Value::is_string))
            }
            _ => false,
        };
        if !fine {
            return Some(match name.as_str() {
                "name" => "name is not valid",
                "url" => "url is not valid",
                "events" => "events must only include allowed event types",
                "status" => "status must be 0 or 1",
                _ => "unknown field or value",
            });
        }
    }
    None
}

fn shown(members: &mut Map<String, Value>) {
    if let Some(status) = members.get_mut("status") {
        *status = if *status == json!(1) { "enabled" } else { "disabled" }.into();
    }
}

fn create(account: &mut Account, asked: &Asked<'_>) -> (u16, Value) {
    if let Some(error) = wrong(asked) {
        return (400, json!({"error": error}));
    }
    let mut members = asked.body.as_object().unwrap().clone();
    for required in ["name", "url", "events"] {
        if !members.contains_key(required) {
            return (400, json!({"error": format!("{required} is required")}));
        }
    }
    let number = account.number();
    members.entry("status").or_insert(json!(1));
    shown(&mut members);
    for filter in ["filter_users", "filter_domains"] {
        members.entry(filter).or_insert(Value::Null);
    }
    members.insert("uuid".to_owned(), format!("a1b2c3d4-e5f6-4a7b-8c9d-{number:012}").into());
    members.insert("secret".to_owned(), format!("whsec_{number:032}").into());
    members.insert("created_at".to_owned(), 1_736_524_800.into());
    members.insert("last_modified".to_owned(), 1_736_524_800.into());
    account.webhooks.push(members.clone());
    (201, json!({"success": true, "message": "Webhook created successfully", "webhook": members}))
}

fn update(account: &mut Account, asked: &Asked<'_>) -> (u16, Value) {
    let Some(place) = account.position("uuid", asked.text("uuid")) else {
        return (404, json!({"error": "webhook not found"}));
    };
    if let Some(error) = wrong(asked) {
        return (400, json!({"error": error}));
    }
    let mut members = asked.body.as_object().unwrap().clone();
    shown(&mut members);
    account.webhooks[place].extend(members);
    (200, json!({"success": true, "message": "Webhook updated successfully"}))
}

fn query(account: &Account, asked: &Asked<'_>) -> (u16, Value) {
    let number = |name: &str| asked.body[name].as_u64();
    let limit = number("limit").unwrap_or(50);
    if !(1..=1000).contains(&limit) || !asked.only(&["uuid", "date_from", "date_to", "limit", "offset"]) {
        return (400, json!({"error": "limit must be between 1 and 1000"}));
    }
    let wanted = |row: &&Value| {
        let time = row["created_at"].as_u64().unwrap();
        number("date_from").is_none_or(|from| time >= from)
            && number("date_to").is_none_or(|to| time <= to)
            && (asked.body["uuid"].is_null() || asked.body["uuid"] == row["uuid"])
    };
    let rows: Vec<&Value> = account.events.iter().filter(wanted).collect();
    let offset = usize::try_from(number("offset").unwrap_or_default()).unwrap();
    let limit = usize::try_from(limit).unwrap().min(account.page);
    let page: Vec<_> = rows.iter().skip(offset).take(limit).collect();
    (200, json!({"events": page, "total": rows.len(), "limit": limit, "offset": offset}))
}

fn row<'a>(account: &'a Account, asked: &Asked<'_>) -> Option<&'a Value> {
    account.events.iter().find(|row| row["id"] == asked.body["event_id"])
}

/// Posts the event again, in the format of its webhook.
pub(super) async fn replay(account: &Arc<Mutex<Account>>, asked: &Asked<'_>, url: String, secret: String) {
    let row = row(&account.lock().unwrap(), asked).unwrap().clone();
    let mut data = row["payload"].clone();
    data["uid"] = row["source_uid"].clone();
    let body = json!({"id": row["id"], "service": row["service"], "type": row["event_type"], "created_at": row["created_at"], "data": data});
    let body = body.to_string().into_bytes();
    let headers = sign::with_secret(ProviderName::JetEmail, &secret, &body, Timestamp::UNIX_EPOCH);
    tokio::task::spawn_blocking(move || {
        let mut request = ureq::post(url);
        for (name, value) in headers {
            request = request.header(name, value.as_slice());
        }
        request.send(&body).unwrap();
    })
    .await
    .unwrap();
}
