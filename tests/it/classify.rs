//! `mailhooks classify`: the bounce classifier as a command for support staff.

use std::io::Write;
use std::process::{Output, Stdio};

use mailhooks_tests::tool::{command, lines, run, stderr, stdout};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Runs the command with this text on standard input.
fn with_input(arguments: &[&str], input: &str) -> Output {
    let folder = TempDir::new().unwrap();
    let mut command = command(folder.path(), arguments);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    process.wait_with_output().unwrap()
}

#[test]
fn a_reply_is_classified_and_the_phrase_that_decided_is_named() {
    let folder = TempDir::new().unwrap();
    let reply = "550 5.1.1 Mailbox of <ada@example.com> is full";
    let told = lines(folder.path(), &["classify", reply]);
    let expected = json!({
        "class": "transient",
        "reason": "mailbox_full",
        "attribution": "recipient",
        "action": "count",
        "smtp_code": 550,
        "enhanced_code": "5.1.1",
        "decided_by": "mailbox … full",
    });
    assert_eq!(told, [expected]);
    let shown = stdout(&run(folder.path(), &["classify", reply]));
    for part in ["mailbox_full", "count", "550", "5.1.1", "mailbox … full"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.lines().all(|line| line.chars().count() <= 80));
    // The command stores nothing.
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn the_providers_word_counts() {
    let folder = TempDir::new().unwrap();
    let action = |arguments: &[&str]| {
        lines(folder.path(), &[&["classify"], arguments].concat())[0]["action"].as_str().unwrap().to_owned()
    };
    assert_eq!(action(&["--word", "hard", "550 The dog ate it"]), "suppress");
    assert_eq!(action(&["550 The dog ate it"]), "count");
    assert_eq!(action(&["--word", "soft", "550 5.1.1 User unknown"]), "count");
    assert_eq!(run(folder.path(), &["classify", "--word", "firm", "550"]).status.code(), Some(2));
}

#[test]
fn many_replies_come_from_standard_input() {
    let input = "\"550 5.1.1 User unknown\"\n\"452 4.2.2\\r\\nOver quota\"\n\"\"\n";
    let output = with_input(&["--json", "classify"], input);
    assert!(output.status.success(), "{output:?}");
    let told: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let reasons: Vec<_> = told.iter().map(|one| &one["reason"]).collect();
    assert_eq!(reasons, ["user_unknown", "mailbox_full", "unknown"]);
    assert_eq!(told[2]["decided_by"], Value::Null);
    let table = stdout(&with_input(&["classify"], input));
    assert_eq!(table.lines().count(), 4, "{table}");

    let said = stderr(&with_input(&["classify"], "\"550\"\n550 User unknown\n"), 1);
    assert!(said.contains("error: line 2 of standard input"), "{said}");
}

#[test]
fn the_help_fits_a_terminal() {
    let folder = TempDir::new().unwrap();
    let help = stdout(&run(folder.path(), &["classify", "--help"]));
    let own = help.split("Global options").next().unwrap();
    assert!(own.contains("Shows how an SMTP reply is classified"), "{own}");
    assert!(own.lines().all(|line| line.chars().count() <= 80), "{own}");
}
