//! `mailhooks webhooks rotate`: gives a webhook a new signing secret without losing events.
//!
//! If the provider can reset a secret, it signs with the new one at once. The receiver rejects those webhooks until the
//! new secret is stored, a moment later, and the provider retries them. Otherwise a second webhook replaces the first:
//! it is created, its secret is stored, it is enabled, and then the first webhook is disabled.

use anyhow::{Context, Error, Result};
use serde_json::{Value, json};

use super::create::{Made, made, not_made, store};
use super::{At, Session, finish};
use crate::confirm::Consent;
use crate::output;
use crate::provider_api::{Api, Call, Refusal, Webhook};
use crate::secret_store::{SecretStore, fingerprint, fingerprints};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) at: At,
    /// Id of the webhook, as shown by `list`
    #[arg(required_unless_present = "finish")]
    id: Option<String>,
    /// Remove the secret that a rotation replaced, by the fingerprint that `rotate` shows; all other secrets stay.
    /// Lists the enabled webhooks that would be affected and asks for confirmation. Without a fingerprint, lists the
    /// fingerprints of the stored secrets
    #[arg(long, conflicts_with = "id", value_name = "FINGERPRINT", num_args = 0..=1, default_missing_value = "")]
    finish: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn run(session: &Session<'_>, arguments: &Arguments) -> Result<()> {
    let place = session.secrets()?;
    if let Some(fingerprint) = &arguments.finish {
        return finish::run(&place, session, fingerprint, &arguments.consent).await;
    }
    let id = arguments.id.as_deref().unwrap_or_default();
    // Fail before anything is changed if the stored secrets cannot be read.
    let stored = place.read().await?;
    let api = session.api()?;
    let old = session.found(&api, id).await?;
    let older = replaced(old.secret(), stored);
    match session.management.reset_secret {
        Some(reset_secret) => {
            let answer = api.call(reset_secret(id)).await.map_err(not_reset)?;
            let made = reset(session, &api, old, &answer).await?;
            store(session, &place, &made).await?;
            report(session, &place, &made, None, &older)
        }
        None => replace(session, &api, &place, &old, &older).await,
    }
}

/// The stored secrets of which one is the webhook's present secret: exactly that one if the provider reveals it, or none if
/// it is not stored.
fn replaced(present: Option<&str>, mut stored: Vec<String>) -> Vec<String> {
    if let Some(present) = present {
        stored.retain(|secret| secret == present);
    }
    stored
}

fn not_reset(error: Error) -> Error {
    if error.is::<Refusal>() {
        return error;
    }
    error.context(
        "it is not known whether the secret was reset: run this again, which resets and stores it in any case",
    )
}

/// The webhook with its new secret, from the answer or from the details of the webhook.
async fn reset(session: &Session<'_>, api: &Api, webhook: Webhook, answer: &Value) -> Result<Made> {
    let places = ["/secret", "/data/secret", "/webhook/secret", "/data/webhook/secret"];
    if let Some(secret) = places.iter().find_map(|place| answer.pointer(place)?.as_str()) {
        return Ok(Made { webhook, secret: secret.trim().to_owned() });
    }
    let secret = session.found(api, webhook.id().unwrap_or_default()).await?.secret().map(str::to_owned);
    let secret = secret.with_context(|| session.management.not_understood("new signing secret"))?;
    Ok(Made { webhook, secret })
}

async fn replace(
    session: &Session<'_>,
    api: &Api,
    place: &SecretStore,
    old: &Webhook,
    older: &[String],
) -> Result<()> {
    let management = session.management;
    let old_id = old.id().unwrap_or_default();
    let answer = api.call(Call::post(["webhooks"], (management.copied)(old))).await;
    let answer = answer.map_err(|error| not_made(session, error, false));
    let answer = answer.with_context(|| format!("webhook {old_id} is unchanged"))?;
    let new = made(session, api, &answer).await?;
    store(session, place, &new).await?;
    let new_id = new.webhook.id().unwrap_or_default();
    let both =
        || format!("the new webhook {new_id} is created, its secret is stored, and {old_id} still works");
    if old.enabled() != Some(false) {
        if new.webhook.enabled() == Some(false) {
            api.call(management.switch(new_id, true)).await.with_context(both)?;
        }
        api.call(management.switch(old_id, false)).await.with_context(both)?;
    }
    report(session, place, &new, Some(old_id), older)
}

fn report(
    session: &Session<'_>,
    place: &SecretStore,
    made: &Made,
    replaced: Option<&str>,
    older: &[String],
) -> Result<()> {
    let id = made.webhook.id().unwrap_or_default();
    let wait = session.management.retries;
    let new = fingerprint(&made.secret);
    let shown = session.at.show_secret.then_some(made.secret.as_str());
    if session.global.json {
        let older: Vec<_> = older.iter().map(|secret| fingerprint(secret)).collect();
        let answer = json!({"id": id, "replaced": replaced, "secret": shown, "fingerprint": new,
                            "old_fingerprints": older});
        return output::print_json(&answer);
    }
    if let Some(secret) = shown {
        output::print(secret)?;
    }
    output::print(&format!(
        "the new signing secret of {id} is stored in {} (fingerprint {new})",
        place.name()
    ))?;
    match replaced {
        None => output::print(&format!("Next: `{}` tests the new secret", session.command("test", &[id])))?,
        Some(old) => output::print(&format!(
            "{id} replaces {old}, which is now disabled; events of the last moments may have come through both.\n\
             Next, when {old} has no retries left, after {wait}: `{}`",
            session.command("delete", &[old])
        ))?,
    }
    let finish = |fingerprint: &str| session.command("rotate", &["--finish", fingerprint]);
    let name = session.management.name;
    Ok(output::print(&match older {
        [] => "the old secret was not stored, so nothing needs to be removed".to_owned(),
        [old] => format!("Then, after {wait}: `{}` removes the old secret", finish(&fingerprint(old))),
        _ => format!(
            "Then, after {wait}: `{}` removes the old secret, one of {}; {name} does not reveal which",
            finish("FINGERPRINT"),
            fingerprints(older)
        ),
    })?)
}
