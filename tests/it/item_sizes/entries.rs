//! The size of entries of the suppression list, and of the log line of its function.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use ingestion::clock::Clock;
use ingestion::log::Log;
use ingestion::suppressions::{Consumer, Keeper, Suppressions};
use mailhooks_local::LIST_TABLE;
use mailhooks_local::table::{self, Definition};
use mailhooks_tests::testbed::now;
use mailhooks_tests::write_units::{UNIT, of_table, size_of};
use mailhooks_tests::{Testbed, files};
use normalization::ProviderName::Emailit;
use normalization::suppression::{Evidence, Kind, Policy, evidence_of};
use serde_json::{Value, json};

/// A row for a usual entry, for one of temporary bounces, and for the largest.
pub(super) async fn rows() -> String {
    let bounce = files::with_records(&files::accepted(Emailit, "email-bounced"), |records| {
        evidence_of(&records[0].event).unwrap()
    });
    let soft = |number: usize| {
        let (_, evidence) = bounce.clone();
        (Kind::Soft, Evidence { event: format!("{}{number:02}", evidence.event), ..evidence })
    };
    let all = Kind::ALL.iter().map(|kind| (*kind, bounce.1.clone())).chain((0..20).map(soft));
    let mut rows = "| entry | bytes | write units |\n| --- | ---: | ---: |\n".to_owned();
    for (name, evidence) in [
        ("one bounce", vec![bounce.clone()]),
        ("five temporary bounces", (0..5).map(soft).collect()),
        ("evidence of every kind, twenty temporary bounces", all.collect()),
    ] {
        let (bytes, units) = weigh(&evidence).await;
        writeln!(rows, "| {name} | {bytes} | {units} |").unwrap();
    }
    rows
}

/// The bytes of an entry with this evidence, and the units of its write.
async fn weigh(evidence: &[(Kind, Evidence)]) -> (usize, usize) {
    let testbed = Testbed::start(now()).await;
    let list = list(&testbed).await;
    list.add("ada@example.com", evidence, now()).await.unwrap();
    let key = AttributeValue::S("ada@example.com".to_owned());
    let found = testbed.engine.get_item().table_name(LIST_TABLE).key("address", key).send().await.unwrap();
    let item = found.item.unwrap();
    let bytes: usize = item.iter().map(|(name, value)| name.len() + size_of(value)).sum();
    let put = testbed.engine.put_item().table_name(LIST_TABLE).set_item(Some(item));
    let put = put.return_consumed_capacity(ReturnConsumedCapacity::Indexes).send().await.unwrap();
    assert_eq!(of_table(&put.consumed_capacity.unwrap()), bytes.div_ceil(UNIT), "as the engine counts");
    (bytes, bytes.div_ceil(UNIT))
}

/// The bytes of the log line for ten messages.
pub(super) async fn logged() -> usize {
    let testbed = Testbed::start(now()).await;
    let keeper = Keeper::new(list(&testbed).await, testbed.store.clone(), Clock::from(now));
    let lines: Arc<Mutex<Vec<usize>>> = Arc::default();
    let kept = Arc::clone(&lines);
    let log = Log::from(move |line: &Value| kept.lock().unwrap().push(line.to_string().len() + 1));
    let body = files::with_records(&files::accepted(Emailit, "email-complained"), |records| {
        json!(records[0].event).to_string()
    });
    let records: Vec<_> =
        (0..10).map(|number| json!({"messageId": number.to_string(), "body": body})).collect();
    let batch = serde_json::from_value(json!({"Records": records})).unwrap();
    Consumer::new(keeper, Clock::from(now), log).take(batch).await;
    lines.lock().unwrap().remove(0)
}

async fn list(testbed: &Testbed) -> Suppressions {
    table::create(&testbed.engine, LIST_TABLE, Definition::Suppressions).await.unwrap();
    Suppressions::new(testbed.clients.dynamodb.clone(), LIST_TABLE, Policy::default())
}
