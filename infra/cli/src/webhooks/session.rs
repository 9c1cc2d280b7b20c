//! A command that calls a provider: what each of them needs.

use anyhow::{Context, Result};
use mailhooks_local::samples::bounce;

use super::At;
use crate::options::Global;
use crate::provider_api::{Api, Management, Webhook};
use crate::secret_store::SecretStore;
use crate::stack::DeployedStack;

/// A command that calls a provider.
pub(super) struct Session<'a> {
    pub(super) management: &'static Management,
    pub(super) at: &'a At,
    pub(super) stack: Option<DeployedStack>,
    pub(super) global: &'a Global,
}

impl Session<'_> {
    /// The API, once everything that can be wrong without it was looked at.
    pub(super) fn api(&self) -> Result<Api> {
        Api::open(self.management, &self.at.access)
    }

    /// Where the signing secrets of the provider are kept.
    pub(super) fn secrets(&self) -> Result<SecretStore> {
        SecretStore::new(self.at.provider, self.stack.as_ref(), self.global)
    }

    /// This program with other arguments, about the same provider and stack.
    pub(super) fn command(&self, verb: &str, more: &[&str]) -> String {
        self.global.command_there(&[&["webhooks", verb, self.at.provider.as_str()], more].concat())
    }

    /// This program, posting a sample of the provider to the same stack.
    pub(super) fn sample(&self) -> Result<String> {
        let provider = self.at.provider;
        Ok(self.global.command_there(&["send", provider.as_str(), &bounce(provider)?]))
    }

    pub(super) async fn found(&self, api: &Api, id: &str) -> Result<Webhook> {
        let answer = api.call(self.management.get(id)).await?;
        Webhook::from_answer(&answer).with_context(|| self.management.not_understood("webhook"))
    }
}
