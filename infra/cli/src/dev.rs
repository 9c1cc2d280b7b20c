//! `mailhooks dev`: runs the whole stack on this machine.

mod banner;
mod deliveries;
mod demo;
mod forwarding;
mod log;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use ingestion::clock::Clock;
use ingestion::secrets::Secrets;
use mailhooks_local::{DataFolder, Happened, Lock, Observer, Stack, StackOptions, Storage, Token, signing};
use normalization::ProviderName;

use crate::options::Global;
use crate::{connect, output};
use forwarding::Forwarding;
use log::Live;

const EXAMPLES: &str = "\
Examples:
  mailhooks dev               run until Ctrl-C and keep events in .mailhooks
  mailhooks dev --port 0      use any free port
  mailhooks dev --demo        post every documented sample twice
  mailhooks dev --json | jq   print one object per webhook and announcement
  mailhooks dev --forward-to http://127.0.0.1:3000/sns --topic actions
                              post announcements to a subscriber under development

The signing secrets of a provider are read from SIGNING_SECRETS_<PROVIDER>, such as SIGNING_SECRETS_JETEMAIL: several \
are separated by commas, the current one first. Without the variable, a secret is generated once and kept in the data \
folder, where a change takes effect at once.

--forward-to posts what SNS posts over HTTP, with two differences: it does not ask the subscriber to confirm a \
subscription, and messages have no valid signature, which only AWS can make. An announcement that is not answered with \
2xx within 15 seconds is posted again after 1, 5 and 20 seconds; SNS waits 20 seconds before each. As in SNS, a status \
other than 429 and 5xx ends the delivery. An https URL needs a publicly trusted certificate.";

/// How long to wait for a command that has locked the folder to read from it.
const LOCK_PATIENCE: Duration = Duration::from_secs(3);

/// Runs the whole stack on this machine: receivers, an embedded DynamoDB and a local SNS
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Port on 127.0.0.1 for webhooks; 0 selects any free port
    #[arg(long, value_name = "PORT", default_value_t = 8787)]
    port: u16,
    /// Keep events and announcements in memory only
    #[arg(long)]
    in_memory: bool,
    /// Also announce on the topics that are off by default: `events`, `ses-notifications` and `ses-events`
    #[arg(long)]
    announce_all: bool,
    /// Post every documented sample of every provider twice, show the results, and exit
    #[arg(long)]
    demo: bool,
    #[command(flatten)]
    forwarding: Forwarding,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let forwards = arguments.forwarding.forwards(arguments.announce_all)?;
    let folder = DataFolder::open(&global.data)?;
    if let Some(warning) = folder.warning()? {
        output::remark(&warning);
    }
    let lock = lock(&folder).await?;
    let secrets = secrets(&folder)?;
    let options = StackOptions {
        storage: if arguments.in_memory { Storage::Memory } else { Storage::Folder(&lock) },
        port: arguments.port,
        secrets,
        announce_all: arguments.announce_all,
        clock: Clock::system(),
        observer: observer(arguments, global),
        token: Token::random()?,
        page_token: folder.page_token()?,
    };
    let mut stack = Stack::start(options).await?;
    // Before the URL is published, so that the first webhook is also shown and forwarded. The demonstration shows its own results.
    let live = (!arguments.demo).then(|| Live::of(&stack));
    for forward in forwards {
        stack.sns().forward(forward);
    }
    lock.publish(&stack.endpoints(arguments.in_memory))?;
    let outcome = if let Some(live) = live {
        banner::print(&stack, &folder, arguments, global)?;
        stack.start_redrive(observer(arguments, global));
        live.print_until_stopped(global.json).await
    } else {
        let kept = !arguments.in_memory;
        demo::run(&stack, &folder, global, kept).await
    };
    stack.stop().await;
    outcome
}

/// Locks the folder. Waits for a short time, because a command that reads a stopped stack holds the lock briefly.
async fn lock(folder: &DataFolder) -> Result<Lock> {
    let path = folder.path().display();
    let attempt = connect::poll_until(LOCK_PATIENCE, || {
        if let Some(endpoints) = folder.running()? {
            bail!(
                "another mailhooks dev runs on {path}, at {}: stop it, or choose another folder with --data",
                endpoints.receiver
            );
        }
        folder.lock()
    });
    attempt.await?.with_context(|| {
        format!("another mailhooks uses {path}: wait for it, or choose another folder with --data")
    })
}

/// Reads the signing secrets: fixed ones from the environment, others from the folder, where `mailhooks webhooks` may
/// change them while the stack runs.
fn secrets(folder: &DataFolder) -> Result<BTreeMap<ProviderName, Secrets>> {
    ProviderName::ALL
        .iter()
        .map(|&provider| {
            if let Some(secrets) = signing::secrets_in_environment(provider)? {
                return Ok((provider, Secrets::fixed(&secrets)));
            }
            let read = {
                let folder = folder.clone();
                move || folder.signing_secret(provider.as_str())
            };
            read().context("no signing secret")?;
            let secrets = Secrets::from_fn(move || read().unwrap_or_default());
            Ok((provider, secrets))
        })
        .collect()
}

/// Prints each webhook and redrive. The demonstration prints its own results.
fn observer(arguments: &Arguments, global: &Global) -> Observer {
    let (demo, json) = (arguments.demo, global.json);
    Arc::new(move |happened: &Happened<'_>| {
        if demo {
            return;
        }
        // A closed terminal must not make the webhook fail.
        drop(if json {
            output::print_json(&log::object(happened))
        } else {
            output::print_styled(&log::line(happened)).map_err(Into::into)
        });
    })
}
