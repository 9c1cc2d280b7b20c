//! `mailhooks send`: a webhook as the provider would send it.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use ingestion::clock;
use normalization::{ProviderName, SigningSecret};
use serde_json::{Value, json};
use url::Url;

use crate::cli::Global;
use crate::deployed::Deployed;
use crate::fixture::{Fixture, samples};
use crate::local::DataFolder;
use crate::output::{self, Table};
use crate::{connect, signing};

const EXAMPLES: &str = "\
Examples:
  mailhooks send jetemail                                  lists the cases
  mailhooks send jetemail outbound-bounced                 to the running local stack
  mailhooks send emailit --file event.json                 the bytes of a file
  mailhooks send jasni email-spam --url https://…/webhooks/jasni

Signed with the first secret of SIGNING_SECRETS_<PROVIDER>, else with that of the data folder. \
The ids are those of the sample: sent again, its events are duplicates.

Exit status 1 if the answer is not 2xx.";

/// Signs a sample as the provider would at this moment, and posts it
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Whose webhook it is: jetemail, jasni, getmailer or emailit
    provider: ProviderName,
    /// Which sample; without one, the cases are listed
    case: Option<String>,
    /// Send the bytes of this file instead of a sample
    #[arg(long, value_name = "FILE", conflicts_with = "case")]
    file: Option<PathBuf>,
    /// Where to; without it, the running local stack
    #[arg(long, value_parser = web_address)]
    url: Option<Url>,
}

fn web_address(text: &str) -> Result<Url> {
    let url: Url = text.parse()?;
    ensure!(
        matches!(url.scheme(), "http" | "https") && url.has_host(),
        "not an http or https address"
    );
    Ok(url)
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let provider = arguments.provider;
    let (path, body) = match (&arguments.file, &arguments.case) {
        (Some(file), _) => {
            let body =
                std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            (format!("/webhooks/{provider}"), body)
        }
        (None, Some(case)) => {
            let sample = sample(provider, case)?;
            (sample.path, sample.body)
        }
        (None, None) => return list(&samples(provider)?, global.json),
    };
    let stack = match &global.stack {
        Some(stack) => Some(Deployed::find(stack).await?),
        None => None,
    };
    let url = match (&arguments.url, &stack) {
        (Some(url), _) => url.clone(),
        (None, Some(stack)) => stack.webhook_url(provider)?,
        (None, None) => local(global)?.join(&path)?,
    };
    let secret = match &stack {
        Some(stack) => stack.signing_secret(provider).await?,
        None => secret(provider, global)?,
    };
    let headers = signing::headers(provider, &secret, &body, clock::now());
    let answer = signing::post(&url, headers, body).await?;
    let good = (200..300).contains(&answer.status);
    if global.json {
        let body = serde_json::from_str(&answer.body).unwrap_or(Value::String(answer.body));
        output::print_json(&json!({
            "provider": provider,
            "case": arguments.case,
            "file": arguments.file,
            "url": url.as_str(),
            "status": answer.status,
            "body": body,
        }))?;
    } else {
        let status = output::judged(&answer.status.to_string(), good);
        output::print(&format!(
            "{status} {}",
            output::printable(answer.body.trim())
        ))?;
    }
    ensure!(
        good,
        "{url} answered {}: the provider would send the webhook again, or drop it",
        answer.status
    );
    Ok(())
}

fn sample(provider: ProviderName, case: &str) -> Result<Fixture> {
    let found = samples(provider)?
        .into_iter()
        .find(|sample| sample.name == case);
    found.with_context(|| {
        format!("{provider} has no case {case}: `mailhooks send {provider}` lists them")
    })
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
        (Some(text), _) => Ok(text
            .parse::<normalization::SigningSecrets>()?
            .current()
            .clone()),
        (None, Some(folder)) => signing::secret(provider, &folder),
    }
}
