//! The command line and its exit status.

use std::process::ExitCode;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::options::{Global, UsageError};
use crate::{
    announcements, classify, completions, dev, doctor, events, forget, manual, output, page, reconcile,
    redrive, renormalize, schema, secret, send, stats, suppressions, webhooks,
};

const EXAMPLES: &str = "\
Examples:
  mailhooks dev --demo                      post every documented sample twice
  mailhooks dev                             run the local stack until Ctrl-C
  mailhooks send getmailer email-bounced    post a signed sample to it
  mailhooks events                          list the newest events
  mailhooks stats --by domain               count bounces and complaints
  mailhooks suppressions list               list addresses not to mail
  mailhooks announcements                   list what was announced
  mailhooks redrive                         announce events that wait
  mailhooks webhooks create jetemail --stack NAME
                                            create a webhook for a deployed stack
  mailhooks secret set getmailer --stack NAME
                                            store the secret of a webhook
  mailhooks reconcile emailit --since 2d    fetch missing events
  mailhooks renormalize                     show what a new version changes
  mailhooks forget ada@example.com          erase what is stored about a person
  mailhooks doctor                          find problems and their remedies
  mailhooks classify '550 No such user'     classify an SMTP reply
  mailhooks schema                          print the JSON Schema of an event

Exit status: 0 on success, 1 on failure (with a line that begins with \"error:\"), 2 for an invalid command line.";

/// Turns signed webhooks of email providers into one stream of normalized events.
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
    Stats(stats::Arguments),
    Suppressions(suppressions::Arguments),
    Announcements(announcements::Arguments),
    Page(page::Arguments),
    Redrive(redrive::Arguments),
    Webhooks(webhooks::Arguments),
    Secret(secret::Arguments),
    Reconcile(reconcile::Arguments),
    Renormalize(renormalize::Arguments),
    Forget(forget::Arguments),
    Doctor(doctor::Arguments),
    Classify(classify::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Man(manual::Arguments),
}

/// The options that select a deployed stack or table, each with the commands that support it.
const DEPLOYED: [(&str, &[&str]); 2] = [
    (
        "stack",
        &[
            "send",
            "events",
            "stats",
            "suppressions",
            "page",
            "redrive",
            "webhooks",
            "secret",
            "reconcile",
            "renormalize",
            "forget",
            "doctor",
        ],
    ),
    (
        "table",
        &[
            "events",
            "stats",
            "suppressions",
            "page",
            "redrive",
            "reconcile",
            "renormalize",
            "forget",
            "doctor",
        ],
    ),
];

/// Builds the command line. A command's help, manual and completions leave out the options that it does not support.
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

/// The error if the command does not support a given global option.
fn refusal(command: &str, global: &Global) -> Option<String> {
    let given = [global.stack.is_some(), global.table.is_some()];
    let refused =
        DEPLOYED.iter().zip(given).find(|((_, takers), given)| *given && !takers.contains(&command));
    refused.map(|((option, _), _)| format!("this command does not support --{option}"))
}

/// Runs the command and returns its exit status.
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
        Command::Stats(arguments) => stats::run(arguments, global).await,
        Command::Suppressions(arguments) => Box::pin(suppressions::run(arguments, global)).await,
        Command::Announcements(arguments) => announcements::run(arguments, global).await,
        Command::Page(arguments) => Box::pin(page::run(arguments, global)).await,
        Command::Redrive(arguments) => Box::pin(redrive::run(arguments, global)).await,
        Command::Webhooks(arguments) => Box::pin(webhooks::run(arguments, global)).await,
        Command::Secret(arguments) => secret::run(arguments, global).await,
        Command::Reconcile(arguments) => Box::pin(reconcile::run(arguments, global)).await,
        Command::Renormalize(arguments) => Box::pin(renormalize::run(arguments, global)).await,
        Command::Forget(arguments) => Box::pin(forget::run(arguments, global)).await,
        Command::Doctor(arguments) => Box::pin(doctor::run(arguments, global)).await,
        Command::Classify(arguments) => classify::run(arguments, global),
        Command::Schema(arguments) => schema::run(arguments, global),
        Command::Completions(arguments) => completions::run(arguments, command()),
        Command::Man(arguments) => manual::run(arguments, command()),
    };
    match outcome {
        // The reader, such as `head`, has closed the pipe.
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
