//! What shells and `man` are told of the tool: all of its commands.

use std::collections::BTreeSet;
use std::fs;

use clap::CommandFactory;
use mailhooks::cli::Cli;
use mailhooks_tests::tool::{run, stdout};
use tempfile::TempDir;

/// The names of all commands, with those above them: `webhooks`, `webhooks-create`.
fn commands() -> BTreeSet<String> {
    fn below(command: &clap::Command, name: &str, found: &mut BTreeSet<String>) {
        for subcommand in command.get_subcommands() {
            let name = format!("{name}-{}", subcommand.get_name());
            below(subcommand, &name, found);
            found.insert(name);
        }
    }
    let mut found = BTreeSet::new();
    below(&Cli::command(), "mailhooks", &mut found);
    assert!(found.len() > 8, "{found:?}");
    found
}

#[test]
fn each_command_has_a_manual_page_with_its_options_and_examples() {
    let folder = TempDir::new().unwrap();
    let pages = folder.path().join("man1");
    let output = run(folder.path(), &["man", "--dir", pages.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let written: BTreeSet<String> =
        fs::read_dir(&pages).unwrap().map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    let mut expected: BTreeSet<String> = commands().iter().map(|name| format!("{name}.1")).collect();
    expected.insert("mailhooks.1".to_owned());
    assert_eq!(written, expected);
    let page = fs::read_to_string(pages.join("mailhooks-events.1")).unwrap();
    for part in ["\n.TH ", "\\-\\-recipient", "\n.SH EXAMPLES\n", "mailhooks events \\-\\-follow"] {
        assert!(page.contains(part), "{part}");
    }
    let one = stdout(&run(folder.path(), &["man"]));
    assert_eq!(one, fs::read_to_string(pages.join("mailhooks.1")).unwrap());
}

#[test]
fn each_shell_completes_each_command() {
    let folder = TempDir::new().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&run(folder.path(), &["completions", shell]));
        for name in commands() {
            let word = name.rsplit('-').next().unwrap();
            assert!(script.contains(word), "{shell} {name}");
        }
    }
    let unknown = run(folder.path(), &["completions", "cmd"]);
    assert_eq!(unknown.status.code(), Some(2));
}
