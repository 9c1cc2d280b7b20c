//! `mailhooks forget`: erases what is stored about a person.

mod find;
mod mention;
mod report;

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use futures_util::{StreamExt, stream};
use ingestion::clock;
use ingestion::suppressions::Suppressions;
use normalization::lookup_form;
use uuid::Uuid;

use crate::confirm::Consent;
use crate::connect::{self, Connection};
use crate::options::{Global, address};
use crate::output;
use crate::reading::Segments;
use find::Stored;
use report::Erased;

/// Events that are erased at a time.
const CONCURRENT: usize = 10;

const EXAMPLES: &str = "\
Examples:
  mailhooks forget ada@example.com --dry-run
  mailhooks forget ada@example.com --stack mailhooks
  mailhooks forget ada@example.com --everywhere --suppression nothing

Erases the events about the address, the other events of their messages that name it, and all raw payloads of these. \
The keys of each event stay, so that a retry of the provider, `reconcile` and `suppressions rebuild` do not bring it \
back. If the address is suppressed without an end, a salted hash of it stays suppressed, so that it is not mailed again.

Incoming mail from the address, contacts and events without an entry in the index by recipient are found with \
--everywhere, which reads the whole table.

Exit status 1 if something could not be erased; running the command again continues.";

/// Erases the events about an address, and its entry in the suppression list
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The address
    #[arg(value_parser = address)]
    address: String,
    /// Show what would be erased, and erase nothing
    #[arg(long)]
    dry_run: bool,
    /// Read the whole table for the address, with all raw payloads
    #[arg(long)]
    everywhere: bool,
    /// What to keep of a suppression without an end
    #[arg(long, value_enum, default_value_t = Keep::Hash)]
    suppression: Keep,
    #[command(flatten)]
    segments: Segments,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Keep {
    /// A salted hash of the address, with the reason and since when
    Hash,
    /// Nothing: the address may be mailed again
    Nothing,
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    if !arguments.dry_run {
        arguments.consent.can_be_given()?;
    }
    let connection = connect::open(global).await?;
    // Announcements that the list has not taken yet would bring the address back.
    connect::catch_up(&connection, global).await?;
    let found = find::find(&connection, arguments).await?;
    report::found(&found, arguments, &connection, global)?;
    if arguments.dry_run {
        return report::planned(&found, global);
    }
    if found.is_nothing() {
        return report::erased(&Erased::default(), &connection, arguments, global);
    }
    let waiting = found.events.iter().filter(|one| one.stored.unannounced).count();
    ensure!(waiting == 0, "{waiting} of the events wait to be announced: run `mailhooks redrive` first");
    arguments.consent.ask(&format!("Erase this for good from {}?", connection.name))?;
    let events = erase_events(&connection, &found).await?;
    let kept_hash = match (&connection.list, found.is_listed) {
        (Some(list), true) => {
            erase_entry(list, arguments).await.with_context(|| format!("cannot write {}", connection.name))?
        }
        _ => false,
    };
    let erased = Erased { events, is_listed: found.is_listed, kept_hash };
    report::erased(&erased, &connection, arguments, global)?;
    let unread = found.unreadable;
    ensure!(unread == 0, "{unread} items could not be read and were not erased");
    Ok(())
}

/// Erases all events, and fails if one could not be.
async fn erase_events(connection: &Connection, found: &Stored) -> Result<usize> {
    let now = clock::now();
    let bar = output::progress(Some(found.events.len() as u64), "events erased");
    let requests = found.events.iter().map(|one| async move {
        let reason = match connection.store.forget(&one.stored, now).await {
            Ok(true) => return Ok(()),
            Ok(false) => "it waits to be announced".to_owned(),
            Err(error) => error.to_string(),
        };
        Err(format!("{}: {reason}", one.stored.event.id_for_log()))
    });
    // Collected because the compiler cannot prove that a stream over borrowed events is `Send`
    // (https://github.com/rust-lang/rust/issues/102211).
    let requests: Vec<_> = requests.collect();
    let mut answers = stream::iter(requests).buffer_unordered(CONCURRENT);
    let (mut erased, mut failures) = (0, Vec::new());
    while let Some(outcome) = answers.next().await {
        match outcome {
            Ok(()) => erased += 1,
            Err(failure) => failures.push(failure),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if let Some(first) = failures.first() {
        bail!("{} events could not be erased; the first: {first}. Run the command again", failures.len());
    }
    Ok(erased)
}

async fn erase_entry(list: &Suppressions, arguments: &Arguments) -> Result<bool> {
    let salt = Uuid::new_v4().simple().to_string();
    let keep = arguments.suppression == Keep::Hash;
    Ok(list.forget(&lookup_form(&arguments.address), keep, &salt, clock::now()).await?)
}
