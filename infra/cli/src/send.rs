//! `mailhooks send`: signs and posts webhooks as a provider would.

mod cases;
mod overrides;
mod posting;
mod recorded;
mod source;
mod total;

use anyhow::{Result, bail};
use mailhooks_local::http::Sender;
use mailhooks_local::{DataFolder, signing};
use normalization::{ProviderName, SigningSecret};
use url::Url;

use crate::connect;
use crate::options::{Global, provider, web_address};
use crate::stack::DeployedStack;
use crate::{output, pace};
use posting::Posting;
use source::Source;

const EXAMPLES: &str = "\
Examples:
  mailhooks send jetemail                                  list the samples
  mailhooks send jetemail outbound-bounced                 use the local stack
  mailhooks send jetemail outbound.bounced                 by its event type
  mailhooks send jetemail outbound-bounced --stack mailhooks
  mailhooks send jetemail outbound-bounced --show          print the body
  mailhooks send jetemail outbound-bounced --set data.to=ada@example.com
  mailhooks send emailit email-bounced --set '[0].data.object.to=a@example.com'
  mailhooks send getmailer email-opened --count 500 --rate 20
  mailhooks send jasni email-spam --tamper                 must be rejected
  mailhooks send emailit --file event.json                 post a file

With --stack, signs with the current secret of the deployed stack. Otherwise signs with the first secret in \
SIGNING_SECRETS_<PROVIDER>, or else with the one in the data folder. The ids of events and messages in a sample are new \
each time, unless --same-ids is given or --set sets them; the ids in a file stay.

Exit status 1 if an answer is not 2xx; with --duplicate, also if the second post is not a duplicate; with --tamper, \
if the webhook is not rejected.";

/// Signs a sample as the provider would, with the current time, and posts it
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The provider
    #[arg(value_parser = provider())]
    provider: ProviderName,
    #[command(flatten)]
    source: Source,
    /// Print the body exactly as it would be sent, and send nothing
    #[arg(long, requires = "body", conflicts_with_all = ["count", "duplicate", "tamper", "json"])]
    show: bool,
    /// Number of webhooks to send, each with fresh event and message ids
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Webhooks per second [default: unlimited]
    #[arg(long, value_name = "PER_SECOND", requires = "count", value_parser = pace::rate)]
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

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let Some((path, body)) = arguments.source.request(arguments.provider, arguments.count.is_some())? else {
        return cases::list(arguments.provider, global.json);
    };
    if arguments.show {
        return Ok(output::print_raw(&body)?);
    }
    let (url, secret) = target(arguments, &path, global).await?;
    Posting { arguments, global, sender: Sender::new(&url), secret, body }.run().await
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
