//! <https://emailit.com/docs/api-reference/webhooks>, <https://emailit.com/docs/api-reference/suppressions> and
//! <https://emailit.com/docs/logs/events.md>.

use serde_json::{Map, Value, json};

use super::{Account, Asked};

const FIELDS: [&str; 6] = ["name", "url", "all_events", "enabled", "events", "filter"];

pub(super) fn answer(account: &mut Account, authorized: bool, asked: &Asked<'_>) -> (u16, Value) {
    if !authorized {
        return (401, json!({"error": {"code": 401, "message": "Unauthorized"}}));
    }
    match (asked.method, asked.path.as_slice()) {
        ("GET", ["webhooks"]) => {
            let all = account.webhooks.iter().map(without_secret);
            page(all.map(Value::Object).collect(), account.page, asked)
        }
        ("POST", ["webhooks"]) => create(account, asked),
        ("GET", ["suppressions"]) => page(account.suppressions.clone(), account.page, asked),
        ("POST", ["suppressions"]) => suppress(account, asked),
        ("DELETE", ["suppressions", id]) => {
            match account.suppressions.iter().position(|listed| listed["id"] == **id) {
                Some(place) => {
                    let listed = account.suppressions.remove(place);
                    let (id, email) = (&listed["id"], &listed["email"]);
                    (200, json!({"object": "suppression", "id": id, "email": email, "deleted": true}))
                }
                None => (404, json!({"error": "Suppression not found"})),
            }
        }
        ("GET", ["events"]) => events(account, asked),
        ("GET", ["events", id]) => match account.events.iter().find(|event| event["id"] == **id) {
            Some(event) => (200, event.clone()),
            None => (404, json!({"error": "Event not found"})),
        },
        (_, ["webhooks", id, ..]) => match account.position("id", id) {
            Some(place) => of_one(account, place, asked),
            None => (404, json!({"error": "Webhook not found"})),
        },
        _ => unknown(),
    }
}

/// Calls about one webhook.
fn of_one(account: &mut Account, place: usize, asked: &Asked<'_>) -> (u16, Value) {
    match (asked.method, asked.path.as_slice()) {
        ("GET", ["webhooks", _]) => {
            let mut webhook = account.webhooks[place].clone();
            webhook.insert("filters_allowed".to_owned(), true.into());
            (200, Value::Object(webhook))
        }
        ("POST", ["webhooks", _]) => wrong(asked).unwrap_or_else(|| {
            account.webhooks[place].extend(asked.body.as_object().unwrap().clone());
            (200, Value::Object(without_secret(&account.webhooks[place])))
        }),
        ("DELETE", ["webhooks", id]) => {
            let webhook = account.webhooks.remove(place);
            (200, json!({"object": "webhook", "id": id, "name": webhook["name"], "deleted": true}))
        }
        ("POST", ["webhooks", _, "test"]) if asked.body["type"].is_string() => {
            (200, json!({"success": true, "status": 200, "response": "{\"recorded\":1}"}))
        }
        ("POST", ["webhooks", id, "reset-secret"]) => {
            let secret = format!("whsec_{:064}", account.number());
            account.webhooks[place].insert("secret".to_owned(), secret.as_str().into());
            (200, json!({"object": "webhook", "id": id, "secret": secret}))
        }
        _ => unknown(),
    }
}

fn unknown() -> (u16, Value) {
    (404, json!({"statusCode": 404, "error": "NotFoundError", "message": "Not found"}))
}

fn suppress(account: &mut Account, asked: &Asked<'_>) -> (u16, Value) {
    if !asked.only(&["email", "type", "reason", "keep_until"]) || !asked.text("email").contains('@') {
        return invalid("email", "must be an address");
    }
    let mut listed = asked.body.clone();
    listed["object"] = "suppression".into();
    listed["id"] = format!("sup_{:027}", account.number()).into();
    listed["timestamp"] = "2026-10-01T10:00:00.000000Z".into();
    account.suppressions.push(listed.clone());
    (201, listed)
}

/// The list of events, with their data only if the request asks for it.
fn events(account: &Account, asked: &Asked<'_>) -> (u16, Value) {
    let mut events = account.events.clone();
    if asked.parameter("include_data") != Some("true") {
        for event in &mut events {
            event.as_object_mut().unwrap().remove("data");
        }
    }
    page(events, account.page, asked)
}

fn without_secret(webhook: &Map<String, Value>) -> Map<String, Value> {
    let mut shown = webhook.clone();
    shown.remove("secret");
    shown
}

fn page(all: Vec<Value>, size: usize, asked: &Asked<'_>) -> (u16, Value) {
    let number = |name: &str| asked.parameter(name).unwrap().parse::<usize>().unwrap();
    let (page, limit) = (number("page"), number("limit"));
    if page == 0 || !(1..=100).contains(&limit) {
        return invalid("limit", "must be between 1 and 100");
    }
    let size = size.min(limit);
    let more = page * size < all.len();
    let next = more.then(|| format!("/v2/list?page={}&limit={limit}", page + 1));
    let data: Vec<_> = all.into_iter().skip((page - 1) * size).take(size).collect();
    (200, json!({"data": data, "next_page_url": next, "previous_page_url": null}))
}

fn invalid(field: &str, message: &str) -> (u16, Value) {
    (
        422,
        json!({"statusCode": 422, "error": "ValidationError", "message": "The request is not valid", "errors": {field: [message]}}),
    )
}

fn wrong(asked: &Asked<'_>) -> Option<(u16, Value)> {
    if !asked.only(&FIELDS) {
        return Some(invalid("body", "has unknown fields"));
    }
    let url = &asked.body["url"];
    if ["localhost", "127.0.0.1"].iter().any(|here| url.as_str().is_some_and(|url| url.contains(here))) {
        return Some(invalid("url", "must not be a private address"));
    }
    let booleans = ["all_events", "enabled"];
    if booleans.iter().any(|name| !asked.body[*name].is_null() && !asked.body[*name].is_boolean()) {
        return Some(invalid("enabled", "must be a boolean"));
    }
    None
}

fn create(account: &mut Account, asked: &Asked<'_>) -> (u16, Value) {
    if let Some(answer) = wrong(asked) {
        return answer;
    }
    if asked.text("name").is_empty()
        || account.webhooks.iter().any(|webhook| webhook["name"] == asked.body["name"])
    {
        return invalid("name", "must be unique");
    }
    let number = account.number();
    let mut webhook = asked.body.as_object().unwrap().clone();
    webhook.entry("all_events").or_insert(false.into());
    webhook.entry("enabled").or_insert(true.into());
    webhook.entry("events").or_insert(json!([]));
    webhook.insert("object".to_owned(), "webhook".into());
    webhook.insert("id".to_owned(), format!("wh_{number:027}").into());
    webhook.insert("secret".to_owned(), format!("whsec_{number:064}").into());
    webhook.insert("last_used_at".to_owned(), Value::Null);
    account.webhooks.push(webhook.clone());
    (201, Value::Object(webhook))
}
