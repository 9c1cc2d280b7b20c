//! No secret in a provider's answer is ever printed, by any command or error, in text or in JSON.

use mailhooks_tests::provider_api::KEY;
use mailhooks_tests::tool::stdout;
use normalization::ProviderName::{Emailit, Jasni, JetEmail};
use serde_json::{Value, json};

use super::{Stage, run};

/// A part of every secret.
const CANARY: &str = "zqcanary";

/// A webhook or an error as a provider might return it: secrets at many depths, in many spellings.
fn answer() -> Value {
    let request = json!({"headers": {"Authorization": format!("Bearer {KEY}"), "X-Custom": CANARY.len()},
                         "signingSecret": CANARY});
    json!({
        "id": "wh_1",
        "uuid": "wh_1",
        "name": format!("made with {KEY}"),
        "url": format!("https://tunnel.example.com/webhooks/x?token={CANARY}"),
        "events": ["email.bounced"],
        "enabled": true,
        "secret": format!("whsec_{CANARY}"),
        "signing_secret": CANARY,
        "config": {"auth": [{"apiKey": CANARY, "note": format!("whsec_{CANARY}/+-{CANARY}=")}]},
        "headers": [{"name": "Authorization", "value": CANARY}, ["X-Api-Key", CANARY]],
        "webhook_auth_header": CANARY,
        "smtp": {"password": CANARY, "access_token": {"value": CANARY}},
        "request": request.to_string(),
        "log": format!("POST / Authorization: Digest {CANARY} {CANARY}"),
        "response": {"status": 200, KEY: KEY},
    })
}

/// The object as the answer, also nested where the providers put it.
fn wrapped(answer: &Value) -> [Value; 3] {
    [answer.clone(), json!({"webhook": answer}), json!({"success": true, "data": {"webhook": answer}})]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_prints_a_secret_of_an_answer() {
    let stage = Stage::start(Emailit).await;
    for answer in wrapped(&answer()) {
        for (verb, arguments, expected) in [
            ("get", &["wh_1"][..], "tunnel.example.com"),
            ("update", &["wh_1", "--status=enabled"], "tunnel.example.com"),
            ("create", &["--url=https://tunnel.example.com/webhooks/emailit"], "wh_1"),
            ("test", &["wh_1"], "status"),
            ("rotate", &["wh_1"], "wh_1"),
        ] {
            for more in [&[][..], &["--json"]] {
                // A rotation reads the webhook first.
                for _ in 0..=usize::from(verb == "rotate") {
                    stage.api.next(200, &[], &answer.to_string());
                }
                let said = stage.good(verb, &[arguments, more].concat()).await;
                assert!(said.contains(expected), "{verb}: {said}");
                assert!(!said.contains(CANARY), "{verb}: {said}");
            }
        }
    }
    for more in [&[][..], &["--json"]] {
        let list = json!({"data": [answer(), answer()]});
        stage.api.next(200, &[], &list.to_string());
        let said = stage.good("list", more).await;
        assert!(said.contains("wh_1") && !said.contains(CANARY), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_secret_that_was_asked_for_is_the_only_one_that_is_shown() {
    let stage = Stage::start(JetEmail).await;
    stage.api.next(200, &[], &answer().to_string());
    let shown = stage.json("get", &["wh_1", "--show-secret"]).await;
    assert_eq!(shown["secret"], format!("whsec_{CANARY}"));
    assert_eq!(shown.to_string().matches(CANARY).count(), 1, "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_error_prints_a_secret_of_an_answer() {
    let page = format!(
        "<html>{}Authorization: Bearer {KEY}\nCookie: session={CANARY}\nsecret={CANARY}&x=1</html>",
        "x".repeat(240)
    );
    for provider in [JetEmail, Jasni, Emailit] {
        for status in [400, 401, 403, 404, 422, 429, 500] {
            for body in [
                answer().to_string(),
                json!({"error": answer()}).to_string(),
                json!({"message": format!("no key {KEY}, whsec_{CANARY}"), "errors": answer()}).to_string(),
                json!([answer()]).to_string(),
                page.clone(),
            ] {
                let stage = Stage::start(provider).await;
                // If a body says how long to wait, the tool would wait.
                let wait = [("retry-after", "86400")];
                for more in [&[][..], &["--json"]] {
                    stage.api.next(status, &wait, &body);
                    let said = stage.bad("delete", &[&["wh_1", "--yes"], more].concat()).await;
                    assert!(said.contains(&status.to_string()), "{said}");
                    assert!(!said.contains(CANARY), "{said}");
                    assert!(!said.contains(&KEY[..12]), "the start of the key: {said}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_secret_is_stored_and_not_told() {
    for provider in [JetEmail, Jasni, Emailit] {
        let stage = Stage::start(provider).await;
        let url = stage.url();
        for more in [&[][..], &["--json"]] {
            let name = if provider == Jasni { "--description" } else { "--name" };
            let number = format!("no {}", more.len());
            let create = [&["--url", &url, name, &number], more].concat();
            let said = stage.good("create", &create).await;
            assert!(stage.kept().iter().all(|secret| !said.contains(secret.as_str())), "{said}");
        }
        let output = run(stage.command("list", &["--json"])).await;
        assert_eq!(stdout(&output).lines().count(), 2, "{output:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_provider_gives_that_is_no_secret_is_not_stored() {
    for secret in ["replace-me", "with blanks", "x1y2z3", "{\"a\":1}"] {
        let stage = Stage::start(Emailit).await;
        let made = json!({"id": "wh_1", "url": stage.url(), "secret": secret});
        stage.api.next(201, &[], &made.to_string());
        let said = stage.bad("create", &["--url", &stage.url()]).await;
        assert!(said.contains("could not be stored in"), "{said}");
        assert!(said.contains("the signing secret is unusable: "), "{said}");
        assert!(!said.contains(secret), "{said}");
        assert!(!stage.folder.path().join("secrets/emailit").exists());
    }
}
