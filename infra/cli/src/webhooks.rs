//! `mailhooks webhooks`: manages the webhooks at a provider through its API.

mod create;
mod finish;
mod place;
mod rotate;
mod show;
mod tried;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use mailhooks_local::samples::{bounce, tool_facts};
use normalization::ProviderName;
use serde_json::json;

use crate::confirm::Consent;
use crate::options::{Global, UsageError, provider};
use crate::output;
use crate::provider_api::{self, Access, Api, Call, Fields, Management, Webhook};
use crate::secret_store::{SecretStore, set_command};
use crate::stack::DeployedStack;

const EXAMPLES: &str = "\
Examples:
  mailhooks webhooks list jetemail
  mailhooks webhooks create emailit --stack mailhooks
  mailhooks webhooks create jasni --stack mailhooks --event email.bounced
  mailhooks webhooks create jetemail --url https://example.com/webhooks/jetemail
  mailhooks webhooks update jetemail ID --status disabled
  mailhooks webhooks test emailit ID
  mailhooks webhooks rotate emailit ID --stack mailhooks
  mailhooks webhooks rotate emailit --finish FINGERPRINT --stack mailhooks

The API key is read from JETEMAIL_API_KEY, JASNI_API_KEY or EMAILIT_API_KEY, or else from a prompt. Signing secrets are \
stored where the receiver reads them: with --stack in Secrets Manager, otherwise in the data folder.

`delete` and `rotate --finish` ask for confirmation; in a script they need --yes.

Exit status 1 if the provider rejects the call, documents no such call, or reports that a test failed.";

/// Manages the webhooks at a provider: lists, creates, changes, tests, rotates and deletes them
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Lists the webhooks
    List(At),
    /// Shows one webhook
    Get(One),
    /// Creates a webhook and stores its signing secret where the receiver reads it
    Create(create::Arguments),
    /// Changes only the given fields of a webhook
    Update(Update),
    /// Deletes a webhook after asking for confirmation
    Delete(Delete),
    /// Makes the provider send a sample event to the webhook; fails if the provider reports a failure
    Test(Test),
    /// Gives a webhook a new signing secret; the old one stays accepted until --finish
    Rotate(rotate::Arguments),
}

/// The provider and how to reach its API.
#[derive(clap::Args)]
struct At {
    /// The provider
    #[arg(value_parser = provider())]
    provider: ProviderName,
    #[command(flatten)]
    access: Access,
    /// Show signing secrets that the provider reveals
    #[arg(long)]
    show_secret: bool,
}

/// One webhook.
#[derive(clap::Args)]
struct One {
    #[command(flatten)]
    at: At,
    /// Id of the webhook, as shown by `list`
    id: String,
}

#[derive(clap::Args)]
struct Update {
    #[command(flatten)]
    one: One,
    #[command(flatten)]
    fields: Fields,
}

#[derive(clap::Args)]
struct Delete {
    #[command(flatten)]
    one: One,
    #[command(flatten)]
    consent: Consent,
}

#[derive(clap::Args)]
struct Test {
    #[command(flatten)]
    one: One,
    /// Event type to send, by the provider's name
    #[arg(long = "event", value_name = "TYPE", default_value = "email.delivered")]
    event_type: String,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let at = arguments.verb.at();
    let stack = DeployedStack::named(global).await?;
    let Some(management) = provider_api::of(at.provider) else {
        return by_hand(at.provider, stack.as_ref(), global);
    };
    let call = Session { management, at, stack, global };
    match &arguments.verb {
        Verb::List(_) => call.list().await,
        Verb::Get(one) => call.get(&one.id).await,
        Verb::Create(arguments) => create::run(&call, arguments).await,
        Verb::Update(update) => call.update(&update.one.id, &update.fields).await,
        Verb::Delete(delete) => call.delete(&delete.one.id, &delete.consent).await,
        Verb::Test(test) => tried::run(&call, &test.one.id, &test.event_type).await,
        Verb::Rotate(arguments) => rotate::run(&call, arguments).await,
    }
}

/// Prints the manual steps for a provider without an API.
fn by_hand(provider: ProviderName, stack: Option<&DeployedStack>, global: &Global) -> Result<()> {
    let facts = tool_facts(provider)?;
    let sample = sample_command(provider, global)?;
    let url = match stack {
        Some(stack) => stack.webhook_url(provider)?.to_string(),
        None => "the URL of your deployment (add --stack NAME to show it)".to_owned(),
    };
    let store = set_command(provider, &[], global);
    let fill =
        |step: &String| step.replace("{url}", &url).replace("{store}", &store).replace("{sample}", &sample);
    let steps: Vec<String> = facts.steps.iter().map(fill).collect();
    if global.json {
        output::print_json(&json!({"provider": provider, "steps": steps}))?;
    } else {
        for (number, step) in (1..).zip(&steps) {
            output::print(&format!("{number}. {step}."))?;
        }
    }
    bail!("{} documents no API for webhooks: follow the steps above in its dashboard", facts.name)
}

/// The command line that posts a sample of the provider to the same stack.
fn sample_command(provider: ProviderName, global: &Global) -> Result<String> {
    Ok(global.command_there(&["send", provider.as_str(), &bounce(provider)?]))
}

impl Verb {
    fn at(&self) -> &At {
        match self {
            Self::List(at) => at,
            Self::Get(one) => &one.at,
            Self::Delete(delete) => &delete.one.at,
            Self::Create(arguments) => &arguments.at,
            Self::Update(update) => &update.one.at,
            Self::Test(test) => &test.one.at,
            Self::Rotate(arguments) => &arguments.at,
        }
    }
}

/// The context of a command that calls a provider.
struct Session<'a> {
    management: &'static Management,
    at: &'a At,
    stack: Option<DeployedStack>,
    global: &'a Global,
}

impl Session<'_> {
    /// Opens the API. Call it after all checks that need no API, because it may prompt for the key.
    fn api(&self) -> Result<Api> {
        Api::open(self.management, &self.at.access)
    }

    /// Opens the stored signing secrets of the provider.
    fn secrets(&self) -> Result<SecretStore> {
        SecretStore::new(self.at.provider, self.stack.as_ref(), self.global)
    }

    /// The command line of another `webhooks` command for the same provider and stack.
    fn command(&self, verb: &str, more: &[&str]) -> String {
        self.global.command_there(&[&["webhooks", verb, self.at.provider.as_str()], more].concat())
    }

    async fn found(&self, api: &Api, id: &str) -> Result<Webhook> {
        let answer = api.call(Call::get(["webhooks", id])).await?;
        Webhook::from_answer(&answer).with_context(|| self.management.not_understood("webhook"))
    }

    async fn list(&self) -> Result<()> {
        let api = self.api()?;
        let webhooks = Webhook::list(&api).await?;
        show::list(&webhooks, &api, self.at.show_secret, self.global)
    }

    async fn get(&self, id: &str) -> Result<()> {
        let api = self.api()?;
        let webhook = self.found(&api, id).await?;
        show::one(&webhook, &api, self.at.show_secret, self.global)
    }

    async fn update(&self, id: &str, fields: &Fields) -> Result<()> {
        let body = fields.change(self.management)?;
        place::note(self.at.provider, fields.url.as_ref(), &fields.events)?;
        if body.is_empty() {
            return Err(UsageError("no field to change was given: --help lists the fields".to_owned()).into());
        }
        let api = self.api()?;
        let answer = api.call((self.management.update)(id, body)).await?;
        // Not every answer contains the updated webhook.
        let webhook = match Webhook::from_answer(&answer) {
            Some(webhook) => webhook,
            None => self.found(&api, id).await?,
        };
        show::one(&webhook, &api, self.at.show_secret, self.global)
    }

    async fn delete(&self, id: &str, consent: &Consent) -> Result<()> {
        consent.can_be_given()?;
        let api = self.api()?;
        if !consent.yes {
            let webhook = self.found(&api, id).await?;
            consent.ask(&format!("Delete the webhook {id}, which posts to {}?", webhook.url()))?;
        }
        api.call((self.management.delete)(id)).await?;
        if self.global.json {
            return output::print_json(&json!({"id": id, "deleted": true}));
        }
        Ok(output::print(&format!("deleted {}", output::printable(id)))?)
    }
}
