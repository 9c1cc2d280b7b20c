//! The options of every command, and usage errors that clap cannot detect.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use normalization::{MAX_ADDRESS, ProviderName, lookup_form};
use url::Url;

use crate::output;

/// The default data folder.
const DATA: &str = ".mailhooks";

/// The options of every command.
#[derive(Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Folder of the local stack
    #[arg(long, global = true, value_name = "DIR", env = "MAILHOOKS_DATA", default_value = DATA)]
    pub(crate) data: PathBuf,
    /// Use this deployed CloudFormation stack instead of the local one. Credentials and region are found as the AWS
    /// CLI finds them
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "table")]
    pub(crate) stack: Option<String>,
    /// Use this deployed DynamoDB table instead of the local stack, for example if CloudFormation is not accessible
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// Print one JSON object per line
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

impl Global {
    /// Whether the options select a deployed stack or table.
    pub(crate) fn is_deployed(&self) -> bool {
        self.stack.is_some() || self.table.is_some()
    }

    /// The command line that runs this program with other arguments and the same data folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> String {
        let data = self.data.to_string_lossy();
        let place: &[&str] = if data == DATA { &[] } else { &["--data", &data] };
        output::invocation(arguments.iter().chain(place).copied())
    }

    /// The same, with `--stack` if it is given.
    pub(crate) fn command_there(&self, arguments: &[&str]) -> String {
        let stack = self.stack.as_deref().map(|name| ["--stack", name]).into_iter().flatten();
        self.command(&arguments.iter().copied().chain(stack).collect::<Vec<_>>())
    }
}

/// A usage error that only the command itself can detect.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// Parses an `http` or `https` URL for clap.
pub(crate) fn web_address(text: &str) -> Result<Url> {
    let url: Url = text.parse()?;
    ensure!(matches!(url.scheme(), "http" | "https") && url.has_host(), "not an http or https URL");
    Ok(url)
}

/// Parses a word of a vocabulary for clap. Help and completions list the words.
pub(crate) fn word<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    as_str: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    let words = PossibleValuesParser::new(all.iter().map(|word| as_str(*word)));
    words.try_map(move |text| {
        all.iter().copied().find(|word| as_str(*word) == text).context("not a word of the list")
    })
}

/// Parses the name of a provider for clap. Help and completions list the names.
pub(crate) fn provider() -> impl TypedValueParser<Value = ProviderName> {
    let names = PossibleValuesParser::new(ProviderName::ALL.iter().map(|provider| provider.as_str()));
    names.try_map(|name| name.parse::<ProviderName>())
}

/// Checks a text for clap: it must not be blank.
pub(crate) fn not_blank(text: &str) -> Result<String> {
    ensure!(!text.trim().is_empty(), "it is empty");
    Ok(text.to_owned())
}

/// Checks an address for clap. An invalid one is an error, because an empty result would be misleading.
pub(crate) fn address(text: &str) -> Result<String> {
    let text = text.trim();
    let is_bare = text.rsplit_once('@').is_some_and(|(local, domain)| {
        let plain = local.starts_with('"') || !local.contains(['<', ' ', ',']);
        plain && !local.is_empty() && !domain.is_empty() && !domain.contains(['>', ' ', ','])
    });
    ensure!(is_bare, "not one bare address such as ada@example.com");
    ensure!(lookup_form(text).len() <= MAX_ADDRESS, "longer than any address ({MAX_ADDRESS} bytes)");
    Ok(text.to_owned())
}

/// Parses a number of rows for clap.
pub(crate) fn number(text: &str) -> Result<usize> {
    let number = text.parse()?;
    ensure!(number > 0, "at least 1");
    Ok(number)
}
