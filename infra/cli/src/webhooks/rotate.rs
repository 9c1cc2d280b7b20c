//! `mailhooks webhooks rotate`: another signing secret, and no webhook lost meanwhile.
//!
//! Where the provider can reset a secret, that ends the old one at once: what is refused until the new one is stored, a
//! moment later, comes again. Where it cannot, a second webhook takes the place of the first: it is made, its secret
//! is stored, it is enabled, and only then is the first one disabled.

use anyhow::{Context, Error, Result};
use serde_json::{Value, json};

use super::create::{Made, made, not_made, store};
use super::{At, Session, finish};
use crate::confirm::Consent;
use crate::output;
use crate::provider_api::{Api, Call, Refusal, Webhook};
use crate::secret_store::SecretStore;

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) at: At,
    /// Which webhook, as `list` shows it
    #[arg(required_unless_present = "finish")]
    id: Option<String>,
    /// Take all secrets but the current one away from the receiver, also those of other webhooks: looks which enabled
    /// webhooks would lose theirs, and asks
    #[arg(long, conflicts_with = "id")]
    finish: bool,
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn run(session: &Session<'_>, arguments: &Arguments) -> Result<()> {
    let place = session.secrets()?;
    if arguments.finish {
        return finish::run(&place, session, &arguments.consent).await;
    }
    let id = arguments.id.as_deref().unwrap_or_default();
    // Before anything is changed that needs it.
    place.read().await?;
    let api = session.api()?;
    let old = session.found(&api, id).await?;
    match session.management.reset_secret {
        Some(reset_secret) => {
            let answer = api.call(reset_secret(id)).await.map_err(not_reset)?;
            let made = reset(session, &api, old, &answer).await?;
            store(session, &place, &made).await?;
            report(session, &place, &made, None)
        }
        None => replace(session, &api, &place, &old).await,
    }
}

fn not_reset(error: Error) -> Error {
    if error.is::<Refusal>() {
        return error;
    }
    error.context(
        "it is not known whether the secret was reset: run this again, which resets and stores it anyway",
    )
}

/// The same webhook with the secret that the provider gave it.
async fn reset(session: &Session<'_>, api: &Api, webhook: Webhook, answer: &Value) -> Result<Made> {
    let places = ["/secret", "/data/secret", "/webhook/secret", "/data/webhook/secret"];
    if let Some(secret) = places.iter().find_map(|place| answer.pointer(place)?.as_str()) {
        return Ok(Made { webhook, secret: secret.trim().to_owned() });
    }
    let secret = session.found(api, webhook.id().unwrap_or_default()).await?.secret().map(str::to_owned);
    let secret = secret.with_context(|| session.management.not_understood("new signing secret"))?;
    Ok(Made { webhook, secret })
}

async fn replace(session: &Session<'_>, api: &Api, place: &SecretStore, old: &Webhook) -> Result<()> {
    let management = session.management;
    let old_id = old.id().unwrap_or_default();
    let answer = api.call(Call::post(["webhooks"], (management.copied)(old))).await;
    let answer = answer.map_err(|error| not_made(session, error, false));
    let answer = answer.with_context(|| format!("the webhook {old_id} is as it was"))?;
    let new = made(session, api, &answer).await?;
    store(session, place, &new).await?;
    let new_id = new.webhook.id().unwrap_or_default();
    let both = || format!("the new webhook {new_id} is made and its secret stored, and {old_id} still works");
    if old.enabled() != Some(false) {
        if new.webhook.enabled() == Some(false) {
            api.call(management.switch(new_id, true)).await.with_context(both)?;
        }
        api.call(management.switch(old_id, false)).await.with_context(both)?;
    }
    report(session, place, &new, Some(old_id))
}

fn report(session: &Session<'_>, place: &SecretStore, made: &Made, replaced: Option<&str>) -> Result<()> {
    let id = made.webhook.id().unwrap_or_default();
    let finish = session.command("rotate", &["--finish"]);
    let wait = session.management.retries;
    let shown = session.at.show_secret.then_some(made.secret.as_str());
    if session.global.json {
        return output::print_json(&json!({"id": id, "replaced": replaced, "secret": shown}));
    }
    if let Some(secret) = shown {
        output::print(secret)?;
    }
    output::print(&format!("the new signing secret of {id} is in {}, before the old one", place.name()))?;
    match replaced {
        None => output::print(&format!(
            "Next, in {wait}: `{finish}` takes the old one away; `{}` shows that the new one works",
            session.command("test", &[id])
        ))?,
        Some(old) => output::print(&format!(
            "{id} has taken the place of {old}, which is disabled; an event of this moment may have come through both.\n\
             Next, when the retries of {old} are over, in {wait}: `{}` and `{finish}`",
            session.command("delete", &[old])
        ))?,
    }
    Ok(())
}
