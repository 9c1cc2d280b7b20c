//! The table of the suppression list, and its consumer of announcements.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use ingestion::clock::Clock;
use ingestion::log::Log;
use ingestion::suppressions::{Batch, Consumer, Keeper, Suppressions};
use jiff::SignedDuration;
use mailhooks_local::table::{self, Definition};
use mailhooks_tests::aws::{Fault, FaultTiming, Kind as Failing, Service, Target};
use mailhooks_tests::testbed::{now, request_of};
use mailhooks_tests::{Testbed, files};
use normalization::ProviderName::{Emailit, GetMailer, Jasni};
use normalization::suppression::{Evidence, Kind, Policy, Slots};
use normalization::{BounceReason, ProviderName};
use serde_json::{Value, json};

const LIST: &str = "suppressions";

async fn list(testbed: &Testbed) -> Suppressions {
    table::create(&testbed.engine, LIST, Definition::Suppressions).await.unwrap();
    Suppressions::new(testbed.clients.dynamodb.clone(), LIST, Policy::default())
}

fn consumer(testbed: &Testbed, list: &Suppressions) -> Consumer {
    let keeper = Keeper::new(list.clone(), testbed.store.clone(), Clock::from(now));
    Consumer::new(keeper, Clock::from(now), Log::from(|_: &Value| {}))
}

fn evidence(number: u32) -> Evidence {
    Evidence {
        time: now(),
        event: format!("emailit:{number:03}"),
        provider: Some(Emailit),
        reason: None,
        note: None,
    }
}

/// The events of fixtures as messages of the queue.
fn messages(of: &[(ProviderName, &str)]) -> Batch {
    batch(bodies_of(of))
}

fn bodies_of(of: &[(ProviderName, &str)]) -> Vec<String> {
    let mut records = Vec::new();
    for (provider, case) in of {
        let events = files::with_records(&files::accepted(*provider, case), |records| {
            records.iter().map(|record| json!(record.event).to_string()).collect::<Vec<_>>()
        });
        records.extend(events);
    }
    records
}

fn batch(bodies: Vec<String>) -> Batch {
    let records = bodies.into_iter().enumerate();
    let records = records.map(|(number, body)| json!({"messageId": number.to_string(), "body": body}));
    serde_json::from_value(json!({"Records": records.collect::<Vec<_>>()})).unwrap()
}

/// What an application reads: the attributes of the item, without those that are ours.
async fn public(testbed: &Testbed, address: &str) -> Value {
    let key = aws_sdk_dynamodb::types::AttributeValue::S(address.to_owned());
    let read = testbed.engine.get_item().table_name(LIST).key("address", key).send().await.unwrap();
    let mut item = read.item.unwrap();
    item.retain(|name, _| !["slots", "version"].contains(&name.as_str()));
    serde_dynamo::from_item(item).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_reads_whether_an_address_is_suppressed() {
    let testbed = Testbed::start(now()).await;
    let list = list(&testbed).await;
    let answer = consumer(&testbed, &list)
        .take(messages(&[
            (Emailit, "email-complained"),
            (Jasni, "email-bounced"),
            (GetMailer, "email-delivered"),
        ]))
        .await;
    assert_eq!(json!(answer), json!({"batchItemFailures": []}));
    let complained = public(&testbed, "ada@example.com").await;
    assert_eq!(complained["state"], "suppressed");
    assert_eq!(complained["reason"], "complaint");
    assert_eq!(complained["provider"], "emailit");
    assert!(complained.get("until").is_none());
    assert!(list.get("recipient@example.com").await.unwrap().is_none(), "a delivery is no evidence");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_writers_of_one_address_lose_nothing() {
    let testbed = Testbed::start(now()).await;
    let list = list(&testbed).await;
    let writers = (0..8u32).map(|writer| {
        let list = list.clone();
        async move {
            for number in 0..2 {
                let soft = [(Kind::Soft, evidence(2 * writer + number))];
                list.add("ada@example.com", &soft, now()).await.unwrap();
            }
        }
    });
    join_all(writers).await;
    let entry = list.get("ada@example.com").await.unwrap().unwrap();
    assert_eq!(entry.slots.soft().len(), 16);
    assert_eq!(entry.version(), 16);
    assert!(!list.add("ada@example.com", &[(Kind::Soft, evidence(3))], now()).await.unwrap());
    assert_eq!(
        list.get("ada@example.com").await.unwrap().unwrap().version(),
        16,
        "nothing new is not written"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_fails_keeps_no_other_and_comes_again() {
    let testbed = Testbed::start(now()).await;
    let list = list(&testbed).await;
    let consumer = consumer(&testbed, &list);
    let bodies = |address: &str| {
        let mut event = files::with_records(&files::accepted(Emailit, "email-complained"), |records| {
            json!(records[0].event)
        });
        event["data"]["recipient"] = address.into();
        event.to_string()
    };
    let target = Target::Text { operation: "PutItem", containing: "bob@example.com".to_owned() };
    testbed.aws.inject(Fault::always(target, FaultTiming::BeforeEffect, Failing::InternalError));
    let all = || batch(vec![bodies("ada@example.com"), bodies("bob@example.com"), "no event".to_owned()]);
    let answer = json!(consumer.take(all()).await);
    let mut failed: Vec<_> = answer["batchItemFailures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["itemIdentifier"].clone())
        .collect();
    failed.sort_by_key(ToString::to_string);
    assert_eq!(failed, ["1", "2"]);
    assert!(list.get("ada@example.com").await.unwrap().is_some());
    testbed.aws.calm();
    let before = testbed.aws.count(Service::DynamoDb);
    let answer = json!(consumer.take(all()).await);
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "2"}]}));
    assert!(list.get("bob@example.com").await.unwrap().is_some());
    assert_eq!(
        testbed.aws.operations(Service::DynamoDb)[before..].iter().filter(|name| *name == "PutItem").count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn temporary_bounces_expire_and_suppressions_do_not() {
    let testbed = Testbed::start(now()).await;
    let list = list(&testbed).await;
    list.add("soft@example.com", &[(Kind::Soft, evidence(1))], now()).await.unwrap();
    list.add("hard@example.com", &[(Kind::Bounce, evidence(2))], now()).await.unwrap();
    let month = (now() + SignedDuration::from_hours(24 * 30)).as_second();
    let soft = public(&testbed, "soft@example.com").await;
    assert_eq!(soft, json!({"address": "soft@example.com", "state": "clear", "expires_at": month}));
    assert_eq!(public(&testbed, "hard@example.com").await.get("expires_at"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_and_changed_rules_change_what_is_stored() {
    let testbed = Testbed::start(now()).await;
    let list = list(&testbed).await;
    list.add("ada@example.com", &[(Kind::Bounce, evidence(1))], now()).await.unwrap();
    let week = Policy { hard_bounce_days: 7, ..Policy::default() };
    let other = Suppressions::new(testbed.clients.dynamodb.clone(), LIST, week);
    assert!(other.add("ada@example.com", &[], now()).await.unwrap());
    assert!(!other.add("ada@example.com", &[], now()).await.unwrap());
    let end = now() + SignedDuration::from_hours(24 * 7);
    let stored = public(&testbed, "ada@example.com").await;
    assert_eq!((&stored["state"], &stored["until"]), (&json!("suppressed"), &json!(end)));
    assert!(other.add("ada@example.com", &[], end).await.unwrap());
    assert_eq!(public(&testbed, "ada@example.com").await["state"], "clear");
    assert!(
        !other.add("grace@example.com", &[], now()).await.unwrap(),
        "nothing is written without evidence"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bounce_without_a_reply_gets_the_reason_of_the_failed_attempt() {
    let testbed = Testbed::start(now()).await;
    let list = list(&testbed).await;
    for case in ["email-attempted", "email-bounced"] {
        let fixture = files::accepted(Emailit, case);
        assert_eq!(testbed.receive(Emailit, request_of(&fixture)).await.status(), 200);
    }
    let bounce = [(Emailit, "email-bounced")];
    let answer = json!(consumer(&testbed, &list).take(messages(&bounce)).await);
    assert_eq!(answer, json!({"batchItemFailures": []}));
    let entry = list.get("ada@example.com").await.unwrap().unwrap();
    assert_eq!(entry.slots.newest(Kind::Bounce).unwrap().reason, Some(BounceReason::MailboxFull));
    // The table of events fails: the message comes again.
    testbed.aws.inject(Fault::always(
        Target::Text { operation: "Query", containing: String::new() },
        FaultTiming::BeforeEffect,
        Failing::InternalError,
    ));
    let answer = json!(consumer(&testbed, &list).take(messages(&bounce)).await);
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "0"}]}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_counts_and_names_no_address() {
    let testbed = Testbed::start(now()).await;
    let list = list(&testbed).await;
    let lines: Arc<Mutex<Vec<Value>>> = Arc::default();
    let kept = Arc::clone(&lines);
    let log = Log::from(move |line: &Value| kept.lock().unwrap().push(line.clone()));
    let keeper = Keeper::new(list, testbed.store.clone(), Clock::from(now));
    let consumer = Consumer::new(keeper, Clock::from(now), log);
    testbed.aws.inject(Fault::always(
        Target::Text { operation: "PutItem", containing: String::new() },
        FaultTiming::BeforeEffect,
        Failing::InternalError,
    ));
    let mut bodies = bodies_of(&[(Emailit, "email-complained"), (GetMailer, "email-delivered")]);
    bodies.push("{\"id\": \"ada@example.com\"}".to_owned());
    consumer.take(batch(bodies)).await;
    let line = lines.lock().unwrap().remove(0);
    assert_eq!(
        (&line["outcome"], &line["Listed"], &line["ListFailed"]),
        (&json!("listed"), &json!(1), &json!(2))
    );
    let reasons: Vec<_> = line["failures"].as_array().unwrap().iter().map(|one| &one["reason"]).collect();
    assert_eq!(
        reasons,
        ["the message is not an event of this version", "DynamoDB PutItem: InternalServerError"]
    );
    assert!(!line.to_string().contains('@'), "{line}");
}

/// The whole table, without what counts the writes.
async fn entries(list: &Suppressions) -> BTreeMap<String, Slots> {
    let pages: Vec<_> = list.pages(3).try_collect().await.unwrap();
    pages.into_iter().flatten().map(|entry| (entry.address.clone(), entry.slots)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_breaks_off_at_any_call_ends_with_the_same_list() {
    let cases = [
        (Emailit, "email-complained"),
        (Jasni, "email-bounced"),
        (Emailit, "email-bounced"),
        (Jasni, "email-spam"),
    ];
    let testbed = Testbed::start(now()).await;
    let whole = list(&testbed).await;
    testbed.aws.calm();
    assert_eq!(
        json!(consumer(&testbed, &whole).take(messages(&cases)).await)["batchItemFailures"],
        json!([])
    );
    let calls = testbed.aws.count(Service::DynamoDb);
    let expected = entries(&whole).await;
    assert!(calls > 3 && expected.len() > 1, "{calls} calls, {} entries", expected.len());
    for call in 0..calls {
        for timing in [FaultTiming::BeforeEffect, FaultTiming::AfterEffect] {
            let testbed = Testbed::start(now()).await;
            let list = list(&testbed).await;
            let consumer = consumer(&testbed, &list);
            testbed.aws.inject(Fault::always(Target::Number(call), timing, Failing::InternalError));
            let answer = json!(consumer.take(messages(&cases)).await);
            assert_ne!(answer["batchItemFailures"], json!([]), "call {call} was not made");
            testbed.aws.calm();
            let again = json!(consumer.take(messages(&cases)).await);
            assert_eq!(again["batchItemFailures"], json!([]));
            assert_eq!(entries(&list).await, expected, "call {call}, {timing:?}");
        }
    }
}
