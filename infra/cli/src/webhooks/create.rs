//! `mailhooks webhooks create`: creates a webhook at the provider and stores its secret where the receiver reads it.

use anyhow::{Context, Error, Result, anyhow};
use serde_json::Value;
use url::Url;

use super::{At, Session, place, sample_command, show};
use crate::options::UsageError;
use crate::output;
use crate::provider_api::{Api, Call, Fields, Refusal, Webhook};
use crate::secret_store::{SecretStore, fingerprint};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) at: At,
    #[command(flatten)]
    fields: Fields,
}

pub(super) async fn run(session: &Session<'_>, arguments: &Arguments) -> Result<()> {
    let management = session.management;
    let url = url(session, arguments)?;
    let body = arguments.fields.creation(management, &url)?;
    place::note(session.at.provider, Some(&url), &arguments.fields.events)?;
    let secrets = session.secrets()?;
    // Fail before the webhook is created if the stored secrets cannot be read.
    secrets.read().await?;
    let api = session.api()?;
    let everything = arguments.fields.events.is_empty();
    let answer = api.call(Call::post(["webhooks"], body)).await;
    let answer = answer.map_err(|error| not_made(session, error, everything))?;
    let made = made(session, &api, &answer).await?;
    store(session, &secrets, &made).await?;
    place::note_others(session, &api, &made.webhook).await;
    if session.global.json {
        return show::one(&made.webhook, &api, session.at.show_secret, session.global);
    }
    report(session, &api, &secrets, &made)?;
    if let Some(remark) = management.all_types_remark.filter(|_| everything) {
        output::remark(&format!("note: {remark}"));
    }
    Ok(())
}

fn report(session: &Session<'_>, api: &Api, place: &SecretStore, made: &Made) -> Result<()> {
    let webhook = made.webhook.shown(api, false);
    let id = webhook.id().unwrap_or_default();
    let what = format!("created webhook {id}: {} to {}", show::events(&webhook), webhook.url());
    output::print(&output::printable(&what))?;
    if session.at.show_secret {
        output::print(&made.secret)?;
    }
    output::print(&format!(
        "its signing secret is stored in {} (fingerprint {})",
        place.name(),
        fingerprint(&made.secret)
    ))?;
    let next = match session.management.test {
        Some(_) => {
            format!("`{}` makes {} send a sample", session.command("test", &[id]), session.management.name)
        }
        None => format!(
            "`{}` posts a sample signed with it",
            sample_command(session.at.provider, session.global)?
        ),
    };
    Ok(output::print(&format!("Next: {next}"))?)
}

/// Explains why no webhook was created, or that it may have been created.
pub(super) fn not_made(session: &Session<'_>, error: Error, everything: bool) -> Error {
    if !error.is::<Refusal>() {
        let list = session.command("list", &[]);
        return error
            .context(format!("it is not known whether the webhook was created: check with `{list}`"));
    }
    let said = error.to_string().to_lowercase();
    let clash = ["unique", "already", "exists", "taken", "in use"];
    if said.contains("name") && clash.iter().any(|word| said.contains(word)) {
        return anyhow!("{error:#} (another webhook has this name: choose one with --name)");
    }
    match session.management.all_types_refused.filter(|_| everything) {
        Some(remedy) => anyhow!("{error:#} ({remedy})"),
        None => error,
    }
}

fn url(session: &Session<'_>, arguments: &Arguments) -> Result<Url> {
    let provider = session.at.provider;
    match (&arguments.fields.url, &session.stack) {
        (Some(url), _) => Ok(url.clone()),
        (None, Some(stack)) => stack.webhook_url(provider),
        (None, None) => {
            let message = format!(
                "no URL for {} to post to: name a deployed stack with --stack, or pass the public URL of a tunnel to \
                 this machine with --url, such as https://tunnel.example.com/webhooks/{provider}",
                session.management.name
            );
            Err(UsageError(message).into())
        }
    }
}

/// A new webhook, or one with a new secret.
pub(super) struct Made {
    pub(super) webhook: Webhook,
    pub(super) secret: String,
}

/// The new webhook and its secret, from the provider's answer.
pub(super) async fn made(session: &Session<'_>, api: &Api, answer: &Value) -> Result<Made> {
    let name = session.management.name;
    let webhook = Webhook::from_answer(answer).with_context(|| {
        let list = session.command("list", &[]);
        format!("{}: check with `{list}` whether it exists", session.management.not_understood("webhook"))
    })?;
    let id = webhook.id().unwrap_or_default();
    if let Some(secret) = webhook.secret() {
        return Ok(Made { secret: secret.to_owned(), webhook });
    }
    // Some providers also reveal the secret later.
    let told = session.found(api, id).await.ok();
    let secret = told.as_ref().and_then(Webhook::secret).map(str::to_owned).with_context(|| {
        format!(
            "{name} created webhook {id} but did not return its signing secret: copy it from the dashboard, or delete the \
             webhook with `{}`",
            session.command("delete", &[id])
        )
    })?;
    Ok(Made { webhook, secret })
}

/// Stores the secret of a new webhook. If that fails, saves it to a file named in the error.
pub(super) async fn store(session: &Session<'_>, place: &SecretStore, made: &Made) -> Result<()> {
    let Err(error) = place.put_first(&made.secret).await else {
        if let Some(remark) = place.overruled() {
            output::remark(&format!("note: {remark}"));
        }
        return Ok(());
    };
    if session.at.show_secret {
        output::print(&made.secret)?;
    }
    Err(unstored(session, place, made, error).await)
}

async fn unstored(session: &Session<'_>, place: &SecretStore, made: &Made, error: Error) -> Error {
    let id = made.webhook.id().unwrap_or_default();
    let name = session.management.name;
    let what =
        format!("{name} has webhook {id}, but its signing secret could not be stored in {}", place.name());
    match place.rescue(id, &made.secret).await {
        Ok(file) => error.context(format!(
            "{what}. It is saved in {}, which only you can read: store it with `{}`, then remove the file. Reason",
            file.display(),
            place.by_hand(&file)
        )),
        Err(rescue) => anyhow!(
            "{what} ({error:#}) or saved to a file ({rescue:#}). Without the secret its events are rejected: delete the \
             webhook with `{}` and create it again with --show-secret",
            session.command("delete", &[id])
        ),
    }
}
