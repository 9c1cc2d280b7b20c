//! `mailhooks send`: which sample is sent, with which ids and values; its answer; many webhooks, duplicates, and tampering.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use axum::Router;
use ingestion::clock;
use jiff::SignedDuration;
use mailhooks_tests::files;
use mailhooks_tests::server::Server;
use mailhooks_tests::terminal::show_in;
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
fn a_sample_is_new_each_time_unless_its_own_ids_are_wanted() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    let send = |arguments: &[&str]| lines(data, &[&["send"], arguments].concat()).remove(0);
    // Jasni's events have no ids; the second sample is about two recipients, and the third is in a batch.
    for [provider, case] in [
        ["jetemail", "outbound-bounced"],
        ["jasni", "email-deleted"],
        ["getmailer", "email-bounced-several-recipients"],
        ["emailit", "batch-of-100"],
    ] {
        let recorded = |more: &[&str]| {
            let answer = send(&[&[provider, case], more].concat());
            (answer["body"]["recorded"] != 0, answer["events"][0]["id"].as_str().unwrap().to_owned())
        };
        let ids: BTreeSet<_> = (0..3).map(|_| recorded(&[])).collect();
        assert!(ids.len() == 3 && ids.iter().all(|(is_new, _)| *is_new), "{provider} {case}: {ids:?}");
        let (first, second) = (recorded(&["--same-ids"]), recorded(&["--same-ids"]));
        assert!(first.0 && !second.0 && first.1 == second.1, "{provider} {case}: {first:?} {second:?}");
    }
    let same = run(data, &["send", "jetemail", "body-array"]);
    assert!(same.status.success());
    assert!(tool::stderr(&same, 0).contains("the sample body-array cannot be replaced"), "{same:?}");
}

#[test]
fn the_provider_s_event_type_names_the_first_sample_that_documents_it() {
    let nothing = &Folder::default();
    for &provider in ProviderName::ALL {
        let mut seen = BTreeSet::new();
        let mut samples: Vec<_> = files::all_accepted(provider).collect();
        samples.sort_by(|one, other| one.name.cmp(&other.name));
        for sample in samples {
            let Some(word) = sample.documents.as_deref().filter(|word| seen.insert((*word).to_owned()))
            else {
                continue;
            };
            let shown = run(nothing, &["send", provider.as_str(), word, "--same-ids", "--show"]);
            assert_eq!(shown.stdout, sample.body, "{provider} {word}");
        }
        assert!(seen.len() > 5, "{provider}");
    }
    for (case, suggested) in [
        ("outbound.bouncd", "similar names are outbound.bounced, "),
        ("virus", "similar names are outbound-virus, outbound.virus, "),
        ("zzz", "type zzz: `"),
    ] {
        let said = stderr(nothing, &["send", "jetemail", case], 1);
        assert!(said.contains(suggested) && said.contains("send jetemail` lists all samples"), "{said}");
    }
}

#[test]
fn documented_samples_are_listed_first_and_malformed_ones_last() {
    let nothing = &Folder::default();
    for &provider in ProviderName::ALL {
        let all = lines(nothing, &["send", provider.as_str()]);
        assert_eq!(all.len(), files::all_accepted(provider).count(), "{provider}");
        let groups: Vec<&str> = all.iter().map(|sample| sample["group"].as_str().unwrap()).collect();
        let mut changes = groups.clone();
        changes.dedup();
        assert_eq!(changes, ["documented", "variant", "odd"], "{provider}");
        let words: Vec<&str> = all.iter().map_while(|sample| sample["documents"].as_str()).collect();
        assert!(
            words.is_sorted() && words.len() == groups.iter().filter(|one| **one == "documented").count()
        );
        let screen = show_in(80, command(nothing, &["send", provider.as_str()])).text();
        let place = |text: &str| screen.find(text).unwrap_or_else(|| panic!("{text} in {screen}"));
        let odd = format!("\n{} ", all.last().unwrap()["case"].as_str().unwrap());
        let malformed = place("Unusual and malformed requests:");
        assert!(place(words[0]) < place("Other forms of these events:") && malformed < place(&odd));
    }
}

#[test]
fn the_body_is_shown_exactly_and_not_sent() {
    let nothing = &Folder::default();
    let show = |arguments: &[&str]| {
        let shown = run(nothing, &[&["send"], arguments, &["--show"]].concat());
        assert!(shown.status.success(), "{shown:?}");
        shown.stdout
    };
    let sample =
        files::all_accepted(ProviderName::JetEmail).find(|one| one.name == "outbound-bounced").unwrap();
    let body = String::from_utf8(sample.body).unwrap();
    let id = "evt_93f4768d6a18";
    let shown = String::from_utf8(show(&["jetemail", "outbound-bounced", "--set", "id=evt_mine"])).unwrap();
    let before = &body[..body.find(id).unwrap()];
    assert!(shown.starts_with(&format!("{before}evt_mine\",")), "{shown}");
    assert_ne!(show(&["jetemail", "outbound-bounced"]), body.as_bytes());
    let file = nothing.join("body");
    std::fs::write(&file, b" {\"id\": \xff}\r\n").unwrap();
    assert_eq!(show(&["jetemail", "--file", file.to_str().unwrap()]), b" {\"id\": \xff}\r\n");
    for wrong in [&["--show"][..], &["outbound-bounced", "--show", "--count", "2"], &["--same-ids"]] {
        stderr(nothing, &[&["send", "jetemail"], wrong].concat(), 2);
    }
}

#[test]
fn the_answer_names_the_events_and_the_command_that_shows_them() {
    let data = &Folder::default();
    let dev = Dev::start(data);
    for ([provider, case], types) in [
        (["jetemail", "outbound.bounced"], "email.bounced"),
        (["jasni", "email-sent-two-recipients"], "email.sent email.sent"),
        (["jasni", "email.received"], "inbound.received"),
        (["getmailer", "domain.verified"], "domain.verified"),
        (["emailit", "audience.created"], "unknown"),
        (["emailit", "batch-mixed"], "email.queued email.delivered inbound.received"),
    ] {
        // Without this variable, which cargo sets, the command names the program itself.
        let said = stdout(&command(data, &["send", provider, case]).env_remove("CARGO").output().unwrap());
        let next = said.lines().last().unwrap().strip_prefix("next: ").unwrap();
        let shown = Command::new("sh").args(["-c", &format!("{next} --json")]).output().unwrap();
        let shown: Vec<Value> =
            stdout(&shown).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let named: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("recorded: ")).collect();
        let named: Vec<_> = named.iter().map(|line| line.split_once(' ').unwrap()).collect();
        let found: Vec<_> = named.iter().map(|(name, _)| *name).collect();
        assert_eq!(found.join(" "), types, "{said}");
        for (_, id) in named {
            assert!(shown.iter().any(|event| event["id"] == id), "{id} by {next}");
        }
    }
    let url = format!("{}/webhooks/jetemail", dev.url);
    let elsewhere = stdout(&run(data, &["send", "jetemail", "outbound-bounced", "--url", &url]));
    assert!(elsewhere.contains("recorded: email.bounced") && !elsewhere.contains("next"), "{elsewhere}");
    let many = stdout(&run(data, &["send", "emailit", "batch-of-100"]));
    assert!(many.contains("\nand 95 more\nnext: "), "{many}");
}

#[test]
fn many_are_sent_each_as_a_new_one() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    let send = ["send", "getmailer", "email-bounced", "--count", "12", "--rate", "10"];
    let started = clock::now();
    let printed = lines(data, &send);
    // A slow machine can only take longer.
    assert!(clock::now().duration_since(started) >= SignedDuration::from_millis(1_000));
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
        let url = format!("{}/elsewhere?key=hidden", dev.url);
        let said = stderr(data, &[&send[..], &["--url", &url]].concat(), 1);
        assert!(said.contains("/elsewhere answered 404: expected a rejection with"), "{said}");
        let json = run(data, &[&send[..], &["--url", &url, "--json"]].concat());
        assert!(!said.contains("hidden") && !stdout(&json).contains("hidden"), "{said}");
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
