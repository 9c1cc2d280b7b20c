//! `mailhooks suppressions`: reads and changes the list of addresses that must not be mailed.

mod change;
mod evidence_csv;
mod export;
mod get;
mod import;
mod list;
mod rebuild;
mod sync;
mod words;

use anyhow::Result;
use clap::Subcommand;

use crate::connect::{Rules, open_list};
use crate::options::{Global, address};
use crate::reading::Segments;

pub(crate) use words::{released, suppressed};

const EXAMPLES: &str = "\
Examples:
  mailhooks suppressions list                              all suppressed addresses
  mailhooks suppressions list --reason complaint --since 7d
  mailhooks suppressions list --csv > suppressed.csv
  mailhooks suppressions get ada@example.com               state and evidence
  mailhooks suppressions add ada@example.com --note 'asked by phone'
  mailhooks suppressions release ada@example.com --note 'mailbox works again'
  mailhooks suppressions import suppressed.csv
  mailhooks suppressions export > list.csv
  mailhooks suppressions rebuild --stack mailhooks
  mailhooks suppressions sync emailit --stack mailhooks

An address is suppressed by a person, a complaint, an unsubscription, a permanent bounce, the provider's own list, or \
temporary bounces that repeat. An application asks the table for one address; docs/suppressions.md says how.

Exit status 1 if the list cannot be read or written, or a line of a file is invalid.";

/// Reads and changes the list of addresses that must not be mailed
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    rules: Rules,
}

#[derive(Subcommand)]
enum Verb {
    /// Shows whether an address is suppressed, with all evidence
    Get {
        /// The address
        #[arg(value_parser = address)]
        address: String,
    },
    /// Lists the suppressed addresses, the latest first
    List(list::Arguments),
    /// Suppresses addresses by hand
    Add(change::Add),
    /// Releases addresses: evidence up to now does not count any more, later evidence does
    Release(change::Release),
    /// Adds the evidence or the addresses of a CSV file to the list
    Import(import::Arguments),
    /// Prints all evidence as CSV, which `import` reads
    Export(Segments),
    /// Adds what the stored events say to the list, for a new or lost list, and applies the rules to each entry
    Rebuild(rebuild::Arguments),
    /// Compares the list with the provider's own, and completes both with --apply
    Sync(sync::Arguments),
}

pub(crate) async fn run(arguments: &Arguments, global: &Global) -> Result<()> {
    if let Verb::Sync(arguments) = &arguments.verb {
        arguments.check()?;
    }
    let connection = open_list(global, &arguments.rules).await?;
    match &arguments.verb {
        Verb::Get { address } => get::run(&connection, address, global).await,
        Verb::List(arguments) => list::run(&connection, arguments, global).await,
        Verb::Add(add) => change::add(&connection, add, global).await,
        Verb::Release(release) => change::release(&connection, release, global).await,
        Verb::Import(arguments) => import::run(&connection, arguments, global).await,
        Verb::Export(segments) => export::run(&connection, segments, global).await,
        Verb::Rebuild(arguments) => rebuild::run(&connection, arguments, global).await,
        Verb::Sync(arguments) => sync::run(&connection, arguments, global).await,
    }
}
