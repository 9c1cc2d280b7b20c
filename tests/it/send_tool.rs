//! `mailhooks send` beyond one sample: changed values, many webhooks, duplicates, and tampering.

use std::collections::BTreeSet;
use std::path::Path;

use axum::Router;
use mailhooks_tests::files;
use mailhooks_tests::server::Server;
use mailhooks_tests::tool::{self, Dev, Folder, announced_on, command, lines, run, stdout};
use normalization::ProviderName;
use serde_json::Value;
use tempfile::TempDir;

fn stderr(data: &Path, arguments: &[&str], status: i32) -> String {
    tool::stderr(&run(data, arguments), status)
}

#[test]
fn a_sample_is_sent_with_other_values() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    let overrides = [
        "[0].event_id=evt_other",
        "[0].data.object.to=grace@example.com",
        "[0].data.object.meta={\"order\": 12}",
    ];
    let overrides = overrides.iter().flat_map(|over| ["--set", over]);
    let send: Vec<_> = ["send", "emailit", "email-bounced"].into_iter().chain(overrides).collect();
    assert_eq!(lines(data, &send)[0]["body"]["recorded"], 1);
    let event = &lines(data, &["events", "--id", "emailit:evt_other"])[0];
    assert_eq!(event["data"]["recipient"], "grace@example.com");
    assert_eq!(event["data"]["message"]["metadata"]["order"], 12);
    let said = stderr(data, &["send", "jetemail", "outbound-bounced", "--set", "data.no.such=1"], 1);
    assert_eq!(said, "error: --set data.no.such: no such path: data.no\n");
    stderr(data, &["send", "jetemail", "outbound-bounced", "--set", "data"], 2);
}

#[test]
fn many_are_sent_each_as_a_new_one() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    let send = ["send", "getmailer", "email-bounced", "--count", "12", "--rate", "200"];
    let printed = lines(data, &send);
    let (summary, answers) = printed.split_last().unwrap();
    assert_eq!(answers.len(), 12);
    assert_eq!(summary["kind"], "summary");
    assert_eq!(summary["statuses"]["200"], 12);
    assert_eq!(summary["recorded"], 12);
    let said = stdout(&run(data, &[&send[..], &["--duplicate"]].concat()));
    assert_eq!(said, "24 posts, all answered 200; 12 events recorded, 12 duplicates\n");
    let events = lines(data, &["events", "--limit", "100"]);
    let distinct = |pointer: &str| {
        let values = events.iter().map(|event| event.pointer(pointer).unwrap());
        values.map(Value::to_string).collect::<BTreeSet<_>>().len()
    };
    assert_eq!((distinct("/id"), distinct("/subject")), (24, 24));
    assert_eq!(announced_on(data, "bounces").len(), 24);
}

#[test]
fn what_is_changed_on_the_way_is_refused_and_the_command_says_whether_it_was() {
    let data = &Folder::default();
    let dev = Dev::start(data);
    for &provider in ProviderName::ALL {
        let sample = files::all_accepted(provider).find(|fixture| fixture.documents.is_some()).unwrap();
        let send = ["send", provider.as_str(), &sample.name, "--tamper"];
        assert!(stdout(&run(data, &send)).contains("rejected, as expected"));
        // The URL has no receiver, and its answer does not count as a rejection.
        let url = format!("{}/elsewhere", dev.url);
        let said = stderr(data, &[&send[..], &["--url", &url]].concat(), 1);
        assert!(said.contains("answered 404: expected a rejection with"), "{said}");
    }
    assert!(lines(data, &["events"]).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_takes_everything_as_new_is_found_out() {
    let recorded = r#"{"received":1,"recorded":1,"duplicates":0}"#;
    let server = Server::start(Router::new().fallback(async move || recorded)).await;
    let url = server.endpoint().to_owned();
    let said = tokio::task::spawn_blocking(move || {
        let folder = TempDir::new().unwrap();
        ["--tamper", "--duplicate"].map(|option| {
            let mut command = command(folder.path(), &["send", "jasni", "email-spam", "--url", &url, option]);
            tool::stderr(&command.env("SIGNING_SECRETS_JASNI", "secret").output().unwrap(), 1)
        })
    });
    let [tampered, twice] = said.await.unwrap();
    assert!(tampered.contains("accepted a body that was changed"), "{tampered}");
    assert!(twice.contains("recorded the same webhook a second time"), "{twice}");
}

#[test]
fn what_does_not_succeed_is_counted() {
    let data = &Folder::default();
    let dev = Dev::start(data);
    let elsewhere = format!("{}/elsewhere", dev.url);
    let send = ["send", "jasni", "email-spam", "--count", "3", "--url", &elsewhere];
    let said = stderr(data, &send, 1);
    assert!(said.starts_with("error: 3 of 3 posts failed"), "{said}");
    drop(dev);
    let said = stderr(data, &send, 1);
    assert!(said.contains("the first: cannot post to"), "{said}");
    for arguments in [&["--count", "0"][..], &["--rate", "5"], &["--count", "5", "--rate", "0"]] {
        stderr(data, &[&["send", "jasni", "email-spam"], arguments].concat(), 2);
    }
}

#[test]
fn a_refusal_may_be_the_wrong_secret() {
    let data = &Folder::default();
    let dev = Dev::start(data);
    for (provider, case, expected) in [
        (
            "jetemail",
            "outbound-bounced",
            "answered 503: the provider would send the webhook again, or drop it. The secret may be wrong",
        ),
        ("getmailer", "email-bounced", "The receiver does not accept the secret that signed this"),
    ] {
        let url = format!("{}/webhooks/{provider}", dev.url);
        let variable = format!("SIGNING_SECRETS_{}", provider.to_uppercase());
        let mut send = command(data, &["send", provider, case, "--url", &url]);
        let said = tool::stderr(&send.env(variable, "another-secret").output().unwrap(), 1);
        assert!(said.contains(expected), "{said}");
    }
    // For the other providers 503 does not count as a rejection.
    let nothing = stderr(data, &["send", "jasni", "email-spam", "--url", "http://127.0.0.1:9/"], 1);
    assert!(!nothing.contains("secret"), "{nothing}");
}
