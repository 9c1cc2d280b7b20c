//! The schema of an open vocabulary: its words, or another word of a later version.

use schemars::Schema;
use serde_json::{Value, json};

/// Makes a vocabulary open: its words, or a word of a later version. The description says what each word means.
pub(super) fn open(schema: &mut Schema) {
    let words = schema.remove("oneOf").unwrap_or_default();
    let mut description = vec![text(schema.get("description"))];
    let mut known = Vec::new();
    for word in words.as_array().into_iter().flatten() {
        let name = text(word.get("const"));
        description.push(format!("`{name}`: {}", text(word.get("description"))));
        known.push(name);
    }
    schema.insert("description".to_owned(), description.join(" ").into());
    set_open(schema, &known);
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The schema of a text that is one of these words, or another.
pub(super) fn set_open(schema: &mut Schema, words: &[String]) {
    schema.remove("type");
    // Exclusive, because typify makes a struct of alternatives that overlap.
    let known = json!({"type": "string", "enum": words});
    let other = json!({"type": "string", "not": {"enum": words}});
    schema.insert("oneOf".to_owned(), json!([known, other]));
}
