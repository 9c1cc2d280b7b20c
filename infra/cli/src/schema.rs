//! `mailhooks schema`: what an event looks like, for programs that read them.

mod asyncapi;

use anyhow::Result;
use normalization::schema;

use crate::options::Global;
use crate::output;

const EXAMPLES: &str = "\
Examples:
  mailhooks schema > event.schema.json         for validators, editors and code generators
  mailhooks schema --asyncapi > asyncapi.json  for whoever subscribes to a topic, and documentation of it

Both describe what this version announces, and what `mailhooks events --json` prints.";

/// Prints the JSON Schema of an event, or what the topics carry
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// An AsyncAPI 3.0 document of the four topics in place of the schema: messages, their attributes, the events in
    /// them
    #[arg(long)]
    asyncapi: bool,
}

pub(crate) fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let document = if arguments.asyncapi { asyncapi::document() } else { schema::event().to_value() };
    if global.json {
        return output::print_json(&document);
    }
    Ok(output::print_whole(&serde_json::to_string_pretty(&document)?)?)
}
