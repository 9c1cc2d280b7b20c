//! The real redrive with the minimum memory that the template allows.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use ingestion::clock;
use jiff::SignedDuration;
use mailhooks_tests::Testbed;
use mailhooks_tests::aws::{Fault, Service};
use mailhooks_tests::lambda::Function;
use mailhooks_tests::testbed::TABLE;
use normalization::ProviderName::GetMailer;
use serde_json::{Map, Value, json};

/// Large events in one shard: more than one query of the redrive reads.
const LARGE: usize = 110;

/// The limit for the redrive's resident memory in bytes: half of 128 MB, the minimum `MemorySize`. Lambda's own processes in
/// the sandbox need some of the rest, and an event may be somewhat larger.
const MOST_MEMORY: u64 = 64 << 20;

/// The sizes in bytes of each text and raw payload: the most that fits in an announcement and an item.
const TEXT: usize = 150_000;
const RAW: usize = 150_000;

/// One success is enough: on a busy machine calls may time out, and the next run repeats them.
const MAX_RUNS: usize = 50;

/// A bounce with the maximum number of metadata values, which take many times their length in memory.
fn large() -> Vec<u8> {
    let metadata: Map<String, Value> = (0..1_000).map(|entry| (format!("m{entry}"), json!(entry))).collect();
    let tags: Vec<String> = (0..1_000).map(|tag| format!("tag-{tag}")).collect();
    json!({
        "id": "evt", "type": "email.bounced",
        "data": {"emailId": "m", "to": "ada@example.org", "bounceType": "hard", "tags": tags, "metadata": metadata}
    })
    .to_string()
    .into_bytes()
}

/// The items of this number of copies of the event, all in one shard of the outbox, and of the event after them.
fn copies(item: &HashMap<String, AttributeValue>) -> impl Iterator<Item = HashMap<String, AttributeValue>> {
    let text = |text: String| AttributeValue::S(text);
    (0..=LARGE).map(move |number| {
        let mut item = item.clone();
        let key = format!("evt_{number:03}");
        item.insert("pk".to_owned(), text(format!("getmailer#{key}")));
        item.insert("outbox".to_owned(), text("7".to_owned()));
        let Some(AttributeValue::M(event)) = item.get_mut("event") else { panic!("an event is a map") };
        event.insert("id".to_owned(), text(format!("getmailer:{key}")));
        let Some(AttributeValue::M(bounce)) = event.get_mut("bounce") else { panic!("a bounce is a map") };
        bounce.insert("diagnostic".to_owned(), text("x".repeat(TEXT)));
        if number == LARGE {
            event.remove("message");
        }
        item.insert("sk".to_owned(), text(key));
        item.insert("raw".to_owned(), AttributeValue::B(Blob::new(vec![0; RAW])));
        item
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_large_events_that_wait_fit_into_128_megabytes() {
    let testbed = Testbed::start(clock::now() - SignedDuration::from_mins(10)).await;
    testbed.aws.inject(Fault::dead(Service::Sns));
    testbed.post(GetMailer, &large()).await;
    testbed.aws.calm();
    let item = testbed.engine.scan().table_name(TABLE).send().await.unwrap().items.unwrap().remove(0);
    for item in copies(&item) {
        testbed.engine.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    }
    let redrive = Function::start("redrive", &testbed.variables(GetMailer)).await;
    for _ in 0..MAX_RUNS {
        redrive.invoke(json!({})).await.unwrap();
        if testbed.stored().await.iter().all(|stored| !stored.unannounced) {
            break;
        }
    }
    if let Some(peak) = redrive.peak_memory() {
        assert!(peak <= MOST_MEMORY, "the redrive took {peak} bytes");
    }
    assert!(redrive.is_alive());
    let announcements = testbed.announcements();
    let ids: BTreeSet<_> = announcements.iter().map(|one| one.message["id"].as_str()).collect();
    // The original of the copies waits too.
    assert_eq!(ids.len(), LARGE + 2);
}
