//! Whether the receiver accepts what the provider signs: compares the secrets where the provider's API tells its own.
//! Neither is shown.

use std::collections::BTreeMap;

use anyhow::Result;
use ingestion::clock;
use normalization::{ProviderName, SigningSecrets, sign, verify};

use super::report::{Check, Report};
use super::target::Target;
use crate::provider_api::{Api, Webhook};

/// Something to sign.
const BODY: &[u8] = b"{}";

/// Compares the secrets of these webhooks, which are enabled and post here, with those that the receiver accepts.
pub(super) async fn check(
    provider: ProviderName,
    target: &Target<'_>,
    (api, webhooks): (&Api, &[&Webhook]),
    accepted: &SigningSecrets,
    report: &mut Report,
) -> Result<()> {
    let check = Check::about("signing", provider.as_str());
    let name = api.management.name;
    let (mut differ, mut untold) = (Vec::new(), Vec::new());
    for webhook in webhooks {
        let id = webhook.id().unwrap_or_default();
        match webhook.told_secret(api).await {
            Ok(Some(secret)) if accepts(provider, accepted, &secret) => {}
            Ok(Some(_)) => differ.push(id),
            Ok(None) => untold.push(id),
            Err(error) => {
                let remedy = format!("look at the webhook {id} in {name}'s dashboard");
                return report.warning(check, format!("{error:#}"), remedy);
            }
        }
    }
    if let Some(id) = differ.first() {
        let says = format!(
            "the secret of {name}'s webhook {} is not one that the receiver accepts: its events are refused",
            differ.join(", ")
        );
        let rotate = target.command(&["webhooks", "rotate", provider.as_str(), id]);
        let remedy = format!("`{rotate}` gives it a new one and stores that");
        return target.problem(check, says, remedy, report);
    }
    if !untold.is_empty() {
        let says = format!("not compared: {name} does not tell the secret of {}", untold.join(", "));
        let remedy = "compare it in the dashboard if events are refused, or if none comes";
        return report.warning(check, says, remedy);
    }
    report.good(check, format!("the receiver accepts what {name} signs with"))
}

/// Whether a receiver with these secrets accepts what this one signs.
fn accepts(provider: ProviderName, accepted: &SigningSecrets, secret: &str) -> bool {
    let Ok(secret) = secret.parse() else { return false };
    let now = clock::now();
    let headers = sign(provider.provider(), &secret, BODY, now);
    let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
    let webhook = normalization::Webhook::new(headers, BODY, now);
    verify(provider.provider(), &webhook, accepted).is_ok()
}

/// Lists webhooks that are enabled for one URL.
pub(super) fn twice(
    provider: ProviderName,
    target: &Target<'_>,
    webhooks: &[&Webhook],
    report: &mut Report,
) -> Result<()> {
    let mut by_url: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for webhook in webhooks {
        let url = webhook.url().trim_end_matches('/');
        by_url.entry(url).or_default().extend(webhook.id());
    }
    let twice = by_url.iter().filter(|(_, ids)| ids.len() > 1);
    for (url, ids) in twice {
        let says = format!("{} are enabled for {url}: each event comes {} times", ids.join(", "), ids.len());
        let id = ids.last().copied().unwrap_or_default();
        let delete = target.command(&["webhooks", "delete", provider.as_str(), id]);
        let remedy = format!("delete those that you do not need, such as with `{delete}`");
        report.warning(Check::about("webhooks", provider.as_str()), says, remedy)?;
    }
    Ok(())
}
