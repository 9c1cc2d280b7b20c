//! Compares an event as recorded with the same event as mapped today, member by member.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// The most characters of a value that are printed: a mail server's reply can have hundreds.
const SHOWN: usize = 60;

/// A member whose value differs.
#[derive(Serialize)]
pub(super) struct Difference {
    /// The path of the member, such as `bounce.reason`.
    pub(super) member: String,
    /// The recorded value; `None` if the member is new.
    old: Option<Value>,
    new: Option<Value>,
}

impl Difference {
    /// Lists all differences, in the order of their paths.
    pub(super) fn between(old: &Value, new: &Value) -> Vec<Self> {
        let mut found = Vec::new();
        compare(String::new(), Some(old), Some(new), &mut found);
        found
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (old, new) = (shown(self.old.as_ref()), shown(self.new.as_ref()));
        write!(formatter, "{}: {old} → {new}", self.member)
    }
}

fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None => return "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn compare(path: String, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Difference>) {
    match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(path, old.get(name), new.get(name), found);
            }
        }
        (Some(old), Some(new)) if is_same(old, new) => {}
        _ => found.push(Difference { member: path, old: old.cloned(), new: new.cloned() }),
    }
}

/// Whether two values are equal. Numbers are compared by value, because DynamoDB returns 5.0 as 5.
fn is_same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || ((one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64())
        }
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| is_same(old, new))
        }
        (Value::Object(old), Value::Object(new)) => {
            old.len() == new.len()
                && old.iter().all(|(name, old)| new.get(name).is_some_and(|new| is_same(old, new)))
        }
        _ => old == new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_compared_one_by_one_and_lists_whole() {
        let old = json!({"a": {"b": 1, "c": "x"}, "l": [1, {"s": 5}], "n": 5, "gone": {"x": 1}, "z": null});
        let new = json!({"a": {"b": 2, "c": "x"}, "l": [1, {"s": 5.0}], "n": 5.0, "new": [true], "z": null});
        let found = Difference::between(&old, &new);
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, ["a.b: 1 → 2", "gone: {\"x\":1} → –", "new: – → [true]"]);
        assert!(Difference::between(&old, &old).is_empty());
        let long = Difference::between(&json!({"t": "é".repeat(99)}), &json!({"t": ""}));
        assert_eq!(long[0].to_string(), format!("t: {}… → ", "é".repeat(SHOWN)));
    }
}
