//! `mailhooks completions`: completion scripts, generated from a copy of the command line that also has the names of samples
//! and event types.

mod fish;

use std::collections::BTreeSet;

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use clap::{Arg, Command};
use clap_complete::Shell;
use mailhooks_local::samples::samples;
use normalization::{EventType, ProviderName};

use crate::output;
use crate::provider_types::ProviderTypes;

const EXAMPLES: &str = "\
Examples:
  mailhooks completions zsh > ~/.zfunc/_mailhooks
  mailhooks completions fish > ~/.config/fish/completions/mailhooks.fish
  mailhooks completions bash > mailhooks.bash

Bash reads completions from ~/.local/share/bash-completion/completions/. For zsh, add `fpath+=~/.zfunc` before compinit to \
~/.zshrc.";

/// Prints the completion script of a shell
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Shell to complete in
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, tool: Command) -> Result<()> {
    let types = Types::new()?;
    let providers = ProviderName::ALL.iter().map(|&provider| Ok((provider, cases(provider)?)));
    let providers = providers.collect::<Result<Vec<_>>>()?;
    let tool = types.offer(tool);
    let mut tool = tool.mut_subcommand("send", |send| with_cases(&send, &providers));
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut tool, "mailhooks", &mut script);
    if arguments.shell == Shell::Fish {
        script.extend(fish::positionals(&tool).into_bytes());
    }
    Ok(output::print_raw(&script)?)
}

/// Event types to offer.
struct Types {
    /// All providers' types.
    theirs: BTreeSet<String>,
    /// These and ours.
    all: BTreeSet<String>,
}

impl Types {
    fn new() -> Result<Self> {
        let mut theirs = BTreeSet::new();
        for &provider in ProviderName::ALL {
            theirs.extend(ProviderTypes::of(provider)?.words().cloned());
        }
        let ours = EventType::ALL.iter().map(|word| word.as_str().to_owned());
        Ok(Self { all: ours.chain(theirs.iter().cloned()).collect(), theirs })
    }

    /// Offers types as values of the options `--type` and `--event`, and gives `--rule` a name without quotes, which would
    /// break the script of zsh.
    fn offer(&self, command: Command) -> Command {
        let command = command.mut_args(|argument| match argument.get_long() {
            Some("type") => argument.value_parser(PossibleValuesParser::new(&self.all)),
            Some("event") => argument.value_parser(PossibleValuesParser::new(&self.theirs)),
            Some("rule") => argument.value_name("RULE"),
            _ => argument,
        });
        command.mut_subcommands(|command| self.offer(command))
    }
}

/// The names of a provider's samples, and the event types that they document.
fn cases(provider: ProviderName) -> Result<BTreeSet<String>> {
    let samples = samples(provider)?.into_iter();
    Ok(samples.flat_map(|sample| sample.documents.into_iter().chain([sample.name])).collect())
}

/// `send` with the providers as its commands, because the values of an argument cannot depend on those of another one.
fn with_cases(send: &Command, providers: &[(ProviderName, BTreeSet<String>)]) -> Command {
    let options = || send.get_arguments().filter(|argument| !argument.is_positional()).map(option);
    let provider = |(provider, cases): &(ProviderName, BTreeSet<String>)| {
        let case = Arg::new("case").value_parser(PossibleValuesParser::new(cases));
        Command::new(provider.as_str()).args(options()).arg(case)
    };
    Command::new("send")
        .about(send.get_about().cloned().unwrap_or_default())
        .disable_help_subcommand(true)
        .args(options())
        .subcommands(providers.iter().map(provider))
}

/// A copy of an option without its relations to others, which name arguments that only the real `send` has.
fn option(argument: &Arg) -> Arg {
    Arg::new(argument.get_id().clone())
        .long(argument.get_long().unwrap_or_default().to_owned())
        .help(argument.get_help().cloned().unwrap_or_default())
        .action(argument.get_action().clone())
        .value_hint(argument.get_value_hint())
        .global(argument.is_global_set())
        .hide(argument.is_hide_set())
}
