//! Subscriptions of HTTP endpoints: the rules of SNS, the confirmation, and the links in messages.

use std::io::Read as _;

use aws_sdk_sns::types::Subscription;
use ingestion::notifier::Topic;
use mailhooks_local::{Forward, Sns};
use mailhooks_tests::http::send;
use mailhooks_tests::subscriber::{HELD, Subscriber};

use super::{assert_refused, batch, client, entry, publish, stand_in, string, with};

/// The members of the message that asks for a confirmation, sorted.
const MEMBERS: [&str; 10] = [
    "Message",
    "MessageId",
    "Signature",
    "SignatureVersion",
    "SigningCertURL",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
];

const PENDING: &str = "pending confirmation";

/// Opens a link as a subscriber does: without the token of the stand-in. Returns the whole answer.
async fn open(link: &str, headers: &[(&'static str, &'static str)]) -> String {
    let (server, path) = link.split_at(link[8..].find('/').unwrap() + 8);
    let (server, request, headers) = (server.to_owned(), format!("GET {path}"), headers.to_vec());
    tokio::task::spawn_blocking(move || {
        let mut answer = String::new();
        send(&server, &request, &headers, "").read_to_string(&mut answer).unwrap();
        answer
    })
    .await
    .unwrap()
}

const HERE: &[(&str, &str)] = &[("host", "localhost")];

async fn listed(sns: &Sns) -> Vec<Subscription> {
    let call = client(sns).list_subscriptions_by_topic().topic_arn(sns.topic_arn("spam"));
    call.send().await.unwrap().subscriptions.unwrap_or_default()
}

/// Subscribes an endpoint to the topic `spam` with these attributes.
async fn subscribe(sns: &Sns, endpoint: &str, attributes: &[(&str, &str)]) -> Result<String, String> {
    let call = client(sns).subscribe().topic_arn(sns.topic_arn("spam")).protocol("http").endpoint(endpoint);
    let call = attributes.iter().fold(call, |call, (name, value)| call.attributes(*name, *value));
    let answer = call.send().await.map_err(|error| error.into_service_error().to_string())?;
    Ok(answer.subscription_arn().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_is_confirmed_filtered_and_ended() {
    let sns = stand_in(None).await;
    let mut subscriber = Subscriber::start(&[]).await;
    let policy = r#"{"action": ["suppress"]}"#;
    let attributes = [("FilterPolicy", policy), ("FilterPolicyScope", "MessageAttributes")];
    assert_eq!(subscribe(&sns, &subscriber.url(), &attributes).await.unwrap(), PENDING);

    let asked = subscriber.next().await;
    assert_eq!(asked.header("x-amz-sns-message-type"), "SubscriptionConfirmation");
    assert_eq!(asked.header("x-amz-sns-topic-arn"), sns.topic_arn("spam"));
    assert_eq!(asked.header("x-amz-sns-subscription-arn"), "");
    let asked = asked.json();
    let members: Vec<_> = asked.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, MEMBERS);
    let suppress = |text: &str| vec![with(entry("1", text), "action", string("suppress"))];
    batch(&sns, "spam", suppress("too early")).await.unwrap();
    assert_eq!(listed(&sns).await[0].subscription_arn(), Some("PendingConfirmation"));

    let answer = open(asked["SubscribeURL"].as_str().unwrap(), HERE).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.contains("<ConfirmSubscriptionResult>"),
        "{answer}"
    );
    let known = &listed(&sns).await[0];
    assert_eq!((known.protocol(), known.endpoint()), (Some("http"), Some(subscriber.url().as_str())));
    assert!(answer.contains(known.subscription_arn().unwrap()), "{answer}");

    publish(&sns, "without the attribute").await;
    batch(&sns, "spam", suppress("taken")).await.unwrap();
    let received = subscriber.next().await;
    assert_eq!(
        received.json()["Message"],
        "taken",
        "the first announcement that passes after the confirmation"
    );
    assert_eq!(received.header("x-amz-sns-subscription-arn"), known.subscription_arn().unwrap());

    let answer = open(received.json()["UnsubscribeURL"].as_str().unwrap(), HERE).await;
    assert!(answer.contains("<UnsubscribeResponse"), "{answer}");
    assert_eq!(listed(&sns).await, []);
    let again = client(&sns).unsubscribe().subscription_arn(known.subscription_arn().unwrap());
    again.send().await.unwrap();

    let mut other = Subscriber::start(&[]).await;
    let url = other.url().parse().unwrap();
    sns.forward(Forward { url, topics: vec![Topic::Spam], raw: true });
    for text in ["late", "later"] {
        batch(&sns, "spam", suppress(text)).await.unwrap();
        assert_eq!(other.next().await.text(), text);
    }
    subscribe(&sns, &subscriber.url(), &attributes).await.unwrap();
    let received = subscriber.next().await.json();
    assert_eq!(
        received["Type"], "SubscriptionConfirmation",
        "an ended subscription receives nothing: {received}"
    );
}

/// Subscribers open the links of a message before they answer it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_attempt_whose_message_confirms_or_ends_a_subscription_is_shown() {
    for confirms in [true, false] {
        let sns = stand_in(None).await;
        let mut subscriber = Subscriber::start(if confirms { &[HELD] } else { &[200, HELD] }).await;
        // First, because the attempt may be over before the subscription is answered.
        let mut attempts = sns.attempts();
        subscribe(&sns, &subscriber.url(), &[]).await.unwrap();
        let mut message = subscriber.next().await.json();
        if !confirms {
            assert_eq!(attempts.recv().await.unwrap().event, None);
            open(message["SubscribeURL"].as_str().unwrap(), HERE).await;
            publish(&sns, "x").await;
            message = subscriber.next().await.json();
        }
        let link = if confirms { &message["SubscribeURL"] } else { &message["UnsubscribeURL"] };
        assert!(open(link.as_str().unwrap(), HERE).await.starts_with("HTTP/1.1 200 "));
        // Without it, no attempt of a task that has ended would follow.
        drop(sns);
        subscriber.release();
        let attempt = attempts.recv().await.unwrap();
        assert_eq!(
            (attempt.message_id.as_str(), attempt.answer),
            (message["MessageId"].as_str().unwrap(), Ok(200))
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_with_the_token_confirms_too_and_another_token_does_not() {
    let sns = stand_in(None).await;
    let mut subscriber = Subscriber::start(&[]).await;
    let raw = [("RawMessageDelivery", "true")];
    subscribe(&sns, &subscriber.url(), &raw).await.unwrap();
    let asked = subscriber.next().await.json();
    let token = asked["Token"].as_str().unwrap();
    let confirm = |token: &str| {
        client(&sns).confirm_subscription().topic_arn(sns.topic_arn("spam")).token(token).send()
    };
    assert_refused(&confirm("other").await, 400, "InvalidParameter");

    let link = asked["SubscribeURL"].as_str().unwrap();
    let own = format!("{}/?Action=Unsubscribe&SubscriptionArn={}:", sns.endpoint(), sns.topic_arn("spam"));
    for (link, headers) in [
        (&link.replace(token, "other")[..], HERE),
        (&own, HERE),
        (&link.replace("ConfirmSubscription", "ListSubscriptionsByTopic"), HERE),
        // The page of another site, even if it knows the link.
        (link, &[("host", "localhost"), ("origin", "http://evil.example")]),
        (link, &[("host", "evil.example")]),
    ] {
        let answer = open(link, headers).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{link}: {answer}");
    }
    assert_eq!(listed(&sns).await[0].subscription_arn(), Some("PendingConfirmation"));

    let arn = confirm(token).await.unwrap().subscription_arn.unwrap();
    assert_eq!(
        confirm(token).await.unwrap().subscription_arn,
        Some(arn.clone()),
        "a second time changes nothing"
    );
    publish(&sns, "x").await;
    assert_eq!(subscriber.next().await.text(), "x");
    // An endpoint that subscribes again keeps its subscription.
    assert_eq!(subscribe(&sns, &subscriber.url(), &raw).await.unwrap(), arn);
    let error = subscribe(&sns, &subscriber.url(), &[]).await.unwrap_err();
    assert!(error.contains("different attributes"), "{error}");
}

#[tokio::test]
async fn a_pending_subscription_asks_again() {
    let sns = stand_in(None).await;
    let mut subscriber = Subscriber::start(&[400]).await;
    for _ in 0..2 {
        assert_eq!(subscribe(&sns, &subscriber.url(), &[]).await.unwrap(), PENDING);
        assert_eq!(subscriber.next().await.json()["Type"], "SubscriptionConfirmation");
    }
    assert_eq!(listed(&sns).await.len(), 1);
    let call = client(&sns).subscribe().topic_arn(sns.topic_arn("spam")).protocol("http");
    let call = call.endpoint(subscriber.url()).return_subscription_arn(true);
    assert_ne!(call.send().await.unwrap().subscription_arn(), Some(PENDING));
}

#[tokio::test]
async fn what_the_stand_in_does_not_support_is_refused() {
    let sns = stand_in(None).await;
    let here = "http://127.0.0.1:3000/sns";
    for (protocol, endpoint, attributes, reason) in [
        ("sqs", "arn:aws:sqs:us-east-1:000000000000:queue", ("", ""), "http and https only"),
        ("lambda", "arn:aws:lambda:us-east-1:000000000000:function:f", ("", ""), "http and https only"),
        ("email", "ada@example.com", ("", ""), "http and https only"),
        ("HTTP", here, ("", ""), "does not support this protocol string"),
        ("https", here, ("", ""), "must match the specified protocol"),
        ("https", "https://127.0.0.1:3000/sns", ("", ""), "certificate"),
        ("https", "https://localhost/sns", ("", ""), "certificate"),
        ("https", "https://example.com/", ("", ""), "this machine"),
        ("http", "", ("", ""), "must match the specified protocol"),
        ("http", "http://", ("", ""), "Endpoint"),
        ("http", "http://example.com/", ("", ""), "this machine"),
        ("http", "http://127.0.0.1.example.com/", ("", ""), "this machine"),
        ("http", "http://10.0.0.1/", ("", ""), "this machine"),
        ("http", here, ("RawMessageDelivery", "yes"), "RawMessageDelivery"),
        ("http", here, ("FilterPolicyScope", "MessageBody"), "MessageAttributes only"),
        ("http", here, ("FilterPolicy", r#"{"action": [{"numeric": ["=", 1]}]}"#), "FilterPolicy"),
        ("http", here, ("RedrivePolicy", "{}"), "RedrivePolicy"),
        ("http", here, ("DeliveryPolicy", "{}"), "DeliveryPolicy"),
    ] {
        let call =
            client(&sns).subscribe().topic_arn(sns.topic_arn("spam")).protocol(protocol).endpoint(endpoint);
        let call = if attributes.0.is_empty() { call } else { call.attributes(attributes.0, attributes.1) };
        let answer = call.send().await;
        assert_refused(&answer, 400, "InvalidParameter");
        let error = answer.unwrap_err().into_service_error().to_string();
        assert!(error.contains(reason), "{protocol} {endpoint}: {error}");
    }
    let call =
        client(&sns).subscribe().topic_arn(sns.topic_arn("deliveries")).protocol("http").endpoint(here);
    assert_refused(&call.send().await, 404, "NotFound");
    assert_eq!(listed(&sns).await, []);
}

#[tokio::test]
async fn their_number_is_limited() {
    let sns = stand_in(None).await;
    let mut outcomes = Vec::new();
    for number in 0..101 {
        // Nothing listens on port 1.
        outcomes.push(subscribe(&sns, &format!("http://127.0.0.1:1/{number}"), &[]).await);
    }
    let refused = outcomes.pop().unwrap().unwrap_err();
    assert!(refused.contains("SubscriptionLimitExceeded") || refused.contains("limit"), "{refused}");
    assert!(outcomes.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_forward_is_listed_and_ends_with_the_stack() {
    let sns = stand_in(None).await;
    let url = "http://127.0.0.1:1/".parse().unwrap();
    sns.forward(Forward { url, topics: vec![Topic::Spam, Topic::Actions], raw: false });
    let [forward] = &listed(&sns).await[..] else { panic!("not one subscription") };
    assert_eq!(forward.endpoint(), Some("http://127.0.0.1:1/"));
    let call = client(&sns).unsubscribe().subscription_arn(forward.subscription_arn().unwrap());
    assert_refused(&call.send().await, 400, "InvalidParameter");
    assert_eq!(listed(&sns).await.len(), 1);
}
