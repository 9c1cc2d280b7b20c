//! Output in terminals of 40, 80 and 200 columns: no word, id or URL is broken.

use std::collections::BTreeSet;
use std::process::Command;

use mailhooks_tests::lambda;
use mailhooks_tests::provider_api::{KEY, ProviderApi};
use mailhooks_tests::terminal::{Running, show_in};
use mailhooks_tests::tool::{Dev, command, run, stack, stdout};
use normalization::ProviderName::Jasni;
use tempfile::TempDir;

const WIDE: u16 = 200;

/// The words on the screen, without the colons after names, as in `recipient: ada@example.com`.
fn words(screen: &[String]) -> BTreeSet<String> {
    let words = screen.iter().flat_map(|line| line.split_whitespace());
    words.map(|word| word.trim_end_matches(':').to_owned()).collect()
}

/// Whether a word is an id, an address or a URL, which a reader copies.
fn is_copied(word: &str) -> bool {
    word.contains(['@', ':', '_', '/'])
}

/// Shows the command at each width. With `ids`, two runs show the same ids.
fn check(name: &str, command: impl Fn() -> Command, ids: bool) {
    let show = |columns| {
        let shown = show_in(columns, command());
        assert!(shown.status.success() || columns < WIDE, "{name}: {}", shown.text());
        shown.screen()
    };
    check_screens(name, show, ids);
}

fn check_screens(name: &str, show: impl Fn(u16) -> Vec<String>, ids: bool) {
    let wide = words(&show(WIDE));
    assert!(wide.len() > 5, "{name}: {wide:?}");
    for columns in [40, 80] {
        let screen = show(columns);
        let narrow = words(&screen);
        let text = screen.join("\n");
        let fits = |word: &&String| word.len() + 4 <= columns.into();
        let parts: Vec<&String> = wide.iter().filter(|word| !fits(word)).collect();
        for word in narrow.iter().filter(fits) {
            let differs = !ids && word.contains(|letter: char| letter.is_ascii_digit());
            let is_part = parts.iter().any(|whole| whole.contains(word.as_str()));
            assert!(
                wide.contains(word) || differs || is_part,
                "{name}: {word} at {columns} columns in\n{text}"
            );
        }
        for word in wide.iter().filter(|word| ids && is_copied(word)).filter(fits) {
            assert!(narrow.contains(word), "{name}: {word} is missing at {columns} columns in\n{text}");
        }
    }
}

#[test]
fn a_running_stack_fits_every_terminal() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let show = |columns| {
        let mut dev = Running::start(columns, command(data, &["dev", "--in-memory", "--port", "0"]));
        dev.wait_for("UTC.");
        // The longest URL that fits in 40 columns.
        let url = format!("{}/webhooks/jasni", stack(data)["receiver"].as_str().unwrap());
        assert!(run(data, &["send", "jetemail", "outbound-bounced"]).status.success());
        dev.wait_for("bounces");
        let screen = dev.kill().screen();
        assert!(words(&screen).contains(&url), "{url} at {columns} columns in\n{}", screen.join("\n"));
        screen
    };
    check_screens("dev", show, false);
}

#[test]
fn a_demonstration_fits_every_terminal() {
    let folder = TempDir::new().unwrap();
    let demo = || command(folder.path(), &["dev", "--demo", "--in-memory", "--port", "0"]);
    check("dev --demo", demo, false);
    let lines = show_in(80, demo()).screen();
    assert!(
        lines.iter().any(|line| line.starts_with("email_verification_list.created  unknown")),
        "a table at 80 columns"
    );
}

#[test]
fn what_is_stored_fits_every_terminal() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let dev = Dev::start(data);
    for (provider, sample) in
        [("jetemail", "outbound-bounced"), ("emailit", "email-bounced"), ("emailit", "email-complained")]
    {
        assert!(run(data, &["send", provider, sample]).status.success());
    }
    let message = stdout(&run(data, &["--json", "events"]));
    let message: serde_json::Value = serde_json::from_str(message.lines().next().unwrap()).unwrap();
    let message = message["data"]["message"]["id"].as_str().unwrap();
    for arguments in [
        &["events"][..],
        &["events", "--message", message],
        &["events", "--message", message, "--state"],
        &["announcements"],
        &["classify", "550 5.1.1 User unknown"],
        &["send", "emailit"],
    ] {
        check(&arguments.join(" "), || command(data, arguments), true);
    }
    // Without the folder, a command in the text is shorter.
    let doctor = || {
        let mut command = Command::new(lambda::program("mailhooks"));
        command.arg("doctor").env("MAILHOOKS_DATA", data);
        command
    };
    check("doctor", doctor, false);
    drop(dev);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_fit_every_terminal() {
    let api = ProviderApi::start(Jasni).await;
    let folder = TempDir::new().unwrap();
    let base = api.base();
    let webhooks = |arguments: &[&str]| {
        let mut command =
            command(folder.path(), &[&["webhooks"], arguments, &["--api-base", &base]].concat());
        command.env("JASNI_API_KEY", KEY);
        command
    };
    let url = "https://tunnel.example.com/webhooks/jasni";
    tokio::task::block_in_place(|| {
        let made = webhooks(&["create", "jasni", "--url", url]).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        check("webhooks list", || webhooks(&["list", "jasni"]), true);
    });
}
