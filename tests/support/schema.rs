//! JSON Schemas, read by a third-party validator.

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use serde_json::Value;

/// The URL that identifies a document to the validator.
const PLACE: &str = "memory:///document.json";

/// A schema that is valid by the meta-schema of its dialect. Formats are checked.
pub struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    /// Reads a document that is a schema.
    pub fn new(document: Value) -> Self {
        Self::at("", document)
    }

    /// Reads the schema at this JSON pointer of a document; the default dialect is draft 7, as in AsyncAPI.
    pub fn at(pointer: &str, document: Value) -> Self {
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V7);
        compiler.enable_format_assertions();
        compiler.add_resource(PLACE, document).unwrap();
        let mut schemas = Schemas::new();
        let place = format!("{PLACE}#{pointer}");
        let index =
            compiler.compile(&place, &mut schemas).unwrap_or_else(|error| panic!("{pointer}: {error:#}"));
        Self { schemas, index }
    }

    /// The reason that a value does not match the schema, if it does not.
    pub fn refusal(&self, instance: &Value) -> Option<String> {
        self.schemas.validate(instance, self.index).err().map(|error| format!("{error:#}"))
    }
}
