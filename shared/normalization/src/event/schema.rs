//! The JSON Schema of the event, generated from the types that are serialized. Only the tool enables this feature.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::{CloudEvent, Event, EventType};

/// The schema of an event, draft 2020-12.
pub fn event() -> Schema {
    generator(SchemaSettings::draft2020_12()).into_root_schema_for::<Event>()
}

/// Creates a generator for the schemas of events and their parts, in the dialect of these settings.
pub fn generator(settings: SchemaSettings) -> SchemaGenerator {
    let mut settings = settings.for_serialize();
    // First, because a dialect has rules about the result.
    let transform = RecursiveTransform(as_serialized);
    settings.transforms.insert(0, Box::new(transform));
    settings.into_generator()
}

impl JsonSchema for Event {
    fn schema_name() -> Cow<'static, str> {
        "Event".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        CloudEvent::json_schema(generator)
    }
}

/// Applies `text` to each word of a vocabulary.
pub(crate) fn each<T: Copy>(words: &[T], text: fn(T) -> String) -> Vec<String> {
    words.iter().map(|word| text(*word)).collect()
}

/// Adds the rules for bounces that their types do not express.
pub(crate) fn of_bounces(schema: &mut Schema) {
    let bounced = json!({"properties": {"type": {"const": EventType::EmailBounced}}, "required": ["type"]});
    let bounce = json!({"type": "object", "required": ["class", "reason", "attribution"]});
    schema.insert("if".to_owned(), bounced);
    schema.insert("then".to_owned(), json!({"properties": {"bounce": bounce}, "required": ["bounce"]}));
}

/// Describes the serialized form of a value that may be absent: the value or nothing, never null and never an empty
/// list. Also removes the formats that only Rust knows, which strict validators reject, and the line ends of the
/// source files.
fn as_serialized(schema: &mut Schema) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    let is_null = |kind: &Value| kind == "null";
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|kind| !is_null(kind));
        if let [kind] = types.as_slice() {
            let kind = kind.clone();
            members.insert("type".to_owned(), kind);
        }
    }
    if let Some(Value::Array(options)) = members.get_mut("anyOf") {
        options.retain(|option| !option.get("type").is_some_and(is_null));
        if let [Value::Object(option)] = options.as_slice() {
            let option = option.clone();
            members.remove("anyOf");
            members.extend(option);
        }
    }
    if members.get("type").is_some_and(|kind| kind == "array") {
        members.insert("minItems".to_owned(), json!(1));
    }
    if members.get("format").is_some_and(|format| format != "date-time") {
        members.remove("format");
    }
    if let Some(Value::String(description)) = members.get_mut("description") {
        *description = description.replace('\n', " ");
    }
}
