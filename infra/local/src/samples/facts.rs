//! What the tool knows about a provider, from the table `tool` of `fixtures/<provider>/provider.toml`.

use anyhow::{Context, Result};
use normalization::ProviderName;
use serde::Deserialize;

use super::fixture::FIXTURES;

/// What the tool knows of a provider. fixtures/README.md describes the members.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ToolFacts {
    /// The provider's name, as it writes it.
    #[serde(skip)]
    pub name: String,
    /// How to create a webhook by hand, for a provider that documents no API for webhooks.
    pub steps: Vec<String>,
    /// Why nothing that was missed can be fetched, and what to do instead.
    pub no_list: Option<String>,
    /// Documented types of events that have no sample.
    pub more_types: Vec<String>,
    /// Beginnings of types whose ends the provider's users choose.
    pub open_types: Vec<String>,
}

/// The facts about this provider.
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
