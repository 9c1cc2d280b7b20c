//! `mailhooks webhooks rotate --finish`: the older secrets go away, and with them every webhook that still signs with one.

use anyhow::{Context, Result};
use serde_json::json;

use super::Session;
use crate::confirm::Consent;
use crate::output;
use crate::provider_api::{Api, Webhook};
use crate::secret_store::SecretStore;

/// What is known of the enabled webhooks at the provider.
#[derive(Default)]
struct AtRisk {
    /// They sign with a secret that goes away.
    losing: Vec<String>,
    /// They post here, and the provider does not tell their secrets.
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
                "note: the webhooks at {} are not looked at: that takes {}",
                session.management.name, session.management.key_variable
            )),
            Err(error) => output::remark(&format!("note: the webhooks are not looked at: {error:#}")),
        }
        at_risk.warn(session.management.name);
        consent.ask(&format!(
            "Take {} older {} away from {}?",
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
        0 => format!("{name} holds one secret already"),
        _ => format!(
            "{name} holds the current secret only; what was signed with an older one is refused {delay}"
        ),
    })?)
}

/// The enabled webhooks that would lose their secret, if there is an API key to look with.
async fn look(session: &Session<'_>, current: &str, older: &[String]) -> Result<Option<AtRisk>> {
    let Some(api) = Api::open_for_a_look(session.management, &session.at.access)? else {
        return Ok(None);
    };
    let mut at_risk = AtRisk::default();
    for webhook in Webhook::list(&api).await?.iter().filter(|one| one.enabled() != Some(false)) {
        let id = webhook.id().unwrap_or_default().to_owned();
        match webhook.told_secret(&api).await.context("cannot compare")? {
            Some(secret) if secret != current && older.contains(&secret) => at_risk.losing.push(id),
            None if webhook.posts_to_path_of(session.at.provider) => at_risk.unknown.push(id),
            // It keeps its secret, or its events are not accepted here today either.
            Some(_) | None => {}
        }
    }
    Ok(Some(at_risk))
}

impl AtRisk {
    fn warn(&self, provider: &str) {
        if !self.losing.is_empty() {
            output::remark(&format!(
                "warning: {} of {provider} is enabled and signs with a secret that goes away: its events would be \
                 refused",
                self.losing.join(", ")
            ));
        }
        if !self.unknown.is_empty() {
            output::remark(&format!(
                "note: {provider} does not tell which secret {} signs with: if it is not the newest, its events would \
                 be refused",
                self.unknown.join(", ")
            ));
        }
    }
}
