//! The JSON Schema of the event, generated from the types that are serialized. Only the tool enables this feature.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::Event;
use super::envelope::CloudEvent;

/// The identifier of the schema. Its number changes if an event of a later version does not match this schema any more.
const ID: &str = "urn:mailhooks:event:1";

/// The schema of an event, draft 2020-12.
pub fn event() -> Schema {
    let mut schema = generator(SchemaSettings::draft2020_12()).into_root_schema_for::<Event>();
    schema.insert("$id".to_owned(), ID.into());
    schema.insert("$comment".to_owned(), concat!("mailhooks ", env!("CARGO_PKG_VERSION")).into());
    schema.insert("examples".to_owned(), examples());
    if let Some(Value::Object(definitions)) = schema.get_mut("$defs") {
        add_titles(definitions);
    }
    schema
}

/// The hard bounce of README.md.
fn examples() -> Value {
    let bounce = include_str!("../../../../fixtures/jasni/accepted/email-bounced.json");
    serde_json::from_str(bounce).expect("the tests parse the fixture")
}

/// Gives each definition its name as the title, which generators of types use, and the known words of an open vocabulary a
/// title too.
pub fn add_titles(definitions: &mut Map<String, Value>) {
    for (name, definition) in definitions {
        let known = definition.pointer_mut("/oneOf/0").and_then(Value::as_object_mut);
        if let Some(known) = known.filter(|known| known.contains_key("enum")) {
            known.insert("title".to_owned(), format!("Known{name}").into());
        }
        if let Value::Object(members) = definition {
            members.insert("title".to_owned(), name.as_str().into());
        }
    }
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
