//! `mailhooks suppressions sync`: compares the list with the provider's own, and completes both.

mod emailit;
mod plan;

use anyhow::{Context, Result, ensure};
use futures_util::TryStreamExt;
use ingestion::clock;
use ingestion::suppressions::{Entry, is_address};
use normalization::ProviderName;
use serde_json::json;

use crate::confirm::Consent;
use crate::connect::ListConnection;
use crate::options::{Global, UsageError, provider};
use crate::output::{self, Table};
use crate::provider_api::{self, Access, Api};
use crate::reading::{self, Segments};
use plan::{Plan, Step};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The provider; only Emailit documents an API for its list
    #[arg(value_parser = provider())]
    provider: ProviderName,
    /// Make the changes [default: dry run]
    #[arg(long)]
    apply: bool,
    /// Also remove from the provider's list what is known here and not suppressed, such as a released address
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    access: Access,
}

impl Arguments {
    /// Fails before anything is opened if the provider documents no such API, or a removal cannot be confirmed.
    pub(super) fn check(&self) -> Result<()> {
        let provider = self.provider;
        ensure!(
            provider == ProviderName::Emailit,
            "{provider} documents no API for its suppression list: compare with its dashboard"
        );
        if self.remove && !self.apply {
            return Err(UsageError("--remove: it needs --apply".to_owned()).into());
        }
        if self.remove { self.consent.can_be_given() } else { Ok(()) }
    }
}

pub(super) async fn run(connection: &ListConnection, arguments: &Arguments, global: &Global) -> Result<()> {
    let management = provider_api::of(arguments.provider).context("no management API")?;
    let api = Api::open(management, &arguments.access)?;
    let theirs = emailit::list(&api).await?;
    let ours = entries(connection).await?;
    let now = clock::now();
    let plan = Plan::new(theirs, &ours, connection.list.policy(), now);
    let changes = plan.steps.values().filter(|step| step.is_change(arguments.remove)).count();
    if !global.json {
        print(&plan, arguments)?;
    }
    if arguments.apply {
        apply(&plan, connection, &api, arguments).await?;
    }
    if global.json {
        return print_json(&plan, changes, arguments.apply);
    }
    Ok(output::print(&match (arguments.apply, changes) {
        (_, 0) => "nothing to change".to_owned(),
        (true, changes) => format!("changes made: {changes}"),
        (false, changes) => format!("changes to make: {changes}; --apply makes them"),
    })?)
}

async fn apply(plan: &Plan, connection: &ListConnection, api: &Api, arguments: &Arguments) -> Result<()> {
    let now = clock::now();
    let removals = plan.steps.iter().filter(|(_, step)| matches!(step, Step::Remove(_))).count();
    if arguments.remove && removals > 0 {
        let question =
            format!("Remove {removals} addresses from the suppression list of {}?", api.management.name);
        arguments.consent.ask(&question)?;
    }
    let bar = output::progress(Some(plan.steps.len() as u64), "addresses");
    for (address, step) in &plan.steps {
        match step {
            Step::Take(kind, evidence) => {
                let evidence = [(*kind, evidence.clone())];
                connection
                    .list
                    .add(address, &evidence, now)
                    .await
                    .with_context(|| connection.unwritable())?;
            }
            Step::Add { reason, until } => emailit::add(api, address, *reason, *until).await?,
            Step::Remove(id) if arguments.remove => emailit::remove(api, id).await?,
            Step::Remove(_) | Step::Temporary => {}
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

async fn entries(connection: &ListConnection) -> Result<Vec<Entry>> {
    let segments = Segments::default();
    let bar = reading::begin_list(connection, &segments).await;
    let pages = connection.list.pages(segments.number(connection.is_deployed()));
    let pages: Vec<Vec<Entry>> = pages
        .inspect_ok(|page| bar.inc(page.len() as u64))
        .try_collect()
        .await
        .with_context(|| connection.unreadable())?;
    bar.finish_and_clear();
    let entries = pages.into_iter().flatten();
    // Of an erased address, only a hash is known.
    Ok(entries.filter(|entry| is_address(&entry.address)).collect())
}

fn print_json(plan: &Plan, changes: usize, applied: bool) -> Result<()> {
    for (address, step) in &plan.steps {
        output::print_json(&json!({"kind": "address", "address": address, "step": step.word()}))?;
    }
    output::print_json(&json!({
        "kind": "summary",
        "here": plan.here,
        "there": plan.there,
        "changes": changes,
        "applied": applied,
    }))
}

fn print(plan: &Plan, arguments: &Arguments) -> Result<()> {
    let name = arguments.provider.as_str();
    if !plan.steps.is_empty() {
        let mut table = Table::new(&["address", "step"]);
        for (address, step) in &plan.steps {
            table.row(vec![address.clone(), step.sentence(name, arguments.remove)]);
        }
        table.print()?;
    }
    Ok(output::print(&format!("suppressed here: {}; at {name}: {}", plan.here, plan.there))?)
}
