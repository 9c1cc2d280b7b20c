//! The webhook at the provider: whether it is there, and enabled.

use anyhow::Result;
use normalization::{ProviderName, SigningSecrets};

use super::report::{Check, Report};
use super::signing;
use super::target::Target;
use crate::output;
use crate::provider_api::{self, Access, Accesses, Api, Management, Webhook};

/// Looks at the provider's webhooks, if there is a key; with the secrets that the receiver accepts, also whether it
/// accepts theirs.
pub(super) async fn check(
    provider: ProviderName,
    target: &Target<'_>,
    accesses: &Accesses,
    accepted: Option<&SigningSecrets>,
    report: &mut Report,
) -> Result<()> {
    let check = Check::about("webhook", provider.as_str());
    let Some(management) = provider_api::of(provider) else {
        let says = format!("not looked at: {provider} documents no API for webhooks");
        let remedy = "look into its dashboard whether the webhook is there, and enabled";
        return report.warning(check, says, remedy);
    };
    let (name, variable) = (management.name, management.key_variable);
    let (api, webhooks) = match look(management, &accesses.of(provider)).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let remedy = format!("set {variable} to a key that may manage webhooks");
            return report.warning(check, "not looked at: that takes an API key", remedy);
        }
        Err(error) => {
            let remedy = format!("look at {variable}, or at the webhooks in {name}'s dashboard");
            return report.warning(check, format!("{error:#}"), remedy);
        }
    };
    let found = (&api, &webhooks[..]);
    judge(provider, target, management, found, report)?;
    let enabled: Vec<&Webhook> = webhooks
        .iter()
        .filter(|webhook| target.is(webhook, provider) && webhook.enabled() != Some(false))
        .collect();
    signing::twice(provider, target, &enabled, report)?;
    match accepted.filter(|_| !enabled.is_empty()) {
        Some(accepted) => signing::check(provider, target, (&api, &enabled), accepted, report).await,
        None => Ok(()),
    }
}

/// The provider's webhooks, if there is a key.
async fn look(management: &'static Management, access: &Access) -> Result<Option<(Api, Vec<Webhook>)>> {
    let Some(api) = Api::open_for_a_look(management, access)? else {
        return Ok(None);
    };
    let webhooks = Webhook::list(&api).await?;
    Ok(Some((api, webhooks)))
}

/// After a rotation there may be two, of which one is enabled.
fn judge(
    provider: ProviderName,
    target: &Target<'_>,
    management: &Management,
    (api, webhooks): (&Api, &[Webhook]),
    report: &mut Report,
) -> Result<()> {
    let check = Check::about("webhook", provider.as_str());
    let name = management.name;
    let url = |webhook: &Webhook| webhook.shown(api, false).url().to_owned();
    let is_ours = |webhook: &&Webhook| target.is(webhook, provider);
    let ours: Vec<&Webhook> = webhooks.iter().filter(is_ours).collect();
    let enabled = ours.iter().filter(|webhook| webhook.enabled() != Some(false));
    let best = enabled.min_by_key(|webhook| webhook.lacks(management).is_some());
    let update = |webhook: &Webhook, change: &[&str]| {
        let id = webhook.id().unwrap_or_default();
        let update = ["webhooks", "update", provider.as_str(), id];
        output::invocation(update.into_iter().chain(change.iter().copied()))
    };
    match (best, ours.first()) {
        (Some(webhook), _) => match webhook.lacks(management) {
            None => report.good(check, format!("{name} posts every type to {}", url(webhook))),
            Some(lacks) => {
                let says = format!("{name} posts to {}, but {lacks}", url(webhook));
                let all = update(webhook, &["--all-events"]);
                report.warning(check, says, format!("`{all}` subscribes it to all types"))
            }
        },
        (None, Some(webhook)) => {
            let says = format!("{name}'s webhook to {} is disabled", url(webhook));
            let enable = update(webhook, &["--status", "enabled"]);
            target.problem(check, says, format!("`{enable}` enables it"), report)
        }
        (None, None) => missing(provider, target, management, (api, webhooks), report),
    }
}

/// No webhook goes to this stack. One to another host with our path may come here all the same: by a domain of the
/// user's own.
fn missing(
    provider: ProviderName,
    target: &Target<'_>,
    management: &Management,
    (api, webhooks): (&Api, &[Webhook]),
    report: &mut Report,
) -> Result<()> {
    let (check, name) = (Check::about("webhook", provider.as_str()), management.name);
    let create = format!("`{}` makes one", target.create(provider));
    let mut other = webhooks.iter();
    let other = other.find(|webhook| webhook.posts_to_path_of(provider));
    let Some(url) = other.map(|webhook| webhook.shown(api, false).url().to_owned()) else {
        let says = format!("{name} has no webhook to {}", target.name(provider));
        return target.problem(check, says, create, report);
    };
    let says = format!("{name} posts to {url}, and not to {}", target.name(provider));
    let remedy = format!("if that is not a domain of yours in front of it: {create}");
    report.warning(check, says, remedy)
}
