//! The command line: what can be asked for, and what the exit status says.

use std::process::ExitCode;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use crate::options::{Global, UsageError};
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

/// Signed webhooks of email providers in, one stream of normalized events out.
#[derive(Parser)]
#[command(name = "mailhooks", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    command: Command,
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
pub(crate) async fn run(cli: Cli) -> ExitCode {
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
        Command::Completions(arguments) => manual::completions(arguments, Cli::command()),
        Command::Man(arguments) => manual::pages(arguments, Cli::command()),
    };
    match outcome {
        // Whoever reads us, such as `head`, has enough.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            if let Some(error) = error.downcast_ref::<UsageError>() {
                Cli::command().error(ErrorKind::ValueValidation, error).exit();
            }
            output::error(&error);
            ExitCode::FAILURE
        }
        Ok(()) => ExitCode::SUCCESS,
    }
}
