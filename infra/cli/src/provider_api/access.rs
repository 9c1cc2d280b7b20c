//! The address and the API key of a management API.

use anyhow::{Context, Result, ensure};
use ingestion::environment;
use mailhooks_local::http;
use normalization::ProviderName;
use url::Url;

use super::{Management, of};
use crate::confirm;
use crate::options::web_address;

/// How to reach the API.
#[derive(clap::Args)]
pub(crate) struct Access {
    /// Base URL of the provider's API, to use a proxy or a test server
    #[arg(long, value_name = "URL", value_parser = web_address)]
    api_base: Option<Url>,
}

/// How to reach the APIs of several providers.
#[derive(clap::Args)]
pub(crate) struct Accesses {
    /// Base URL of a provider's API, to use a proxy or a test server; can be repeated
    #[arg(long = "api-base", value_name = "PROVIDER=URL", value_parser = base_of)]
    api_bases: Vec<(ProviderName, Url)>,
}

impl Accesses {
    /// The access options for one provider.
    pub(crate) fn of(&self, provider: ProviderName) -> Access {
        let named = self.api_bases.iter().find(|(name, _)| *name == provider);
        Access { api_base: named.map(|(_, base)| base.clone()) }
    }
}

impl Access {
    /// The base URL of the API. Must be https unless it is on this machine.
    pub(super) fn base(&self, management: &Management) -> Result<Url> {
        let base = match &self.api_base {
            Some(base) => base.clone(),
            None => management.base.parse().context("cannot parse the URL of the API")?,
        };
        ensure!(
            base.scheme() == "https" || http::is_here(&base),
            "--api-base {base}: the API key is sent there, so it must be https or an address of this machine"
        );
        Ok(base)
    }
}

fn base_of(text: &str) -> Result<(ProviderName, Url)> {
    let (provider, base) =
        text.split_once('=').context("expected PROVIDER=URL, such as jetemail=https://proxy.example.com")?;
    let provider: ProviderName = provider.parse()?;
    ensure!(of(provider).is_some(), "{provider} documents no API for webhooks");
    Ok((provider, web_address(base)?))
}

/// The API key from the environment or from a prompt. It is never an argument, because other processes can read those.
pub(super) fn key(management: &Management) -> Result<String> {
    match key_given(management)? {
        Some(key) => Ok(key),
        None => checked(management, &ask(management)?),
    }
}

/// The API key from the environment, if it is set.
pub(super) fn key_given(management: &Management) -> Result<Option<String>> {
    environment::variable(management.key_variable)
        .filter(|key| !key.trim().is_empty())
        .map(|key| checked(management, &key))
        .transpose()
}

fn checked(management: &Management, key: &str) -> Result<String> {
    let (key, variable) = (key.trim().to_owned(), management.key_variable);
    ensure!(!key.is_empty(), "no API key was given");
    ensure!(
        key.bytes().all(|byte| byte.is_ascii_graphic()),
        "{variable} is not an API key: it contains white space, control characters or non-ASCII characters"
    );
    (management.check_key)(&key)?;
    Ok(key)
}

fn ask(management: &Management) -> Result<String> {
    let (name, variable) = (management.name, management.key_variable);
    let terminal = confirm::terminal().with_context(|| {
        format!("{variable} is not set: set it to a {name} API key that may manage webhooks")
    })?;
    terminal.write_str(&format!("{name} API key ({variable} is not set; input is hidden): "))?;
    terminal.read_secure_line().context("cannot read the API key")
}
