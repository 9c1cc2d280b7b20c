//! JSON Schemas, as validators of others read them.

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use serde_json::Value;

/// Where a document stands while it is read.
const PLACE: &str = "memory:///document.json";

/// A schema that passes for one by its own dialect's schema. Formats are checked.
pub struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    /// Reads a document that is a schema.
    pub fn new(document: Value) -> Self {
        Self::at("", document)
    }

    /// Reads the schema at this JSON pointer of a document; draft 7, as in AsyncAPI, where it does not say.
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

    /// Why this is not what the schema describes, if it is not.
    pub fn refusal(&self, instance: &Value) -> Option<String> {
        self.schemas.validate(instance, self.index).err().map(|error| format!("{error:#}"))
    }
}
