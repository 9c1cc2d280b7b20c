//! The command line: what can be asked for, and what the exit status says.

use std::process::ExitCode;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

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
struct Cli {
    #[command(flatten)]
    global: Global,
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

/// The options that name something deployed, each with the commands that work on it.
const DEPLOYED: [(&str, &[&str]); 2] = [
    ("stack", &["send", "events", "redrive", "webhooks", "secret", "reconcile", "renormalize", "doctor"]),
    ("table", &["events", "redrive", "reconcile", "renormalize", "doctor"]),
];

/// The command line. An option stays out of the help, manual and completions of the commands that do not take it.
fn command() -> clap::Command {
    let mut tool = Cli::command();
    for (option, takers) in DEPLOYED {
        let hidden = tool.get_arguments().find(|argument| argument.get_id() == option).cloned();
        let hidden = hidden.map(|argument| argument.hide(true));
        tool = tool.mut_subcommands(|command| {
            if takers.contains(&command.get_name()) { command } else { command.args(&hidden) }
        });
    }
    tool
}

/// What is wrong with a command that does not work on what the global options name.
fn refusal(command: &str, global: &Global) -> Option<String> {
    let given = [global.stack.is_some(), global.table.is_some()];
    let refused =
        DEPLOYED.iter().zip(given).find(|((_, takers), given)| *given && !takers.contains(&command));
    refused.map(|((option, _), _)| {
        format!("--{option} names a deployed {option}, which this command does not work on")
    })
}

/// Does what was asked for, and says with the exit status how it went.
pub(crate) async fn run() -> ExitCode {
    let matches = command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if let Some(message) = refusal(matches.subcommand_name().unwrap_or_default(), &cli.global) {
        command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    let global = &cli.global;
    let outcome: Result<()> = match &cli.command {
        Command::Dev(arguments) => dev::run(arguments, global).await,
        Command::Send(arguments) => send::run(arguments, global).await,
        Command::Events(arguments) => Box::pin(events::run(arguments, global)).await,
        Command::Announcements(arguments) => announcements::run(arguments, global).await,
        Command::Redrive(arguments) => Box::pin(redrive::run(arguments, global)).await,
        Command::Webhooks(arguments) => Box::pin(webhooks::run(arguments, global)).await,
        Command::Secret(arguments) => secret::run(arguments, global).await,
        Command::Reconcile(arguments) => Box::pin(reconcile::run(arguments, global)).await,
        Command::Renormalize(arguments) => Box::pin(renormalize::run(arguments, global)).await,
        Command::Doctor(arguments) => Box::pin(doctor::run(arguments, global)).await,
        Command::Classify(arguments) => classify::run(arguments, global),
        Command::Schema(arguments) => schema::run(arguments, global),
        Command::Completions(arguments) => manual::completions(arguments, command()),
        Command::Man(arguments) => manual::pages(arguments, command()),
    };
    match outcome {
        // Whoever reads us, such as `head`, has enough.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            if let Some(error) = error.downcast_ref::<UsageError>() {
                command().error(ErrorKind::ValueValidation, error).exit();
            }
            output::remark(&format!("error: {}", output::printable(&format!("{error:#}"))));
            ExitCode::FAILURE
        }
        Ok(()) => ExitCode::SUCCESS,
    }
}
