//! What every command takes, and what is wrong with a command line where only the command itself can see it.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use normalization::ProviderName;
use url::Url;

use crate::output;

/// The data folder where none is named.
const DATA: &str = ".mailhooks";

/// What every command takes.
#[derive(Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Folder of the local stack
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "MAILHOOKS_DATA",
        default_value = DATA
    )]
    pub(crate) data: PathBuf,
    /// A deployed stack instead of the local one, by its name in CloudFormation: its outputs say where everything
    /// is. Credentials and region are found as the AWS CLI finds them
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "table")]
    pub(crate) stack: Option<String>,
    /// A deployed DynamoDB table instead of the local stack, where the stack cannot be asked for it
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// One JSON object a line, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

impl Global {
    /// Whether the command works on what is deployed, and not on the local stack.
    pub(crate) fn is_deployed(&self) -> bool {
        self.stack.is_some() || self.table.is_some()
    }

    /// The command line that runs this program with other arguments, on the same data folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> String {
        let data = self.data.to_string_lossy();
        let place: &[&str] = if data == DATA { &[] } else { &["--data", &data] };
        output::invocation(arguments.iter().chain(place).copied())
    }

    /// The same for a command that works on the deployed stack, if one is named.
    pub(crate) fn command_there(&self, arguments: &[&str]) -> String {
        let stack = self.stack.as_deref().map(|name| ["--stack", name]).into_iter().flatten();
        self.command(&arguments.iter().copied().chain(stack).collect::<Vec<_>>())
    }
}

/// What is wrong with the command line, where only the command itself can see it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// An `http` or `https` address, as clap reads it.
pub(crate) fn web_address(text: &str) -> Result<Url> {
    let url: Url = text.parse()?;
    ensure!(matches!(url.scheme(), "http" | "https") && url.has_host(), "not an http or https address");
    Ok(url)
}

/// The name of a provider, as clap reads it: help and completions list the names.
pub(crate) fn provider() -> impl TypedValueParser<Value = ProviderName> {
    let names = PossibleValuesParser::new(ProviderName::ALL.iter().map(|provider| provider.as_str()));
    names.try_map(|name| name.parse::<ProviderName>())
}
