//! The webhook at the provider: whether it is there, and enabled.

use std::fmt;

use anyhow::Result;
use normalization::ProviderName;
use url::Url;

use super::report::{Check, Report};
use crate::cli::Global;
use crate::management::{self, Access, Accesses, Api, Management, Webhook};
use crate::output;

/// Where the provider is to post.
pub(super) enum Target<'a> {
    /// To the URL of the deployed stack of this name.
    Deployed { url: &'a Url, stack: &'a str },
    /// By some tunnel, whose URL is not known, or not at all.
    Local(&'a Global),
}

pub(super) async fn check(
    provider: ProviderName,
    target: &Target<'_>,
    accesses: &Accesses,
    report: &mut Report,
) -> Result<()> {
    let check = Check::of("webhook", provider.as_str());
    let Some(management) = management::of(provider) else {
        let says = format!("not looked at: {provider} documents no API for webhooks");
        let remedy = "look into its dashboard whether the webhook is there, and enabled";
        return report.warning(check, says, remedy);
    };
    let (name, variable) = (management.name(), management.key_variable());
    match look(management, &accesses.of(provider)).await {
        Ok(Some(webhooks)) => judge(provider, target, management, &webhooks, report),
        Ok(None) => {
            let remedy = format!("set {variable} to a key that may manage webhooks");
            report.warning(check, "not looked at: that takes an API key", remedy)
        }
        Err(error) => {
            let remedy = format!("look at {variable}, or at the webhooks in {name}'s dashboard");
            report.warning(check, format!("{error:#}"), remedy)
        }
    }
}

/// The provider's webhooks, if there is a key.
async fn look(
    management: &'static dyn Management,
    access: &Access,
) -> Result<Option<Vec<Webhook>>> {
    match Api::open_for_a_look(management, access)? {
        Some(api) => Webhook::list(&api).await.map(Some),
        None => Ok(None),
    }
}

/// After a rotation there may be two, of which one is enabled.
fn judge(
    provider: ProviderName,
    target: &Target<'_>,
    management: &dyn Management,
    webhooks: &[Webhook],
    report: &mut Report,
) -> Result<()> {
    let check = Check::of("webhook", provider.as_str());
    let name = management.name();
    let is_ours = |webhook: &&Webhook| target.is(webhook.url(), provider);
    let ours: Vec<&Webhook> = webhooks.iter().filter(is_ours).collect();
    let enabled = ours
        .iter()
        .filter(|webhook| webhook.enabled() != Some(false));
    let best = enabled.min_by_key(|webhook| webhook.lacks(management).is_some());
    let update = |webhook: &Webhook, change: &[&str]| {
        let id = webhook.id().unwrap_or_default();
        let update = ["webhooks", "update", provider.as_str(), id];
        output::invocation(update.into_iter().chain(change.iter().copied()))
    };
    match (best, ours.first()) {
        (Some(webhook), _) => match webhook.lacks(management) {
            None => report.good(
                check,
                format!("{name} posts every type to {}", webhook.url()),
            ),
            Some(lacks) => {
                let says = format!("{name} posts to {}, but {lacks}", webhook.url());
                let all = update(webhook, &["--all-events"]);
                report.warning(check, says, format!("`{all}` subscribes it to all types"))
            }
        },
        (None, Some(webhook)) => {
            let says = format!("{name}'s webhook to {} is disabled", webhook.url());
            let enable = update(webhook, &["--status", "enabled"]);
            target.problem(check, says, format!("`{enable}` enables it"), report)
        }
        (None, None) => missing(provider, target, name, webhooks, report),
    }
}

/// No webhook goes to this stack. One to another host with our path may come here all the same: by a domain of the user's own.
fn missing(
    provider: ProviderName,
    target: &Target<'_>,
    name: &str,
    webhooks: &[Webhook],
    report: &mut Report,
) -> Result<()> {
    let check = Check::of("webhook", provider.as_str());
    let create = format!("`{}` makes one", target.create(provider));
    let mut urls = webhooks.iter().map(Webhook::url);
    let Some(url) = urls.find(|url| has_path_of(url, provider)) else {
        let says = format!("{name} has no webhook to {}", target.name(provider));
        return target.problem(check, says, create, report);
    };
    let says = format!(
        "{name} posts to {url}, and not to {}",
        target.name(provider)
    );
    let remedy = format!("if that is not a domain of yours in front of it: {create}");
    report.warning(check, says, remedy)
}

impl Target<'_> {
    /// Whether a webhook to this URL is one to here. A receiver does not mind a slash at the end.
    fn is(&self, url: &str, provider: ProviderName) -> bool {
        match self {
            Self::Deployed { url: own, .. } => url.parse::<Url>().is_ok_and(|there| {
                there.as_str().trim_end_matches('/') == own.as_str().trim_end_matches('/')
            }),
            Self::Local(_) => has_path_of(url, provider),
        }
    }

    fn name(&self, provider: ProviderName) -> String {
        match self {
            Self::Deployed { url, .. } => url.to_string(),
            Self::Local(_) => format!("a URL that ends with {}", path(provider)),
        }
    }

    /// The command that makes one.
    fn create(&self, provider: ProviderName) -> String {
        let create = ["webhooks", "create", provider.as_str()];
        match self {
            Self::Deployed { stack, .. } => {
                output::invocation(create.into_iter().chain(["--stack", stack]))
            }
            Self::Local(global) => {
                let tunnel = format!("https://tunnel.example.com{}", path(provider));
                global.command(&[&create[..], &["--url", &tunnel]].concat())
            }
        }
    }

    /// A local stack can do without the provider.
    fn problem(
        &self,
        check: Check<'_>,
        says: impl fmt::Display,
        remedy: impl fmt::Display,
        report: &mut Report,
    ) -> Result<()> {
        match self {
            Self::Deployed { .. } => report.bad(check, says, remedy),
            Self::Local(_) => report.warning(check, says, remedy),
        }
    }
}

fn has_path_of(url: &str, provider: ProviderName) -> bool {
    let ends = |url: Url| url.path().trim_end_matches('/').ends_with(&path(provider));
    url.parse().is_ok_and(ends)
}

fn path(provider: ProviderName) -> String {
    format!("/webhooks/{provider}")
}
