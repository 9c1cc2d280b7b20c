//! `mailhooks forget`: what is erased, what stays, and what does not come back.

use std::collections::HashMap;
use std::path::Path;
use std::process::Output;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::TryStreamExt;
use ingestion::aws::Clients;
use ingestion::store::{Scan, Store, WriteSettings};
use mailhooks_local::{DataFolder, LIST_TABLE, TABLE};
use mailhooks_tests::aws::{Fault, Service};
use mailhooks_tests::testbed::{access, now};
use mailhooks_tests::tool::{self, Dev, Folder, command, lines, run, stderr, stdout};
use mailhooks_tests::{Testbed, deployed};
use normalization::ProviderName::JetEmail;
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

fn post(data: &Path, provider: &str, body: &Value) -> Value {
    let file = data.join("body");
    std::fs::write(&file, body.to_string()).unwrap();
    lines(data, &["send", provider, "--file", file.to_str().unwrap()]).remove(0)
}

fn of_jetemail(id: &str, word: &str, data: &Value) -> Value {
    json!({"id": id, "type": word, "created_at": 1_790_846_040, "data": data})
}

/// Events about Ada, about mail to her and Bob, about mail from her, and about others.
fn events() -> Vec<(&'static str, Value)> {
    let mail =
        |id: &str, word: &str, to: &str| ("jetemail", of_jetemail(id, word, &json!({"uid": "m1", "to": to})));
    let shared =
        json!({"emailId": "g1", "from": "s@x.example", "to": [ADA, "bob@example.com"], "subject": "s"});
    let shared = json!({"id": "evt_g", "type": "email.delivered", "timestamp": "2026-10-01T10:00:00Z", "data": shared});
    let to_bob = json!({"uid": "m3", "to": "bob@example.com"});
    vec![
        mail("evt_1", "outbound.delivered", ADA),
        ("jetemail", of_jetemail("evt_2", "outbound.complaint", &json!({"uid": "m1", "to": ADA}))),
        ("jetemail", of_jetemail("evt_3", "outbound.opened", &json!({"uid": "m1", "recipient_note": ADA}))),
        ("getmailer", shared),
        (
            "jetemail",
            of_jetemail(
                "evt_4",
                "inbound.received",
                &json!({"uid": "m2", "from": ADA, "to": "us@x.example"}),
            ),
        ),
        ("jetemail", of_jetemail("evt_5", "outbound.delivered", &to_bob)),
    ]
}

/// A client of the running local stack.
fn client(data: &Path) -> Client {
    let running = DataFolder::open(data).unwrap().running().unwrap().unwrap();
    let mut access = access(&running.dynamodb, &running.sns);
    access.access_key_id = running.token.text().to_owned().into();
    Clients::new(&access).dynamodb
}

type Item = HashMap<String, AttributeValue>;

async fn items(client: &Client, table: &str) -> Vec<Item> {
    client.scan().table_name(table).into_paginator().items().send().try_collect().await.unwrap()
}

/// How many events name the address, raw payloads included, and how many other items of both tables do.
async fn naming_ada(data: &Path) -> (usize, usize) {
    let client = client(data);
    let store = Store::new(client.clone(), TABLE, WriteSettings::default());
    let pages: Vec<_> = store.pages(Scan::default()).try_collect().await.unwrap();
    let mut events = 0;
    for stored in pages.iter().flat_map(|page| &page.found.events) {
        let raw = String::from_utf8(store.raw(stored).await.unwrap()).unwrap();
        events += usize::from((raw + &json!(stored.event).to_string()).contains(ADA));
    }
    let others = [items(&client, TABLE).await, items(&client, LIST_TABLE).await].concat();
    let is_event = |item: &Item| item.contains_key("pk") && item.contains_key("event");
    let is_other = |item: &&Item| !is_event(item) && format!("{item:?}").contains(ADA);
    (events, others.iter().filter(is_other).count())
}

fn state(data: &Path) -> Value {
    lines(data, &["suppressions", "get", ADA]).remove(0)["state"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_person_stays_and_nothing_comes_back() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    for (provider, body) in events() {
        assert!(post(data, provider, &body)["body"]["recorded"].as_u64() > Some(0), "{body}");
    }
    assert_eq!(state(data), "suppressed");
    assert_eq!(naming_ada(data).await, (6, 1));
    let planned = lines(data, &["forget", ADA, "--dry-run"]);
    assert_eq!(
        planned.last().unwrap(),
        &json!({"kind": "summary", "would_erase": 5, "in_suppression_list": true})
    );
    assert_eq!(planned.iter().filter(|one| one["kind"] == "mentions").count(), 2);
    assert_eq!(naming_ada(data).await, (6, 1));

    let erased = lines(data, &["forget", ADA, "--yes"]);
    assert_eq!(erased.last().unwrap(), &json!({"kind": "summary", "erased": 5, "suppression": "hash"}));
    assert_eq!(naming_ada(data).await, (1, 0), "the mail from her is found in the whole table only");
    let erased = lines(data, &["forget", ADA, "--yes", "--everywhere"]);
    assert_eq!(erased.last().unwrap()["erased"], 1);
    assert_eq!(naming_ada(data).await, (0, 0));

    // Retries, and what is made from the stored events.
    for (provider, body) in events() {
        let answer = post(data, provider, &body);
        assert_eq!(answer["body"]["recorded"], 0, "{answer}");
    }
    lines(data, &["suppressions", "rebuild"]);
    lines(data, &["renormalize", "--apply"]);
    assert_eq!(naming_ada(data).await, (0, 0));
    assert_eq!(run(data, &["events", "--id", "jetemail:evt_1"]).status.code(), Some(1));
    assert_eq!(lines(data, &["events"]).len(), 1, "the mail to Bob alone");

    assert_eq!(state(data), "suppressed", "she is not mailed again");
    let listed = lines(data, &["suppressions", "list"]);
    assert_eq!((listed.len(), &listed[0]["reason"]), (1, &json!("complaint")));
    assert!(listed[0]["address"].as_str().unwrap().starts_with("forgotten#"), "{listed:?}");
    let said = stdout(&run(data, &["events", "--recipient", ADA]));
    assert!(said.starts_with("ada@example.com is to be suppressed: complained on 2026-"), "{said}");
    let other = &Folder::default();
    let _other = Dev::start(other);
    let file = data.join("list.csv");
    std::fs::write(&file, stdout(&run(data, &["suppressions", "export"]))).unwrap();
    let import = ["suppressions", "import", file.to_str().unwrap()];
    assert!(run(other, &import).status.success());
    assert_eq!(state(other), "suppressed", "the hash means the same there");
    lines(other, &["suppressions", "add", "bob@example.com"]);
    assert!(run(data, &["suppressions", "release", ADA, "--note", "asked"]).status.success());
    assert_eq!(state(data), "clear");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suppression_goes_too_if_that_is_asked_for() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    for (provider, body) in events() {
        post(data, provider, &body);
    }
    assert_eq!(state(data), "suppressed");
    let said = stdout(&run(data, &["forget", ADA, "--yes", "--suppression", "nothing"]));
    assert!(said.contains("events erased: 5; its entry in the suppression list\nWhat remains: "), "{said}");
    assert_eq!((state(data), naming_ada(data).await), (json!("clear"), (1, 0)));
    assert_eq!(items(&client(data), LIST_TABLE).await.len(), 0);
    let again = stdout(&run(data, &["forget", ADA, "--yes"]));
    assert!(again.contains("events about it: 0; no entry"), "{again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_erased_without_consent_or_before_it_is_announced() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    for (provider, body) in events() {
        post(data, provider, &body);
    }
    assert_eq!(state(data), "suppressed");
    let error = stderr(&run(data, &["forget", ADA]), 2);
    assert!(error.contains("confirm with --yes"), "{error}");
    let key = |name: &str, text: &str| (name.to_owned(), AttributeValue::S(text.to_owned()));
    let update = client(data).update_item().table_name(TABLE).update_expression("SET outbox = :shard");
    let update = update.set_key(Some([key("pk", "jetemail#m1"), key("sk", "evt_2")].into()));
    let update = update.expression_attribute_values(":shard", AttributeValue::S("1".to_owned()));
    update.send().await.unwrap();
    let error = stderr(&run(data, &["forget", ADA, "--yes"]), 1);
    assert!(error.contains("1 of the events wait to be announced: run `"), "{error}");
    assert_eq!(naming_ada(data).await, (6, 1));
}

#[test]
fn hashes_with_another_salt_are_not_imported() {
    let (data, other) = (&Folder::default(), &Folder::default());
    let _both = (Dev::start(data), Dev::start(other));
    for data in [data, other] {
        lines(data, &["suppressions", "add", ADA]);
        lines(data, &["suppressions", "add", "bob@example.com"]);
        lines(data, &["forget", ADA, "--yes"]);
    }
    let file = data.join("list.csv");
    std::fs::write(&file, stdout(&run(data, &["suppressions", "export"]))).unwrap();
    let said = stderr(&run(other, &["suppressions", "import", file.to_str().unwrap()]), 0);
    assert!(said.contains("1 erased addresses are not imported"), "{said}");
    assert_eq!(lines(other, &["suppressions", "list"]).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_said_and_keeps_nothing_else() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    for (provider, body) in events() {
        post(data, provider, &body);
    }
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = client(data).put_item().table_name(TABLE).item("pk", text("jetemail#m1"));
    let put = put.item("sk", text("evt_spoiled")).item("event", text("no map"));
    put.item("received_at", text("2026-01-01T00:00:00.000Z")).send().await.unwrap();
    let output = run(data, &["--json", "forget", ADA, "--yes"]);
    assert!(stdout(&output).contains("\"erased\":5"), "{output:?}");
    let said = stderr(&output, 1);
    assert!(said.starts_with("note: 1 items are not in mailhooks' format"), "{said}");
    assert!(said.ends_with("error: 1 items could not be read and were not erased\n"), "{said}");
}

#[tokio::test]
async fn an_event_that_waits_to_be_announced_is_not_erased() {
    let testbed = Testbed::start(now()).await;
    let body = of_jetemail("evt_1", "outbound.complaint", &json!({"uid": "m1", "to": ADA}));
    testbed.aws.inject(Fault::dead(Service::Sns));
    assert_eq!(testbed.post(JetEmail, body.to_string().as_bytes()).await.status(), 200);
    let mut stored = testbed.stored().await.remove(0);
    // It began to wait after it was read.
    stored.unannounced = false;
    assert!(!testbed.aside.forget(&stored, now()).await.unwrap());
    assert_eq!(testbed.stored().await.len(), 1);
}

async fn on_table(testbed: &Testbed, data: &Path, arguments: &[&str]) -> Output {
    let relays = testbed.relays().await;
    let mut command = command(data, &["--json", "--table", TABLE]);
    command.args(arguments).envs(relays.iter().map(|(name, relay)| (name, relay.endpoint())));
    deployed::with_credentials(&mut command);
    tool::finish(command).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_payloads_go_whole_and_a_broken_run_can_be_repeated() {
    let testbed = Testbed::start(now()).await;
    let noise: Vec<String> = (0..60_000).map(|n: u64| format!("{:x}", n * n * n)).collect();
    let data = json!({"uid": "m1", "to": ADA, "body": noise});
    let body = of_jetemail("evt_1", "outbound.delivered", &data);
    assert_eq!(testbed.post(JetEmail, body.to_string().as_bytes()).await.status(), 200);
    let before = items(&testbed.engine, TABLE).await.len();
    assert!(before > 2, "the payload is in parts");
    let folder = Folder::default();
    for operation in ["DeleteItem", "PutItem"] {
        testbed.aws.inject(Fault::refusal(operation, ""));
        let failed = on_table(&testbed, &folder, &["forget", ADA, "--yes"]).await;
        let error = stderr(&failed, 1);
        assert!(error.contains("1 events could not be erased; the first: jetemail:evt_1: "), "{error}");
        testbed.aws.calm();
    }
    let erased = on_table(&testbed, &folder, &["forget", ADA, "--yes"]).await;
    assert!(stdout(&erased).contains("\"erased\":1"), "{erased:?}");
    let left = items(&testbed.engine, TABLE).await;
    assert_eq!(left.len(), 1);
    let mut names: Vec<_> = left[0].keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["expires_at", "forgotten_at", "pk", "received_at", "sk"]);
    assert_eq!(testbed.post(JetEmail, body.to_string().as_bytes()).await.status(), 200);
    assert_eq!(items(&testbed.engine, TABLE).await.len(), 1, "a retry is a duplicate");
}
