//! Extracts the error message from a provider's answer: its text and the errors of single fields.

use serde_json::Value;

use super::hide::Hide;

/// The most characters of an answer that an error shows.
const MAX_TEXT: usize = 300;

/// The provider's error message with its secrets hidden, because an error page may repeat the request.
pub(super) fn words(answer: &str, hide: &Hide<'_>) -> String {
    let words = match serde_json::from_str::<Value>(answer) {
        Ok(answer) => said(&hide.value(&answer)),
        Err(_) => answer.trim().to_owned(),
    };
    // Truncate last: a secret that is cut in half would not be recognized.
    hide.text(&words).chars().take(MAX_TEXT).collect()
}

/// Reads `error` (a string, or an object with `message`), `message`, and the `errors` of fields.
fn said(answer: &Value) -> String {
    let error = answer.get("error");
    let texts = [
        error.and_then(Value::as_str),
        error.and_then(|error| error.get("message")?.as_str()),
        answer.get("message").and_then(Value::as_str),
    ];
    let mut parts: Vec<String> = texts.into_iter().flatten().map(str::to_owned).collect();
    for errors in [answer.get("errors"), error.and_then(|error| error.get("errors"))] {
        parts.extend(errors.map(of_fields).unwrap_or_default());
    }
    if parts.is_empty() {
        return answer.to_string();
    }
    parts.dedup();
    parts.join("; ")
}

/// Reads the errors of fields: an object by field name, or a list of objects that name their field.
fn of_fields(errors: &Value) -> Vec<String> {
    match errors {
        Value::Object(fields) => {
            fields.iter().map(|(field, error)| format!("{field}: {}", text(error))).collect()
        }
        Value::Array(list) => list.iter().map(of_field).collect(),
        other => vec![text(other)],
    }
}

fn of_field(error: &Value) -> String {
    let named = ["field", "path", "param"].iter().find_map(|name| error.get(name));
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
