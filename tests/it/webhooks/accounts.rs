//! Several accounts of one provider that post to one receiver: each rotation removes the secret that it replaced.

use mailhooks_tests::provider_api::ProviderApi;
use mailhooks_tests::sign::with_secret;
use mailhooks_tests::tool::Dev;
use normalization::ProviderName::{Emailit, Jasni, JetEmail};
use serde_json::json;

use super::{Stage, id};

/// Starts a second account of the provider, whose ids and secrets differ from the first.
async fn another(stage: &Stage) -> ProviderApi {
    let api = ProviderApi::start(stage.provider).await;
    api.account(|account| account.made = 100);
    api
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_of_one_account_keeps_the_secret_of_another() {
    for provider in [JetEmail, Emailit] {
        let mut stage = Stage::start(provider).await;
        let first = stage.create().await;
        let mut other = another(&stage).await;
        std::mem::swap(&mut stage.api, &mut other);
        let second = stage.create().await;
        let of_second = stage.api.secret(&second);
        std::mem::swap(&mut stage.api, &mut other);
        let of_first = stage.api.secret(&first);
        assert_eq!(stage.kept(), [of_second.clone(), of_first.clone()]);
        let rotated = stage.json("rotate", &[&first]).await;
        let new = stage.api.secret(rotated["id"].as_str().unwrap());
        assert_eq!(stage.kept(), [&new, &of_second, &of_first].map(String::as_str));
        let [old] = rotated["old_fingerprints"].as_array().unwrap().as_slice() else { panic!("{rotated}") };
        stage.good("rotate", &["--finish", old.as_str().unwrap(), "--yes"]).await;
        assert_eq!(stage.kept(), [new, of_second]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_rotations_at_once_each_remove_their_own() {
    let stage = Stage::start(Emailit).await;
    let ids = [stage.create().await, {
        let made = stage.json("create", &["--url", &stage.url(), "--name", "another"]).await;
        id(&made)
    }];
    let mut old = Vec::new();
    for id in &ids {
        let rotated = stage.json("rotate", &[id]).await;
        old.push(rotated["old_fingerprints"][0].as_str().unwrap().to_owned());
    }
    assert_eq!(stage.kept().len(), 4);
    for one in &old {
        stage.good("rotate", &["--finish", one, "--yes"]).await;
    }
    assert_eq!(stage.kept(), [&ids[1], &ids[0]].map(|id| stage.api.secret(id)));
    let said = stage.bad("rotate", &["--finish", &old[0], "--yes"]).await;
    assert!(said.contains(&format!("no secret with the fingerprint {}", old[0])), "{said}");
    assert_eq!(stage.kept().len(), 2);
}

/// Jasni does not reveal which of two secrets the webhook signed with.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_secret_that_is_not_known_is_left_to_the_user() {
    let stage = Stage::start(Jasni).await;
    let old = stage.create().await;
    let of_old = stage.fingerprints().await.remove(0);
    let said = stage.good("create", &["--url", &stage.url()]).await;
    let of_other = stage.fingerprints().await.remove(0);
    assert!(said.contains(&of_other), "create shows the fingerprint: {said}");
    let said = stage.good("rotate", &[&old]).await;
    assert!(said.contains(&format!("one of {of_other}, {of_old}")), "{said}");
    assert!(said.contains("--finish FINGERPRINT"), "{said}");
    assert_eq!(stage.kept().len(), 3);
    stage.good("rotate", &["--finish", &of_old, "--yes"]).await;
    assert_eq!(stage.fingerprints().await.pop().unwrap(), of_other);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_only_secret_is_never_removed() {
    let stage = Stage::start(JetEmail).await;
    stage.create().await;
    let only = stage.fingerprints().await.remove(0);
    let said = stage.bad("rotate", &["--finish", &only, "--yes"]).await;
    assert!(said.contains("the only secret"), "{said}");
    assert_eq!(stage.kept().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_secret_that_was_not_stored_needs_no_removal() {
    let stage = Stage::start(JetEmail).await;
    let first = stage.create().await;
    stage.api.account(|account| account.webhooks[0].insert("secret".to_owned(), json!("whsec_elsewhere")));
    let said = stage.good("rotate", &[&first]).await;
    assert!(!said.contains("--finish"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_receiver_takes_the_webhooks_of_two_accounts() {
    let mut stage = Stage::start(Emailit).await;
    let first = stage.create().await;
    let of_first = stage.api.secret(&first);
    let mut other = another(&stage).await;
    std::mem::swap(&mut stage.api, &mut other);
    let second = stage.create().await;
    let of_second = stage.api.secret(&second);
    let dev = Dev::start(stage.folder.path());
    for (secret, event) in [(&of_first, "evt_first"), (&of_second, "evt_second")] {
        let body = format!(
            r#"[{{"event_id":"{event}","type":"email.delivered","data":{{"object":{{"id":"em_1"}}}}}}]"#
        );
        let headers = with_secret(Emailit, secret, body.as_bytes(), ingestion::clock::now());
        let (status, answer) = dev.post(Emailit, &headers, body.as_bytes());
        assert_eq!(status, 200, "{answer:?}");
    }
}
