//! `mailhooks reconcile`: what the provider sent and the table lacks.
//!
//! Nothing is written past the receiver. JetEmail posts again what is missing; what Emailit lists is posted to the
//! receiver as Emailit would, signed with its secret. So an event is recorded once and announced where due, under the
//! id that its webhook would have had.

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
  mailhooks reconcile emailit --since 2d --stack mailhooks --dry-run     what is missing
  mailhooks reconcile emailit --since 2d --stack mailhooks               fetches and records it
  mailhooks reconcile jetemail --since 2026-11-20T08:00Z --stack mailhooks
                                                                         JetEmail posts it again
  mailhooks reconcile emailit --since 3h --event email.bounced,email.complained

JetEmail lists what its webhooks were to get; while there was no webhook, or it was disabled, there is nothing to list. \
Emailit lists every event, also of types that its webhook does not subscribe to: --event chooses. Jasni and GetMailer \
document no list.

Exit status 1 if the receiver did not take something, if what JetEmail was told to post again is not here in time, or if \
the provider documents no list.";

/// Looks into the store at a time, as many as a receiver writes.
const LOOKS: usize = 25;

/// How long JetEmail's replays are waited for, in seconds, where nothing else is said.
const WAIT: u64 = 60;

/// Fetches what the provider sent and the table lacks, such as after an outage
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Whose events
    #[arg(value_parser = provider())]
    provider: ProviderName,
    /// From when on: a time, a date, or how long ago (2026-11-20T10:00Z, 2026-11-20, 2d)
    #[arg(long, value_name = "TIME", value_parser = time_arg::past)]
    since: Timestamp,
    /// Show what is missing, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Only events of this type, by the provider's word; several by commas or by repeating it
    #[arg(long = "event", value_name = "TYPE", value_delimiter = ',')]
    types: Vec<String>,
    /// The receiver, where it is not the one of the stack: what Emailit lists is posted there; of what JetEmail lists,
    /// only what was for this URL counts
    #[arg(long, value_parser = web_address)]
    url: Option<Url>,
    /// Only what this webhook was to get, by its id at JetEmail; replays go to it
    #[arg(long, value_name = "ID")]
    webhook: Option<String>,
    /// How long to wait for what JetEmail posts again
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
        // Nothing is listed for a webhook that does not exist, either.
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
    /// A selection that nothing can be in is a mistake: to find nothing missing would look like good news.
    fn check(&self, name: &str) -> Result<()> {
        let words = ProviderTypes::of(self.provider)?;
        if let Some(word) = self.types.iter().find(|word| !words.has(word)) {
            let message = format!("--event {word}: {name} documents no such type; it has {}", words.list());
            return Err(UsageError(message).into());
        }
        if self.webhook.is_some() && self.provider == ProviderName::Emailit {
            let message =
                "--webhook: Emailit lists the events of the whole workspace; --event chooses among them";
            return Err(UsageError(message.to_owned()).into());
        }
        Ok(())
    }
}

/// What the provider lists and the store lacks, oldest first.
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

/// A part of the provider's list.
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

/// Those of the events that the store does not have.
async fn lacking(store: &Store, events: Vec<Listed>) -> Result<Vec<Listed>> {
    let looks = events.into_iter().map(|event| async move {
        let known = event.is_in(store).await?;
        anyhow::Ok((!known).then_some(event))
    });
    let found: Vec<Option<Listed>> = stream::iter(looks).buffered(LOOKS).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}
