//! The findings and reports of a redrive, and concurrent changes.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join;
use mailhooks_tests::aws::{Fault, FaultTiming, Gate, Kind, Service};
use mailhooks_tests::testbed::TABLE;
use normalization::Key;
use normalization::ProviderName::Emailit;
use serde_json::{Value, json};

use crate::outbox::{Outbox, later, query, spoil, text};
use crate::redrives::SHARDS;

/// A hundred events over all shards, as left by a receiver.
pub(crate) async fn every_shard() {
    let outbox = Outbox::new().await;
    let testbed = &outbox.testbed;
    testbed.aws.inject(Fault::dead(Service::Sns));
    let events = (0..100).map(|number| {
        json!({"event_id": format!("evt_{number}"), "type": "email.complained",
               "data": {"object": {"id": format!("em_{number}"), "to": "b@example.org"}}})
    });
    let answer = testbed.post(Emailit, Value::Array(events.collect()).to_string().as_bytes()).await;
    assert_eq!(answer.status().as_u16(), 200);
    testbed.aws.calm();
    let scan = testbed.engine.scan().table_name(TABLE).send().await.unwrap();
    let shards = scan.items().iter().map(|item| item["outbox"].as_s().unwrap());
    assert_eq!(shards.collect::<BTreeSet<_>>().len(), SHARDS);
    let report = outbox.redrive().await;
    assert_eq!((report.redriven, report.failures.len()), (100, 0));
    assert_eq!(testbed.announcements().len(), 100);
    assert_eq!(outbox.waiting().await, 0);
}

/// An event is settled, or its item deleted, while the index still lists it: it is not announced again.
pub(crate) async fn gone_meanwhile(is_deleted: bool) {
    let outbox = Outbox::new().await;
    outbox.put(5, "evt_1").await;
    outbox.put(5, "evt_2").await;
    let gate = Gate::default();
    let hold = Kind::Hold(gate.clone());
    outbox.testbed.aws.inject(Fault::once(query(5, 100, 1), FaultTiming::AfterEffect, hold));
    let meddle = async {
        gate.reached().await;
        let testbed = &outbox.testbed;
        if is_deleted {
            let delete = testbed.engine.delete_item().table_name(TABLE).key("pk", text("jetemail#evt_1"));
            delete.key("sk", text("evt_1")).send().await.unwrap();
        } else {
            let key = Key { partition: "jetemail#evt_1".to_owned(), event: "evt_1".to_owned() };
            testbed.aside.settle(&key).await.unwrap();
        }
        gate.open();
    };
    let (report, ()) = Box::pin(join(outbox.redrive(), meddle)).await;
    assert!(report.finished && report.failures.is_empty(), "{report:?}");
    assert_eq!(report.redriven, 1);
    assert_eq!(outbox.announced(), ["evt_2"]);
    assert_eq!(outbox.waiting().await, 0);
}

/// A page of one shard cannot be read: the other shards continue, and the result says that the search was incomplete.
pub(crate) async fn a_page_that_cannot_be_read() {
    let outbox = Outbox::new().await;
    outbox.put(4, "evt_1").await;
    outbox.put(9, "evt_2").await;
    outbox.testbed.aws.inject(Fault::once(query(4, 100, 1), FaultTiming::BeforeEffect, Kind::Refuse));
    let first = outbox.redrive().await;
    assert_eq!((first.redriven, first.failures.len()), (1, 1));
    assert_eq!(first.failures[0].id, None);
    assert_eq!(first.failures[0].reason, "DynamoDB Query: AccessDeniedException");
    assert!(!first.finished);
    assert_eq!(outbox.line()["RedriveFailed"], 1);
    let second = outbox.redrive().await;
    assert!(second.finished && second.failures.is_empty());
    assert_eq!(outbox.announced(), ["evt_1", "evt_2"]);
}

/// The oldest event of one shard cannot be determined: the redrive does not report that no event waits.
pub(crate) async fn an_oldest_that_cannot_be_read() {
    let outbox = Outbox::new().await;
    outbox.put(4, "evt_1").await;
    outbox.testbed.aws.inject(Fault::once(query(4, 1, 1), FaultTiming::BeforeEffect, Kind::Refuse));
    let first = outbox.redrive().await;
    assert_eq!((first.finished, first.failures.len()), (false, 1));
    let line = outbox.line();
    assert!(line.get("OldestUnannouncedSeconds").is_none(), "{line}");
    assert!(!line["_aws"].to_string().contains("OldestUnannouncedSeconds"));
    assert_eq!(line["RedriveFailed"], 1);
    assert_eq!(outbox.redrive().await.redriven, 1);
    assert_eq!(outbox.line()["OldestUnannouncedSeconds"], 120);
}

/// A table that does not answer at all: the redrive reports no counts.
pub(crate) async fn a_table_that_is_dead() {
    let outbox = Outbox::new().await;
    outbox.put(4, "evt_1").await;
    outbox.testbed.aws.inject(Fault::dead(Service::DynamoDb));
    let report = outbox.redrive().await;
    assert_eq!((report.finished, report.failures.len()), (false, SHARDS));
    let line = outbox.line();
    assert!(line.get("OldestUnannouncedSeconds").is_none(), "{line}");
    assert_eq!(line["RedriveFailed"], SHARDS);
}

/// Topics that are still unavailable: the event stays, and the next redrive announces it.
pub(crate) async fn topics_that_are_still_dead() {
    let outbox = Outbox::new().await;
    outbox.put(4, "evt_1").await;
    outbox.testbed.aws.inject(Fault::dead(Service::Sns));
    let report = outbox.redrive().await;
    assert_eq!((report.redriven, report.failures.len()), (0, 1));
    assert_eq!(report.failures[0].id.as_deref(), Some("jetemail:evt_1"));
    assert_eq!(report.failures[0].reason, "SNS PublishBatch: AccessDeniedException");
    assert_eq!(report.oldest, Some(Duration::from_mins(2)));
    outbox.testbed.aws.calm();
    assert_eq!(outbox.redrive().await.redriven, 1);
    assert_eq!(outbox.announced(), ["evt_1"]);
}

pub(crate) async fn the_line_of_the_log() {
    let outbox = Outbox::new().await;
    let metric = |name: &str, unit: &str| json!({"Name": name, "Unit": unit});
    let line = |redriven: usize, failures: Value, oldest: u64| {
        json!({
            "_aws": {
                "Timestamp": later().as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": "mailhooks",
                    "Dimensions": [[]],
                    "Metrics": [metric("Redriven", "Count"), metric("RedriveFailed", "Count"),
                                metric("OldestUnannouncedSeconds", "Seconds")],
                }],
            },
            "outcome": "redriven", "finished": true,
            "Redriven": redriven, "RedriveFailed": failures.as_array().unwrap().len(),
            "OldestUnannouncedSeconds": oldest, "failures": failures,
        })
    };
    outbox.redrive().await;
    assert_eq!(outbox.line(), line(0, json!([]), 0));
    outbox.put(0, "evt_1").await;
    outbox.put(15, "evt_2").await;
    outbox.put_odd(15, "evt_3", spoil).await;
    outbox.redrive().await;
    let reason = "DynamoDB item: event is not as mailhooks writes it";
    assert_eq!(outbox.line(), line(2, json!([{"event": "jetemail:evt_3", "reason": reason}]), 120));
}
