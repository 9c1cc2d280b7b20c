//! The index of all events by the time of their receipt, and which events the index by recipient has.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::TryStreamExt;
use ingestion::store::{AddressIndex, RawPayload, Store, WriteSettings};
use jiff::{SignedDuration, Timestamp};
use mailhooks_tests::testbed::TABLE;
use mailhooks_tests::{Testbed, files};
use normalization::ProviderName;
use normalization::ProviderName::JetEmail;
use serde_json::json;
use tokio::runtime::Runtime;

fn start() -> Timestamp {
    "2026-10-01T20:00:00.250Z".parse().unwrap()
}

/// A stack that received an event every 17 minutes for three and a half days, with a day's pause; and when each was received,
/// newest first.
async fn received() -> (Testbed, Vec<(String, Timestamp)>) {
    let testbed = Testbed::start(start()).await;
    let mut expected = Vec::new();
    for number in 0..300 {
        let pause = if number < 150 { 0 } else { 24 * 60 };
        let now = start() + SignedDuration::from_mins(number * 17 + pause);
        testbed.set_clock(now);
        let body =
            json!({"id": format!("evt_{number}"), "type": "outbound.delivered", "data": {"uid": number}});
        assert_eq!(testbed.post(JetEmail, body.to_string().as_bytes()).await.status(), 200);
        expected.insert(0, (format!("jetemail:evt_{number}"), now));
    }
    (testbed, expected)
}

async fn read(store: &Store, since: Timestamp, until: Timestamp, page: u16) -> Vec<(String, Timestamp)> {
    let pages: Vec<_> = store.received(since, until, page).try_collect().await.unwrap();
    assert!(pages.iter().all(|page| page.read_units > 0.0 || page.entries.is_empty()));
    let entries = pages.into_iter().flat_map(|page| page.entries);
    entries.map(|entry| (entry.key.event_id(), entry.received_at)).collect()
}

#[tokio::test]
async fn events_are_read_newest_first_in_any_period_and_page_size() {
    let (testbed, expected) = received().await;
    let store = &testbed.store;
    let end = start() + SignedDuration::from_hours(24 * 6);
    for page in [1, 3, 1_000] {
        assert_eq!(read(store, start(), end, page).await, expected, "{page}");
    }
    for (first, last) in [(0, 10), (17, 160), (140, 299)] {
        let (until, since) = (expected[first].1, expected[last].1);
        // The end of a period does not belong to it.
        assert_eq!(read(store, since, until, 7).await, expected[first + 1..=last], "{first} {last}");
    }
    assert_eq!(read(store, end, end, 7).await, []);
}

#[tokio::test]
async fn the_items_are_read_in_the_order_of_their_keys() {
    let (testbed, expected) = received().await;
    let pages: Vec<_> = testbed.store.received(start(), expected[200].1, 50).try_collect().await.unwrap();
    let mut keys: Vec<_> = pages.into_iter().flat_map(|page| page.entries).map(|entry| entry.key).collect();
    let mut gone = keys[0].clone();
    gone.event.push_str("-missing");
    keys.insert(1, gone);
    let found = testbed.store.events(&keys).await.unwrap();
    let ids: Vec<_> = found.events.iter().map(|stored| stored.event.id.clone()).collect();
    let expected: Vec<_> = expected[201..].iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(ids, expected);
}

/// The attributes for the indexes of each event type, as the store writes them.
fn written(settings: WriteSettings) -> HashMap<String, Vec<String>> {
    let runtime = Runtime::new().unwrap();
    let testbed = runtime.block_on(Testbed::start(start()));
    let store = Store::new(testbed.engine.clone(), TABLE, settings);
    for provider in ProviderName::ALL {
        for fixture in files::all_accepted(*provider).filter(|one| one.documents.is_some()) {
            files::with_records(&fixture, |records| {
                for record in records {
                    let raw = RawPayload::of(record);
                    runtime.block_on(store.record(record, &raw, start(), false)).unwrap();
                }
            });
        }
    }
    let items = testbed.engine.scan().table_name(TABLE).into_paginator().items().send();
    let items: Vec<_> = runtime.block_on(items.try_collect()).unwrap();
    let mut of_types: HashMap<String, Vec<String>> = HashMap::new();
    for item in items {
        let AttributeValue::M(event) = &item["event"] else { panic!("{item:?}") };
        let names = ["recipient", "received_day"].into_iter().filter(|name| item.contains_key(*name));
        let names = names.collect::<Vec<_>>().join(" ");
        of_types.entry(event["type"].as_s().unwrap().clone()).or_default().push(names);
    }
    of_types
}

#[test]
fn an_address_finds_mail_without_opens_and_clicks_or_only_what_needs_an_action() {
    let mail = written(WriteSettings::default());
    for name in ["email.delivered", "email.held", "email.sent", "email.suppressed", "email.resubscribed"] {
        assert!(mail[name].contains(&"recipient received_day".to_owned()), "{name}: {:?}", mail[name]);
    }
    for name in ["email.opened", "email.clicked", "inbound.received", "contact.created", "domain.created"] {
        assert!(mail[name].iter().all(|names| names == "received_day"), "{name}: {:?}", mail[name]);
    }
    let settings = WriteSettings {
        address_index: AddressIndex::Actionable,
        time_index: false,
        ..WriteSettings::default()
    };
    let actionable = written(settings);
    assert!(actionable["email.bounced"].contains(&"recipient".to_owned()));
    for name in ["email.delivered", "email.held", "email.opened"] {
        assert!(actionable[name].iter().all(String::is_empty), "{name}: {:?}", actionable[name]);
    }
}
