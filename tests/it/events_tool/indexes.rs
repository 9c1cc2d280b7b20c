//! What is read to find events: the indexes, the whole table only where that costs less, and what is said about it.

use std::collections::BTreeMap;
use std::process::Output;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use mailhooks_local::{DynamoDb, Token};
use mailhooks_tests::relay::Relay;
use mailhooks_tests::{Testbed, deployed, tool};
use normalization::ProviderName::{Emailit, JetEmail};
use serde_json::json;

use super::*;

/// The number of small events, in batches of a hundred.
const EVENTS: i64 = 1_100;

fn received_at(number: i64) -> Timestamp {
    static NOW: LazyLock<Timestamp> =
        // Items have it to the millisecond.
        LazyLock::new(|| Timestamp::from_second(ingestion::clock::now().as_second()).unwrap());
    *NOW - SignedDuration::from_hours(30 - number / 100)
}

/// A table of more than a page, and of more bytes than are read without a word: large mails, then one complaint among many
/// deliveries.
async fn large() -> Testbed {
    let testbed = Testbed::start(received_at(0) - SignedDuration::from_hours(24)).await;
    let noise: Vec<String> = (0..20_000).map(|n: u64| format!("{:x}", n * n * n)).collect();
    for number in 0..40 {
        let mail = json!({"id": format!("evt_{number}"), "type": "inbound.received", "data": {"uid": number, "body": noise}});
        assert_eq!(testbed.post(JetEmail, mail.to_string().as_bytes()).await.status(), 200);
    }
    let event = |number: i64| {
        let word = if number == 50 { "email.complained" } else { "email.delivered" };
        let object = json!({"id": format!("em_{number}"), "object": "email", "from": "s@x.example",
                            "to": format!("{number}@b.example"), "subject": "s", "updated_at": received_at(number)});
        json!({"event_id": format!("evt_{number}"), "type": word, "object": object, "data": {"object": object}})
    };
    for batch in 0..EVENTS / 100 {
        testbed.set_clock(received_at(batch * 100));
        let events: Value = (batch * 100..batch * 100 + 100).map(event).collect();
        assert_eq!(testbed.post(Emailit, events.to_string().as_bytes()).await.status(), 200);
    }
    testbed
}

/// Runs the tool on the table. Returns its output and the calls of DynamoDB.
async fn on_table(testbed: &Testbed, data: &Path, arguments: &[&str]) -> (Output, BTreeMap<String, usize>) {
    let relay = Relay::start(testbed.local.dynamodb.endpoint()).await;
    let mut command = command(data, &["--table", TABLE]);
    command.args(arguments).env("AWS_ENDPOINT_URL_DYNAMODB", relay.endpoint());
    deployed::with_credentials(&mut command);
    (tool::finish(command).await, relay.calls())
}

/// The ids of the events that a command prints as JSON, the calls, and what it says on standard error.
async fn ids(
    testbed: &Testbed,
    data: &Path,
    arguments: &[&str],
) -> (Vec<String>, BTreeMap<String, usize>, String) {
    let (output, calls) = on_table(testbed, data, &[&["--json"], arguments].concat()).await;
    let said = stderr(&output, 0);
    let events = stdout(&output);
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    (events.map(|event| event["id"].as_str().unwrap().to_owned()).collect(), calls, said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_table_is_not_read_whole_for_a_few_events() {
    let testbed = large().await;
    let data = &Folder::default();
    // One page is read to see whether the index has all events.
    let scans = |calls: &BTreeMap<String, usize>| calls.get("Scan").copied().unwrap_or_default();
    let (found, calls, said) = ids(&testbed, data, &["events", "-n", "150"]).await;
    assert_eq!((found.len(), scans(&calls), said.as_str()), (150, 1, ""));
    let newest: BTreeSet<String> = (1_000..EVENTS).map(|number| format!("emailit:evt_{number}")).collect();
    assert_eq!(found[..100].iter().cloned().collect::<BTreeSet<_>>(), newest);

    let (since, until) = (received_at(700).to_string(), received_at(800).to_string());
    let period = ["events", "--since", &since, "--until", &until];
    let (found, calls, _) = ids(&testbed, data, &period).await;
    let expected: BTreeSet<String> = (700..800).map(|number| format!("emailit:evt_{number}")).collect();
    assert_eq!((found.iter().cloned().collect(), scans(&calls)), (expected, 1));
    let (output, calls) =
        on_table(&testbed, data, &["--json", "stats", "--since", &since, "--until", &until]).await;
    assert!(stdout(&output).contains("\"delivered\":100"), "{output:?}");
    assert_eq!(scans(&calls), 1);

    let (found, calls, _) = ids(&testbed, data, &["events", "--id", "emailit:evt_3"]).await;
    assert_eq!((found, scans(&calls)), (vec!["emailit:evt_3".to_owned()], 0));

    // To find the one complaint through the index would cost more than to read the whole table.
    let (found, calls, said) = ids(&testbed, data, &["events", "--type", "email.complained"]).await;
    assert_eq!(found, ["emailit:evt_50"]);
    assert!(scans(&calls) > 4, "in four segments: {calls:?}");
    assert!(said.starts_with("the table mailhooks has up to 1,140 items of "), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let stats = ["--json", "stats", "--by", "provider"];
    let (output, calls) = on_table(&testbed, data, &stats).await;
    assert!(stdout(&output).contains("\"delivered\":1099,"), "{output:?}");
    assert!(!calls.contains_key("Query") && scans(&calls) >= 4, "all events are read at once: {calls:?}");
    // What was read through the index is not counted twice when the scan begins.
    let (output, calls) = on_table(&testbed, data, &[&stats[..], &["--since", "2020-01-01"]].concat()).await;
    assert!(stdout(&output).contains("\"delivered\":1099,"), "{output:?}");
    assert!(calls["Query"] > 8 && scans(&calls) > 4, "{calls:?}");
    for missing in [
        ["events", "--id", "emailit:evt_none"],
        ["events", "--id", "emailit:"],
        ["events", "--id", "nope"],
        ["events", "--message", "nope"],
    ] {
        let (output, _) = on_table(&testbed, data, &missing).await;
        assert!(stderr(&output, 1).contains("the table mailhooks has no "), "{output:?}");
    }
}

/// Removes the attributes of the indexes from every second event, as if an older version had written it.
async fn age(testbed: &Testbed) -> usize {
    let mut pages = testbed.engine.scan().table_name(TABLE).into_paginator().items().send();
    let (mut number, mut aged) = (0, 0);
    while let Some(mut item) = pages.next().await.map(Result::unwrap) {
        number += 1;
        if number % 2 == 0 {
            for name in ["recipient", "occurred_at", "received_day"] {
                item.remove(name);
            }
            testbed.engine.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
            aged += 1;
        }
    }
    aged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_index_does_not_have_is_said_until_renormalize_adds_it() {
    let testbed = large().await;
    let data = &Folder::default();
    let aged = age(&testbed).await;
    let (_, _, said) = ids(&testbed, data, &["events"]).await;
    assert!(
        said.starts_with("note: the index by_time of the table mailhooks does not have all events: "),
        "{said}"
    );
    assert!(said.contains(" renormalize --apply` adds them"), "{said}");
    let (_, _, said) = ids(&testbed, data, &["events", "--recipient", "3@b.example"]).await;
    assert!(said.starts_with("note: the index by_recipient of "), "{said}");

    let (planned, _) = on_table(&testbed, data, &["--json", "renormalize"]).await;
    let planned = stdout(&planned);
    assert_eq!(planned.lines().count(), aged + 1);
    assert!(planned.contains("\"member\":\"index.received_day\""), "{planned}");
    let (written, calls) = on_table(&testbed, data, &["renormalize", "--apply", "--segments", "3"]).await;
    assert!(stdout(&written).contains(&format!("{aged} changed")), "{written:?}");
    assert_eq!(calls["UpdateItem"], aged);
    for arguments in [&["events"][..], &["events", "--recipient", "3@b.example"]] {
        assert_eq!(ids(&testbed, data, arguments).await.2, "");
    }
    let (found, ..) = ids(&testbed, data, &["events", "--recipient", "3@b.example"]).await;
    assert_eq!(found, ["emailit:evt_3"]);
}

/// Records one event with a local stack that is stopped again.
fn record_one(data: &Folder) {
    let _dev = Dev::start(data);
    send(data, &["jetemail", "outbound-delivered"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_local_table_is_not_asked_for_its_size() {
    let data = &Folder::default();
    record_one(data);
    let folder = DataFolder::open(&**data).unwrap();
    let token = Token::from("token-of-tests");
    let engine = DynamoDb::start(Some(&folder.database()), &token).await.unwrap();
    let relay = Relay::start(engine.endpoint()).await;
    let lock = folder.lock().unwrap().unwrap();
    let endpoints = json!({
        "dynamodb": relay.endpoint(), "sns": relay.endpoint(), "token": token.text(),
        "receiver": relay.endpoint(), "page": relay.endpoint(),
    });
    lock.publish(&serde_json::from_value(endpoints).unwrap()).unwrap();
    let id = "jetemail:evt_none";
    for arguments in [&["events"][..], &["events", "--id", id], &["stats"], &["renormalize"], &["doctor"]] {
        let output = tool::finish(command(data, arguments)).await;
        assert!(!String::from_utf8_lossy(&output.stderr).contains("cannot"), "{arguments:?}: {output:?}");
    }
    let calls = relay.calls();
    assert!(calls.contains_key("Query") && calls.contains_key("Scan"), "{calls:?}");
    assert!(!calls.contains_key("DescribeTable"), "the engine counts all items for it: {calls:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_local_table_of_an_earlier_version_gets_the_index() {
    let data = &Folder::default();
    record_one(data);
    let token = Token::from("token-of-tests");
    let database = DataFolder::open(&**data).unwrap().database();
    let indexes = async || {
        let engine = DynamoDb::start(Some(&database), &token).await.unwrap();
        let mut access = access(engine.endpoint(), engine.endpoint());
        access.access_key_id = token.text().to_owned().into();
        (Clients::new(&access).dynamodb, engine)
    };
    let (client, engine) = indexes().await;
    let delete = aws_sdk_dynamodb::types::DeleteGlobalSecondaryIndexAction::builder().index_name("by_time");
    let delete =
        aws_sdk_dynamodb::types::GlobalSecondaryIndexUpdate::builder().delete(delete.build().unwrap());
    let update = client.update_table().table_name(TABLE).global_secondary_index_updates(delete.build());
    update.send().await.unwrap();
    drop(engine);
    let folder = data.to_path_buf();
    let found = tokio::task::spawn_blocking(move || lines(&folder, &["events"])).await.unwrap();
    assert_eq!(found.len(), 1);
    let (client, _engine) = indexes().await;
    let table = client.describe_table().table_name(TABLE).send().await.unwrap().table.unwrap();
    let names: BTreeSet<_> =
        table.global_secondary_indexes().iter().filter_map(|index| index.index_name()).collect();
    assert_eq!(names, BTreeSet::from(["by_recipient", "by_time", "outbox"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stack_without_the_index_is_read_whole() {
    let deployed = Deployed::start().await.with_parameter("TimeIndex", "off").await;
    let read = tokio::task::spawn_blocking(move || {
        let data = Folder::default();
        assert!(
            deployed
                .tool(&data, &["send", "jetemail", "outbound-delivered"])
                .output()
                .unwrap()
                .status
                .success()
        );
        let found = deployed.tool(&data, &["--json", "events"]).output().unwrap();
        assert_eq!(stdout(&found).lines().count(), 1, "{found:?}");
        let mut follow = deployed.tool(&data, &["--json", "events", "--follow", "--since", "1h"]);
        follow.stderr(Stdio::piped());
        let mut following = Following::start(follow);
        following.next();
        let mut said = String::new();
        BufReader::new(following.process.stderr.take().unwrap()).read_line(&mut said).unwrap();
        said
    });
    let said = read.await.unwrap();
    assert!(said.contains("it has no index by time, so each pass reads the whole table"), "{said}");
}
