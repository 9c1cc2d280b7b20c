//! `mailhooks reconcile`: fetches events that the provider sent but the table is missing.
//!
//! All events go through the receiver: JetEmail posts the missing ones again, and those that Emailit lists are posted to
//! the receiver as Emailit would, signed with its secret. So each event is recorded once, under the id that its webhook
//! would have had, and announced if it is due.

mod emailit;
mod jetemail;
mod listing;
mod receiver;
mod report;

use std::collections::HashSet;

use anyhow::{Context, Result, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use ingestion::clock;
use ingestion::store::Store;
use jiff::Timestamp;
use mailhooks_local::samples::tool_facts;
use normalization::ProviderName;
use url::Url;

use crate::connect::{self, Connection};
use crate::options::{Global, UsageError, provider, web_address};
use crate::provider_api::{self, Access, Api, Call};
use crate::provider_types::ProviderTypes;
use crate::stack::DeployedStack;
use crate::{output, time_arg};

use listing::{Listed, Page};
use report::Report;

const EXAMPLES: &str = "\
Examples:
  mailhooks reconcile emailit --since 2d --stack mailhooks --dry-run
  mailhooks reconcile emailit --since 2d --stack mailhooks
  mailhooks reconcile jetemail --since 2026-11-20T08:00Z --stack mailhooks
  mailhooks reconcile emailit --since 3h --event email.bounced,email.complained

JetEmail lists the events that were due to its webhooks, so it has none for a time without an enabled webhook. Emailit \
lists all events, including types that its webhook does not subscribe to; select types with --event. Jasni and \
GetMailer document no list of events.

Exit status 1 if the receiver rejects an event, if an event that JetEmail was asked to post again does not arrive in \
time, or if the provider documents no list of events.";

/// Concurrent reads from the store: as many as a receiver's concurrent writes.
const LOOKS: usize = 25;

/// The default of `--wait`, in seconds.
const WAIT: u64 = 60;

/// Fetches events that the provider sent but the table is missing
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The provider
    #[arg(value_parser = provider())]
    provider: ProviderName,
    /// Start of the period: a time, a date, or how long ago (2026-11-20T10:00Z, 2026-11-20, 2d)
    #[arg(long, value_name = "TIME", value_parser = time_arg::past)]
    since: Timestamp,
    /// Show the missing events without fetching them
    #[arg(long)]
    dry_run: bool,
    /// Only events of this type, by the provider's name; comma-separated or repeated
    #[arg(long = "event", value_name = "TYPE", value_delimiter = ',')]
    types: Vec<String>,
    /// URL of the receiver [default: the stack's receiver]. Emailit's missing events are posted there; of JetEmail's
    /// events, only those sent to this URL are compared
    #[arg(long, value_parser = web_address)]
    url: Option<Url>,
    /// Only events for the webhook with this id, which also gets the replays (JetEmail)
    #[arg(long, value_name = "ID")]
    webhook: Option<String>,
    /// How long to wait for the events that JetEmail posts again
    #[arg(long, value_name = "SECONDS", default_value_t = WAIT)]
    wait: u64,
    #[command(flatten)]
    access: Access,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    let provider = arguments.provider;
    if let Some(reason) = tool_facts(provider)?.no_list {
        bail!(reason);
    }
    let management = provider_api::of(provider).context("no management API")?;
    arguments.check(management.name)?;
    let stack = DeployedStack::named(global).await?;
    let connection = connect::open(global).await?;
    let api = Api::open(management, &arguments.access)?;
    let mut report = missing(arguments, &api, stack.as_ref(), &connection).await?;
    if let (Some(id), 0) = (&arguments.webhook, report.listed) {
        // If the webhook does not exist, the list is merely empty, but this call fails.
        let webhook = api.call(Call::get(["webhooks", id])).await;
        webhook.with_context(|| format!("--webhook {id}"))?;
    }
    if !arguments.dry_run && !report.missing.is_empty() {
        match provider {
            ProviderName::Emailit => {
                let url = arguments.url.as_ref();
                let receiver = receiver::open(url, stack.as_ref(), connection, global).await?;
                emailit::post(&mut report, &receiver).await?;
            }
            ProviderName::JetEmail => {
                jetemail::replay(arguments, &api, &mut report, &connection.store).await?;
            }
            other => bail!("{other} lists no events"),
        }
    }
    report.print(arguments.dry_run, global)
}

impl Arguments {
    /// Rejects options that no event can match, because the result "nothing is missing" would be misleading.
    fn check(&self, name: &str) -> Result<()> {
        let words = ProviderTypes::of(self.provider)?;
        if let Some(word) = self.types.iter().find(|word| !words.has(word)) {
            let message =
                format!("--event {word}: {name} documents no such type; its types are {}", words.list());
            return Err(UsageError(message).into());
        }
        if self.webhook.is_some() && self.provider == ProviderName::Emailit {
            let message =
                "--webhook: Emailit lists the events of the whole workspace; select types with --event";
            return Err(UsageError(message.to_owned()).into());
        }
        Ok(())
    }
}

/// The events that the provider lists and the store is missing, oldest first.
async fn missing(
    arguments: &Arguments,
    api: &Api,
    stack: Option<&DeployedStack>,
    connection: &Connection,
) -> Result<Report> {
    let ours = match (&arguments.url, stack) {
        (Some(url), _) => Some(url.clone()),
        (None, Some(stack)) if arguments.webhook.is_none() => Some(stack.webhook_url(arguments.provider)?),
        _ => None,
    };
    let until = clock::now();
    let since = arguments.since;
    let (provider, store) = (api.management.name, connection.name.clone());
    let mut report = Report { provider, since, store, listed: 0, elsewhere: 0, missing: Vec::new() };
    let mut seen = HashSet::new();
    let bar = output::progress(None, "events compared");
    let mut from = Some(0);
    while let Some(start) = from {
        let page = page(arguments, api, start, until).await?;
        let mut events = page.events;
        bar.inc(events.len() as u64);
        events.retain(|event| {
            let ours = ours.as_ref().zip(event.url.as_deref()).is_none_or(|(ours, url)| same(ours, url));
            let asked_for = arguments.types.is_empty() || arguments.types.contains(&event.event_type);
            report.elsewhere += usize::from(!ours);
            ours && asked_for && seen.insert(event.key.clone())
        });
        report.listed += events.len();
        report.missing.extend(lacking(&connection.store, events).await?);
        from = page.next;
    }
    bar.finish_and_clear();
    report.missing.sort_by(|one, other| (one.time, &one.key).cmp(&(other.time, &other.key)));
    Ok(report)
}

/// One page of the provider's list.
async fn page(arguments: &Arguments, api: &Api, start: usize, until: Timestamp) -> Result<Page> {
    let since = arguments.since;
    match arguments.provider {
        ProviderName::Emailit => emailit::page(api, start, since).await,
        ProviderName::JetEmail => {
            jetemail::page(api, start, since, until, arguments.webhook.as_deref()).await
        }
        other => bail!("{other} lists no events"),
    }
}

fn same(ours: &Url, url: &str) -> bool {
    ours.as_str().trim_end_matches('/') == url.trim_end_matches('/')
}

/// The events that the store is missing.
async fn lacking(store: &Store, events: Vec<Listed>) -> Result<Vec<Listed>> {
    let looks = events.into_iter().map(|event| async move {
        let known = event.is_in(store).await?;
        anyhow::Ok((!known).then_some(event))
    });
    let found: Vec<Option<Listed>> = stream::iter(looks).buffered(LOOKS).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}
