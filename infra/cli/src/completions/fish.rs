//! Values of positional arguments for fish, because `clap_complete` writes only its options and commands.

use clap::{Arg, Command};

/// The lines that offer the values of all positional arguments of a built command line, two levels deep.
pub(super) fn positionals(tool: &Command) -> String {
    let mut lines = String::new();
    for command in tool.get_subcommands() {
        let using = format!("__fish_mailhooks_using_subcommand {}", command.get_name());
        lines.push_str(&line(command, &using));
        for inner in command.get_subcommands() {
            let using = format!("{using}; and __fish_seen_subcommand_from {}", inner.get_name());
            lines.push_str(&line(inner, &using));
        }
    }
    lines
}

fn line(command: &Command, condition: &str) -> String {
    let values = command.get_positionals().flat_map(Arg::get_possible_values);
    let values: Vec<_> = values.map(|value| value.get_name().to_owned()).collect();
    if values.is_empty() {
        return String::new();
    }
    format!("complete -c mailhooks -n \"{condition}\" -f -a \"{}\"\n", values.join(" "))
}
