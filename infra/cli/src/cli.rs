//! The command line: what can be asked for, and what the exit status says.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::{
    announcements, classify, dev, doctor, events, manual, output, reconcile, redrive, renormalize, schema,
    secret, send, webhooks,
};

const EXAMPLES: &str = "\
Examples:
  mailhooks dev --demo                      every documented sample, twice, and what comes of it
  mailhooks dev                             the whole stack on this machine, until Ctrl-C
  mailhooks send getmailer email-bounced    a signed sample to the running stack
  mailhooks events                          the newest events
  mailhooks announcements                   what was announced
  mailhooks redrive                         announce what was not
  mailhooks webhooks create jetemail --stack NAME
                                            have the provider post to a deployed stack
  mailhooks secret set getmailer --stack NAME
                                            store the secret of a webhook made by hand
  mailhooks reconcile emailit --since 2d    fetch what was missed
  mailhooks renormalize                     what a new version understands of what is recorded
  mailhooks doctor                          what is wrong, and what to do
  mailhooks classify '550 No such user'     what an SMTP reply means for its recipient
  mailhooks schema                          what an event looks like, for programs

Exit status: 0, 1 (failed, with a line that begins with \"error:\"), 2 (the command line is wrong).";

/// The data folder where none is named.
const DATA: &str = ".mailhooks";

/// Signed webhooks of email providers in, one stream of normalized events out.
#[derive(Parser)]
#[command(name = "mailhooks", version, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Folder of the local stack
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "MAILHOOKS_DATA",
        default_value = DATA
    )]
    pub(crate) data: PathBuf,
    /// A deployed stack instead of the local one, by its name in CloudFormation: its outputs say where everything
    /// is. Credentials and region are found as the AWS CLI finds them
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "table")]
    pub(crate) stack: Option<String>,
    /// A deployed DynamoDB table instead of the local stack, where the stack cannot be asked for it
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// One JSON object a line, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

impl Global {
    /// Whether the command works on what is deployed, and not on the local stack.
    pub(crate) fn is_deployed(&self) -> bool {
        self.stack.is_some() || self.table.is_some()
    }

    /// The command line that runs this program with other arguments, on the same data folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> String {
        let data = self.data.to_string_lossy();
        let place: &[&str] = if data == DATA { &[] } else { &["--data", &data] };
        output::invocation(arguments.iter().chain(place).copied())
    }
}

#[derive(Subcommand)]
enum Command {
    Dev(dev::Arguments),
    Send(send::Arguments),
    Events(events::Arguments),
    Announcements(announcements::Arguments),
    Redrive(redrive::Arguments),
    Webhooks(webhooks::Arguments),
    Secret(secret::Arguments),
    Reconcile(reconcile::Arguments),
    Renormalize(renormalize::Arguments),
    Doctor(doctor::Arguments),
    Classify(classify::Arguments),
    Schema(schema::Arguments),
    Completions(manual::CompletionsArguments),
    Man(manual::PagesArguments),
}

/// What is wrong with the command line, where only the command itself can see it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Misuse(pub(crate) String);

impl Command {
    /// Whether it works on what the global options name.
    fn takes(&self, global: &Global) -> Result<(), &'static str> {
        let (takes_stack, takes_table) = match self {
            Self::Dev(_)
            | Self::Announcements(_)
            | Self::Classify(_)
            | Self::Schema(_)
            | Self::Completions(_)
            | Self::Man(_) => (false, false),
            Self::Send(_) | Self::Webhooks(_) | Self::Secret(_) => (true, false),
            Self::Events(_)
            | Self::Redrive(_)
            | Self::Renormalize(_)
            | Self::Reconcile(_)
            | Self::Doctor(_) => (true, true),
        };
        if global.stack.is_some() && !takes_stack {
            return Err("--stack names a deployed stack, which this command does not work on");
        }
        if global.table.is_some() && !takes_table {
            return Err("--table names a deployed table, which this command does not work on");
        }
        Ok(())
    }
}

/// Does what was asked for, and says with the exit status how it went.
pub async fn run(cli: Cli) -> ExitCode {
    if let Err(message) = cli.command.takes(&cli.global) {
        Cli::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    let global = &cli.global;
    let outcome: Result<()> = match &cli.command {
        Command::Dev(arguments) => dev::run(arguments, global).await,
        Command::Send(arguments) => send::run(arguments, global).await,
        Command::Events(arguments) => events::run(arguments, global).await,
        Command::Announcements(arguments) => announcements::run(arguments, global).await,
        Command::Redrive(arguments) => Box::pin(redrive::run(arguments, global)).await,
        Command::Webhooks(arguments) => Box::pin(webhooks::run(arguments, global)).await,
        Command::Secret(arguments) => secret::run(arguments, global).await,
        Command::Reconcile(arguments) => Box::pin(reconcile::run(arguments, global)).await,
        Command::Renormalize(arguments) => Box::pin(renormalize::run(arguments, global)).await,
        Command::Doctor(arguments) => Box::pin(doctor::run(arguments, global)).await,
        Command::Classify(arguments) => classify::run(arguments, global),
        Command::Schema(arguments) => schema::run(arguments, global),
        Command::Completions(arguments) => manual::completions(arguments),
        Command::Man(arguments) => manual::pages(arguments),
    };
    match outcome {
        // Whoever reads us, such as `head`, has enough.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            if let Some(misuse) = error.downcast_ref::<Misuse>() {
                let misuse = Cli::command().error(ErrorKind::ValueValidation, misuse);
                misuse.exit();
            }
            output::error(&error);
            ExitCode::FAILURE
        }
        Ok(()) => ExitCode::SUCCESS,
    }
}
