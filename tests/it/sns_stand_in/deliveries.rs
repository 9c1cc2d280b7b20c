//! Announcements reach subscribers over HTTP as SNS delivers them.

use ingestion::notifier::Topic;
use mailhooks_local::{Attempt, AttemptOutcome, Forward, Sns};
use mailhooks_tests::files;
use mailhooks_tests::subscriber::{HELD, Received, SILENT, Subscriber};
use normalization::{Event, ProviderName};
use serde_json::json;
use tokio::sync::broadcast::Receiver;

use super::{batch, entry, publish, stand_in, string, with};

/// Forwards the announcements on the topic `spam`.
fn forward(sns: &Sns, subscriber: &Subscriber, raw: bool) {
    sns.forward(Forward { url: subscriber.url().parse().unwrap(), topics: vec![Topic::Spam], raw });
}

/// An event as the notifier writes it.
fn event() -> String {
    let fixture = files::all_accepted(ProviderName::Jasni).find(|one| one.name == "email-bounced").unwrap();
    let path = files::root().join("fixtures/jasni/accepted").join(fixture.name).with_extension("json");
    let events: Vec<Event> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    serde_json::to_string(&events[0]).unwrap()
}

#[tokio::test]
async fn a_notification_has_the_headers_and_members_of_sns() {
    let sns = stand_in(None).await;
    let mut subscriber = Subscriber::start(&[]).await;
    forward(&sns, &subscriber, false);
    let event = event();
    batch(&sns, "spam", vec![with(entry("1", &event), "action", string("suppress"))]).await.unwrap();

    let received = subscriber.next().await;
    let [announcement] = &sns.announcements()[..] else { panic!("not one announcement") };
    let arn = received.header("x-amz-sns-subscription-arn");
    assert!(arn.starts_with("arn:aws:sns:us-east-1:000000000000:spam:"), "{arn}");
    for (name, value) in [
        ("x-amz-sns-message-type", "Notification"),
        ("x-amz-sns-message-id", &announcement.message_id),
        ("x-amz-sns-topic-arn", &announcement.topic_arn),
        ("x-amz-sns-rawdelivery", ""),
        ("content-type", "text/plain; charset=UTF-8"),
        ("user-agent", "Amazon Simple Notification Service Agent"),
    ] {
        assert_eq!(received.header(name), value, "{name}");
    }
    let expected = json!({
        "Type": "Notification",
        "MessageId": announcement.message_id,
        "TopicArn": announcement.topic_arn,
        "Message": event,
        "Timestamp": format!("{:.3}", announcement.published_at),
        "SignatureVersion": "2",
        "Signature": "unsigned",
        "SigningCertURL": "https://127.0.0.1/unsigned.pem",
        "UnsubscribeURL": format!("{}/?Action=Unsubscribe&SubscriptionArn={arn}", sns.endpoint()),
        "MessageAttributes": {"action": {"Type": "String", "Value": "suppress"}},
    });
    assert_eq!(received.json(), expected, "the message is the published text, byte by byte");
}

#[tokio::test]
async fn a_raw_delivery_is_the_event_alone() {
    let sns = stand_in(None).await;
    let mut subscriber = Subscriber::start(&[]).await;
    forward(&sns, &subscriber, true);
    let event = event();
    for message in [&event, "not JSON", r#"{"id":"of another program"}"#] {
        publish(&sns, message).await;
        let received = subscriber.next().await;
        assert_eq!(received.text(), message);
        assert_eq!(received.header("x-amz-sns-rawdelivery"), "true");
        assert_eq!(received.header("x-amz-sns-message-type"), "Notification");
        assert_eq!(received.header("content-type"), "text/plain; charset=UTF-8");
    }
}

/// The next attempt: its number, the status, and what follows.
async fn attempt(attempts: &mut Receiver<Attempt>) -> (usize, u16, AttemptOutcome) {
    let attempt = attempts.recv().await.unwrap();
    (attempt.number, attempt.answer.unwrap(), attempt.outcome)
}

fn message_ids<'r>(received: impl IntoIterator<Item = &'r Received>) -> Vec<&'r str> {
    received.into_iter().map(|one| one.header("x-amz-sns-message-id")).collect()
}

#[tokio::test]
async fn a_delivery_that_fails_is_repeated_while_others_continue_in_order() {
    let sns = stand_in(None).await;
    let mut subscriber = Subscriber::start(&[503]).await;
    let mut attempts = sns.attempts();
    forward(&sns, &subscriber, true);
    // From here on, a delay passes as soon as nothing else happens.
    let published =
        batch(&sns, "spam", ["a", "b", "c"].map(|text| entry(text, text)).to_vec()).await.unwrap();
    tokio::time::pause();

    let mut received = Vec::new();
    for _ in 0..4 {
        received.push(subscriber.next().await);
    }
    let ids: Vec<_> = published.successful().iter().map(|one| one.message_id().unwrap()).collect();
    let texts: Vec<_> = received.iter().map(Received::text).collect();
    assert_eq!(texts, ["a", "b", "c", "a"]);
    assert!(message_ids(&received).iter().all(|id| ids.contains(id)), "a retry has the same message id");
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(attempt(&mut attempts).await);
    }
    assert!(matches!(seen[0], (1, 503, AttemptOutcome::Retrying(_))), "{seen:?}");
    assert!(seen.contains(&(2, 200, AttemptOutcome::Delivered)), "{seen:?}");
}

#[tokio::test]
async fn new_announcements_come_before_the_retries_of_earlier_ones() {
    let sns = stand_in(None).await;
    let mut subscriber = Subscriber::start(&[503, HELD]).await;
    forward(&sns, &subscriber, true);
    batch(&sns, "spam", ["a", "b", "c", "d"].map(|text| entry(text, text)).to_vec()).await.unwrap();
    tokio::time::pause();
    for text in ["a", "b"] {
        assert_eq!(subscriber.next().await.text(), text);
    }
    // The retry of the first one is due before the second one is answered.
    tokio::time::advance(std::time::Duration::from_secs(2)).await;
    subscriber.release();
    for text in ["c", "d", "a"] {
        assert_eq!(subscriber.next().await.text(), text);
    }
}

#[tokio::test]
async fn a_delivery_ends_after_four_attempts_or_at_a_permanent_failure() {
    let sns = stand_in(None).await;
    let mut subscriber = Subscriber::start(&[500, 429, 503, 599, 400, 404, 302, 307]).await;
    let mut attempts = sns.attempts();
    forward(&sns, &subscriber, true);
    publish(&sns, "x").await;
    tokio::time::pause();
    let mut delays = Vec::new();
    for number in 1..=Attempt::MOST {
        let attempt = attempts.recv().await.unwrap();
        assert_eq!(attempt.number, number);
        match attempt.outcome {
            AttemptOutcome::Retrying(delay) => delays.push(delay.as_secs()),
            outcome => assert_eq!((outcome, number), (AttemptOutcome::Failed, Attempt::MOST)),
        }
    }
    assert_eq!(delays, [1, 5, 20]);
    tokio::time::resume();
    for status in [400, 404, 302, 307] {
        publish(&sns, "x").await;
        assert_eq!(
            attempt(&mut attempts).await,
            (1, status, AttemptOutcome::Failed),
            "not repeated, not followed"
        );
    }
    publish(&sns, "y").await;
    assert_eq!(attempt(&mut attempts).await, (1, 200, AttemptOutcome::Delivered));
    for _ in 0..Attempt::MOST + 4 {
        assert_eq!(subscriber.next().await.text(), "x");
    }
    assert_eq!(subscriber.next().await.text(), "y");
    assert!(subscriber.is_empty());
}

#[tokio::test]
async fn a_subscriber_that_does_not_answer_delays_no_other() {
    let sns = stand_in(None).await;
    let mut silent = Subscriber::start(&[SILENT; 8]).await;
    let mut other = Subscriber::start(&[]).await;
    let mut attempts = sns.attempts();
    forward(&sns, &silent, true);
    forward(&sns, &other, true);
    let texts: Vec<_> = (0..20).map(|number| number.to_string()).collect();
    for text in &texts {
        publish(&sns, text).await;
    }
    for text in &texts {
        assert_eq!(other.next().await.text(), text, "in the order of the announcements");
    }
    assert_eq!(silent.next().await.text(), "0");
    // The attempt that is not answered ends 15 seconds later.
    assert_eq!(attempts.recv().await.unwrap().endpoint, other.url());
}

#[tokio::test]
async fn only_new_announcements_on_its_topics_are_forwarded() {
    let sns = stand_in(None).await;
    publish(&sns, "before").await;
    let mut subscriber = Subscriber::start(&[]).await;
    forward(&sns, &subscriber, true);
    batch(&sns, "bounces", vec![entry("1", "elsewhere")]).await.unwrap();
    publish(&sns, "after").await;
    let received = subscriber.next().await;
    assert_eq!((received.text(), subscriber.is_empty()), ("after", true));
}

#[tokio::test]
async fn an_attempt_shows_no_secret() {
    let sns = stand_in(None).await;
    let subscriber = Subscriber::start(&[]).await;
    let mut attempts = sns.attempts();
    let url = subscriber.url().replace("http://", "http://user:hidden@") + "?key=hidden";
    sns.forward(Forward { url: url.parse().unwrap(), topics: vec![Topic::Spam], raw: false });
    publish(&sns, r#"{"id": "jetemail:ada@example.com"}"#).await;
    let attempt = attempts.recv().await.unwrap();
    assert_eq!(attempt.endpoint, subscriber.url());
    let shown = format!("{attempt:?}");
    assert!(!shown.contains("hidden") && !shown.contains('@'), "{shown}");
    assert!(attempt.event.unwrap().starts_with("jetemail:sha256-"));
}
