//! `mailhooks secret`: stores the signing secret of a webhook that was created in the provider's dashboard, and makes secrets for
//! webhook URLs.

use std::io::Read;

use anyhow::{Context, Result, ensure};
use clap::Subcommand;
use ingestion::secrets::{SecretsError, listed};
use mailhooks_local::Token;
use normalization::ProviderName;
use serde_json::json;

use crate::options::{Global, provider};
use crate::secret_store::{SecretStore, before};
use crate::stack::DeployedStack;
use crate::{confirm, output};

/// The most bytes in a value of Secrets Manager
/// (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>).
const MAX_VALUE: usize = 65_536;

const EXAMPLES: &str = "\
Examples:
  mailhooks secret set getmailer --stack mailhooks               prompt
  mailhooks secret set getmailer --stack mailhooks < secret.txt  read a file
  mailhooks secret set getmailer                                 local stack

The secret is never an argument, because other users of the machine can read arguments. It must have at least 8 \
printable ASCII characters, without spaces, quotes, braces, brackets and #.";

/// Stores the signing secret of a webhook that was created in a dashboard, or makes one for the webhook URLs
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Set(Set),
    Path(Path),
}

/// Prints a new random secret for the webhook URLs, for the stack's parameter `PathSecret`
#[derive(clap::Args)]
struct Path {}

/// Reads a signing secret from standard input or a prompt and stores it where the receiver reads it
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
struct Set {
    /// The provider
    #[arg(value_parser = provider())]
    provider: ProviderName,
    /// Remove the secrets stored before [default: they stay accepted]
    #[arg(long)]
    only: bool,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    match &arguments.verb {
        Verb::Set(set) => store(set, global).await,
        Verb::Path(_) => {
            let secret = Token::random()?;
            if global.json {
                return output::print_json(&json!({"path_secret": secret.text()}));
            }
            Ok(output::print(secret.text())?)
        }
    }
}

async fn store(Set { provider, only }: &Set, global: &Global) -> Result<()> {
    let stack = DeployedStack::named(global).await?;
    let place = SecretStore::new(*provider, stack.as_ref(), global)?;
    // Fail before the prompt if the stored secrets cannot be read.
    let older = if *only { Vec::new() } else { place.read().await? };
    let new = listed(&given(*provider)?).map_err(SecretsError::Unusable)?;
    ensure!(!new.is_empty(), "no signing secret was given");
    let number = new.len();
    let secrets = new.into_iter().rev().fold(older, |kept, secret| before(&secret, kept));
    place.write(&secrets).await?;
    if let Some(remark) = place.overruled() {
        output::remark(&format!("note: {remark}"));
    }
    let older = secrets.len() - number.min(secrets.len());
    report(*provider, &place, older, global)
}

/// The secret from the prompt or from standard input.
fn given(provider: ProviderName) -> Result<String> {
    if let Some(terminal) = confirm::terminal() {
        terminal.write_str(&format!("Signing secret of {provider} (input is hidden): "))?;
        return terminal.read_secure_line().context("cannot read the secret");
    }
    let mut value = String::new();
    let read = std::io::stdin().lock().take(MAX_VALUE as u64 + 1).read_to_string(&mut value);
    // The error is left out because it may quote the bytes.
    ensure!(read.is_ok(), "standard input is not text");
    ensure!(value.len() <= MAX_VALUE, "standard input has more than {MAX_VALUE} bytes");
    Ok(value)
}

fn report(provider: ProviderName, place: &SecretStore, older: usize, global: &Global) -> Result<()> {
    if global.json {
        return output::print_json(&json!({"provider": provider, "place": place.name(), "older": older}));
    }
    output::print(&format!("the signing secret of {provider} is stored in {}", place.name()))?;
    if older > 0 {
        output::print(&format!(
            "older signing secrets that stay accepted: {older}; when {provider} signs with the new one, run this with \
             --only to remove them"
        ))?;
    }
    Ok(())
}
