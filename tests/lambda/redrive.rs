//! The real redrive with the least memory that the template allows.

use ingestion::clock;
use jiff::SignedDuration;
use mailhooks_tests::Testbed;
use mailhooks_tests::lambda::Function;
use mailhooks_tests::proxy::{Fault, Kind, Moment, Service, Target};
use normalization::ProviderName::GetMailer;
use serde_json::{Map, Value, json};

/// Large events, more than the redrive asks the index for at once; small ones wait behind them.
const LARGE: usize = 110;
const SMALL: usize = 20;

/// Resident bytes that the redrive may take: three quarters of the 128 MB that `MemorySize` may be set to, since Lambda's
/// own processes in the sandbox need some of it.
const MOST_MEMORY: u64 = 96 << 20;

/// A bounce with as much beside it as is carried, and a raw payload that just fits into its item.
fn large(number: usize) -> Vec<u8> {
    let entries = (0..1_000).map(|entry| (format!("m{entry}"), json!(number)));
    let metadata: Map<String, Value> = entries.collect();
    let tags: Vec<String> = (0..1_000).map(|tag| format!("tag-{tag}")).collect();
    json!({
        "id": format!("evt_large_{number}"), "type": "email.bounced",
        "data": {"emailId": format!("large-{number}"), "to": "ada@example.org", "bounceType": "hard",
                 "tags": tags, "metadata": metadata, "textBody": noise(number as u64 + 1, 215_000)}
    })
    .to_string()
    .into_bytes()
}

fn small(number: usize) -> Vec<u8> {
    json!({
        "id": format!("evt_small_{number}"), "type": "email.bounced",
        "data": {"emailId": format!("small-{number}"), "to": "ada@example.org", "bounceType": "hard"}
    })
    .to_string()
    .into_bytes()
}

/// Letters and digits that compress to three quarters.
fn noise(seed: u64, length: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let letter = |_| {
        // xorshift64 (Marsaglia, 2003): the same text on every machine.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'0' + (state >> 58) as u8)
    };
    (0..length)
        .map(letter)
        .map(|letter| if letter == '\\' { '-' } else { letter })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_large_events_that_wait_fit_into_128_megabytes() {
    let received_at = clock::now() - SignedDuration::from_mins(10);
    let testbed = Testbed::start(received_at).await;
    let dead = Target::Service(Service::Sns);
    testbed
        .proxy
        .inject(Fault::always(dead, Moment::BeforeEffect, Kind::Refuse));
    for number in 0..LARGE {
        testbed.post(GetMailer, &large(number)).await;
    }
    testbed.set_clock(received_at + SignedDuration::from_mins(1));
    for number in 0..SMALL {
        testbed.post(GetMailer, &small(number)).await;
    }
    testbed.proxy.calm();
    let redrive = Function::start("redrive", &testbed.variables(GetMailer)).await;
    redrive.ready().await;
    redrive.invoke(json!({})).await.unwrap();
    if let Some(peak) = redrive.peak_memory() {
        assert!(peak <= MOST_MEMORY, "the redrive took {peak} bytes");
    }
    assert!(redrive.is_alive());
    assert_eq!(testbed.announcements().len(), LARGE + SMALL);
    assert!(
        testbed
            .stored()
            .await
            .iter()
            .all(|stored| !stored.unannounced)
    );
}
