//! Differing secrets, duplicate webhooks, alarms, and a signed sample.

use mailhooks_tests::cloudformation::STACK;
use mailhooks_tests::facts::facts;
use mailhooks_tests::files;
use mailhooks_tests::tool::Folder;

use super::*;

/// A webhook of Emailit with this secret.
fn of_emailit(id: &str, url: &str, secret: &str) -> Value {
    json!({"id": id, "url": url, "enabled": true, "all_events": true, "secret": secret})
}

/// The findings of doctor with this API.
async fn found(deployed: &Deployed, api: &ProviderApi) -> Findings {
    let folder = TempDir::new().unwrap();
    let found = findings(asking(doctor(deployed, &folder), &[api])).await;
    let said = format!("{found:?}");
    assert!(!said.contains("whsec_") && !said.contains(KEY), "{said}");
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_is_not_the_provider_s_is_found() {
    let deployed = Deployed::receiving(&[("Emailit", Emailit, SECRET_ID)]).await;
    let url = deployed.stack.webhook_url(Emailit);
    let ours = "whsec_the-one-that-is-stored";
    deployed.secrets_manager.set(Some(&format!("{ours}\nwhsec_an-older-one")));
    for (secret, expected, said) in [
        (ours, "good", "accepts Emailit's signing secret"),
        ("whsec_an-older-one", "good", "accepts"),
        ("whsec_another", "wrong", "does not accept the secret of Emailit's webhook wh_1"),
        ("whsec_the-one-that-is-store", "wrong", "webhooks rotate emailit wh_1 --stack"),
        ("whsec_the-****", "warning", "does not reveal the secret of wh_1"),
        ("", "warning", "does not reveal"),
    ] {
        let api = api(Emailit, &[of_emailit("wh_1", &url, secret)]).await;
        let found = found(&deployed, &api).await;
        let (verdict, text) = verdict(&found, "signing emailit");
        assert_eq!(verdict, expected, "{secret}: {text}");
        assert!(text.contains(said), "{text}");
        assert_eq!(super::verdict(&found, "secret emailit").0, "good");
        assert!(api.calls().iter().all(|call| call.line.starts_with("GET ")));
    }
    // The secret of a disabled webhook, or of one with another URL, is not compared.
    let mut disabled = of_emailit("wh_1", &url, "whsec_another");
    disabled["enabled"] = false.into();
    let elsewhere = of_emailit("wh_2", "https://example.com/hook", "whsec_another");
    let api = api(Emailit, &[disabled, elsewhere]).await;
    assert!(!found(&deployed, &api).await.contains_key("signing emailit"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_webhooks_for_one_url_are_listed() {
    let deployed = Deployed::start().await;
    let url = deployed.stack.webhook_url(JetEmail);
    let one = |id, url: &str, status| of_jetemail(id, url, status, &TYPES);
    let slash = format!("{url}/");
    let api = api(
        JetEmail,
        &[
            one("w-1", &url, "enabled"),
            one("w-2", &slash, "enabled"),
            one("w-3", &url, "disabled"),
            one("w-4", "https://example.com/webhooks/jetemail", "enabled"),
        ],
    )
    .await;
    let found = found(&deployed, &api).await;
    let (warned, said) = verdict(&found, "webhooks jetemail");
    assert_eq!(warned, "warning");
    assert!(said.contains("w-1, w-2 are enabled for"), "{said}");
    assert!(said.contains("webhooks delete jetemail w-2 --stack"), "{said}");
    assert_says(&found, "signing jetemail", "warning", "w-1, w-2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alarms_that_are_on_are_listed() {
    let deployed = Deployed::start().await;
    let folder = TempDir::new().unwrap();
    let look = || findings(doctor(&deployed, &folder));
    let (warned, said) = (look().await["alarms"].clone().0, "the stack has no alarms");
    assert_eq!(warned, "warning", "{said}");
    let alarm = |name: &str, state| {
        let says = format!("What {name} means, and what to do.");
        deployed.cloudwatch.alarm(name, state, &says);
    };
    alarm(&format!("{STACK} unannounced"), "OK");
    alarm(&format!("{STACK} jasni silence"), "INSUFFICIENT_DATA");
    alarm(&format!("{STACK}-of-others unannounced"), "ALARM");
    let found = look().await;
    let (good, said) = verdict(&found, "alarms");
    assert_eq!((good, said), ("good", "none of 2 is in ALARM → "));
    for name in ["jetemail refused", "redrive errors"] {
        alarm(&format!("{STACK} {name}"), "ALARM");
    }
    let found = look().await;
    for name in ["jetemail refused", "redrive errors"] {
        let (wrong, said) = verdict(&found, &format!("alarm {STACK} {name}"));
        let expected =
            format!("in ALARM since 2026-11-01T08:00:00Z → What {STACK} {name} means, and what to do.");
        assert_eq!((wrong, said), ("wrong", expected.as_str()));
    }
    assert_eq!(found.keys().filter(|name| name.starts_with("alarm")).count(), 2);
    deployed.cloudwatch.hide_alarms();
    assert_says(&look().await, "alarms", "warning", "cloudwatch:DescribeAlarms");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_sample_is_posted_and_kept_once() {
    let all = ProviderName::ALL.iter().map(|name| (facts(*name).name.as_str(), *name, SECRET_ID));
    let deployed = Deployed::receiving(&all.collect::<Vec<_>>()).await;
    let folder = TempDir::new().unwrap();
    let post = || {
        let mut command = doctor(&deployed, &folder);
        command.arg("--post");
        findings(command)
    };
    for expected in ["accepted and recorded", "an earlier --post"] {
        let found = post().await;
        for provider in ProviderName::ALL {
            let (good, said) = verdict(&found, &format!("post {provider}"));
            assert!(good == "good" && said.contains(expected), "{provider}: {said}");
        }
    }
    let mut events = deployed.tool(folder.path(), &["--json", "events"]);
    let events = tool::stdout(&tokio::task::spawn_blocking(move || events.output().unwrap()).await.unwrap());
    assert_eq!(events.lines().count(), ProviderName::ALL.len(), "{events}");
    for event in events.lines() {
        let event: Value = serde_json::from_str(event).unwrap();
        assert_eq!(event["data"]["action"], "none");
        assert_eq!(event["data"]["message"]["id"], "mailhooks-doctor");
        assert_eq!(event["data"]["recipient"], "doctor@mailhooks.invalid");
    }
    // The answer is not an event of the provider.
    for hours in [0, 1] {
        count(&deployed, "Recorded", JetEmail, hours, 1.0);
    }
    count(&deployed, "Refused", JetEmail, 1, 3.0);
    let hour = clock::now() - SignedDuration::from_mins(30);
    deployed.cloudwatch.count("Recorded", GetMailer, hour, 1.0);
    deployed.cloudwatch.count("Refused", GetMailer, hour, 3.0);
    let found = findings(doctor(&deployed, &folder)).await;
    let (jetemail, said) = verdict(&found, "events jetemail");
    assert_eq!(jetemail, "good", "{said}");
    assert_eq!(verdict(&found, "events getmailer").0, "warning");
    assert_says(&found, "refused getmailer", "wrong", "none was recorded");
    assert!(!found.keys().any(|check| check.starts_with("post")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_that_is_refused_is_wrong() {
    let deployed = Deployed::start().await;
    let folder = TempDir::new().unwrap();
    deployed.secrets_manager.set(Some("whsec_not-the-one-of-the-receivers"));
    let mut command = doctor(&deployed, &folder);
    command.arg("--post");
    let found = findings(command).await;
    for (check, expected) in [
        ("post jetemail", "answers 503 to a signed sample → its secret differs"),
        ("post getmailer", "answers 401 to a signed sample → its secret differs"),
    ] {
        assert_says(&found, check, "wrong", expected);
    }
    assert!(!found.contains_key("post jasni"), "it has no secret");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_local_stack_gets_a_sample_and_has_received_nothing() {
    let data = &Folder::default();
    let nobody = || findings(tool::command(data, &["--json", "doctor", "--post"]));
    assert_eq!(verdict(&nobody().await, "post").0, "wrong");
    let dev = Dev::start(data);
    let doctor = |more: &[&str]| tool::command(data, &[&["--json", "doctor"], more].concat());
    let first = findings(doctor(&["--post"])).await;
    let second = findings(doctor(&["--post"])).await;
    for provider in ProviderName::ALL {
        for found in [&first, &second] {
            assert_eq!(verdict(found, &format!("post {provider}")).0, "good");
            assert_eq!(verdict(found, &format!("refused {provider}")).0, "good");
        }
        let (warned, said) = verdict(&second, &format!("events {provider}"));
        assert!(warned == "warning" && said.contains("no event was received"), "{said}");
    }
    let (tunnel, secret) = ("https://tunnel.example.com/webhooks/emailit", tool::secret(data, Emailit));
    dev.watch.secret(&secret);
    let wrong = of_emailit("wh_1", tunnel, &files::signing_secret(Emailit));
    for (webhook, expected) in [(of_emailit("wh_1", tunnel, &secret), "good"), (wrong, "warning")] {
        let api = api(Emailit, &[webhook]).await;
        assert_eq!(verdict(&findings(asking(doctor(&[]), &[&api])).await, "signing emailit").0, expected);
    }
}
