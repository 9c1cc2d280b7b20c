//! `mailhooks secret`: a signing secret from standard input, never from an argument, and secrets for webhook URLs.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use mailhooks_tests::deployed::Deployed;
use mailhooks_tests::sign::with_secret;
use mailhooks_tests::tool::{self, Dev, stdout};
use normalization::ProviderName::GetMailer;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::error;

/// Runs the command with this standard input.
async fn given(mut command: Command, input: &str) -> Output {
    let input = input.to_owned();
    let output = tokio::task::spawn_blocking(move || {
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The command may exit without reading it.
        drop(process.stdin.take().unwrap().write_all(input.as_bytes()));
        process.wait_with_output().unwrap()
    });
    let output = output.await.unwrap();
    assert!(!format!("{output:?}").contains("canary"), "{output:?}");
    output
}

fn set(folder: &TempDir, more: &[&str]) -> Command {
    tool::command(folder.path(), &[&["secret", "set", "getmailer"], more].concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_stack_accepts_the_secret_that_is_set() {
    let folder = TempDir::new().unwrap();
    let dev = Dev::start(folder.path());
    let generated = tool::secret(folder.path(), GetMailer);
    let post = |secret: &str, id: &str| {
        let body = format!(r#"{{"id":"{id}","type":"email.opened"}}"#).into_bytes();
        dev.post(GetMailer, &with_secret(GetMailer, secret, &body, ingestion::clock::now()), &body).0
    };
    let output = given(set(&folder, &[]), "gm,canary\r\n").await;
    assert!(output.status.success(), "{output:?}");
    let said = stdout(&output);
    assert!(said.contains("is stored in") && said.contains("secrets that stay accepted: 1;"), "{said}");
    for (secret, expected) in [("gm,canary", 200), (&generated, 200), ("canary", 401)] {
        assert_eq!(post(secret, secret), expected, "{secret}");
    }
    let output = given(set(&folder, &["--only", "--json"]), "gm,canary").await;
    let said: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((&said["provider"], &said["older"]), (&json!("getmailer"), &json!(0)));
    for (secret, expected) in [("gm,canary", 200), (&generated, 401)] {
        assert_eq!(post(secret, "once more"), expected, "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployed_stack_gets_the_secret_in_its_place() {
    let deployed = Deployed::start().await;
    let folder = TempDir::new().unwrap();
    let set = |more: &[&str], input: &'static str| {
        let mut command = set(&folder, more);
        deployed.describe(&mut command);
        given(command, input)
    };
    let manager = &deployed.secrets_manager;
    manager.set(None);
    for (input, stored) in [
        ("whsec_canary1", "whsec_canary1"),
        ("whsec_canary2\n", "whsec_canary2\nwhsec_canary1"),
        // A secret that is already stored becomes the current one.
        ("whsec_canary1", "whsec_canary1\nwhsec_canary2"),
        (
            "\u{feff}{\"a\":\"whsec_canary4\",\"b\":\"whsec_canary3\"}",
            "whsec_canary4\nwhsec_canary3\nwhsec_canary1\nwhsec_canary2",
        ),
    ] {
        let output = set(&[], input).await;
        assert!(output.status.success(), "{output:?}");
        assert_eq!(manager.kept().secret.as_deref(), Some(stored));
    }
    assert!(!folder.path().join("secrets").exists());
    // The stored value is invalid: it is replaced only if the user asks for it.
    manager.set(Some("not set\nwhsec_canary"));
    let said = error(&set(&[], "whsec_canary5").await, 1);
    for expected in ["secret set getmailer --only --stack", "a line has white space in it"] {
        assert!(said.contains(expected), "{said}");
    }
    assert_eq!(manager.kept().secret.as_deref(), Some("not set\nwhsec_canary"));
    let output = set(&["--only"], "whsec_canary5").await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(manager.kept().secret.as_deref(), Some("whsec_canary5"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_secret_is_not_stored() {
    let folder = TempDir::new().unwrap();
    for (input, expected) in [
        ("", "no signing secret was given"),
        (" \n", "no signing secret was given"),
        ("canary", "a line is shorter than 8 bytes"),
        ("changeme", "a line is a placeholder, such as changeme"),
        ("# canary\nwhsec_canary", "a line has white space in it"),
        ("\"whsec_canary", "a line has a quote, a brace, a bracket or a # in it"),
        ("whsec_canar\u{fd}", "a line has a control character or one that is not ASCII in it"),
        ("{\"a\":null}", "its JSON has a value that is not a string"),
        (&"canary\n".repeat(10_000), "more than 65536 bytes"),
    ] {
        let said = error(&given(set(&folder, &[]), input).await, 1);
        assert!(said.contains(expected), "{said}");
        assert!(!folder.path().join("secrets/getmailer").exists());
    }
    // No argument accepts a secret.
    assert_eq!(given(set(&folder, &["whsec_argument"]), "").await.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_for_the_urls_is_random_and_fits_into_a_path() {
    let folder = TempDir::new().unwrap();
    let mut secrets = Vec::new();
    for _ in 0..2 {
        let output = given(tool::command(folder.path(), &["secret", "path"]), "").await;
        secrets.push(stdout(&output).trim_end().to_owned());
    }
    assert_ne!(secrets[0], secrets[1]);
    // The pattern of the stack's parameter PathSecret.
    for secret in secrets {
        assert!((16..=128).contains(&secret.len()), "{secret}");
        assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{secret}");
    }
}
