//! The topics of an event, as docs/reference.md lists them.

use serde_json::Value;

/// The topics that take an event, without the optional topic `events`.
pub fn topics_of(event: &Value) -> Vec<&'static str> {
    let data = &event["data"];
    let event_type = data["type"].as_str().unwrap();
    let mut topics = Vec::new();
    match event_type {
        "email.bounced" => topics.push("bounces"),
        "email.complained" => topics.push("complaints"),
        "email.spam" => topics.push("spam"),
        _ => {}
    }
    let takes_back = match event_type {
        "email.resubscribed" | "email.suppressed" | "suppression.created" | "suppression.deleted" => true,
        "email.complained" => data["complaint"]["feedback_type"] == "not-spam",
        _ => false,
    };
    if data["action"] != "none" || takes_back {
        topics.push("actions");
    }
    topics
}
