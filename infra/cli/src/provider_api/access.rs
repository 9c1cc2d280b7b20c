//! Where the management APIs are.

use anyhow::{Context, Result, ensure};
use mailhooks_local::http;
use normalization::ProviderName;
use url::Url;

use super::{Management, of};
use crate::options::web_address;

/// How to reach the API.
#[derive(clap::Args)]
pub(crate) struct Access {
    /// Another address of the provider's API, for a proxy or a test
    #[arg(long, value_name = "URL", value_parser = web_address)]
    api_base: Option<Url>,
}

/// How to reach the APIs of several providers.
#[derive(clap::Args)]
pub(crate) struct Accesses {
    /// Another address of a provider's API, for a proxy or a test; can be repeated
    #[arg(long = "api-base", value_name = "PROVIDER=URL", value_parser = base_of)]
    api_bases: Vec<(ProviderName, Url)>,
}

impl Accesses {
    /// That of this provider.
    pub(crate) fn of(&self, provider: ProviderName) -> Access {
        let named = self.api_bases.iter().find(|(name, _)| *name == provider);
        Access { api_base: named.map(|(_, base)| base.clone()) }
    }
}

impl Access {
    /// The address that the paths of this API are relative to.
    pub(super) fn base(&self, management: &Management) -> Result<Url> {
        let base = match &self.api_base {
            Some(base) => base.clone(),
            None => management.base.parse().context("the address of the API")?,
        };
        ensure!(
            base.scheme() == "https" || http::is_here(&base),
            "--api-base {base}: the API key goes there, so it must be https, or on this machine"
        );
        Ok(base)
    }
}

fn base_of(text: &str) -> Result<(ProviderName, Url)> {
    let (provider, base) = text
        .split_once('=')
        .context("it is a provider and an address, such as jetemail=https://proxy.example.com")?;
    let provider: ProviderName = provider.parse()?;
    ensure!(of(provider).is_some(), "{provider} documents no API for webhooks");
    Ok((provider, web_address(base)?))
}
