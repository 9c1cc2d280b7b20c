//! The JSON Schema of the documents, generated from the types that are serialized. Only the tool enables this feature.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Document;
use crate::event::schema::{add_titles, generator};

/// The identifier of the schema. Its number changes if a document of a later version does not match this schema any more.
const ID: &str = "urn:mailhooks:ses:1";

/// The schema of a document, as on the topics ses-notifications and ses-events, draft 2020-12.
pub fn document() -> Schema {
    let mut schema = generator(SchemaSettings::draft2020_12()).into_root_schema_for::<Document>();
    schema.insert("$id".to_owned(), ID.into());
    schema.insert("$comment".to_owned(), concat!("mailhooks ", env!("CARGO_PKG_VERSION")).into());
    if let Some(Value::Object(definitions)) = schema.get_mut("$defs") {
        add_titles(definitions);
    }
    schema
}
