//! `mailhooks send`: signs and posts webhooks as a provider would.

mod overrides;
mod posting;

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use mailhooks_local::http::Sender;
use mailhooks_local::samples::{Fixture, samples};
use mailhooks_local::{DataFolder, signing};
use normalization::{ProviderName, SigningSecret};
use serde_json::json;
use url::Url;

use crate::connect;
use crate::options::{Global, provider, web_address};
use crate::output::{self, Table};
use crate::stack::DeployedStack;
use overrides::Override;
use posting::Posting;

const EXAMPLES: &str = "\
Examples:
  mailhooks send jetemail                                  list the samples
  mailhooks send jetemail outbound-bounced                 use the local stack
  mailhooks send jetemail outbound-bounced --stack mailhooks
  mailhooks send jetemail outbound-bounced --set data.to=ada@example.com
  mailhooks send emailit email-bounced --set '[0].data.object.to=a@example.com'
  mailhooks send getmailer email-opened --count 500 --rate 20
  mailhooks send jasni email-spam --tamper                 must be rejected
  mailhooks send emailit --file event.json                 post a file

With --stack, signs with the current secret of the deployed stack. Otherwise signs with the first secret in \
SIGNING_SECRETS_<PROVIDER>, or else with the one in the data folder. Without --count, the ids are those of the sample, \
so its events are duplicates the second time.

Exit status 1 if an answer is not 2xx; with --duplicate, also if the second post is not a duplicate; with --tamper, \
if the webhook is not rejected.";

/// Signs a sample as the provider would, with the current time, and posts it
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The provider
    #[arg(value_parser = provider())]
    provider: ProviderName,
    /// Name of the sample [default: list the samples]
    case: Option<String>,
    /// Send the bytes of this file instead of a sample
    #[arg(long, value_name = "FILE", conflicts_with = "case")]
    file: Option<PathBuf>,
    /// Set a value in the body by path, such as data.to=ada@example.com or data.tags[0]=news. A value that is not valid
    /// JSON is a string. The path must exist, or be a new key of an existing object
    #[arg(long = "set", value_name = "PATH=VALUE")]
    overrides: Vec<Override>,
    /// Number of webhooks to send, each with fresh event and message ids
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Webhooks per second [default: unlimited]
    #[arg(long, value_name = "PER_SECOND", requires = "count", value_parser = rate)]
    rate: Option<f64>,
    /// Post each webhook twice; the second must be answered as a duplicate
    #[arg(long)]
    duplicate: bool,
    /// Change the body after signing; the webhook must be rejected
    #[arg(long, conflicts_with = "duplicate")]
    tamper: bool,
    /// URL to post to [default: the local stack, or the one named by --stack]
    #[arg(long, value_parser = web_address)]
    url: Option<Url>,
}

fn rate(text: &str) -> Result<f64> {
    let rate: f64 = text.parse()?;
    ensure!(rate.is_finite() && rate > 0.0, "not a number above 0");
    Ok(rate)
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let provider = arguments.provider;
    let (path, body) = match (&arguments.file, &arguments.case) {
        (Some(file), _) => {
            let body = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            (format!("/webhooks/{provider}"), body)
        }
        (None, Some(case)) => {
            let sample = sample(provider, case)?;
            (sample.path, sample.body)
        }
        (None, None) => return list(&samples(provider)?, global.json),
    };
    let body = arguments
        .overrides
        .iter()
        .try_fold(body, |body, over| over.apply(body).with_context(|| format!("--set {}", over.path())))?;
    let (url, secret) = target(arguments, &path, global).await?;
    Posting { arguments, sender: Sender::new(&url), secret, body }.run(global.json).await
}

/// The URL to post to, and the secret to sign with.
async fn target(arguments: &Arguments, path: &str, global: &Global) -> Result<(Url, SigningSecret)> {
    let provider = arguments.provider;
    let given = arguments.url.clone();
    if let Some(stack) = &global.stack {
        let stack = DeployedStack::find(stack).await?;
        let url = given.map_or_else(|| stack.webhook_url(provider), Ok)?;
        return Ok((url, stack.signing_secret(provider).await?));
    }
    let url = match given {
        Some(url) => url,
        None => local(global)?.join(path)?,
    };
    Ok((url, secret(provider, global)?))
}

fn sample(provider: ProviderName, case: &str) -> Result<Fixture> {
    let found = samples(provider)?.into_iter().find(|sample| sample.name == case);
    found.with_context(|| format!("{provider} has no sample {case}: `mailhooks send {provider}` lists them"))
}

fn list(samples: &[Fixture], json: bool) -> Result<()> {
    let mut table = Table::new(&["case", "what it is"]);
    for sample in samples {
        if json {
            output::print_json(&json!({
                "provider": sample.provider,
                "case": sample.name,
                "about": sample.about,
                "documents": sample.documents,
            }))?;
        }
        table.row(vec![sample.name.clone(), sample.about.clone()]);
    }
    if !json {
        table.print()?;
    }
    Ok(())
}

/// The URL of the running local stack.
fn local(global: &Global) -> Result<Url> {
    let folder = connect::folder(global)?;
    let Some(endpoints) = folder.running()? else {
        bail!(
            "no local stack is running on {}: start one with `mailhooks dev`, or name a receiver with --url",
            folder.path().display()
        );
    };
    Ok(endpoints.receiver.parse()?)
}

/// The secret of the local stack. Never generates one, because no receiver would accept it.
fn secret(provider: ProviderName, global: &Global) -> Result<SigningSecret> {
    let kept = |folder: &DataFolder| folder.secret_file(provider.as_str()).exists();
    let folder = connect::folder(global).ok().filter(kept);
    match (signing::secrets_in_environment(provider)?, folder) {
        (None, None) => bail!(
            "no signing secret found for {provider}: set {}, or name the data folder that has it with --data",
            signing::variable(provider)
        ),
        (Some(text), _) => Ok(text.parse::<normalization::SigningSecrets>()?.current().clone()),
        (None, Some(folder)) => signing::secret(provider, &folder),
    }
}
