//! Shell completions and the man pages cover all commands of the tool.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use mailhooks_tests::tool::{run, stdout};
use normalization::ProviderName;
use tempfile::TempDir;

/// The names of all commands with their parents, as listed by `--help`: `webhooks`, `webhooks-create`.
fn commands() -> BTreeSet<String> {
    fn below(folder: &Path, command: &[&str], found: &mut BTreeSet<String>) {
        let help = stdout(&run(folder, &[command, &["--help"]].concat()));
        let list = help.split("Commands:\n").nth(1).unwrap_or_default().split("\n\n").next().unwrap();
        // The descriptions of commands continue on lines with more indentation.
        let names = list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
        for name in names.filter(|name| !name.is_empty() && *name != "help") {
            let command = [command, &[name]].concat();
            below(folder, &command, found);
            found.insert(format!("mailhooks-{}", command.join("-")));
        }
    }
    let mut found = BTreeSet::new();
    below(TempDir::new().unwrap().path(), &[], &mut found);
    assert!(found.len() > 8 && found.contains("mailhooks-webhooks-create"), "{found:?}");
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
    assert_eq!(stdout(&run(folder.path(), &["man"])), fs::read_to_string(pages.join("mailhooks.1")).unwrap());
}

#[test]
fn each_shell_completes_each_command() {
    let folder = TempDir::new().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&run(folder.path(), &["completions", shell]));
        for name in commands() {
            assert!(script.contains(name.rsplit('-').next().unwrap()), "{shell} {name}");
        }
        // The other shells complete commands and options only.
        if ["bash", "zsh", "fish"].contains(&shell) {
            for provider in ProviderName::ALL {
                assert!(script.contains(provider.as_str()), "{shell} {provider}");
            }
        }
    }
    assert_eq!(run(folder.path(), &["completions", "cmd"]).status.code(), Some(2));
}

/// What bash offers for the last of these words.
fn offered(script: &Path, words: &[&str]) -> BTreeSet<String> {
    let complete = r#"source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
        _mailhooks mailhooks "${@: -1}" "${@: -2:1}"; printf '%s\n' "${COMPREPLY[@]}""#;
    let output = Command::new("bash")
        .args(["-c", complete])
        .arg(script)
        .arg("mailhooks")
        .args(words)
        .output()
        .unwrap();
    stdout(&output).lines().map(str::to_owned).collect()
}

#[test]
fn providers_samples_and_types_are_completed() {
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("mailhooks.bash");
    fs::write(&script, stdout(&run(folder.path(), &["completions", "bash"]))).unwrap();
    for (words, some, none) in [
        (&["send", "j"][..], &["jasni", "jetemail"][..], "emailit"),
        (&["send", "jetemail", "outbound"], &["outbound-bounced", "outbound.bounced"], "email-bounced"),
        (&["send", "--count", "5", "emailit", "email"], &["email.bounced"], "outbound.bounced"),
        (&["send", "emailit", "email-bounced", "--s"], &["--same-ids", "--show"], "--count"),
        (&["webhooks", "create", "j"], &["jasni"], "emailit"),
        (&["webhooks", "create", "jetemail", "--event", "outbound"], &["outbound.bounced"], "email.bounced"),
        (&["renormalize", "--type", "e"], &["email.bounced", "email.loaded"], "outbound.bounced"),
    ] {
        let offered = offered(&script, words);
        assert!(some.iter().all(|word| offered.contains(*word)), "{words:?}: {offered:?}");
        assert!(!offered.contains(none), "{words:?}: {offered:?}");
    }
    let fish = stdout(&run(folder.path(), &["completions", "fish"]));
    let cases =
        fish.lines().find(|line| line.contains("send; and __fish_seen_subcommand_from jetemail\" -f -a"));
    assert!(cases.unwrap().contains(" outbound-bounced "), "{cases:?}");
    // A quote in the name of a value would end the line early.
    assert!(!stdout(&run(folder.path(), &["completions", "zsh"])).contains("'FIELD"));
}

#[test]
fn an_option_is_in_the_help_of_the_commands_that_take_it() {
    let folder = TempDir::new().unwrap();
    for (command, options) in [
        (&["events"][..], ["--stack <NAME>", "--table <NAME>"].as_slice()),
        (&["webhooks", "list"], &["--stack <NAME>"]),
        (&["dev"], &[]),
    ] {
        let help = stdout(&run(folder.path(), &[command, &["--help"]].concat()));
        for option in ["--stack <NAME>", "--table <NAME>"] {
            assert_eq!(help.contains(option), options.contains(&option), "{command:?} {option}");
        }
    }
}
