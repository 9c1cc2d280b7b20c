//! `mailhooks schema`: prints the JSON Schema of an event or of a document of Amazon SES, or an AsyncAPI document of the topics.

mod asyncapi;

use anyhow::Result;
use normalization::{schema, ses};

use crate::options::Global;
use crate::output;

const EXAMPLES: &str = "\
Examples:
  mailhooks schema > event.schema.json          for validators and generators
  mailhooks schema --asyncapi > asyncapi.json   for subscribers of a topic
  mailhooks schema --ses > ses.schema.json      for the topics in the form of SES

The first two describe the events that this version announces and `mailhooks events --json` prints.";

/// Prints the JSON Schema of an event or of a document of Amazon SES, or an AsyncAPI document of the topics
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Print an AsyncAPI 3.0 document of the topics instead: their messages, attributes and events
    #[arg(long)]
    asyncapi: bool,
    /// Print the JSON Schema of the documents on the topics `ses-notifications` and `ses-events` instead
    #[arg(long, conflicts_with = "asyncapi")]
    ses: bool,
}

pub(crate) fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let document = match (arguments.asyncapi, arguments.ses) {
        (true, _) => asyncapi::document(),
        (false, true) => ses::schema::document().to_value(),
        (false, false) => schema::event().to_value(),
    };
    if global.json {
        return output::print_json(&document);
    }
    Ok(output::print_whole(&serde_json::to_string_pretty(&document)?)?)
}
