//! The URL that a provider's webhooks should post to.

use std::fmt;

use anyhow::Result;
use normalization::ProviderName;
use url::Url;

use super::report::{Check, Report};
use crate::options::Global;
use crate::output;
use crate::provider_api::{Webhook, without_path_secret};

pub(super) enum Target<'a> {
    /// The receiver's URL in the deployed stack with this name, and its function URL if the stack has both.
    Deployed { url: &'a Url, function_url: Option<&'a Url>, stack: &'a str },
    /// A local stack. If the provider reaches it through a tunnel, the tunnel's URL is unknown.
    Local(&'a Global),
}

impl Target<'_> {
    /// Whether a webhook posts to this target.
    pub(super) fn is(&self, webhook: &Webhook, provider: ProviderName) -> bool {
        match self {
            Self::Deployed { url, function_url, .. } => {
                webhook.posts_to(url) || function_url.is_some_and(|url| webhook.posts_to(url))
            }
            Self::Local(_) => webhook.posts_to_path_of(provider),
        }
    }

    pub(super) fn name(&self, provider: ProviderName) -> String {
        match self {
            Self::Deployed { url, .. } => without_path_secret(url.as_str()),
            Self::Local(_) => format!("a URL that ends with {}", path(provider)),
        }
    }

    /// The command that creates a webhook for this target.
    pub(super) fn create(&self, provider: ProviderName) -> String {
        let tunnel = format!("https://tunnel.example.com{}", path(provider));
        let create = ["webhooks", "create", provider.as_str()];
        match self {
            Self::Deployed { .. } => self.command(&create),
            Self::Local(_) => self.command(&[&create[..], &["--url", &tunnel]].concat()),
        }
    }

    /// The command line that runs this program with these arguments, for the same stack.
    pub(super) fn command(&self, arguments: &[&str]) -> String {
        match self {
            Self::Deployed { stack, .. } => {
                output::invocation(arguments.iter().copied().chain(["--stack", stack]))
            }
            Self::Local(global) => global.command(arguments),
        }
    }

    /// Reports an error for a deployed stack; only a warning for a local one, which works without the provider.
    pub(super) fn problem(
        &self,
        check: Check<'_>,
        says: impl fmt::Display,
        remedy: impl fmt::Display,
        report: &mut Report<'_>,
    ) -> Result<()> {
        match self {
            Self::Deployed { .. } => report.bad(check, says, remedy),
            Self::Local(_) => report.warning(check, says, remedy),
        }
    }
}

fn path(provider: ProviderName) -> String {
    format!("/webhooks/{provider}")
}
