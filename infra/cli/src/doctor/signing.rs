//! Whether the receiver accepts what the provider signs: compares the secrets where the provider's API tells its own.
//! Neither is shown.

use anyhow::Result;
use ingestion::clock;
use normalization::{ProviderName, SigningSecrets, sign, verify};

use super::report::Report;
use super::webhook::Webhooks;

/// Something to sign.
const BODY: &[u8] = b"{}";

/// Compares the secrets of the webhooks that are enabled and post here with those that the receiver accepts.
pub(super) async fn check(
    webhooks: &Webhooks<'_>,
    accepted: &SigningSecrets,
    report: &mut Report<'_>,
) -> Result<()> {
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
        return target.problem(check, says, format!("`{rotate}` gives it a new one and stores that"), report);
    }
    if !untold.is_empty() {
        let says = format!("not compared: {name} does not tell the secret of {}", untold.join(", "));
        return report.warning(
            check,
            says,
            "compare it in the dashboard if events are refused, or if none comes",
        );
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
