//! Announcements in batches: one event that SNS refuses does not delay others, and a failing topic is not called
//! repeatedly.

use ingestion::notifier::{Notifier, Topic};
use mailhooks_tests::aws::{Fault, FaultTiming, Kind, Service, Target};
use mailhooks_tests::testbed::no_deadline;
use mailhooks_tests::{Testbed, files};
use normalization::ProviderName::{Emailit, JetEmail};
use normalization::{Event, EventType};
use serde_json::{Value, json};

use super::{bounce, complaints, counts, now};

/// The number of calls to SNS since the stack started.
fn batches(testbed: &Testbed) -> usize {
    testbed.aws.count(Service::Sns)
}

/// The counts in the last log line of announced and unannounced events, and the reasons.
fn outcome(testbed: &Testbed) -> (u64, u64, String) {
    let line = testbed.lines().pop().unwrap();
    let count = |name: &str| line[name].as_u64().unwrap_or_default();
    (count("Announced"), count("AnnounceFailed"), line["reason"].as_str().unwrap_or_default().to_owned())
}

/// SNS refuses every batch that contains an event whose id has this prefix.
fn blame(testbed: &Testbed, id: &str, code: &'static str) {
    let target = Target::Text { operation: "PublishBatch", containing: id.to_owned() };
    testbed.aws.inject(Fault::always(target, FaultTiming::BeforeEffect, Kind::Blame(code)));
}

/// If SNS blames an entry, each event is published separately.
#[tokio::test]
async fn an_event_that_sns_refuses_keeps_no_other() {
    for code in [
        "InvalidParameter",
        "InvalidParameterValue",
        "ParameterValueInvalid",
        "ValidationError",
        "ValidationException",
        "BatchRequestTooLong",
    ] {
        let testbed = Testbed::start(now()).await;
        blame(&testbed, "emailit:evt_2", code);
        assert_eq!(counts(&testbed.post(Emailit, &complaints(0..5)).await), (200, 5, 5, 0));
        assert_eq!(outcome(&testbed), (4, 1, format!("SNS PublishBatch: {code}")));
        assert_eq!(batches(&testbed), 6, "the batch, and each of five");
    }
}

#[tokio::test]
async fn an_event_that_is_refused_alone_is_not_published_again() {
    let testbed = Testbed::start(now()).await;
    blame(&testbed, "jetemail:evt_1", "InvalidParameter");
    testbed.post(JetEmail, &bounce("evt_1")).await;
    assert_eq!(outcome(&testbed), (0, 1, "SNS PublishBatch: InvalidParameter".to_owned()));
    assert_eq!(batches(&testbed), 1);
}

/// A batch that is refused for another reason is not split. If no event of the first fifty is announced, the later events
/// are only recorded.
#[tokio::test]
async fn a_topic_that_refuses_is_called_for_the_first_wave_only() {
    for (events, expected) in [(10, 1), (60, 5)] {
        let testbed = Testbed::start(now()).await;
        testbed.aws.inject(Fault::dead(Service::Sns));
        let answer = testbed.post(Emailit, &complaints(0..events)).await;
        let events = u64::from(events);
        assert_eq!(counts(&answer), (200, events, events, 0));
        assert_eq!(outcome(&testbed), (0, events, "SNS PublishBatch: AccessDeniedException".to_owned()));
        assert_eq!(batches(&testbed), expected);
    }
}

/// A topic that accepted one event of the first wave counts as available.
#[tokio::test]
async fn an_event_that_fails_does_not_keep_the_later_waves() {
    let testbed = Testbed::start(now()).await;
    testbed.aws.inject(Fault::of_entry("evt_7\"", 1));
    testbed.post(Emailit, &complaints(0..60)).await;
    assert_eq!(outcome(&testbed), (59, 1, "SNS PublishBatch: InternalError".to_owned()));
}

/// So does one that refuses the whole first wave because of the content of its events.
#[tokio::test]
async fn a_wave_of_refused_events_does_not_keep_the_later_ones() {
    let testbed = Testbed::start(now()).await;
    // 1000 to 1049.
    blame(&testbed, "emailit:evt_10", "InvalidParameter");
    testbed.post(Emailit, &complaints((1_000..1_050).chain(2_000..2_010))).await;
    assert_eq!(outcome(&testbed), (10, 50, "SNS PublishBatch: InvalidParameter".to_owned()));
}

/// SNS accepts 262,144 bytes in one batch, which fits two of three such events.
#[tokio::test]
async fn large_events_are_published_in_batches_that_sns_takes() {
    let testbed = Testbed::start(now()).await;
    let topics = [(Topic::Complaints, testbed.local.sns.topic_arn("complaints"))].into_iter().collect();
    let fixture = files::accepted(Emailit, "email-complained");
    let mut event: Event = files::with_records(&fixture, |records| records[0].event.clone());
    assert_eq!(event.data.event_type, EventType::EmailComplained);
    event.data.recipient = Some("x".repeat(90_000));
    let notifier = Notifier::new(testbed.clients.sns.clone(), topics);
    assert!(notifier.announce(&[&event; 3], no_deadline()).await.iter().all(Result::is_ok));
    assert_eq!(batches(&testbed), 2);
}

/// An event on two topics is settled when both have taken it. A retry announces it on both again, under the same id.
#[tokio::test]
async fn an_event_that_one_of_its_topics_refuses_waits_for_both() {
    for refusing in [":complaints", ":actions"] {
        let testbed = Testbed::start(now()).await.announcing_actions();
        let target = Target::Text { operation: "PublishBatch", containing: refusing.to_owned() };
        testbed.aws.inject(Fault::once(target, FaultTiming::BeforeEffect, Kind::Blame("InvalidParameter")));
        testbed.post(Emailit, &complaints([1])).await;
        assert_eq!(outcome(&testbed), (0, 1, "SNS PublishBatch: InvalidParameter".to_owned()));
        assert!(testbed.stored().await[0].unannounced);
        assert_eq!(testbed.announcements().len(), 1);
        testbed.post(Emailit, &complaints([1])).await;
        assert_eq!(outcome(&testbed), (1, 0, String::new()));
        assert!(!testbed.stored().await[0].unannounced);
        let mut topics: Vec<_> = testbed.announcements().into_iter().map(|one| one.topic).collect();
        topics.sort_unstable();
        topics.dedup();
        assert_eq!(topics, ["actions", "complaints"]);
        let ids = testbed.announcements().into_iter().map(|one| one.message["id"].clone());
        assert!(ids.into_iter().all(|id| id == "emailit:evt_1"));
    }
}

/// What the filter policy of a subscription can look at.
#[tokio::test]
async fn a_bounce_has_the_attributes_of_its_kind() {
    let testbed = Testbed::start(now()).await;
    testbed.post(JetEmail, &bounce("evt_1")).await;
    testbed.post(Emailit, &complaints([1])).await;
    let attributes: Vec<Value> =
        testbed.announcements().iter().map(|announcement| json!(announcement.attributes)).collect();
    let bounced = json!({
        "type": "email.bounced", "provider": "jetemail", "action": "suppress", "recipient_domain": "example.org",
        "bounce_class": "permanent", "bounce_reason": "user_unknown",
    });
    let complained = json!({
        "type": "email.complained", "provider": "emailit", "action": "suppress", "recipient_domain": "example.org",
    });
    assert_eq!(attributes, [bounced, complained]);
}
