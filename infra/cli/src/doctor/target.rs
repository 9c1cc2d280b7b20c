//! Where the webhooks of a provider are to go.

use std::fmt;

use anyhow::Result;
use normalization::ProviderName;
use url::Url;

use super::report::{Check, Report};
use crate::options::Global;
use crate::output;
use crate::provider_api::Webhook;

pub(super) enum Target<'a> {
    /// To the URL of the deployed stack of this name.
    Deployed { url: &'a Url, stack: &'a str },
    /// By some tunnel, whose URL is not known, or not at all.
    Local(&'a Global),
}

impl Target<'_> {
    /// Whether a webhook is one to here.
    pub(super) fn is(&self, webhook: &Webhook, provider: ProviderName) -> bool {
        match self {
            Self::Deployed { url, .. } => webhook.posts_to(url),
            Self::Local(_) => webhook.posts_to_path_of(provider),
        }
    }

    pub(super) fn name(&self, provider: ProviderName) -> String {
        match self {
            Self::Deployed { url, .. } => url.to_string(),
            Self::Local(_) => format!("a URL that ends with {}", path(provider)),
        }
    }

    /// The command that makes one.
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

    /// A local stack can do without the provider.
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
