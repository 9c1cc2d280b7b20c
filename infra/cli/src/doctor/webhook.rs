//! Checks the webhooks at the provider: that one exists, is enabled, and is not duplicated. If the provider's API
//! reveals the signing secret, also checks that the receiver accepts it. Secrets are never printed.

use std::collections::BTreeMap;

use anyhow::Result;
use ingestion::clock;
use normalization::{ProviderName, SigningSecrets, sign, verify};

use super::report::Report;
use super::target::Target;
use crate::output;
use crate::provider_api::{self, Accesses, Api, Webhook, without_path_secret};

/// The body that is signed for the comparison.
const BODY: &[u8] = b"{}";

/// The webhooks at a provider, and the URL that they should post to.
struct Webhooks<'a> {
    provider: ProviderName,
    target: Target<'a>,
    api: Api,
    all: Vec<Webhook>,
}

/// Checks the provider's webhooks, if an API key is set. With `accepted`, also checks that the receiver accepts their
/// signatures.
pub(super) async fn check(
    provider: ProviderName,
    target: Target<'_>,
    accesses: &Accesses,
    accepted: Option<&SigningSecrets>,
    report: &mut Report<'_>,
) -> Result<()> {
    let check = ("webhook", provider.as_str());
    let Some(management) = provider_api::of(provider) else {
        let says = format!("not checked: {provider} documents no API for webhooks");
        let remedy = "check in its dashboard that the webhook exists and is enabled";
        return report.warning(check, says, remedy);
    };
    let variable = management.key_variable;
    let look = async {
        let Some(api) = Api::open_for_a_look(management, &accesses.of(provider))? else { return Ok(None) };
        let all = Webhook::list(&api).await?;
        anyhow::Ok(Some((api, all)))
    };
    let (api, all) = match look.await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let remedy = format!("set {variable} to a key that can manage webhooks");
            return report.warning(check, "not checked: this requires an API key", remedy);
        }
        Err(error) => {
            let remedy = format!("check {variable}, or the webhooks in {}'s dashboard", management.name);
            return report.warning(check, format!("{error:#}"), remedy);
        }
    };
    let webhooks = Webhooks { provider, target, api, all };
    webhooks.judge(report)?;
    webhooks.twice(report)?;
    match accepted.filter(|_| webhooks.enabled().next().is_some()) {
        Some(accepted) => signing(&webhooks, accepted, report).await,
        None => Ok(()),
    }
}

impl Webhooks<'_> {
    /// The webhooks that post to this stack.
    fn ours(&self) -> impl Iterator<Item = &Webhook> {
        self.all.iter().filter(|webhook| self.target.is(webhook, self.provider))
    }

    /// The webhooks that post to this stack and are not disabled.
    fn enabled(&self) -> impl Iterator<Item = &Webhook> {
        self.ours().filter(|webhook| webhook.enabled() != Some(false))
    }

    /// The URL of a webhook without secrets, safe to print.
    fn url(&self, webhook: &Webhook) -> String {
        without_path_secret(webhook.shown(&self.api, false).url())
    }

    /// Checks that an enabled webhook sends all types. A second, disabled webhook is normal after a rotation.
    fn judge(&self, report: &mut Report<'_>) -> Result<()> {
        let check = ("webhook", self.provider.as_str());
        let management = self.api.management;
        let name = management.name;
        let update = |webhook: &Webhook, change: &[&str]| {
            let update = ["webhooks", "update", self.provider.as_str(), webhook.id().unwrap_or_default()];
            output::invocation([&update, change].concat())
        };
        let best = self.enabled().min_by_key(|webhook| webhook.lacks(management).is_some());
        match (best, self.ours().next()) {
            (Some(webhook), _) => match webhook.lacks(management) {
                None => report.good(check, format!("{name} posts every type to {}", self.url(webhook))),
                Some(lacks) => {
                    let says = format!("{name} posts to {}, but {lacks}", self.url(webhook));
                    let all = update(webhook, &["--all-events"]);
                    report.warning(check, says, format!("`{all}` subscribes it to all types"))
                }
            },
            (None, Some(webhook)) => {
                let says = format!("{name}'s webhook to {} is disabled", self.url(webhook));
                let enable = update(webhook, &["--status", "enabled"]);
                self.target.problem(check, says, format!("`{enable}` enables it"), report)
            }
            (None, None) => self.missing(report),
        }
    }

    /// Reports that no webhook posts to this stack. A webhook with the same path on another host is only a warning,
    /// because the host may be the user's own domain.
    fn missing(&self, report: &mut Report<'_>) -> Result<()> {
        let (check, name) = (("webhook", self.provider.as_str()), self.api.management.name);
        let create = format!("create one with `{}`", self.target.create(self.provider));
        let here = self.target.name(self.provider);
        match self.all.iter().find(|webhook| webhook.posts_to_path_of(self.provider)) {
            Some(other) => {
                let says = format!("{name} posts to {}, not to {here}", self.url(other));
                let remedy = format!("unless that is your own domain in front of it: {create}");
                report.warning(check, says, remedy)
            }
            None => self.target.problem(check, format!("{name} has no webhook to {here}"), create, report),
        }
    }

    /// Warns about several enabled webhooks for the same URL.
    fn twice(&self, report: &mut Report<'_>) -> Result<()> {
        let mut by_url: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for webhook in self.enabled() {
            by_url.entry(webhook.url().trim_end_matches('/')).or_default().extend(webhook.id());
        }
        for (url, ids) in by_url.iter().filter(|(_, ids)| ids.len() > 1) {
            let says = format!(
                "{} are enabled for {}: each event arrives {} times",
                ids.join(", "),
                without_path_secret(url),
                ids.len()
            );
            let id = ids.last().copied().unwrap_or_default();
            let delete = self.target.command(&["webhooks", "delete", self.provider.as_str(), id]);
            let remedy = format!("delete the others, for example with `{delete}`");
            report.warning(("webhooks", self.provider.as_str()), says, remedy)?;
        }
        Ok(())
    }
}

/// Checks that the receiver accepts the secrets of the enabled webhooks that post to this stack.
async fn signing(webhooks: &Webhooks<'_>, accepted: &SigningSecrets, report: &mut Report<'_>) -> Result<()> {
    let Webhooks { provider, target, api, .. } = webhooks;
    let check = ("signing", provider.as_str());
    let name = api.management.name;
    let (mut differ, mut untold) = (Vec::new(), Vec::new());
    for webhook in webhooks.enabled() {
        let id = webhook.id().unwrap_or_default();
        match webhook.told_secret(api).await {
            Ok(Some(secret)) if accepts(*provider, accepted, &secret) => {}
            Ok(Some(_)) => differ.push(id),
            Ok(None) => untold.push(id),
            Err(error) => {
                let remedy = format!("check the webhook {id} in {name}'s dashboard");
                return report.warning(check, format!("{error:#}"), remedy);
            }
        }
    }
    if let Some(id) = differ.first() {
        let says = format!(
            "the receiver does not accept the secret of {name}'s webhook {}: its events are rejected",
            differ.join(", ")
        );
        let rotate = target.command(&["webhooks", "rotate", provider.as_str(), id]);
        return target.problem(check, says, format!("`{rotate}` creates and stores a new secret"), report);
    }
    if !untold.is_empty() {
        let says = format!("not compared: {name} does not reveal the secret of {}", untold.join(", "));
        return report.warning(check, says, "compare it in the dashboard if events are rejected or missing");
    }
    report.good(check, format!("the receiver accepts {name}'s signing secret"))
}

/// Whether a receiver with the accepted secrets verifies a webhook that is signed with this secret.
fn accepts(provider: ProviderName, accepted: &SigningSecrets, secret: &str) -> bool {
    let Ok(secret) = secret.parse() else { return false };
    let now = clock::now();
    let headers = sign(provider.provider(), &secret, BODY, now);
    let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
    let webhook = normalization::Webhook::new(headers, BODY, now);
    verify(provider.provider(), &webhook, accepted).is_ok()
}
