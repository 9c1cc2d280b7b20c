//! Tests the store and the notifier with third-party emulators, to verify the engines of the other tests independently.
//! `tests/faithful/run` starts the servers; without them the tests fail.
//!
//! `MAILHOOKS_ENDPOINT` supports DynamoDB and SNS; `MAILHOOKS_STRICT_SNS_ENDPOINT` is an SNS that validates requests
//! strictly.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot continue fails"
)]

mod rotation;

use std::collections::HashSet;

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use ingestion::aws::Clients;
use ingestion::environment;
use ingestion::notifier::{Notifier, Topic};
use ingestion::store::{RawPayload, Recorded, Scan, Store, WriteSettings};
use mailhooks_local::samples::Fixture;
use mailhooks_local::table::{self, Definition};
use mailhooks_tests::files;
use mailhooks_tests::testbed::{access, no_deadline};
use normalization::{Event, ProviderName, Record};

fn endpoint(name: &str) -> String {
    environment::variable(name)
        .unwrap_or_else(|| panic!("{name} is not set: run tests/faithful/run, which starts the servers"))
}

async fn store(name: &str) -> Store {
    let endpoint = endpoint("MAILHOOKS_ENDPOINT");
    let clients = Clients::new(&access(&endpoint, &endpoint));
    table::create(&clients.dynamodb, name, Definition::Events).await.unwrap();
    Store::new(clients.dynamodb, name, WriteSettings::default())
}

/// Records the events of a fixture, records them again as duplicates, settles them, and records them once more.
async fn round_trip(store: &Store, fixture: &Fixture, records: &[Record<'_>]) {
    let mut seen = HashSet::new();
    // A batch may contain an event twice.
    for record in records.iter().filter(|record| seen.insert(&record.event.id)) {
        let raw = RawPayload::of(record);
        store.record(record, &raw, fixture.now, true).await.unwrap();
        let known = store.record(record, &raw, fixture.now, true).await.unwrap();
        let Recorded::Known { unannounced: Some(recorded) } = known else {
            panic!("{}: {known:?}", fixture.name)
        };
        assert_eq!(recorded.id, record.event.id);
        store.settle(&record.key).await.unwrap();
        let settled = store.record(record, &raw, fixture.now, true).await.unwrap();
        assert_eq!(settled, Recorded::Known { unannounced: None });
    }
}

fn wait_for<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}

fn events_of(records: &[Record<'_>]) -> Vec<Event> {
    records.iter().map(|record| record.event.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_recorded_once_settled_and_read_back_as_it_was() {
    for provider in ProviderName::ALL.iter().copied() {
        let store = store(&format!("faithful-{provider}")).await;
        let mut expected = Vec::new();
        for fixture in files::all_accepted(provider) {
            expected.extend(files::with_records(&fixture, |records| {
                wait_for(round_trip(&store, &fixture, records));
                events_of(records)
            }));
        }
        let mut found = Vec::new();
        let mut pages = store.pages(Scan::default());
        while let Some(page) = pages.try_next().await.unwrap() {
            assert!(page.found.unreadable.is_empty());
            for stored in page.found.events {
                store.raw(&stored).await.unwrap();
                found.push(stored.event);
            }
        }
        expected.sort_by(|one, other| one.id.cmp(&other.id));
        expected.dedup_by(|one, other| one.id == other.id);
        found.sort_by(|one, other| one.id.cmp(&other.id));
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            let json = |event: &Event| serde_json::to_string_pretty(event).unwrap();
            assert_eq!(json(found), json(expected));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_at_once_one_is_new() {
    let store = store("faithful-race").await;
    let fixture = files::accepted(ProviderName::JetEmail, "outbound-bounced");
    let outcomes = files::with_records(&fixture, |records| {
        let raw = RawPayload::of(&records[0]);
        wait_for(join_all((0..200).map(|_| store.record(&records[0], &raw, fixture.now, true))))
    });
    let new = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Recorded::New))).count();
    let known = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Recorded::Known { .. }))).count();
    assert_eq!((new, known), (1, 199));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_an_announcement_that_sns_takes() {
    let fixtures = ProviderName::ALL.iter().copied().flat_map(files::all_accepted);
    let events: Vec<Event> = fixtures.flat_map(|fixture| files::with_records(&fixture, events_of)).collect();
    let events: Vec<&Event> = events.iter().collect();
    for name in ["MAILHOOKS_ENDPOINT", "MAILHOOKS_STRICT_SNS_ENDPOINT"] {
        let endpoint = endpoint(name);
        let clients = Clients::new(&access(&endpoint, &endpoint));
        let mut topics = Vec::new();
        for topic in Topic::ALL {
            let made = clients.sns.create_topic().name(topic.name()).send().await.unwrap();
            topics.push((topic, made.topic_arn.unwrap()));
        }
        let outcomes =
            Notifier::new(clients.sns, topics.into_iter().collect()).announce(&events, no_deadline()).await;
        for (event, outcome) in events.iter().zip(outcomes) {
            assert!(outcome.is_ok(), "{name}: {}: {outcome:?}", event.id);
        }
    }
}
