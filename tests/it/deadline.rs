//! A webhook is answered before its provider closes the connection, however slow the services are. Events that could not be
//! recorded in time are sent again by the provider; events that could not be announced in time keep their marks for the
//! redrive. The tests use tokio's paused clock, which advances only to the next timer, so they do not wait.

use std::time::Duration;

use ingestion::Receiver;
use ingestion::clock::{Clock, Deadline, OutOfTime, Stopwatch};
use ingestion::log::Log;
use ingestion::notifier::{Notifier, Topic};
use ingestion::secrets::Secrets;
use ingestion::store::{Store, WriteSettings};
use lambda_http::{Body, Response};
use mailhooks_tests::aws::{Aws, Fault, FaultTiming, Kind, Service, TABLE, Target};
use mailhooks_tests::facts::facts;
use mailhooks_tests::retry_schedule;
use mailhooks_tests::testbed::{json, now, request};
use mailhooks_tests::{files, sign};
use normalization::ProviderName;
use serde_json::{Value, json};

fn recorded(aws: &Aws) -> usize {
    aws.state().table.events().count()
}

fn waiting(aws: &Aws) -> usize {
    aws.state().table.events().filter(|item| item.contains_key("outbox")).count()
}

fn announced(aws: &Aws) -> usize {
    aws.state().topics.distinct()
}

/// A receiver whose services answer as the test specifies.
fn receiver(provider: ProviderName, aws: &Aws, managed: bool) -> Receiver {
    let clients = aws.clients();
    let clock = Clock::from(now);
    let secrets = if managed {
        Secrets::managed(clients.secrets_manager, "id", clock.clone())
    } else {
        Secrets::fixed(&files::signing_secret(provider))
    };
    let topics = Topic::ALL.into_iter().filter(|topic| !topic.is_optional());
    let topics = topics.map(|topic| (topic, format!("arn:aws:sns:us-east-1:000000000000:{}", topic.name())));
    Receiver::new(
        provider.provider(),
        secrets,
        Store::new(clients.dynamodb, TABLE, WriteSettings::default()),
        Notifier::new(clients.sns, topics.collect()),
        clock,
        Log::from(|_: &Value| {}),
    )
}

/// Posts webhooks to a receiver with such services, with or without a secret from Secrets Manager. Each must be answered
/// with this status.
async fn post(provider: ProviderName, aws: &Aws, managed: bool, status: u16) {
    let receiver = receiver(provider, aws, managed);
    for count in [1, 100] {
        let (response, took) = deliver(provider, &receiver, &facts(provider).bounces(count)).await;
        assert_eq!(response.status().as_u16(), status, "{provider} {count}");
        assert!(took < facts(provider).timeout(), "{provider} {count}: {took:?}");
    }
}

/// The answer to a webhook, and how long it took.
async fn deliver(provider: ProviderName, receiver: &Receiver, body: &[u8]) -> (Response<Body>, Duration) {
    let headers = sign::headers(provider, body, now());
    let stopwatch = Stopwatch::start();
    let path = format!("/webhooks/{provider}");
    (receiver.receive(request("POST", &path, &headers, body)).await, stopwatch.elapsed())
}

/// A fault in every attempt of every call of a service.
fn always(service: Service, kind: &Kind) -> Fault {
    Fault::always(Target::Service(service), FaultTiming::BeforeEffect, kind.clone())
}

#[tokio::test(start_paused = true)]
async fn the_answer_comes_before_the_provider_hangs_up() {
    let [silent, broken, throttled] = [&Kind::Hang, &Kind::InternalError, &Kind::Throttle].map(Some);
    for ([dynamodb, sns, secrets_manager], status) in [
        ([silent, silent, None], 503),
        ([None, silent, None], 200),
        ([broken, None, None], 503),
        ([None, broken, None], 200),
        ([throttled, None, None], 503),
        ([None, throttled, None], 200),
        ([silent, silent, silent], 503),
        ([None, None, silent], 503),
        ([None, None, broken], 503),
    ] {
        for provider in ProviderName::ALL {
            let aws = Aws::default();
            let kinds = [dynamodb, sns, secrets_manager];
            for (service, kind) in
                [Service::DynamoDb, Service::Sns, Service::SecretsManager].iter().zip(kinds)
            {
                if let Some(kind) = kind {
                    aws.inject(always(*service, kind));
                }
            }
            post(*provider, &aws, secrets_manager.is_some(), status).await;
        }
    }
}

/// Sends a batch of a hundred as often as the provider documents, to a table with this latency. Returns the number of
/// the acknowledged attempt.
async fn attempts(provider: ProviderName, each: Duration) -> usize {
    let aws = Aws::default();
    aws.take(each);
    let receiver = receiver(provider, &aws, false);
    let body = facts(provider).bounces(100);
    for attempt in 1..=retry_schedule::attempts(provider, now()).len() {
        let (response, took) = deliver(provider, &receiver, &body).await;
        assert!(took < facts(provider).timeout(), "{took:?}");
        if response.status().as_u16() == 200 {
            assert_eq!(json(&response)["received"], 100);
            assert_eq!(recorded(&aws), 100);
            assert!(announced(&aws) + waiting(&aws) >= 100);
            return attempt;
        }
    }
    panic!("{provider}: {each:?} is too slow");
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_a_slow_table_holds_up_gets_through_on_the_retries() {
    let mut most = 0;
    // Up to the time limit for one attempt of a call.
    for millis in [1, 50, 200, 500, 750, 1_000, 1_200, 1_400] {
        for provider in ProviderName::ALL {
            let attempts = attempts(*provider, Duration::from_millis(millis)).await;
            if millis <= 500 {
                assert_eq!(attempts, 1, "{provider} {millis} ms");
            }
            most = most.max(attempts);
        }
    }
    assert!(most > 1, "the slowest needs a retry");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_hangs_does_not_stop_the_others() {
    let aws = Aws::default();
    let target = Target::Text { operation: "PutItem", containing: "person7@example.org".to_owned() };
    aws.inject(Fault::always(target, FaultTiming::BeforeEffect, Kind::Hang));
    let receiver = receiver(ProviderName::Emailit, &aws, false);
    let body = facts(ProviderName::Emailit).bounces(100);
    let (response, took) = deliver(ProviderName::Emailit, &receiver, &body).await;
    assert_eq!(response.status().as_u16(), 503);
    // The call times out after three seconds, long before the answer is due.
    assert!(took < Duration::from_secs(4));
    assert_eq!((recorded(&aws), announced(&aws)), (99, 99));
    aws.calm();
    let (response, _) = deliver(ProviderName::Emailit, &receiver, &body).await;
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(json(&response), json!({"received": 100, "recorded": 1, "duplicates": 99}));
    assert_eq!((recorded(&aws), announced(&aws)), (100, 100));
}

/// Posts an array of `count` bounces to Emailit's receiver. Returns the status.
async fn post_array(aws: &Aws, count: usize) -> u16 {
    let receiver = receiver(ProviderName::Emailit, aws, false);
    let body = facts(ProviderName::Emailit).bounces(count);
    deliver(ProviderName::Emailit, &receiver, &body).await.0.status().as_u16()
}

/// Waiting for unavailable topics must not use up the time needed to record the rest of an array.
#[tokio::test(start_paused = true)]
async fn a_dead_topic_does_not_keep_a_large_array_from_being_recorded() {
    for kind in [Kind::Hang, Kind::InternalError, Kind::Throttle] {
        let aws = Aws::default();
        aws.inject(always(Service::Sns, &kind));
        assert_eq!(post_array(&aws, 1_000).await, 200, "{kind:?}");
        assert_eq!((recorded(&aws), waiting(&aws)), (1_000, 1_000));
    }
}

/// The table is too slow for a large array: the delivery has finished the waves it began, except the last wave of fifty.
#[tokio::test(start_paused = true)]
async fn an_array_is_taken_in_waves() {
    let aws = Aws::default();
    aws.take(Duration::from_secs(1));
    assert_eq!(post_array(&aws, 1_000).await, 503);
    let (recorded, waiting) = (recorded(&aws), waiting(&aws));
    assert!((100..1_000).contains(&recorded), "{recorded} recorded");
    assert!(waiting <= 50, "{waiting} of {recorded} wait");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_begun_after_the_deadline() {
    let passed = Deadline::after(Duration::ZERO);
    let mut begun = false;
    assert_eq!((passed.run(async { begun = true }).await, begun), (Err(OutOfTime), false));
    let aws = Aws::default();
    let receiver = receiver(ProviderName::Emailit, &aws, false).answering_within(Duration::ZERO);
    let body = facts(ProviderName::Emailit).bounces(100);
    assert_eq!(deliver(ProviderName::Emailit, &receiver, &body).await.0.status().as_u16(), 503);
    assert!(aws.calls().is_empty());
}
