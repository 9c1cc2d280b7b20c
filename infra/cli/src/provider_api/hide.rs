//! Removes secrets, tokens and the API key from the answers of a provider's API, at any depth. Every answer passes
//! through here before it is printed.

use serde_json::{Map, Value};

/// Replaces hidden text.
const HIDDEN: &str = "…";

/// The shortest API key in characters; a shorter text could be part of any word.
const SHORTEST_KEY: usize = 8;

/// The most levels of JSON inside JSON strings that are searched, such as a header in a request in a log entry.
const MAX_LEVELS: usize = 4;

/// A member whose name contains one of these holds a secret. Lower case, without separators.
const PARTS: &[&str] = &[
    "secret",
    "token",
    "password",
    "passwd",
    "passphrase",
    "authorization",
    "credential",
    "apikey",
    "whsec",
];

/// These mark a secret only as whole words of a name, because they are also parts of harmless words.
const WORDS: &[&str] = &["auth", "bearer", "cookie", "jwt", "key", "keys", "pass", "pwd"];

/// Members that hold the name of a header or setting, and members that hold its value.
const NAMES: &[&str] = &["name", "key", "header", "field"];
const VALUES: &[&str] = &["value", "values"];

/// Hides the secrets in an answer, and this API key wherever it occurs.
pub(super) struct Hide<'a>(pub(super) &'a str);

impl Hide<'_> {
    /// The answer without the members that hold secrets; other secrets are replaced with `…`.
    pub(super) fn value(&self, answer: &Value) -> Value {
        self.at_level(answer, 0)
    }

    fn at_level(&self, value: &Value, level: usize) -> Value {
        match value {
            Value::String(text) => self.string(text, level).into(),
            Value::Array(list) => self.array(list, level).into(),
            Value::Object(members) => self.object(members, level).into(),
            Value::Number(number) if self.text(&number.to_string()).contains(HIDDEN) => HIDDEN.into(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn object(&self, members: &Map<String, Value>, level: usize) -> Map<String, Value> {
        let is_pair = VALUES.iter().any(|name| members.contains_key(*name));
        let text = |name: &&str| members.get(*name).and_then(Value::as_str);
        let hides_value = is_pair && NAMES.iter().filter_map(text).any(names_secret);
        let shown = members.iter().filter(|(name, value)| {
            let says_nothing = value.is_null() || value.is_boolean();
            let is_name = is_pair && NAMES.contains(&name.as_str());
            says_nothing || is_name || !names_secret(name)
        });
        let each = shown.map(|(name, value)| {
            let hidden = hides_value && VALUES.contains(&name.as_str());
            (self.text(name), if hidden { HIDDEN.into() } else { self.at_level(value, level) })
        });
        each.collect()
    }

    /// A list may alternate names and values, as lists of headers do.
    fn array(&self, list: &[Value], level: usize) -> Vec<Value> {
        let mut after_name = false;
        list.iter()
            .map(|element| {
                let hidden = std::mem::replace(&mut after_name, element.as_str().is_some_and(names_secret));
                match element {
                    Value::String(_) if hidden => HIDDEN.into(),
                    _ => self.at_level(element, level),
                }
            })
            .collect()
    }

    fn string(&self, text: &str, level: usize) -> String {
        let inner = match text.trim_start().as_bytes().first() {
            Some(b'{' | b'[') => serde_json::from_str::<Value>(text).ok(),
            _ => None,
        };
        match inner {
            Some(_) if level >= MAX_LEVELS => HIDDEN.to_owned(),
            Some(inner) => {
                let shown = self.at_level(&inner, level + 1);
                if shown == inner { text.to_owned() } else { shown.to_string() }
            }
            None if text.trim_start().starts_with("whsec_") => format!("whsec_{HIDDEN}"),
            None => self.text(text),
        }
    }

    /// The text with `…` instead of the API key, the rest of a word after `whsec_`, the token after `Bearer` or `Basic`,
    /// and the value of a setting or header with the name of a secret.
    pub(super) fn text(&self, text: &str) -> String {
        let text = if self.0.len() >= SHORTEST_KEY { text.replace(self.0, HIDDEN) } else { text.to_owned() };
        let mut shown = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (kept, secret) = next(rest);
            shown.push_str(&rest[..kept]);
            if secret > 0 {
                shown.push_str(HIDDEN);
            }
            rest = &rest[kept + secret..];
        }
        shown
    }
}

/// The number of bytes to show, and the number of bytes after them to hide.
fn next(text: &str) -> (usize, usize) {
    const WHSEC: &str = "whsec_";
    let word = run(text, |c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if word == 0 {
        return (text.chars().next().map_or(0, char::len_utf8), 0);
    }
    let (name, rest) = text.split_at(word);
    if let Some(at) = name.find(WHSEC) {
        let kept = at + WHSEC.len();
        return (kept, secret(&text[kept..]));
    }
    let blanks = run(rest, |c| c == ' ');
    let is_scheme = ["bearer", "basic"].contains(&name.to_ascii_lowercase().as_str());
    if is_scheme && blanks > 0 {
        return (word + blanks, long_secret(&rest[blanks..]));
    }
    if !names_secret(name) {
        return (word, 0);
    }
    let quotes = |c: char| " \"'\\".contains(c);
    let before = run(rest, quotes);
    let sign = &rest[before..];
    if !sign.starts_with(['=', ':']) {
        return (word, 0);
    }
    let gap = before + 1 + run(&sign[1..], quotes);
    let value = &rest[gap..];
    if name.to_ascii_lowercase().ends_with("authorization") {
        // A scheme and its parameters may be several words.
        return (word + gap, run(value, |c| !"\"'<\r\n".contains(c)));
    }
    // The text after a colon may be a sentence, so only long words are hidden there.
    let hidden = if sign.starts_with('=') { secret(value) } else { long_secret(value) };
    (word + gap, hidden)
}

/// The length in bytes of the secret at the start of the text.
fn secret(text: &str) -> usize {
    run(text, |c| !c.is_whitespace() && !"\"'\\<>,;&(){}[]".contains(c))
}

fn long_secret(text: &str) -> usize {
    Some(secret(text)).filter(|&length| length >= SHORTEST_KEY).unwrap_or_default()
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// Whether the name of a member, header or setting, in any usual spelling, means that it holds a secret.
fn names_secret(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let squashed: String = letters.collect::<String>().to_ascii_lowercase();
    if PARTS.iter().any(|part| squashed.contains(part)) {
        return true;
    }
    let mut spaced = String::new();
    let mut before_small = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && before_small {
            spaced.push(' ');
        }
        before_small = c.is_ascii_lowercase();
        spaced.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' });
    }
    spaced.split(' ').any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KEY: &str = "api_0123456789";

    /// Names of members that hold secrets, in the spellings of several APIs.
    #[rustfmt::skip]
    const NAMES: &[&str] = &[
        "secret", "Secret", "signing_secret", "signingSecret", "SIGNING-SECRET", "webhook.secret",
        "client_secret", "secrets", "token", "access_token", "accessToken", "X-Auth-Token", "authorization",
        "Authorization", "proxy-authorization", "webhook_auth_header", "webhookAuthHeader", "auth",
        "password", "smtpPassword", "passwd", "pwd", "passphrase", "api_key", "apiKey", "APIKey", "API_KEY",
        "X-API-Key", "private_key", "privateKey", "signing_key", "key", "keys", "credentials", "Cookie",
        "set-cookie", "jwt",
    ];

    fn hidden(value: &Value) -> Value {
        Hide(KEY).value(value)
    }

    #[test]
    fn members_named_after_secrets_are_left_out_at_any_depth() {
        for &name in NAMES {
            let secret = json!({name: "canary"});
            for value in [
                secret.clone(),
                json!({"data": {"webhook": secret}}),
                json!([[secret]]),
                json!({name: {"value of it": ["canary"]}}),
                json!({name: 1_234_567}),
                json!({"body": secret.to_string()}),
                json!({"log": json!({"body": secret.to_string()}).to_string()}),
            ] {
                let shown = hidden(&value).to_string();
                assert!(!shown.contains("canary") && !shown.contains("1234567"), "{value}: {shown}");
            }
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        let value = json!({
            "id": "wh_1", "uuid": "4f6c", "name": "mailhooks", "url": "https://example.com/webhooks/jetemail?a=b",
            "events": ["email.bounced"], "author": "Ada", "keyword": "x", "monkey": "y", "passed": 3, "status": 200, "secret": null,
            "has_secret": true, "filter": {"rules": [{"field": "meta.app", "operator": "equals", "value": "billing"}]},
            "message": "the secret is shown once: copy it", "body": "{\"ok\": true}", "error": "token: not valid",
        });
        assert_eq!(hidden(&value), value);
    }

    #[test]
    fn values_beside_the_name_of_a_secret_are_hidden() {
        for value in [
            json!({"headers": [{"name": "Authorization", "value": "canary"}]}),
            json!({"headers": [{"key": "X-Api-Key", "values": ["canary"]}]}),
            json!({"headers": [["Authorization", "canary"], ["Accept", "*/*"]]}),
            json!({"headers": ["accept", "*/*", "x-auth-token", "canary"]}),
        ] {
            let shown = hidden(&value).to_string();
            assert!(!shown.contains("canary") && shown.contains('…'), "{value}: {shown}");
        }
        let pair = json!({"key": "accept", "value": "*/*"});
        assert_eq!(hidden(&pair), pair);
    }

    #[test]
    fn the_key_and_signing_secrets_are_hidden_wherever_they_stand() {
        for value in [
            json!(KEY),
            json!([KEY]),
            json!({"a": {KEY: 1}}),
            json!(format!("Bearer {KEY}")),
            json!({"said": format!("no webhook of {KEY}.")}),
            json!("whsec_0123456789"),
            json!([" whsec_0123456789 0123456789"]),
            json!({"said": "with whsec_a-0123456789+/=, or so"}),
            json!("https://ada:x@example.com/?token=0123456789&a=b"),
            json!("Authorization: Basic 0123456789"),
            json!("Proxy-Authorization: Digest a=1, b=0123456789"),
            json!("X-Api-Key: 0123456789"),
            json!("{\"secret\":\"0123456789\",\"cut"),
        ] {
            let shown = hidden(&value).to_string();
            assert!(!shown.contains("0123456789") && shown.contains('…'), "{value}: {shown}");
        }
        let number = Hide("12345678").value(&json!([12_345_678, 1]));
        assert_eq!(number, json!(["…", 1]));
    }

    #[test]
    fn json_in_json_in_json_ends() {
        let mut value = json!({"secret": "canary"});
        for _ in 0..8 {
            value = json!({"body": value.to_string()});
        }
        let shown = hidden(&value).to_string();
        assert!(!shown.contains("canary") && shown.contains('…'), "{shown}");
    }
}
