//! `mailhooks webhooks test`: makes the provider send a sample and reads the result from its answer. Emailit documents
//! that it returns the endpoint's answer, but not the names of the fields
//! (<https://emailit.com/docs/changelog/2026-09-27-webhook-tools/>), so all usual names are read.

use anyhow::{Result, bail};
use serde_json::Value;

use super::{Session, show};
use crate::output;

pub(super) async fn run(session: &Session<'_>, id: &str, event_type: &str) -> Result<()> {
    let (name, provider) = (session.management.name, session.at.provider);
    let Some(test) = session.management.test else {
        bail!(
            "{name} documents no test call: `mailhooks send {provider} CASE --url URL` posts a signed sample instead"
        );
    };
    let api = session.api()?;
    let answer = api.call(test(id, event_type)).await?;
    show::answer(&answer, &api, session.global)?;
    // The failure quotes the answer, so its secrets are hidden first.
    match read(&api.shown(&answer)) {
        Tried::Good => Ok(()),
        Tried::Failed(why) => bail!("{name} reports that the test failed: {why}"),
        Tried::Unknown => {
            let events = session.global.command(&["events"]);
            output::remark(&format!(
                "note: {name}'s answer does not report the receiver's status; check with `{events}` whether the event \
                 arrived"
            ));
            Ok(())
        }
    }
}

enum Tried {
    Good,
    /// The reason, as the provider reports it.
    Failed(String),
    /// The answer does not report the result.
    Unknown,
}

/// Members that report the result as a boolean.
const FLAGS: &[&str] = &["success", "successful", "ok", "delivered"];

/// Members that report the result as a status code or a word.
const STATUSES: &[&str] =
    &["status", "status_code", "statusCode", "http_status", "response_status", "response_code"];

/// Searches the answer to a test call for the result, at any depth.
fn read(answer: &Value) -> Tried {
    let Some(members) = answer.as_object() else {
        return Tried::Unknown;
    };
    let mut found = Tried::Unknown;
    for (name, value) in members {
        let one = match name.as_str() {
            "error" | "errors" => error(value),
            name if FLAGS.contains(&name) => flag(name, value),
            name if STATUSES.contains(&name) => status(name, value),
            _ => read(value),
        };
        match one {
            Tried::Failed(_) => return one,
            Tried::Good => found = Tried::Good,
            Tried::Unknown => {}
        }
    }
    found
}

fn error(value: &Value) -> Tried {
    match value {
        Value::Null | Value::Bool(false) => Tried::Unknown,
        Value::String(text) if text.is_empty() => Tried::Unknown,
        Value::Array(list) if list.is_empty() => Tried::Unknown,
        Value::String(text) => Tried::Failed(text.clone()),
        other => Tried::Failed(format!("error: {other}")),
    }
}

fn flag(name: &str, value: &Value) -> Tried {
    match value {
        Value::Bool(true) => Tried::Good,
        Value::Bool(false) => Tried::Failed(format!("{name}: false")),
        other => read(other),
    }
}

fn status(name: &str, value: &Value) -> Tried {
    let number = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    match (number, value.as_str()) {
        (Some(200..300), _) | (None, Some("success" | "ok" | "delivered")) => Tried::Good,
        (Some(number), _) => Tried::Failed(format!("the receiver answered {number}")),
        (None, Some(word @ ("failed" | "failure" | "error" | "timeout"))) => {
            Tried::Failed(format!("{name}: {word}"))
        }
        _ => read(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_says_how_the_test_went() {
        for good in [
            json!({"success": true, "status": 200, "response": "{\"recorded\":1}"}),
            json!({"data": {"status_code": 204, "error": null}}),
            json!({"status": "delivered", "response": {"status": "200"}}),
        ] {
            assert!(matches!(read(&good), Tried::Good), "{good}");
        }
        for failed in [
            json!({"success": false}),
            json!({"success": true, "status": 401}),
            json!({"data": {"success": true, "response": {"statusCode": 503}}}),
            json!({"success": true, "response_code": "500"}),
            json!({"status": 0, "error": "Connection refused"}),
            json!({"status": "failed"}),
            json!({"success": true, "error": {"message": "timeout"}}),
            json!({"status": 302}),
        ] {
            assert!(matches!(read(&failed), Tried::Failed(_)), "{failed}");
        }
        for silent in [json!({}), json!(null), json!({"id": "wh_1"}), json!([])] {
            assert!(matches!(read(&silent), Tried::Unknown), "{silent}");
        }
    }
}
