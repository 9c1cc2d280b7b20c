//! What a provider says went wrong, in its own words: the text, and the fields that are meant.

use serde_json::Value;

/// Characters of an answer that is no JSON that are repeated.
const MAX_TEXT: usize = 300;

/// Characters of a key; what is shorter is none, and may stand in any word.
const SHORTEST_KEY: usize = 8;

/// The provider's words, without anything that must not be repeated.
pub(super) fn words(answer: &str, key: &str) -> String {
    let words = match serde_json::from_str::<Value>(answer) {
        Ok(answer) => said(&answer),
        Err(_) => answer.trim().chars().take(MAX_TEXT).collect(),
    };
    redacted(&words, key)
}

/// `error` (a text, or an object with `message`), `message`, and `errors` by field.
fn said(answer: &Value) -> String {
    let error = answer.get("error");
    let texts = [
        error.and_then(Value::as_str),
        error.and_then(|error| error.get("message")?.as_str()),
        answer.get("message").and_then(Value::as_str),
    ];
    let mut parts: Vec<String> = texts.into_iter().flatten().map(str::to_owned).collect();
    for errors in [
        answer.get("errors"),
        error.and_then(|error| error.get("errors")),
    ] {
        parts.extend(errors.map(of_fields).unwrap_or_default());
    }
    if parts.is_empty() {
        return answer.to_string().chars().take(MAX_TEXT).collect();
    }
    parts.dedup();
    parts.join("; ")
}

/// Either an object of fields, or a list of objects that name theirs.
fn of_fields(errors: &Value) -> Vec<String> {
    match errors {
        Value::Object(fields) => fields
            .iter()
            .map(|(field, error)| format!("{field}: {}", text(error)))
            .collect(),
        Value::Array(list) => list.iter().map(of_field).collect(),
        other => vec![text(other)],
    }
}

fn of_field(error: &Value) -> String {
    let named = ["field", "path", "param"]
        .iter()
        .find_map(|name| error.get(name));
    let message = ["message", "error"].iter().find_map(|name| error.get(name));
    match (named, message) {
        (Some(field), Some(message)) => format!("{}: {}", text(field), text(message)),
        _ => text(error),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// An error page may repeat the request. Neither the key nor a signing secret gets into a terminal that way.
fn redacted(words: &str, key: &str) -> String {
    let words = if key.len() >= SHORTEST_KEY {
        words.replace(key, "…")
    } else {
        words.to_owned()
    };
    let secret = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut pieces = words.split("whsec_");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        text + "whsec_…" + piece.trim_start_matches(secret)
    })
}
