//! Confirmations before data is lost, warnings on creation, and a failing test webhook.

use mailhooks_tests::provider_api::ProviderApi;
use mailhooks_tests::terminal::{Shown, answer};
use mailhooks_tests::tool::stderr;
use normalization::ProviderName::{Emailit, Jasni, JetEmail};
use serde_json::json;

use super::{Stage, error};

/// Runs the command in a terminal in which the user types this.
async fn typed(stage: &Stage, verb: &str, more: &[&str], typed: &'static str) -> Shown {
    let command = stage.command(verb, more);
    tokio::task::spawn_blocking(move || answer(command, typed)).await.unwrap()
}

/// The standard error of a successful command.
async fn remarks(stage: &Stage, verb: &str, more: &[&str]) -> String {
    stderr(&stage.run(verb, more).await, 0)
}

fn webhooks(api: &ProviderApi) -> usize {
    api.account(|account| account.webhooks.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_is_deleted_after_a_question() {
    for provider in [JetEmail, Jasni, Emailit] {
        let stage = Stage::start(provider).await;
        let id = stage.create().await;
        let said = stage.misused("delete", &[&id]).await;
        assert!(said.contains("--yes"), "{said}");
        for no in ["n\n", "\n", "yea\n"] {
            let shown = typed(&stage, "delete", &[&id], no).await;
            assert_eq!(shown.status.code(), Some(1), "{}", shown.text());
            let question = format!("Delete the webhook {id}, which posts to {}? [y/N]", stage.url());
            assert!(shown.text().contains(&question), "{}", shown.text());
            assert!(shown.text().contains("nothing was changed"));
        }
        assert_eq!(webhooks(&stage.api), 1);
        let shown = typed(&stage, "delete", &[&id], "y\n").await;
        assert!(shown.status.success(), "{}", shown.text());
        assert_eq!(webhooks(&stage.api), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_goes_away_after_a_question_that_names_who_needs_it() {
    for provider in [JetEmail, Emailit] {
        let stage = Stage::start(provider).await;
        let url = stage.url();
        let old = stage.create().await;
        let new = super::id(&stage.json("create", &["--url", &url, "--name", "another"]).await);
        let disabled = ["--url", &url, "--name", "third", "--status", "disabled"];
        let third = super::id(&stage.json("create", &disabled).await);
        let secrets = [&third, &new, &old].map(|id| stage.api.secret(id));
        assert_eq!(stage.kept(), secrets);
        let [of_third, of_new, of_old] = <[String; 3]>::try_from(stage.fingerprints().await).unwrap();
        stage.api.calls();
        let said = stage.misused("rotate", &["--finish", &of_old]).await;
        assert!(said.contains("--yes"), "{said}");
        // The terminal wraps the sentences.
        let finish = ["--finish", of_old.as_str()];
        let shown = typed(&stage, "rotate", &finish, "n\n").await.text().replace("\n    ", " ");
        assert!(shown.contains(&format!("Remove the secret {of_old} from")), "{shown}");
        let warning = shown.lines().find(|line| line.starts_with("warning: "));
        let warning = warning.unwrap_or_else(|| panic!("{shown}"));
        assert!(
            warning.contains(&old) && ![&new, &third].iter().any(|id| warning.contains(*id)),
            "{warning}"
        );
        assert_eq!(stage.kept(), secrets, "nothing was changed");
        let said = remarks(&stage, "rotate", &["--finish", &of_third, "--yes"]).await;
        assert_eq!(said, "", "a disabled webhook loses nothing");
        let mut blind = stage.command("rotate", &["--finish", &of_new, "--yes", "--json"]);
        let variable = format!("{}_API_KEY", provider.as_str().to_uppercase());
        blind.env_remove(&variable);
        let said = String::from_utf8(super::run(blind).await.stderr).unwrap();
        assert!(said.contains("cannot check which webhooks") && said.contains(&variable), "{said}");
        assert_eq!(stage.kept(), secrets[2..]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_with_the_current_secret_loses_nothing() {
    let stage = Stage::start(Emailit).await;
    stage.good("rotate", &[&stage.create().await]).await;
    let old = stage.fingerprints().await.pop().unwrap();
    assert_eq!(remarks(&stage, "rotate", &["--finish", &old, "--yes"]).await, "");
    // Jasni does not show a secret after the webhook is created.
    let stage = Stage::start(Jasni).await;
    let old = stage.create().await;
    let new = stage.create().await;
    let of_old = stage.fingerprints().await.pop().unwrap();
    let said = remarks(&stage, "rotate", &["--finish", &of_old, "--yes"]).await;
    assert!(
        said.contains("does not reveal which secret") && said.contains(&old) && said.contains(&new),
        "{said}"
    );
    assert_eq!(stage.kept(), [stage.api.secret(&new)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_can_hardly_be_meant_is_made_with_a_warning() {
    let stage = Stage::start(JetEmail).await;
    for url in [
        "http://127.0.0.1:8787/webhooks/jetemail",
        "http://localhost/webhooks/jetemail",
        "https://192.168.1.7/webhooks/jetemail",
    ] {
        let said = remarks(&stage, "create", &["--url", url]).await;
        assert!(said.contains(&format!("cannot reach {url}")), "{said}");
    }
    let public = stage.url();
    assert_eq!(remarks(&stage, "create", &["--url", &public]).await, "", "the others post elsewhere");
    let first = stage.api.account(|account| super::id(&json!(account.webhooks[3])));
    let said = remarks(&stage, "update", &[&first, "--url", "https://[::1]/webhooks/jetemail"]).await;
    assert!(said.contains("cannot reach https://[::1]/"), "{said}");
    stage.good("update", &[&first, "--url", &public]).await;
    let slash = format!("{public}/");
    let said = remarks(&stage, "create", &["--url", &slash]).await;
    assert!(said.contains(&format!("warning: {first} posts to")) && said.contains("comes twice"), "{said}");
    stage.good("update", &[&first, "--status", "disabled"]).await;
    let second = stage.api.account(|account| super::id(&json!(account.webhooks[4])));
    let said = remarks(&stage, "create", &["--url", &public]).await;
    assert!(said.contains(&second) && !said.contains(&first), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_is_taken_names_the_option() {
    let stage = Stage::start(Emailit).await;
    stage.create().await;
    let url = stage.url();
    let said = stage.bad("create", &["--url", &url]).await;
    assert!(said.contains("choose one with --name"), "{said}");
    let said = remarks(&stage, "create", &["--url", &url, "--name", "other"]).await;
    assert!(said.contains("comes twice"), "{said}");
    let typo = ["--url", &url, "--name", "third", "--event", "email.bouncd,w:*"];
    let said = remarks(&stage, "create", &typo).await;
    assert!(said.contains("documents no type email.bouncd") && !said.contains("no type w:*"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_that_fails_fails_the_command() {
    let stage = Stage::start(Emailit).await;
    let id = stage.create().await;
    for (answer, expected) in [
        (
            json!({"success": true, "status": 401, "response": "{\"error\":\"not authenticated\"}"}),
            "the receiver answered 401",
        ),
        (json!({"success": false, "status": 200}), "success: false"),
        (json!({"data": {"response": {"status_code": 503}}}), "answered 503"),
        (json!({"success": false, "error": "Connection refused"}), "Emailit reports that the test failed"),
    ] {
        for json in [&[][..], &["--json"]] {
            stage.api.next(200, &[], &answer.to_string());
            let output = stage.run("test", &[&[id.as_str()], json].concat()).await;
            let said = error(&output, 1);
            assert!(said.contains(expected), "{answer}: {said}");
            assert!(!output.stdout.is_empty(), "the answer is shown");
        }
    }
    stage.api.next(200, &[], r#"{"queued":"yes"}"#);
    let said = remarks(&stage, "test", &[&id]).await;
    assert!(said.contains("does not report the receiver's status"), "{said}");
    assert_eq!(remarks(&stage, "test", &[&id]).await, "");
}
