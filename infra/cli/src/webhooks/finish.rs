//! `mailhooks webhooks rotate --finish`: removes the older secrets. Webhooks that still sign with one are then rejected.

use anyhow::{Context, Result};
use serde_json::json;

use super::Session;
use crate::confirm::Consent;
use crate::output;
use crate::provider_api::{Api, Webhook};
use crate::secret_store::SecretStore;

/// The enabled webhooks at the provider that removing the older secrets may break.
#[derive(Default)]
struct AtRisk {
    /// Webhooks that sign with a secret to be removed.
    losing: Vec<String>,
    /// Webhooks that post here and whose secrets the provider does not reveal.
    unknown: Vec<String>,
}

pub(super) async fn run(place: &SecretStore, session: &Session<'_>, consent: &Consent) -> Result<()> {
    consent.can_be_given()?;
    let secrets = place.read().await?;
    let mut at_risk = AtRisk::default();
    if let Some((current, older)) = secrets.split_first().filter(|(_, older)| !older.is_empty()) {
        match look(session, current, older).await {
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
        consent.ask(&format!(
            "Remove {} older {} from {}?",
            older.len(),
            if older.len() == 1 { "secret" } else { "secrets" },
            place.name()
        ))?;
    }
    let gone = place.keep_current().await?;
    if session.global.json {
        return output::print_json(&json!({"secrets": 1, "removed": gone, "losing": at_risk.losing}));
    }
    let (name, delay) = (place.name(), place.delay());
    Ok(output::print(&match gone {
        0 => format!("{name} has only one secret; nothing to remove"),
        _ => format!(
            "{name} now has only the current secret; webhooks signed with an older one are rejected {delay}"
        ),
    })?)
}

/// Finds the enabled webhooks that would lose their secret. `None` if no API key is set.
async fn look(session: &Session<'_>, current: &str, older: &[String]) -> Result<Option<AtRisk>> {
    let Some(api) = Api::open_for_a_look(session.management, &session.at.access)? else {
        return Ok(None);
    };
    let mut at_risk = AtRisk::default();
    for webhook in Webhook::list(&api).await?.iter().filter(|one| one.enabled() != Some(false)) {
        let id = webhook.id().unwrap_or_default().to_owned();
        match webhook.told_secret(&api).await.context("cannot compare the signing secrets")? {
            Some(secret) if secret != current && older.contains(&secret) => at_risk.losing.push(id),
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
                "warning: enabled webhooks at {provider} that sign with a secret to be removed: {}; their events would be \
                 rejected",
                self.losing.join(", ")
            ));
        }
        if !self.unknown.is_empty() {
            output::remark(&format!(
                "note: {provider} does not reveal which secret these webhooks sign with: {}; their events would be rejected \
                 unless it is the newest",
                self.unknown.join(", ")
            ));
        }
    }
}
