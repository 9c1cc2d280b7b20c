//! `mailhooks send`: a webhook as the provider would send it, or many.

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
  mailhooks send jetemail                                  lists the cases
  mailhooks send jetemail outbound-bounced                 to the running local stack
  mailhooks send jetemail outbound-bounced --stack mailhooks
  mailhooks send jetemail outbound-bounced --set data.to=ada@example.com
  mailhooks send emailit email-bounced --set '[0].data.object.to=ada@example.com'
  mailhooks send getmailer email-opened --count 500 --rate 20
  mailhooks send jasni email-spam --tamper                 is it refused?
  mailhooks send emailit --file event.json                 the bytes of a file

Signed with the current secret of the deployed stack, with --stack. Else with the first of \
SIGNING_SECRETS_<PROVIDER>, or with that of the data folder. Without --count the ids are those of the sample: sent \
again, its events are duplicates.

Exit status 1 if an answer is not 2xx; with --duplicate, also if the second post was no duplicate; with --tamper, \
unless the webhook was refused.";

/// Signs a sample as the provider would at this moment, and posts it
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Whose webhook it is
    #[arg(value_parser = provider())]
    provider: ProviderName,
    /// Which sample; without one, the cases are listed
    case: Option<String>,
    /// Send the bytes of this file instead of a sample
    #[arg(long, value_name = "FILE", conflicts_with = "case")]
    file: Option<PathBuf>,
    /// Another value at this place of the body, such as data.to=ada@example.com or data.tags[0]=news; as JSON, or
    /// as a text where it is none. The place is there already, or is a new member of an object that is
    #[arg(long = "set", value_name = "PATH=VALUE")]
    overrides: Vec<Override>,
    /// Send so many, each with ids of its own for its events and messages
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// How many a second; without it, as fast as they are answered
    #[arg(long, value_name = "PER_SECOND", requires = "count", value_parser = rate)]
    rate: Option<f64>,
    /// Post each twice: the second must be answered as a duplicate
    #[arg(long)]
    duplicate: bool,
    /// Change the body after it was signed: it must be refused
    #[arg(long, conflicts_with = "duplicate")]
    tamper: bool,
    /// Where to; without it, the running local stack, or what --stack names
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

/// Where to, and what signs there.
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
    found.with_context(|| format!("{provider} has no case {case}: `mailhooks send {provider}` lists them"))
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

/// The address of the running local stack.
fn local(global: &Global) -> Result<Url> {
    let folder = connect::folder(global)?;
    let Some(endpoints) = folder.running()? else {
        bail!(
            "no local stack runs on {}: start one with `mailhooks dev`, or name a receiver with --url",
            folder.path().display()
        );
    };
    Ok(endpoints.receiver.parse()?)
}

/// Makes no data folder and no secret: a new one would be nobody's.
fn secret(provider: ProviderName, global: &Global) -> Result<SigningSecret> {
    let kept = |folder: &DataFolder| folder.secret_file(provider.as_str()).exists();
    let folder = connect::folder(global).ok().filter(kept);
    match (signing::secrets_in_environment(provider)?, folder) {
        (None, None) => bail!(
            "there is no signing secret for {provider}: set {}, or name the data folder that keeps one with --data",
            signing::variable(provider)
        ),
        (Some(text), _) => Ok(text.parse::<normalization::SigningSecrets>()?.current().clone()),
        (None, Some(folder)) => signing::secret(provider, &folder),
    }
}
