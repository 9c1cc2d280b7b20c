//! `mailhooks renormalize`: applies today's mapping to events recorded by an older version.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::Output;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use mailhooks_tests::aws::Fault;
use mailhooks_tests::testbed::TABLE;
use mailhooks_tests::{Testbed, deployed, files, tool};
use normalization::ProviderName::{Emailit, JetEmail};
use normalization::{ProviderName, renormalize};
use serde_json::{Value, json};
use tempfile::TempDir;

type Item = HashMap<String, AttributeValue>;

fn now() -> Timestamp {
    "2026-10-01T09:14:07Z".parse().unwrap()
}

/// The record of every fixture after its raw payload is normalized again.
#[test]
fn a_stored_payload_says_what_it_said_when_it_came() {
    let mut compared = 0;
    for provider in ProviderName::ALL {
        for fixture in files::all_accepted(*provider) {
            files::with_records(&fixture, |records| {
                for record in records {
                    let again = renormalize(provider.provider(), record.raw, &record.key.event, fixture.now);
                    let same =
                        again.into_iter().any(|one| one.key == record.key && one.event == record.event);
                    assert!(same, "{} {}: {}", fixture.provider, fixture.name, record.event.id);
                    compared += 1;
                }
            });
        }
    }
    assert!(compared > 300, "{compared}");
}

async fn items(testbed: &Testbed) -> BTreeMap<(String, String), Item> {
    let mut pages = testbed.engine.scan().table_name(TABLE).into_paginator().items().send();
    let mut items = BTreeMap::new();
    while let Some(item) = pages.next().await {
        let item = item.unwrap();
        let key = |name: &str| item[name].as_s().unwrap().clone();
        items.insert((key("pk"), key("sk")), item);
    }
    items
}

async fn put(testbed: &Testbed, item: Item) {
    testbed.engine.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
}

/// The item as written by a version that did not know the event's type.
fn outdated(mut item: Item) -> Item {
    let Some(AttributeValue::M(event)) = item.get_mut("event") else {
        return item;
    };
    let text = |text: &str| AttributeValue::S(text.to_owned());
    event.insert("type".to_owned(), text("unknown"));
    event.insert("action".to_owned(), text("none"));
    event.insert("of_old".to_owned(), text("no longer known"));
    event.remove("bounce");
    event.remove("recipient");
    item.remove("recipient");
    item.remove("occurred_at");
    item
}

async fn run(testbed: &Testbed, data: &Path, arguments: &[&str]) -> Output {
    let relays = testbed.relays().await;
    let mut command = tool::command(data, &["--json", "--table", TABLE]);
    command.args(arguments).envs(relays.iter().map(|(name, relay)| (name, relay.endpoint())));
    for topic in ["bounces", "complaints", "spam"] {
        command.env(format!("{}_TOPIC_ARN", topic.to_uppercase()), testbed.local.sns.topic_arn(topic));
    }
    deployed::with_credentials(&mut command);
    tool::finish(command).await
}

/// The output of a successful run: its changes and the summary.
async fn lines(testbed: &Testbed, data: &Path, arguments: &[&str]) -> (Vec<Value>, Value) {
    let output = run(testbed, data, &[&["renormalize"], arguments].concat()).await;
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    let lines = tool::stdout(&output);
    let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap());
    let mut lines: Vec<Value> = lines.collect();
    let summary = lines.pop().unwrap();
    (lines, summary)
}

/// A stack that received a bounce, a bounce of two recipients, a batch, and a mail in parts; and its items.
async fn received() -> (Testbed, BTreeMap<(String, String), Item>) {
    let testbed = Testbed::start(now()).await;
    for (provider, case) in
        [(JetEmail, "outbound-bounced"), (Emailit, "to-names-two-addresses"), (Emailit, "batch-mixed")]
    {
        assert_eq!(testbed.post(provider, &files::accepted(provider, case).body).await.status(), 200);
    }
    let noise: Vec<String> = (0..60_000).map(|n: u64| format!("{:x}", n * n * n)).collect();
    let mail = json!({"id": "evt_mail", "type": "inbound.received", "data": {"uid": "mail", "body": noise}});
    assert_eq!(testbed.post(JetEmail, mail.to_string().as_bytes()).await.status(), 200);
    let items = items(&testbed).await;
    assert!(items.values().any(|item| item.contains_key("raw_parts")));
    (testbed, items)
}

/// How many of the items are events.
fn events(items: &BTreeMap<(String, String), Item>) -> usize {
    items.values().filter(|item| item.contains_key("event")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_change_is_shown_member_by_member() {
    let (testbed, before) = received().await;
    let data = &tool::Folder::default();
    let (changes, summary) = lines(&testbed, data, &[]).await;
    assert_eq!((changes.len(), &summary["would_change"]), (0, &json!(0)));
    for item in before.values() {
        put(&testbed, outdated(item.clone())).await;
    }
    let old = items(&testbed).await;
    let number = events(&before);

    let (changes, summary) = lines(&testbed, data, &[]).await;
    assert_eq!(changes.len(), number);
    assert_eq!(summary["would_change"], number);
    let bounce = changes.iter().find(|one| one["provider_type"] == "outbound.bounced");
    assert_eq!(bounce.unwrap()["kind"], "would_change");
    let members = bounce.unwrap()["changes"].as_array().unwrap();
    let of = |name: &str| members.iter().find(|one| one["member"] == name).unwrap();
    assert_eq!(of("action")["old"], "none");
    assert_eq!(of("of_old")["new"], Value::Null);
    assert!(items(&testbed).await == old, "it is only shown");

    let (changes, _) = lines(&testbed, data, &["--provider", "emailit", "--type", "unknown"]).await;
    assert!(changes.iter().all(|one| one["provider"] == "emailit"));
    assert!((1..number).contains(&changes.len()));
    for (option, read) in [("--since", 0), ("--until", number)] {
        assert_eq!(lines(&testbed, data, &[option, "2026-10-01T09:14:08Z"]).await.1["read"], read);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_is_written_and_nothing_else_is_touched() {
    let (testbed, before) = received().await;
    let announced = testbed.announcements().len();
    let data = &tool::Folder::default();
    for item in before.values() {
        put(&testbed, outdated(item.clone())).await;
    }
    let (changes, summary) = lines(&testbed, data, &["--apply"]).await;
    assert_eq!(changes.len(), events(&before));
    assert_eq!(summary["changed"], events(&before));
    assert!(items(&testbed).await == before, "all is as today's version writes it");
    assert_eq!(lines(&testbed, data, &["--apply"]).await.1["changed"], 0);
    assert_eq!(testbed.announcements().len(), announced);
    let resumed = run(&testbed, data, &["renormalize", "--resume"]).await;
    assert_eq!(resumed.status.code(), Some(1), "nothing is left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_is_announced_only_where_that_is_asked_for() {
    let (testbed, before) = received().await;
    let announced = testbed.announcements().len();
    assert!(announced > 2);
    let folder = TempDir::new().unwrap();
    for item in before.values() {
        put(&testbed, outdated(item.clone())).await;
    }
    lines(&testbed, folder.path(), &["--apply", "--announce"]).await;
    let announcements = testbed.announcements();
    let id = |announcement: &mailhooks_local::Announcement| announcement.message["id"].clone();
    let ids: Vec<_> = announcements.iter().map(id).collect();
    let (mut first, mut again) = (ids[..announced].to_vec(), ids[announced..].to_vec());
    first.sort_by_key(Value::to_string);
    again.sort_by_key(Value::to_string);
    assert_eq!(first, again);
    assert!(items(&testbed).await == before, "none has an outbox mark left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_be_another_event_today_is_left_alone_and_so_is_what_cannot_be_read() {
    let (testbed, before) = received().await;
    let folder = TempDir::new().unwrap();
    let bounce = before.values().find(|item| item["sk"].as_s().unwrap().starts_with("evt_9"));
    let text = |text: &str| AttributeValue::S(text.to_owned());
    for (name, key) in [("sk", "evt_of_old"), ("pk", "jetemail#of-old")] {
        let mut item = outdated(bounce.unwrap().clone());
        item.insert(name.to_owned(), text(key));
        put(&testbed, item).await;
    }
    // Under another event key, the index by time has it in another shard.
    lines(&testbed, folder.path(), &["--apply"]).await;
    let old = items(&testbed).await;
    let (changes, summary) = lines(&testbed, folder.path(), &["--apply"]).await;
    assert_eq!((&summary["other_key"], &summary["changed"]), (&json!(2), &json!(0)));
    assert!(changes.iter().all(|change| change["kind"] == "other_key"), "{changes:?}");
    assert!(items(&testbed).await == old);

    let mut spoiled = bounce.unwrap().clone();
    spoiled.insert("raw".to_owned(), AttributeValue::B(b"no zlib".to_vec().into()));
    put(&testbed, spoiled).await;
    let output = run(&testbed, folder.path(), &["renormalize", "--apply"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(tool::stdout(&output).contains("\"failed\":1"), "{output:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_stopped_goes_on_where_it_was() {
    let testbed = Testbed::start(now()).await;
    let noise: Vec<String> = (0..20_000).map(|n: u64| format!("{:x}", n * n * n)).collect();
    for number in 0..40 {
        let mail = json!({"id": format!("evt_{number}"), "type": "inbound.received", "data": {"uid": number, "body": noise}});
        assert_eq!(testbed.post(JetEmail, mail.to_string().as_bytes()).await.status(), 200);
    }
    let before = items(&testbed).await;
    for item in before.values() {
        put(&testbed, outdated(item.clone())).await;
    }
    let folder = TempDir::new().unwrap();
    testbed.aws.inject(Fault::refusal("Scan", "ExclusiveStartKey"));
    let stopped = run(&testbed, folder.path(), &["renormalize", "--apply", "--provider", "jetemail"]).await;
    assert_eq!(stopped.status.code(), Some(1), "{stopped:?}");
    let written = tool::stdout(&stopped).lines().count();
    assert!((1..40).contains(&written), "{written}");
    let other = run(&testbed, folder.path(), &["renormalize", "--resume", "--type", "unknown"]).await;
    assert_eq!(other.status.code(), Some(2), "the selection is that of before");
    let (changes, summary) = lines(&testbed, folder.path(), &["--resume"]).await;
    assert_eq!(changes.len(), 40 - written);
    assert_eq!(summary["read"], 40 - written, "what was done is not looked at again");
    assert!(items(&testbed).await == before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_that_somebody_changed_meanwhile_is_not_overwritten() {
    let (testbed, before) = received().await;
    let stored = testbed.stored().await.remove(0);
    let keys = (stored.key.partition.clone(), stored.key.event.clone());
    let mut event = stored.event.clone();
    event.data.recipient = Some("other@example.com".to_owned());
    put(&testbed, outdated(before[&keys].clone())).await;
    assert!(!testbed.aside.rewrite(&stored, &event, false).await.unwrap());
    assert!(items(&testbed).await[&keys] == outdated(before[&keys].clone()));
    // Removed members do not come back.
    let delete = testbed.engine.delete_item().table_name(TABLE).key("pk", AttributeValue::S(keys.0.clone()));
    delete.key("sk", AttributeValue::S(keys.1.clone())).send().await.unwrap();
    assert!(!testbed.aside.rewrite(&stored, &event, false).await.unwrap());
    assert!(!items(&testbed).await.contains_key(&keys));
}

#[tokio::test]
async fn a_refusal_of_the_table_is_not_taken_for_a_change() {
    let testbed = Testbed::start(now()).await;
    testbed.post(JetEmail, b"{\"id\":\"evt_1\"}").await;
    let stored = testbed.stored().await.remove(0);
    testbed.aws.inject(Fault::refusal("UpdateItem", ""));
    let refused = testbed.store.rewrite(&stored, &stored.event, false).await;
    assert_eq!(refused.err().unwrap().to_string(), "DynamoDB UpdateItem: AccessDeniedException");
    assert!(testbed.store.rewrite(&stored, &stored.event, false).await.unwrap());
}

/// An item has its receipt to the millisecond; an event without a provider timestamp has the full receipt time.
#[tokio::test]
async fn the_receipt_is_known_exactly_where_it_is_the_time_of_the_event() {
    let received_at: Timestamp = "2026-10-01T09:14:07.123456789Z".parse().unwrap();
    let to_the_millisecond: Timestamp = "2026-10-01T09:14:07.123Z".parse().unwrap();
    for (body, expected) in [
        (&b"{\"id\":\"evt_1\"}"[..], received_at),
        (b"{\"id\":\"evt_1\",\"created_at\":1790846040}", to_the_millisecond),
    ] {
        let testbed = Testbed::start(received_at).await;
        testbed.post(JetEmail, body).await;
        assert_eq!(testbed.stored().await.remove(0).received_exactly(), expected);
    }
}
