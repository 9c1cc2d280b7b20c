//! `mailhooks webhooks rotate --finish`: removes the secret that a rotation replaced. Webhooks that still sign with it are then
//! rejected. Other secrets stay, because another account of the provider may sign with them.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::Session;
use crate::confirm::Consent;
use crate::options::UsageError;
use crate::output;
use crate::provider_api::{Api, Webhook};
use crate::secret_store::{SecretStore, fingerprint, fingerprints};

/// The enabled webhooks at the provider that removing the secret may break.
#[derive(Default)]
struct AtRisk {
    /// Webhooks that sign with the secret to be removed.
    losing: Vec<String>,
    /// Webhooks that post here and whose secrets the provider does not reveal.
    unknown: Vec<String>,
}

pub(super) async fn run(
    place: &SecretStore,
    session: &Session<'_>,
    wanted: &str,
    consent: &Consent,
) -> Result<()> {
    let secrets = place.read().await?;
    let (name, all) = (place.name(), fingerprints(&secrets));
    if wanted.is_empty() {
        let message = format!("--finish needs a fingerprint; those in {name}, the newest first: {all}");
        return Err(UsageError(message).into());
    }
    consent.can_be_given()?;
    let secret = secrets.iter().find(|secret| fingerprint(secret) == wanted).with_context(|| {
        format!("no secret with the fingerprint {wanted} is in {name}; those in it, the newest first: {all}")
    })?;
    ensure!(
        secrets.len() > 1,
        "{wanted} is the only secret in {name}: without it, every webhook is rejected"
    );
    let mut at_risk = AtRisk::default();
    match look(session, secret).await {
        Ok(Some(found)) => at_risk = found,
        Ok(None) => output::remark(&format!(
            "note: cannot check which webhooks at {} would be affected: {} is not set",
            session.management.name, session.management.key_variable
        )),
        Err(error) => {
            output::remark(&format!("note: cannot check which webhooks would be affected: {error:#}"));
        }
    }
    at_risk.warn(session.management.name);
    consent.ask(&format!("Remove the secret {wanted} from {name}?"))?;
    let left = place.remove(secret).await?;
    if session.global.json {
        return output::print_json(&json!({"secrets": left, "removed": 1, "losing": at_risk.losing}));
    }
    Ok(output::print(&format!(
        "removed the secret {wanted} from {name}, which still has {left}; webhooks signed with it are rejected {}",
        place.delay()
    ))?)
}

/// Finds the enabled webhooks that would lose this secret. `None` if no API key is set.
async fn look(session: &Session<'_>, lost: &str) -> Result<Option<AtRisk>> {
    let Some(api) = Api::open_for_a_look(session.management, &session.at.access)? else {
        return Ok(None);
    };
    let mut at_risk = AtRisk::default();
    for webhook in Webhook::list(&api).await?.iter().filter(|one| one.enabled() != Some(false)) {
        let id = webhook.id().unwrap_or_default().to_owned();
        match webhook.told_secret(&api).await.context("cannot compare the signing secrets")? {
            Some(secret) if secret == lost => at_risk.losing.push(id),
            None if webhook.posts_to_path_of(session.at.provider) => at_risk.unknown.push(id),
            // Its secret stays, or its events are already rejected here.
            Some(_) | None => {}
        }
    }
    Ok(Some(at_risk))
}

impl AtRisk {
    fn warn(&self, provider: &str) {
        if !self.losing.is_empty() {
            output::remark(&format!(
                "warning: enabled webhooks at {provider} that sign with this secret: {}; their events would be rejected",
                self.losing.join(", ")
            ));
        }
        if !self.unknown.is_empty() {
            output::remark(&format!(
                "note: {provider} does not reveal which secret these webhooks sign with: {}; their events would be rejected \
                 if it is this one",
                self.unknown.join(", ")
            ));
        }
    }
}
