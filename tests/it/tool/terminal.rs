//! Untrusted input never controls a terminal; a pipe receives it unchanged.

use std::fs;
use std::path::Path;

use mailhooks_tests::terminal::{answer, show};
use mailhooks_tests::tool::{Dev, Folder, command, lines, run, stderr, stdout};
use serde_json::Value;

/// ESC, CSI as one character, DEL, and characters that change the text direction.
const EVIL: &str = "\u{1b}[2J\u{9b}31m\u{7f}\u{85}\u{202e}gpj.\u{2066}\u{2069}\u{200e}\u{200f}\u{61c}";

/// The text in front of the harmful characters.
const MESSAGE: &str = "m-1";

/// The characters in a text that control a terminal, except line ends and tabs.
fn steering(text: &str) -> Vec<char> {
    let turns =
        "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    let steers = |c: &char| !"\n\t".contains(*c) && (c.is_control() || turns.contains(*c));
    text.chars().filter(steers).collect()
}

/// Records an event whose texts contain harmful characters.
fn record(data: &Path) {
    let sets = ["data.response", "data.mx", "data.uid"].map(|path| format!("{path}={MESSAGE}{EVIL}"));
    let sets = sets.iter().flat_map(|set| ["--set", set]);
    let arguments: Vec<&str> =
        ["send", "jetemail", "outbound-bounced", "--set", "id=evt_1"].into_iter().chain(sets).collect();
    let sent = run(data, &arguments);
    assert!(sent.status.success(), "{sent:?}");
}

#[test]
fn a_terminal_shows_control_characters_and_a_pipe_gets_them() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    record(data);
    let message = format!("{MESSAGE}{EVIL}");
    let event = lines(data, &["events"]).remove(0);
    let address = event["data"]["recipient"].as_str().unwrap();
    for arguments in [
        &["events"][..],
        &["events", "--message", &message],
        &["events", "--message", &message, "--state"],
        &["events", "--recipient", address],
        &["announcements"],
        &["renormalize"],
    ] {
        for json in [false, true] {
            let arguments = [&["--json"][..usize::from(json)], arguments].concat();
            let shown = show(command(data, &arguments));
            assert!(shown.status.success(), "{arguments:?}: {}", shown.text());
            let text = shown.text();
            assert!(steering(&text).is_empty(), "{arguments:?}: {text:?}");
            let piped = stdout(&run(data, &arguments));
            if json {
                let read = |text: &str| -> Vec<Value> {
                    text.lines().map(serde_json::from_str).collect::<Result<_, _>>().unwrap()
                };
                assert_eq!(read(&text), read(&piped), "{arguments:?}");
            } else {
                assert!(steering(&piped).is_empty(), "{arguments:?}: {piped:?}");
            }
        }
    }
    let piped = stdout(&run(data, &["--json", "events"]));
    assert!(piped.contains("\u{9b}31m\u{7f}\u{85}\u{202e}gpj."), "{piped}");
    let shown = show(command(data, &["--json", "events"])).text();
    let escaped = r"\u001b[2J\u009b31m\u007f\u0085\u202egpj.\u2066\u2069\u200e\u200f\u061c";
    assert!(shown.contains(escaped), "{shown}");
}

#[test]
fn raw_bytes_are_escaped_in_a_terminal_only() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    // A control character as such, one of Latin-1, and CSI as UTF-8.
    let body = b"{\"id\":\"evt_1\",\n\t\"type\":\"\x1b[2J\x9b\xc2\x9b\x7f\"}";
    let file = data.join("body");
    fs::write(&file, body).unwrap();
    let sent = run(data, &["send", "jetemail", "--file", file.to_str().unwrap()]);
    assert!(sent.status.success(), "{sent:?}");
    let id = lines(data, &["events"])[0]["id"].clone();
    let raw = ["events", "--id", id.as_str().unwrap(), "--raw"];
    assert_eq!(run(data, &raw).stdout, body);
    let expected = "{\"id\":\"evt_1\",\n\t\"type\":\"\\u001b[2J\\x9b\\u009b\\u007f\"}";
    assert_eq!(show(command(data, &raw)).text().replace("        ", "\t"), expected);
}

#[test]
fn an_error_repeats_no_control_characters() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    let id = format!("jetemail:{EVIL}");
    let said = stderr(&run(data, &["events", "--id", &id]), 1);
    assert!(said.contains(r"jetemail:\u001b[2J\u009b31m"), "{said}");
    assert!(steering(&said).is_empty(), "{said:?}");
    let shown = answer(command(data, &["events", "--id", &id]), "");
    assert!(shown.text().contains(r"jetemail:\u001b[2J\u009b31m"));
}
