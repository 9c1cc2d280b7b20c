//! An event is recorded once, announced at least once, and acknowledged as soon as it is recorded.

mod batches;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use ingestion::store::{RawPayload, Recorded, StoredEvent};
use lambda_http::{Body, Response};
use mailhooks_tests::aws::{Fault, FaultTiming, Kind, Service, Target};
use mailhooks_tests::testbed::{RETENTION_DAYS, TABLE, json, now, request_of};
use mailhooks_tests::{Testbed, files};
use normalization::ProviderName::{Emailit, GetMailer, JetEmail};
use normalization::providers::JETEMAIL;
use normalization::{SigningSecrets, Webhook, normalize, sign, verify};
use serde_json::{Value, json};

fn bounce(id: &str) -> Vec<u8> {
    json!({
        "id": id, "service": "outbound", "type": "outbound.bounced", "created_at": 1_790_846_040,
        "data": {"uid": "message-1", "from": "a@example.com", "to": "b@example.org", "bounce_type": "hard",
                 "response": "550 5.1.1 User unknown"}
    })
    .to_string()
    .into_bytes()
}

/// A batch of Emailit: complaints with these event ids.
fn complaints(ids: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let events = ids.into_iter().map(|id| {
        json!({
            "event_id": format!("evt_{id}"), "type": "email.complained",
            "data": {"object": {"id": format!("em_{id}"), "to": format!("person{id}@example.org"),
                                "updated_at": "2026-10-01T09:14:03.512000+00:00"}}
        })
    });
    Value::Array(events.collect()).to_string().into_bytes()
}

fn counts(response: &Response<Body>) -> (u16, u64, u64, u64) {
    let body = json(response);
    let count = |name: &str| body[name].as_u64().unwrap_or_default();
    (response.status().as_u16(), count("received"), count("recorded"), count("duplicates"))
}

#[tokio::test]
async fn what_each_delivery_costs() {
    let testbed = Testbed::start(now()).await;
    let before = testbed.aws.count(Service::DynamoDb);
    testbed.post(JetEmail, &bounce("evt_1")).await;
    assert_eq!(testbed.aws.operations(Service::DynamoDb)[before..], ["PutItem", "UpdateItem"]);
    assert_eq!(testbed.aws.count(Service::Sns), 1);
    testbed.post(JetEmail, &bounce("evt_1")).await;
    assert_eq!(testbed.aws.operations(Service::DynamoDb)[before..], ["PutItem", "UpdateItem", "PutItem"]);
    testbed.post(JetEmail, &files::accepted(JetEmail, "outbound-delivered").body).await;
    assert_eq!(testbed.aws.operations(Service::DynamoDb)[before + 3..], ["PutItem"]);
    assert_eq!(testbed.aws.count(Service::Sns), 1);
}

/// The receiver opens both connections before the first webhook.
#[tokio::test]
async fn start_up_calls_both_services_and_changes_nothing() {
    let testbed = Testbed::start(now()).await;
    testbed.receiver(JetEmail).warm().await;
    let mut operations: Vec<_> = testbed.aws.calls().into_iter().map(|call| call.operation).collect();
    operations.sort();
    assert_eq!(operations, ["GetItem", "PublishBatch"]);
    assert!(testbed.stored().await.is_empty() && testbed.announcements().is_empty());
    // A bounce is announced on two topics at the same time, which takes two connections.
    let testbed = testbed.announcing_actions();
    let before = testbed.aws.count(Service::Sns);
    testbed.receiver(JetEmail).warm().await;
    assert_eq!(testbed.aws.count(Service::Sns) - before, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_at_once_one_is_recorded() {
    let testbed = Testbed::start(now()).await;
    let body = bounce("evt_race");
    let responses = join_all((0..200).map(|_| testbed.post(JetEmail, &body))).await;
    let (mut recorded, mut duplicates) = (0, 0);
    for response in &responses {
        let (status, received, new, known) = counts(response);
        assert_eq!((status, received), (200, 1));
        recorded += new;
        duplicates += known;
    }
    assert_eq!((recorded, duplicates), (1, 199));
    assert_eq!(testbed.stored().await.len(), 1);
    assert!(!testbed.stored().await[0].unannounced);
    assert!(!testbed.announcements().is_empty());
}

#[tokio::test]
async fn a_batch_of_a_hundred_is_a_hundred_events_and_then_a_hundred_duplicates() {
    let testbed = Testbed::start(now()).await;
    let body = complaints(0..100);
    assert_eq!(counts(&testbed.post(Emailit, &body).await), (200, 100, 100, 0));
    assert_eq!(counts(&testbed.post(Emailit, &body).await), (200, 100, 0, 100));
    assert_eq!(testbed.stored().await.len(), 100);
    assert_eq!(testbed.announcements().len(), 100);
    // Each call contains ten events.
    assert_eq!(testbed.aws.count(Service::Sns), 10);
}

#[tokio::test]
async fn a_batch_of_old_and_new_events_records_the_new_ones() {
    let testbed = Testbed::start(now()).await;
    testbed.post(Emailit, &complaints(0..30)).await;
    assert_eq!(counts(&testbed.post(Emailit, &complaints(20..60)).await), (200, 40, 30, 10));
    assert_eq!(testbed.stored().await.len(), 60);
    assert_eq!(testbed.announcements().len(), 60);
}

#[tokio::test]
async fn an_event_that_stands_in_a_batch_twice_is_announced_once() {
    let testbed = Testbed::start(now()).await;
    assert_eq!(counts(&testbed.post(Emailit, &complaints([1, 2, 1])).await), (200, 3, 2, 1));
    assert_eq!(testbed.announcements().len(), 2);
}

#[tokio::test]
async fn a_write_that_fails_does_not_stop_the_others_and_is_made_up_for_by_the_retry() {
    for after_effect in [false, true] {
        let testbed = Testbed::start(now()).await;
        let timing = [FaultTiming::BeforeEffect, FaultTiming::AfterEffect][usize::from(after_effect)];
        testbed.aws.inject(Fault { timing, ..Fault::refusal("PutItem", "evt_7\"") });
        let body = complaints(0..20);
        assert_eq!(testbed.post(Emailit, &body).await.status().as_u16(), 503);
        assert_eq!(testbed.announcements().len(), 19);
        let response = testbed.post(Emailit, &body).await;
        let recorded = u64::from(!after_effect);
        assert_eq!(counts(&response), (200, 20, recorded, 20 - recorded));
        assert_eq!(testbed.stored().await.len(), 20);
        assert_eq!(testbed.announcements().len(), 20);
        assert!(testbed.stored().await.iter().all(|stored| !stored.unannounced));
    }
}

#[tokio::test]
async fn an_announcement_that_fails_is_made_up_for_by_a_retry() {
    let testbed = Testbed::start(now()).await;
    testbed.aws.inject(Fault::of_entry("evt_7\"", 1));
    let body = complaints(0..20);
    assert_eq!(counts(&testbed.post(Emailit, &body).await), (200, 20, 20, 0));
    let waiting: Vec<_> = testbed.stored().await.into_iter().filter(|stored| stored.unannounced).collect();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].event.id, "emailit:evt_7");
    assert_eq!(counts(&testbed.post(Emailit, &body).await), (200, 20, 0, 20));
    assert_eq!(testbed.announcements().len(), 20);
    assert!(testbed.stored().await.iter().all(|stored| !stored.unannounced));
}

#[tokio::test]
async fn a_topic_that_is_throttled_is_tried_again_within_the_call() {
    let testbed = Testbed::start(now()).await;
    for kind in [Kind::Throttle, Kind::InternalError] {
        testbed.aws.inject(Fault::once(Target::Service(Service::Sns), FaultTiming::BeforeEffect, kind));
    }
    assert_eq!(counts(&testbed.post(JetEmail, &bounce("evt_1")).await), (200, 1, 1, 0));
    assert_eq!(testbed.announcements().len(), 1);
}

#[tokio::test]
async fn an_event_that_was_announced_and_not_settled_is_announced_again() {
    let testbed = Testbed::start(now()).await;
    testbed.aws.inject(Fault::refusal("UpdateItem", ""));
    for recorded in [1, 0] {
        assert_eq!(counts(&testbed.post(JetEmail, &bounce("evt_1")).await), (200, 1, recorded, 1 - recorded));
    }
    let ids: Vec<_> = testbed.announcements().iter().map(|one| one.message["id"].clone()).collect();
    assert_eq!(ids, ["jetemail:evt_1", "jetemail:evt_1"]);
    assert!(!testbed.stored().await[0].unannounced);
}

#[tokio::test]
async fn a_retry_announces_the_event_as_it_was_recorded() {
    let testbed = Testbed::start(now()).await;
    testbed.aws.inject(Fault::of_entry("", 1));
    let body = br#"{"id":"evt_1","type":"outbound.complaint","data":{"uid":"m","to":"a@example.org"}}"#;
    assert_eq!(testbed.post(JetEmail, body).await.status().as_u16(), 200);
    // The provider sends no timestamp, so the event has the time of the first receipt.
    testbed.set_clock("2026-10-01T10:14:06Z".parse().unwrap());
    assert_eq!(testbed.post(JetEmail, body).await.status().as_u16(), 200);
    assert_eq!(testbed.announcements()[0].message["time"], "2026-10-01T09:14:06Z");
}

/// A failed condition whose answer lacks the old item, as from a proxy or an emulator that omits it: whether the event
/// waits is unknown, so the item is read.
#[tokio::test]
async fn a_duplicate_whose_old_item_is_not_handed_back_is_read() {
    let without_item = |answer: &str| {
        let mut answer: Value = serde_json::from_str(answer).unwrap();
        assert!(answer.as_object_mut().unwrap().remove("Item").is_some());
        answer.to_string()
    };
    let strip = || {
        let target = Target::Text { operation: "PutItem", containing: String::new() };
        Fault::once(target, FaultTiming::AfterEffect, Kind::Rewrite(without_item))
    };
    let testbed = Testbed::start(now()).await;
    testbed.aws.inject(Fault::of_entry("", 1));
    testbed.post(JetEmail, &bounce("evt_1")).await;
    assert!(testbed.announcements().is_empty());
    // The first event waits and is announced; the second does not wait and must not be announced again.
    for calls in [&["PutItem", "GetItem", "UpdateItem"][..], &["PutItem", "GetItem"]] {
        testbed.aws.inject(strip());
        let before = testbed.aws.count(Service::DynamoDb);
        assert_eq!(counts(&testbed.post(JetEmail, &bounce("evt_1")).await), (200, 1, 0, 1));
        assert_eq!(testbed.aws.operations(Service::DynamoDb)[before..], *calls);
        assert_eq!(testbed.announcements().len(), 1);
        assert!(!testbed.stored().await[0].unannounced);
    }
    // The item may have expired between the two calls. Then the event is not recorded, and the provider must retry.
    testbed.aws.inject(strip());
    let nothing = |_: &str| "{}".to_owned();
    let target = Target::Text { operation: "GetItem", containing: String::new() };
    testbed.aws.inject(Fault::once(target, FaultTiming::AfterEffect, Kind::Rewrite(nothing)));
    assert_eq!(testbed.post(JetEmail, &bounce("evt_1")).await.status().as_u16(), 503);
    assert_eq!(testbed.lines().pop().unwrap()["reason"], "DynamoDB PutItem: ConditionalCheckFailedException");
}

/// SNS answers 200 but lists some entries neither as successful nor as failed.
#[tokio::test]
async fn an_entry_that_sns_does_not_confirm_was_not_announced() {
    let first_only = |answer: &str| {
        let first = answer.find("</member>").unwrap() + "</member>".len();
        let last = answer.rfind("</member>").unwrap() + "</member>".len();
        [&answer[..first], &answer[last..]].concat()
    };
    let testbed = Testbed::start(now()).await;
    testbed.aws.inject(Fault::once(
        Target::Service(Service::Sns),
        FaultTiming::AfterEffect,
        Kind::Rewrite(first_only),
    ));
    assert_eq!(counts(&testbed.post(Emailit, &complaints(0..3)).await), (200, 3, 3, 0));
    let line = testbed.lines().pop().unwrap();
    assert_eq!(
        (&line["Announced"], &line["AnnounceFailed"], &line["reason"]),
        (&json!(1), &json!(2), &json!("SNS PublishBatch: NotConfirmed"))
    );
    let waiting = |stored: &&StoredEvent| stored.unannounced;
    assert_eq!(testbed.stored().await.iter().filter(waiting).count(), 2);
    testbed.post(Emailit, &complaints(0..3)).await;
    assert_eq!(testbed.stored().await.iter().filter(waiting).count(), 0);
}

#[tokio::test]
async fn settling_what_has_expired_makes_no_ghost() {
    let testbed = Testbed::start(now()).await;
    let secrets: SigningSecrets = "secret".parse().unwrap();
    let body = bounce("evt_1");
    let headers = sign(&JETEMAIL, secrets.current(), &body, now());
    let webhook = Webhook::new(headers.iter().map(|(name, value)| (*name, value.as_bytes())), &body, now());
    let records: Vec<_> = normalize(&verify(&JETEMAIL, &webhook, &secrets).unwrap()).collect();
    testbed.store.settle(&records[0].key).await.unwrap();
    let outcome = testbed.store.record(&records[0], &RawPayload::of(&records[0]), now(), true).await.unwrap();
    assert_eq!(outcome, Recorded::New);
}

#[tokio::test]
async fn the_same_event_id_of_two_providers_is_two_events() {
    let testbed = Testbed::start(now()).await;
    let body = br#"{"id":"evt_1","type":"x"}"#;
    assert_eq!(counts(&testbed.post(JetEmail, body).await), (200, 1, 1, 0));
    assert_eq!(counts(&testbed.post(GetMailer, body).await), (200, 1, 1, 0));
    assert_eq!(testbed.stored().await.len(), 2);
}

#[tokio::test]
async fn events_whose_id_is_blank_are_told_apart_by_their_content() {
    let testbed = Testbed::start(now()).await;
    let delivery = |id: &str, to: &str| {
        json!({"id": id, "type": "email.bounced", "data": {"to": to}}).to_string().into_bytes()
    };
    for id in ["", " ", "\t\n", "\u{a0}"] {
        for to in ["ada@example.org", "bob@example.org"] {
            let to = format!("of-{}-{to}", hex::encode(id));
            assert_eq!(counts(&testbed.post(GetMailer, &delivery(id, &to)).await), (200, 1, 1, 0), "{id:?}");
            assert_eq!(counts(&testbed.post(GetMailer, &delivery(id, &to)).await), (200, 1, 0, 1), "{id:?}");
        }
    }
}

/// An incoming mail with a pseudo-random attachment in hex, which compresses to half.
fn whole_mail(id: &str, megabytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{state:016x}")
    };
    let noise = (0..megabytes * 62_500).map(|_| next()).collect::<Vec<_>>().concat();
    json!({
        "id": id, "type": "email.received", "timestamp": "2026-10-01T09:14:03Z",
        "data": {"emailId": "m1", "from": "a@example.com", "to": "b@example.org", "textBody": noise}
    })
    .to_string()
    .into_bytes()
}

#[tokio::test]
async fn whole_mails_are_stored_without_loss_and_once() {
    let testbed = Testbed::start(now()).await;
    let body = whole_mail("evt_big", 4, 1);
    assert_eq!(counts(&testbed.post(GetMailer, &body).await), (200, 1, 1, 0));
    assert_eq!(counts(&testbed.post(GetMailer, &body).await), (200, 1, 0, 1));
    let stored = testbed.stored().await;
    assert_eq!(stored.len(), 1);
    assert!(testbed.store.raw(&stored[0]).await.unwrap() == body);
}

#[tokio::test]
async fn whole_mails_of_one_id_at_the_same_moment_are_not_mixed() {
    let testbed = Testbed::start(now()).await;
    let bodies = [whole_mail("evt_big", 2, 1), whole_mail("evt_big", 3, 2)];
    let posts = bodies.iter().map(|body| testbed.post(GetMailer, body));
    let outcomes: Vec<_> = join_all(posts).await.iter().map(counts).collect();
    let mut recorded: Vec<_> = outcomes.iter().map(|(_, _, recorded, _)| *recorded).collect();
    recorded.sort_unstable();
    assert_eq!(recorded, [0, 1]);
    assert!(bodies.contains(&testbed.store.raw(&testbed.stored().await[0]).await.unwrap()));
}

/// DynamoDB deletes an item after the time in its TTL attribute: the event and the parts of its raw payload together.
#[tokio::test]
async fn every_item_goes_when_its_retention_ends() {
    let testbed = Testbed::start(now()).await;
    testbed.post(GetMailer, &whole_mail("evt_1", 3, 1)).await;
    testbed.post(JetEmail, &bounce("evt_2")).await;
    let scan = testbed.engine.scan().table_name(TABLE).projection_expression("expires_at").into_paginator();
    let items: Result<Vec<_>, _> = scan.items().send().collect().await;
    let items = items.unwrap();
    let end = now().as_second() + i64::from(RETENTION_DAYS) * 24 * 60 * 60;
    let expected = AttributeValue::N(end.to_string());
    assert!(items.len() > 3, "two events and several parts");
    assert!(items.iter().all(|item| item["expires_at"] == expected));
    let events = testbed.stored().await;
    let ends = events.iter().map(|event| event.expires_at.unwrap().as_second());
    assert_eq!(ends.collect::<Vec<_>>(), [end; 2]);
}

#[tokio::test]
async fn the_timeline_of_a_message_is_one_query() {
    let testbed = Testbed::start(now()).await;
    for name in ["outbound-queued", "outbound-delivered", "outbound-opened", "outbound-complaint"] {
        let fixture = files::accepted(JetEmail, name);
        assert_eq!(testbed.receive(JetEmail, request_of(&fixture)).await.status().as_u16(), 200);
    }
    let message = testbed.stored().await[0].event.data.message.clone().unwrap().id.unwrap();
    let found = testbed.store.timeline(JetEmail, &message).await.unwrap();
    let types: Vec<_> = found.events.iter().map(|one| one.event.data.event_type.as_str()).collect();
    assert_eq!(types, ["email.queued", "email.delivered", "email.opened", "email.complained"]);
}

#[tokio::test]
async fn what_somebody_must_act_on_is_found_by_recipient() {
    let testbed = Testbed::start(now()).await;
    testbed.post(JetEmail, &bounce("evt_1")).await;
    testbed.post(JetEmail, &files::accepted(JetEmail, "outbound-delivered").body).await;
    let found = testbed.store.of_recipient("B@Example.ORG").await.unwrap();
    assert_eq!(found.events.len(), 1);
    assert_eq!(found.events[0].event.id, "jetemail:evt_1");
}
