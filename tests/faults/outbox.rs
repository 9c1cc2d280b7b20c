//! Waiting events that are written directly to the table, with any number, age and content that a test needs.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use ingestion::{Redrive, RedriveReport};
use jiff::{SignedDuration, Timestamp};
use mailhooks_tests::Testbed;
use mailhooks_tests::aws::{Call, Fault, Service, Target};
use mailhooks_tests::testbed::TABLE;
use serde_json::Value;

use crate::scenario::REDRIVE_TIME;
use crate::workload;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// A table with waiting events, and the redrive for it.
pub(crate) struct Outbox {
    pub(crate) testbed: Testbed,
    /// The item of a waiting event, as written by a receiver.
    template: Item,
}

/// The time of redrives: two minutes after the events were received.
pub(crate) fn later() -> Timestamp {
    workload::start() + SignedDuration::from_mins(2)
}

pub(crate) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// The query for a page of a shard: limit 1 to find the oldest event, 100 to announce.
pub(crate) fn query(shard: usize, limit: usize, page: usize) -> Target {
    Target::Call(Call {
        service: Service::DynamoDb,
        operation: "Query".to_owned(),
        subject: format!("shard {shard:02} limit {limit:03}"),
        occurrence: page,
    })
}

/// Replaces the event of an item with an unreadable one.
pub(crate) fn spoil(item: &mut Item) {
    item.insert("event".to_owned(), text("no map"));
}

impl Outbox {
    pub(crate) async fn new() -> Self {
        let testbed = Testbed::start_in_virtual_time(workload::start()).await;
        testbed.aws.inject(Fault::dead(Service::Sns));
        let bounce = workload::bounce();
        testbed.post(bounce.provider, &bounce.body).await;
        testbed.aws.calm();
        let delete = testbed.engine.delete_item().table_name(TABLE).key("pk", text("jetemail#message-1"));
        let deleted = delete.key("sk", text("evt_1")).return_values(ReturnValue::AllOld).send().await;
        let template = deleted.unwrap().attributes.unwrap();
        testbed.aws.arm();
        Self { testbed, template }
    }

    /// Puts a waiting event with this event key into a shard.
    pub(crate) async fn put(&self, shard: usize, key: &str) {
        self.put_odd(shard, key, |_| {}).await;
    }

    pub(crate) async fn put_odd(&self, shard: usize, key: &str, change: impl FnOnce(&mut Item)) {
        let mut item = self.template.clone();
        item.insert("pk".to_owned(), text(format!("jetemail#{key}")));
        item.insert("sk".to_owned(), text(key));
        item.insert("outbox".to_owned(), text(shard.to_string()));
        let Some(AttributeValue::M(event)) = item.get_mut("event") else { panic!("an event is a map") };
        event.insert("id".to_owned(), text(format!("jetemail:{key}")));
        change(&mut item);
        self.testbed.engine.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    }

    /// Runs a redrive two minutes later.
    pub(crate) fn redriver(&self) -> Redrive {
        self.testbed.redrive(later())
    }

    pub(crate) async fn redrive(&self) -> RedriveReport {
        self.redriver().run(REDRIVE_TIME).await
    }

    /// The announced event keys in order, with repetitions.
    pub(crate) fn announced(&self) -> Vec<String> {
        let announcements = self.testbed.announcements();
        let mut keys: Vec<String> = announcements
            .iter()
            .map(|one| one.message["id"].as_str().unwrap())
            .map(|id| id.strip_prefix("jetemail:").unwrap().to_owned())
            .collect();
        keys.sort();
        keys
    }

    /// The number of waiting items, readable or not.
    pub(crate) async fn waiting(&self) -> usize {
        let scan = self.testbed.engine.scan().table_name(TABLE);
        scan.filter_expression("attribute_exists(outbox)").send().await.unwrap().items().len()
    }

    pub(crate) fn line(&self) -> Value {
        self.testbed.lines().pop().unwrap()
    }

    /// The shards that the redrive searched, in order.
    pub(crate) fn walked(&self) -> Vec<String> {
        let calls = self.testbed.aws.calls().into_iter();
        let shard = |subject: String| {
            let shard = subject.strip_suffix(" limit 100")?;
            Some(shard.strip_prefix("shard ")?.to_owned())
        };
        calls.filter_map(|call| shard(call.subject)).collect()
    }
}
