//! Events that cannot be announced: each is reported, and none delays other events.

use aws_sdk_dynamodb::types::AttributeValue;
use ingestion::RedriveFailure;
use jiff::SignedDuration;
use mailhooks_tests::aws::{Fault, FaultTiming, Kind, Target};

use crate::outbox::{Item, Outbox, later, spoil, text};
use crate::redrives::SHARDS;

/// A message size in bytes that SNS rejects.
const TOO_LONG: usize = 270_000;

/// An invalid item and the error reported for it.
#[derive(Clone, Copy)]
pub(crate) struct Poison {
    pub(crate) name: &'static str,
    change: fn(&mut Item),
    reason: &'static str,
}

pub(crate) const POISONS: &[Poison] = &[
    Poison {
        name: "an event that is not a map",
        change: spoil,
        reason: "DynamoDB item: event is not as mailhooks writes it",
    },
    Poison {
        name: "no event",
        change: |item| drop(item.remove("event")),
        reason: "DynamoDB item: event is not as mailhooks writes it",
    },
    Poison {
        name: "an event of an unknown type",
        change: |item| in_event(item, "type", "email.teleported"),
        reason: "DynamoDB item: event is not as mailhooks writes it",
    },
    Poison {
        name: "an event without a time",
        change: |item| in_event(item, "time", "yesterday"),
        reason: "DynamoDB item: time is not as mailhooks writes it",
    },
    Poison {
        name: "a message that is too long",
        change: |item| in_event(item, "recipient", &"x".repeat(TOO_LONG)),
        reason: "SNS PublishBatch: BatchRequestTooLong",
    },
];

/// Error codes with which SNS refuses a whole batch because of one entry.
/// <https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html#API_PublishBatch_Errors>
pub(crate) const BLAMES: [&str; 5] = [
    "InvalidParameter",
    "InvalidParameterValue",
    "ParameterValueInvalid",
    "ValidationException",
    "BatchRequestTooLong",
];

/// Changes a member of the event.
pub(crate) fn in_event(item: &mut Item, name: &str, value: &str) {
    let Some(AttributeValue::M(event)) = item.get_mut("event") else { panic!("an event is a map") };
    event.insert(name.to_owned(), text(value));
}

/// One invalid event among valid ones in its page and in another shard; the next redrive reports it again.
pub(crate) async fn among_good_ones(poison: Poison) {
    let outbox = Outbox::new().await;
    outbox.put(3, "evt_1").await;
    outbox.put_odd(3, "evt_2", poison.change).await;
    outbox.put(3, "evt_3").await;
    outbox.put(9, "evt_4").await;
    let failure = RedriveFailure { id: Some("jetemail:evt_2".to_owned()), reason: poison.reason.to_owned() };
    for redriven in [3, 0] {
        let report = outbox.redrive().await;
        assert_eq!(report.failures, std::slice::from_ref(&failure));
        assert_eq!((report.redriven, report.finished), (redriven, true));
        let line = outbox.line();
        assert_eq!(line["RedriveFailed"], 1);
        assert_eq!(line["failures"][0]["event"], "jetemail:evt_2");
        assert_eq!(line["failures"][0]["reason"], poison.reason);
        assert_eq!(outbox.announced(), ["evt_1", "evt_3", "evt_4"]);
        assert_eq!(outbox.waiting().await, 1);
    }
}

/// SNS refuses every batch that contains the event, with an error that blames an entry.
pub(crate) async fn blamed(code: &'static str) {
    let outbox = Outbox::new().await;
    for number in 1..=5 {
        outbox.put(3, &format!("evt_{number}")).await;
    }
    let target = Target::Text { operation: "PublishBatch", containing: "jetemail:evt_2\"".to_owned() };
    outbox.testbed.aws.inject(Fault::always(target, FaultTiming::BeforeEffect, Kind::Blame(code)));
    let report = outbox.redrive().await;
    let failure =
        RedriveFailure { id: Some("jetemail:evt_2".to_owned()), reason: format!("SNS PublishBatch: {code}") };
    assert_eq!(report.failures, [failure]);
    assert_eq!(outbox.announced(), ["evt_1", "evt_3", "evt_4", "evt_5"]);
    assert_eq!(outbox.waiting().await, 1);
}

/// More than a page of invalid events, all older than the valid ones after them.
pub(crate) async fn more_than_a_page() {
    const POISONED: usize = 120;
    let outbox = Outbox::new().await;
    let older = later() - SignedDuration::from_mins(10);
    for number in 0..POISONED {
        let poison = |item: &mut Item| {
            spoil(item);
            item.insert("received_at".to_owned(), text(format!("{older:.3}")));
        };
        outbox.put_odd(3, &format!("evt_{number}"), poison).await;
    }
    outbox.put(3, "good_1").await;
    outbox.put(4, "good_2").await;
    let report = outbox.redrive().await;
    assert_eq!((report.redriven, report.failures.len()), (2, POISONED));
    assert!(report.finished);
    assert_eq!(outbox.announced(), ["good_1", "good_2"]);
    let line = outbox.line();
    assert_eq!(line["RedriveFailed"], POISONED);
    assert_eq!(line["failures"].as_array().unwrap().len(), 20);
    assert_eq!(line["OldestUnannouncedSeconds"], 600);
}

/// One invalid event in each shard.
pub(crate) async fn in_every_shard() {
    let outbox = Outbox::new().await;
    for shard in 0..SHARDS {
        outbox.put_odd(shard, &format!("evt_{shard}"), spoil).await;
        outbox.put(shard, &format!("good_{shard}")).await;
    }
    let report = outbox.redrive().await;
    assert_eq!((report.redriven, report.failures.len()), (SHARDS, SHARDS));
    assert_eq!(outbox.announced().len(), SHARDS);
    assert_eq!(outbox.waiting().await, SHARDS);
}

/// Keys and times that mailhooks does not write: valid ones are announced, and unknown shards are ignored.
pub(crate) async fn odd_keys() {
    let outbox = Outbox::new().await;
    let no_time = |item: &mut Item| drop(item.insert("received_at".to_owned(), text("0")));
    outbox.put_odd(5, "evt_0", no_time).await;
    let rename = |item: &mut Item| drop(item.insert("pk".to_owned(), text("odd")));
    outbox.put_odd(3, "evt_1", rename).await;
    let both = |item: &mut Item| {
        rename(item);
        spoil(item);
    };
    outbox.put_odd(3, "evt_2", both).await;
    outbox.put(99, "evt_3").await;
    outbox.put(3, "evt_4").await;
    let report = outbox.redrive().await;
    assert_eq!(outbox.announced(), ["evt_0", "evt_1", "evt_4"]);
    assert_eq!(report.failures.len(), 1);
    assert_eq!(report.failures[0].id.as_deref(), Some("odd:evt_2"));
    assert_eq!(outbox.waiting().await, 2);
}
