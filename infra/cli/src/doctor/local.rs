//! Checks the local stack.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use ingestion::clock;
use ingestion::store::{Store, is_sample};
use jiff::Timestamp;
use mailhooks_local::{DataFolder, Endpoints, signing};
use normalization::{ProviderName, SigningSecrets};
use url::Url;

use super::metrics::EVENTS;
use super::report::Report;
use super::target::Target;
use super::{Arguments, receivers, refusals, sample, table, webhook};
use crate::{connect, output, secret_store};

/// Where a running stack logs the reasons for rejections.
const TERMINAL: &str = "the terminal of `mailhooks dev`";

/// The most events that are searched for the last one of each provider, so that a large table takes no longer.
const NEWEST: usize = 10_000;

/// Entries of the index read in one query of a shard.
const PAGE: u16 = 1_000;

pub(super) async fn check(arguments: &Arguments, report: &mut Report<'_>) -> Result<()> {
    let global = report.global;
    let folder = match connect::folder(global) {
        Ok(folder) => folder,
        Err(error) => {
            let remedy = format!("start one with `{}`", global.command(&["dev"]));
            return report.bad(("folder", ""), format!("{error:#}"), remedy);
        }
    };
    report.good(("folder", ""), folder.path().display())?;
    let running = running(&folder, arguments.post, report)?;
    let connection = connect::open(global).await?;
    // Opening a local table gives it the indexes that it lacks. Its schema is not read: the engine counts all items to describe it.
    table::outbox(&connection.store, &global.command(&["redrive"]), report).await?;
    let last = last_events(&connection.store).await?;
    let refused = match &running {
        Some(stack) => refusals::of(stack, report).await?,
        None => None,
    };
    for &provider in ProviderName::ALL {
        let accepted = accepted(provider, &folder);
        secret(provider, &folder, report)?;
        events(provider, last.get(&provider), report)?;
        if let Some(stack) = &running {
            let url: Url = format!("{}/webhooks/{provider}", stack.receiver).parse()?;
            receivers::check(provider, &url, TERMINAL, report).await?;
            if let (Some(accepted), true) = (&accepted, arguments.post) {
                sample::post(provider, &url, accepted.current(), TERMINAL, report).await?;
            }
        }
        if let Some(refused) = &refused {
            refusals::check(provider, refused, report)?;
        }
        let (target, accepted) = (Target::Local(global), accepted.as_ref());
        webhook::check(provider, target, &arguments.accesses, accepted, report).await?;
    }
    Ok(())
}

/// Reports whether the stack is running, and returns its endpoints if it is.
fn running(folder: &DataFolder, post: bool, report: &mut Report<'_>) -> Result<Option<Endpoints>> {
    let running = folder.running()?;
    let check = ("stack", "");
    if let Some(stack) = &running {
        report.good(check, format!("it runs on {}", stack.receiver))?;
        return Ok(running);
    }
    let remedy = format!("start it with `{}`", report.global.command(&["dev"]));
    report.warning(check, "it is not running and receives nothing", &remedy)?;
    if post {
        report.bad(("post", ""), "the sample was not posted because the stack is not running", &remedy)?;
    }
    Ok(None)
}

/// Reports when the last event was received.
fn events(provider: ProviderName, last: Option<&Timestamp>, report: &mut Report<'_>) -> Result<()> {
    let check = ("events", provider.as_str());
    if let Some(time) = last {
        return report.good(check, format!("the last was received at {}", output::moment(*time)));
    }
    let send = report.global.command(&["send", provider.as_str()]);
    let days = EVENTS.as_hours() / 24;
    let says = format!("no event was received in {days} days, or none among the last {NEWEST}");
    report.warning(check, says, format!("`{send}` lists the samples"))
}

/// Reports whether a signing secret is set, and where it is stored.
fn secret(provider: ProviderName, folder: &DataFolder, report: &mut Report<'_>) -> Result<()> {
    let check = ("secret", provider.as_str());
    let file = folder.secret_file(provider.as_str());
    match signing::secrets_in_environment(provider) {
        Err(error) => report.bad(check, format!("{error:#}"), "set it, or unset the variable"),
        Ok(Some(_)) => report.good(check, format!("the secret is stored in {}", signing::variable(provider))),
        Ok(None) if !file.exists() => {
            let dev = report.global.command(&["dev"]);
            let remedy = format!("`{dev}` creates it, or store the provider's secret there");
            report.warning(check, format!("{} does not exist yet", file.display()), remedy)
        }
        Ok(None) => match signing::secret(provider, folder) {
            Ok(_) => report.good(check, format!("the secret is stored in {}", file.display())),
            Err(error) => {
                let set = secret_store::set_command(provider, &["--only"], report.global);
                let says = format!("{}: {error:#}", file.display());
                report.bad(check, says, format!("`{set}` stores the provider's secret there"))
            }
        },
    }
}

/// The secrets that the stack accepts; `None` if none are set. Never generates one.
fn accepted(provider: ProviderName, folder: &DataFolder) -> Option<SigningSecrets> {
    let is_set = signing::secrets_in_environment(provider).is_ok_and(|text| text.is_some());
    if is_set || folder.secret_file(provider.as_str()).exists() {
        return signing::secrets(provider, folder).ok();
    }
    None
}

/// The time of each provider's last event, if it is recent.
async fn last_events(store: &Store) -> Result<BTreeMap<ProviderName, Timestamp>> {
    let now = clock::now();
    let mut last = BTreeMap::new();
    let mut read = 0;
    let mut pages = store.received(now - EVENTS, now, PAGE);
    while let Some(page) = pages.try_next().await.context("cannot read the table")? {
        read += page.entries.len();
        for entry in page.entries.iter().filter(|entry| !is_sample(&entry.key)) {
            let provider = entry.key.partition.split('#').next();
            if let Some(provider) = provider.and_then(|name| name.parse().ok()) {
                last.entry(provider).or_insert(entry.received_at);
            }
        }
        if read >= NEWEST || last.len() == ProviderName::ALL.len() {
            break;
        }
    }
    Ok(last)
}
