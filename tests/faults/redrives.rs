//! The time limit of a redrive: what it does within the limit, and where the next redrive continues.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join;
use jiff::SignedDuration;
use mailhooks_tests::aws::{Call, Fault, FaultTiming, Kind, Target};
use normalization::Key;

use crate::outbox::{Item, Outbox, later, query, spoil, text};
use crate::poison::in_event;
use crate::scenario::REDRIVE_TIME;
use crate::workload::start;

pub(crate) const SHARDS: usize = 16;

/// Long enough for a redrive to reach a call that hangs, and shorter than the three-second time limit of that call.
const UNTIL_IT_HANGS: Duration = Duration::from_millis(2_900);

/// Two redrives at once, in one process or in two: both may announce each event, under the same id.
pub(crate) async fn two_at_once(same_process: bool) {
    let outbox = Outbox::new().await;
    let key = |number: usize| format!("evt_{number}");
    for number in 0..5 {
        outbox.put(3 * number, &key(number)).await;
    }
    let (one, other) = (outbox.redriver(), outbox.redriver());
    let other = if same_process { &one } else { &other };
    let (first, second) = Box::pin(join(one.run(REDRIVE_TIME), other.run(REDRIVE_TIME))).await;
    assert!(first.failures.is_empty() && second.failures.is_empty());
    let announced = outbox.announced();
    assert_eq!(announced.len(), first.redriven + second.redriven);
    for key in (0..5).map(key) {
        let times = announced.iter().filter(|one| **one == key).count();
        assert!((1..=2).contains(&times), "{key} was announced {times} times");
    }
    assert_eq!(outbox.waiting().await, 0);
}

/// A redrive that runs out of time in a shard continues there the next time, until it has covered all shards.
pub(crate) async fn goes_on_in_the_shard(shard: usize) {
    let outbox = Outbox::new().await;
    for number in 0..SHARDS {
        outbox.put(number, &format!("evt_{number:02}")).await;
    }
    outbox.testbed.aws.inject(Fault::always(query(shard, 100, 1), FaultTiming::BeforeEffect, Kind::Hang));
    let redrive = outbox.redriver();
    let first = redrive.run(UNTIL_IT_HANGS).await;
    assert!(!first.finished && first.failures.is_empty(), "{first:?}");
    let stopped = outbox.walked().pop().unwrap();
    outbox.testbed.aws.calm();
    outbox.testbed.aws.arm();
    let second = redrive.run(REDRIVE_TIME).await;
    assert!(second.finished && second.failures.is_empty(), "{second:?}");
    assert_eq!(outbox.walked().len(), SHARDS);
    assert_eq!(outbox.walked()[0], stopped);
    let announced: BTreeSet<String> = outbox.announced().into_iter().collect();
    assert_eq!(announced.len(), SHARDS);
    assert_eq!(outbox.waiting().await, 0);
}

/// The same in the second page of a shard, after a hundred events that cannot be announced: the next redrive does not start
/// with them again. The events at the start of the page may be gone by then.
pub(crate) async fn goes_on_in_the_page(first_page_is_gone: bool) {
    let outbox = Outbox::new().await;
    let key = |number: usize| format!("evt_{number:03}");
    for number in 0..100 {
        outbox.put_odd(3, &key(number), spoil).await;
    }
    for number in 100..103 {
        outbox.put(3, &key(number)).await;
    }
    let second_page = Target::Text { operation: "Query", containing: "ExclusiveStartKey".to_owned() };
    outbox.testbed.aws.inject(Fault::always(second_page, FaultTiming::BeforeEffect, Kind::Hang));
    let redrive = outbox.redriver();
    let first = redrive.run(UNTIL_IT_HANGS).await;
    assert_eq!((first.finished, first.failures.len()), (false, 100));
    outbox.testbed.aws.calm();
    outbox.testbed.aws.arm();
    if first_page_is_gone {
        for key in (0..100).map(key) {
            let key = Key { partition: format!("jetemail#{key}"), event: key };
            outbox.testbed.aside.settle(&key).await.unwrap();
        }
    }
    let second = redrive.run(REDRIVE_TIME).await;
    assert_eq!((second.redriven, second.failures.len()), (3, 0));
    assert!(second.finished);
    assert_eq!(outbox.walked().len(), SHARDS);
    assert_eq!(outbox.announced(), [key(100), key(101), key(102)]);
}

/// Events of 150 KB in one shard, in a text or in a list: the redrive announces some before it reads more, which limits its
/// memory, and then reaches the small events after them.
pub(crate) async fn large_events() {
    const LARGE: usize = 60;
    let outbox = Outbox::new().await;
    for number in 0..LARGE {
        let enlarge = |item: &mut Item| match item.get_mut("event") {
            Some(AttributeValue::M(event)) if number % 2 == 0 => {
                event.insert("truncated".to_owned(), AttributeValue::L(vec![text("x".repeat(1_500)); 100]));
            }
            _ => in_event(item, "recipient", &"x".repeat(150_000)),
        };
        outbox.put_odd(3, &format!("evt_{number:02}"), enlarge).await;
    }
    let younger = |item: &mut Item| {
        let received_at = start() + SignedDuration::from_secs(1);
        item.insert("received_at".to_owned(), text(format!("{received_at:.3}")));
    };
    outbox.put_odd(3, "small", younger).await;
    outbox.put(4, "other").await;
    // One success is enough: on a busy machine calls may time out, and the next run repeats them.
    let redrive = outbox.redriver();
    while outbox.waiting().await > 0 {
        redrive.run(REDRIVE_TIME).await;
    }
    let announced: BTreeSet<String> = outbox.announced().into_iter().collect();
    assert_eq!(announced.len(), LARGE + 2);
    let calls = outbox.testbed.aws.calls();
    let is = |operation: &'static str| move |call: &&Call| call.operation == operation;
    let before = calls.iter().take_while(|call| call.operation != "PublishBatch");
    let read = before.filter(is("GetItem")).count();
    assert!(read <= LARGE / 2, "{read} events were read before the first was announced");
}

/// Without any time the redrive starts nothing, reports nothing, and loses nothing.
pub(crate) async fn without_time() {
    let outbox = Outbox::new().await;
    outbox.put(7, "evt_1").await;
    let redrive = outbox.redriver();
    let report = redrive.run(Duration::ZERO).await;
    assert!(!report.finished && report.failures.is_empty());
    assert_eq!((report.redriven, report.oldest), (0, None));
    assert!(outbox.testbed.aws.calls().is_empty());
    let line = outbox.line();
    assert!(line.get("OldestUnannouncedSeconds").is_none(), "{line}");
    assert_eq!(redrive.run(REDRIVE_TIME).await.redriven, 1);
}

/// A webhook that arrived a minute ago may still be in progress; an older one may not.
pub(crate) async fn the_young_are_left_alone() {
    let outbox = Outbox::new().await;
    for number in 0..3 {
        let received_at = start() + SignedDuration::from_secs(number);
        let change = |item: &mut Item| {
            item.insert("received_at".to_owned(), text(format!("{received_at:.3}")));
        };
        outbox.put_odd(1, &format!("evt_{number}"), change).await;
    }
    for (after, announced) in [(59, 0), (60, 0), (61, 1), (62, 2), (63, 3)] {
        let now = start() + SignedDuration::from_secs(after);
        let report = outbox.testbed.redrive(now).run(REDRIVE_TIME).await;
        assert!(report.finished && report.failures.is_empty(), "{report:?}");
        assert_eq!(outbox.announced().len(), announced, "after {after} s");
    }
    assert_eq!(outbox.waiting().await, 0);
    assert_eq!(outbox.testbed.redrive(later()).run(REDRIVE_TIME).await.oldest, None);
}
