//! The size of an event: the bytes and write units of every documented sample in the table and its indexes, and the
//! bytes of log per webhook. docs/cost.md contains the resulting tables.
//!
//! `UPDATE_EXPECT=1` rewrites them. Then run `docs/cost.py --write`, which computes the prices from them.

mod entries;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use ingestion::environment;
use ingestion::store::{RawPayload, Recorded};
use jiff::Timestamp;
use mailhooks_local::samples::Fixture;
use mailhooks_tests::testbed::{TABLE, request_of};
use mailhooks_tests::topics::topics_of;
use mailhooks_tests::write_units::{UNIT, of_index, of_table, size_of};
use mailhooks_tests::{Testbed, files};
use normalization::{Event, EventType, ProviderName, Record};
use serde_json::json;
use tokio::runtime::Runtime;

type Item = HashMap<String, AttributeValue>;

/// One documented event.
#[derive(Debug)]
struct Weight {
    event_type: &'static str,
    /// The size of the item as written, with its outbox mark if it is due.
    bytes: usize,
    units: Units,
}

/// Write units of one event from its receipt to its announcement.
#[derive(Debug, Default, PartialEq)]
struct Units {
    put: usize,
    settle: usize,
    by_recipient: usize,
    by_time: usize,
    outbox: usize,
}

#[test]
fn the_median_event_is_one_write_unit_and_the_document_says_what_each_costs() {
    let runtime = Runtime::new().unwrap();
    let mut weights = Vec::new();
    let mut lines: BTreeMap<bool, Vec<usize>> = BTreeMap::new();
    for fixture in documented() {
        let due = files::with_records(&fixture, |records| is_due(&records[0].event));
        weights.extend(weigh(&runtime, &fixture));
        lines.entry(due).or_default().push(runtime.block_on(logged(&fixture)));
    }
    let bytes: Vec<_> = weights.iter().map(|weight| weight.bytes).collect();
    assert!(median(bytes) <= UNIT, "{weights:#?}");
    same("items", &table(&weights));
    let batch = files::accepted(ProviderName::Emailit, "batch-of-100");
    let rows = format!(
        "| webhook | bytes of its line |\n| --- | ---: |\n\
         | one event, not announced (median) | {} |\n\
         | one event, announced (median) | {} |\n\
         | array of 100 | {} |\n\
         | batch of ten in the list | {} |\n",
        median(lines.remove(&false).unwrap()),
        median(lines.remove(&true).unwrap()),
        runtime.block_on(logged(&batch)),
        runtime.block_on(entries::logged()),
    );
    same("logs", &rows);
    same("entries", &runtime.block_on(entries::rows()));
}

fn documented() -> impl Iterator<Item = Fixture> {
    ProviderName::ALL
        .iter()
        .flat_map(|provider| files::all_accepted(*provider))
        .filter(|fixture| fixture.documents.is_some())
}

/// Whether an event is announced while the topic *events* is off.
fn is_due(event: &Event) -> bool {
    !topics_of(&json!(event)).is_empty()
}

/// Records the events of a fixture as a receiver does, and measures the resulting items.
fn weigh(runtime: &Runtime, fixture: &Fixture) -> Vec<Weight> {
    let testbed = runtime.block_on(Testbed::start(fixture.now));
    files::with_records(fixture, |records| {
        let mut weights = Vec::new();
        for record in records {
            let item = runtime.block_on(record_one(&testbed, record, fixture.now));
            let weight = weigh_item(record.event.data.event_type, &item);
            assert_eq!(runtime.block_on(counted_by_the_engine(&testbed, item)), weight.units, "{weight:?}");
            weights.push(weight);
        }
        weights
    })
}

async fn record_one(testbed: &Testbed, record: &Record<'_>, now: Timestamp) -> Item {
    let due = is_due(&record.event);
    assert_eq!(testbed.store.record(record, &RawPayload::of(record), now, due).await.unwrap(), Recorded::New);
    let found = testbed.engine.get_item().table_name(TABLE);
    let found = found
        .key("pk", AttributeValue::S(record.key.partition.clone()))
        .key("sk", AttributeValue::S(record.key.event.clone()))
        .send()
        .await
        .unwrap();
    found.item.unwrap()
}

fn weigh_item(event_type: EventType, item: &Item) -> Weight {
    let projected =
        |names: &[&str]| -> usize { names.iter().map(|name| name.len() + size_of(&item[*name])).sum() };
    let bytes: usize = item.iter().map(|(name, value)| name.len() + size_of(value)).sum();
    let mut units = Units { put: bytes.div_ceil(UNIT), ..Units::default() };
    if item.contains_key("recipient") {
        let names = ["pk", "sk", "recipient", "occurred_at", "event", "received_at"];
        units.by_recipient = projected(&names).div_ceil(UNIT);
    }
    units.by_time = projected(&["pk", "sk", "received_day", "received_at"]).div_ceil(UNIT);
    if item.contains_key("outbox") {
        // For an update, the larger item size counts, before or after it.
        units.settle = bytes.div_ceil(UNIT);
        // The write of the item adds it, and the update removes it.
        units.outbox = 2 * projected(&["pk", "sk", "outbox", "received_at"]).div_ceil(UNIT);
    }
    Weight { event_type: event_type.as_str(), bytes, units }
}

/// The embedded DynamoDB's own count of the units for the same writes.
async fn counted_by_the_engine(testbed: &Testbed, item: Item) -> Units {
    let key = |name: &str| item[name].clone();
    let deleted = testbed.engine.delete_item().table_name(TABLE);
    deleted.key("pk", key("pk")).key("sk", key("sk")).send().await.unwrap();
    let put = testbed.engine.put_item().table_name(TABLE);
    let put = put
        .set_item(Some(item.clone()))
        .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
        .send()
        .await
        .unwrap();
    let put = put.consumed_capacity.unwrap();
    let mut units = Units {
        put: of_table(&put),
        settle: 0,
        by_recipient: of_index(&put, "by_recipient"),
        by_time: of_index(&put, "by_time"),
        outbox: of_index(&put, "outbox"),
    };
    if item.contains_key("outbox") {
        let update = testbed.engine.update_item().table_name(TABLE);
        let update = update
            .key("pk", key("pk"))
            .key("sk", key("sk"))
            .update_expression("REMOVE outbox")
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
            .send()
            .await
            .unwrap();
        let update = update.consumed_capacity.unwrap();
        units.settle = of_table(&update);
        units.by_recipient += of_index(&update, "by_recipient");
        units.by_time += of_index(&update, "by_time");
        units.outbox += of_index(&update, "outbox");
    }
    units
}

/// The bytes of the log line for a webhook, as in Lambda: with its request id, after 12 ms.
async fn logged(fixture: &Fixture) -> usize {
    let testbed = Testbed::start(fixture.now).await.announcing_actions();
    testbed.receive(fixture.provider, request_of(fixture)).await;
    let mut line = testbed.lines().remove(0);
    line["duration_us"] = json!(12_000);
    line["request_id"] = json!("00000000-0000-0000-0000-000000000000");
    line.to_string().len() + 1
}

/// A row for each type, and one for all types.
fn table(weights: &[Weight]) -> String {
    let mut by_type: BTreeMap<&str, Vec<&Weight>> = BTreeMap::new();
    for weight in weights {
        by_type.entry(weight.event_type).or_default().push(weight);
    }
    let mut rows =
        "| type | samples | median bytes | largest | of them one unit | `PutItem` | `UpdateItem` | \
                    `by_recipient` | `by_time` | `outbox` | units of the median |\n\
                    | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
            .to_owned();
    for (event_type, weights) in by_type {
        row(&mut rows, &format!("`{event_type}`"), &weights);
    }
    row(&mut rows, "all", &weights.iter().collect::<Vec<_>>());
    rows
}

fn row(rows: &mut String, name: &str, weights: &[&Weight]) {
    let all = |of: fn(&Weight) -> usize| weights.iter().map(|weight| of(weight)).collect::<Vec<_>>();
    let bytes = all(|weight| weight.bytes);
    let columns: [fn(&Weight) -> usize; 5] = [
        |weight| weight.units.put,
        |weight| weight.units.settle,
        |weight| weight.units.by_recipient,
        |weight| weight.units.by_time,
        |weight| weight.units.outbox,
    ];
    let small = bytes.iter().filter(|bytes| **bytes <= UNIT).count();
    let largest = *bytes.iter().max().unwrap();
    let count = weights.len();
    write!(rows, "| {name} | {count} | {} | {largest} | {small} ", median(bytes)).unwrap();
    for of in columns {
        let mut units = all(of);
        units.sort_unstable();
        let (least, most) = (units[0], units[units.len() - 1]);
        let range = if least == most { String::new() } else { format!("{least} to ") };
        write!(rows, "| {range}{most} ").unwrap();
    }
    let sum = all(|weight| {
        let Units { put, settle, by_recipient, by_time, outbox } = weight.units;
        put + settle + by_recipient + by_time + outbox
    });
    writeln!(rows, "| {} |", median(sum)).unwrap();
}

/// The median; of two middle values, the larger.
fn median(mut values: Vec<usize>) -> usize {
    values.sort_unstable();
    values[values.len() / 2]
}

/// Checks that the document contains these rows between its marks of this name.
fn same(name: &str, rows: &str) {
    println!("{rows}");
    let path = files::root().join("docs/cost.md");
    let text = fs::read_to_string(&path).unwrap();
    let begin = format!("<!-- {name}: written by `UPDATE_EXPECT=1 cargo test --test it item_sizes::`. -->\n");
    let end = "<!-- To here. -->\n";
    let (before, rest) = text.split_once(&begin).unwrap();
    let (found, after) = rest.split_once(end).unwrap();
    let expected = format!("\n{rows}\n");
    if environment::variable("UPDATE_EXPECT").is_some() {
        fs::write(&path, format!("{before}{begin}{expected}{end}{after}")).unwrap();
    } else {
        assert_eq!(found, expected, "docs/cost.md is out of date; UPDATE_EXPECT=1 writes it");
    }
}
