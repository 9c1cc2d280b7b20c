//! Facts about a provider, from the table `tool` of `fixtures/<provider>/provider.toml`.

use anyhow::{Context, Result};
use normalization::ProviderName;
use serde::Deserialize;

use super::fixture::FIXTURES;

/// Facts about a provider that the tool uses. fixtures/README.md describes the members.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ToolFacts {
    /// The provider's name in its own spelling.
    #[serde(skip)]
    pub name: String,
    /// Steps to create a webhook by hand, if the provider documents no API for webhooks.
    pub steps: Vec<String>,
    /// Why missed events cannot be fetched, and what to do instead.
    pub no_list: Option<String>,
    /// Documented event types without a sample.
    pub more_types: Vec<String>,
    /// Prefixes of event types whose ends the provider's users choose.
    pub open_types: Vec<String>,
}

/// Reads the facts about this provider. Fails if its file is missing or invalid.
pub fn tool_facts(provider: ProviderName) -> Result<ToolFacts> {
    #[derive(Deserialize)]
    struct ProviderFile {
        name: String,
        #[serde(default)]
        tool: ToolFacts,
    }
    let path = format!("{provider}/provider.toml");
    let file = FIXTURES.get_file(&path).and_then(|file| file.contents_utf8());
    let file = toml::from_str(file.with_context(|| format!("fixtures/{path} is missing"))?);
    let ProviderFile { name, tool } = file.with_context(|| format!("fixtures/{path}"))?;
    Ok(ToolFacts { name, ..tool })
}
