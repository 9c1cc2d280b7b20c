//! The status and the log line of each kind of request.

use std::time::Duration;

use ingestion::metric::Metric;
use ingestion::secrets::Secrets;
use jiff::SignedDuration;
use lambda_http::{Body, Request};
use mailhooks_tests::aws::{Fault, FaultTiming, Kind, Service, Target};
use mailhooks_tests::facts::facts;
use mailhooks_tests::testbed::{json, now, request, request_of};
use mailhooks_tests::{Testbed, files, sign};
use normalization::ProviderName::{self, Emailit, GetMailer, Jasni, JetEmail};
use serde_json::json;

fn signed(provider: ProviderName, method: &str, path: &str, body: &[u8]) -> Request {
    request(method, path, &sign::headers(provider, body, now()), body)
}

/// A receiver serves one provider and ignores the path, which may contain a stage or the prefix of a CDN, or be empty at a
/// function URL.
#[tokio::test]
async fn a_webhook_is_a_post_to_any_path() {
    let testbed = Testbed::start(now()).await;
    let cases = [
        ("POST", "/webhooks/jetemail", 200),
        ("POST", "/webhooks/jetemail/", 200),
        ("POST", "/webhooks/jetemail?source=dashboard", 200),
        ("POST", "/prod/webhooks/jetemail", 200),
        ("POST", "/x/y/webhooks/jetemail", 200),
        ("POST", "/webhooks/jetemail/x/?a=1&b=%2F", 200),
        ("POST", "/", 200),
        ("POST", "/?a=1", 200),
        ("POST", "//", 200),
        ("POST", "/webhooks", 200),
        ("POST", "/webhooks/jasni", 200),
        ("GET", "/webhooks/jetemail", 405),
        ("PUT", "/webhooks/jetemail", 405),
        ("HEAD", "/", 405),
        ("GET", "/favicon.ico", 405),
    ];
    for (method, path, expected) in cases {
        let response = testbed.receive(JetEmail, signed(JetEmail, method, path, b"{}")).await;
        assert_eq!(response.status().as_u16(), expected, "{method} {path}");
        assert_eq!(response.headers()["content-type"], "application/json");
        assert!(matches!(response.body(), Body::Text(_)));
        let allow = response.headers().get("allow").map(|value| value.to_str().unwrap());
        assert_eq!(allow, (expected == 405).then_some("POST"), "{method} {path}");
    }
    assert_eq!(testbed.stored().await.len(), 1);
}

#[tokio::test]
async fn a_refusal_says_nothing_and_is_final_only_where_nothing_is_lost() {
    let testbed = Testbed::start(now()).await;
    for provider in ProviderName::ALL.iter().copied() {
        let path = format!("/webhooks/{provider}");
        let mut bodies = Vec::new();
        // One request is unsigned, and one is signed over another body.
        let headers = sign::headers(provider, b"another", now());
        for headers in [&[][..], &headers] {
            let response = testbed.receive(provider, request("POST", &path, headers, b"{}")).await;
            assert_eq!(response.status().as_u16(), facts(provider).refusal(), "{provider}");
            let retry = response.headers().contains_key("retry-after");
            assert_eq!(retry, facts(provider).drops_on_4xx, "{provider}");
            bodies.push(json(&response));
        }
        assert_eq!(bodies[0], bodies[1], "one constant body");
    }
    assert!(facts(JetEmail).drops_on_4xx, "as its documentation says");
    assert!(testbed.stored().await.is_empty());
}

/// Scans and health checks must not look like a wrong secret. Any kind of signature header excludes a request from this
/// class, because another provider's webhook may have this URL by mistake.
#[tokio::test]
async fn a_request_without_any_signature_header_is_counted_apart() {
    let testbed = Testbed::start(now()).await;
    for provider in ProviderName::ALL.iter().copied() {
        let signature = |headers: Vec<(String, Vec<u8>)>| {
            headers.into_iter().find(|(name, _)| name.contains("signature")).unwrap()
        };
        let own = signature(sign::headers(provider, b"{}", now()));
        let empty = vec![(own.0.clone(), Vec::new())];
        let mut without = sign::headers(provider, b"{}", now());
        without.retain(|(name, _)| *name != own.0);
        let elsewhere = if provider == Emailit { GetMailer } else { Emailit };
        let cases = [
            (Vec::new(), "unsigned"),
            (without, "unsigned"),
            (vec![("authorization".to_owned(), b"Bearer x".to_vec())], "unsigned"),
            (empty, "refused"),
            (vec![(own.0.clone(), b"x".to_vec())], "refused"),
            (vec![(own.0.to_uppercase(), b"x".to_vec())], "refused"),
            (vec![signature(sign::headers(elsewhere, b"{}", now()))], "refused"),
        ];
        for (headers, outcome) in cases {
            let posted = request("POST", "/", &headers, b"{}");
            assert_eq!(testbed.receive(provider, posted).await.status().as_u16(), facts(provider).refusal());
            let line = testbed.lines().pop().unwrap();
            let counted = ["Unsigned", "Refused"].map(|metric| line[metric].as_u64());
            let expected = match outcome {
                "unsigned" => [Some(1), None],
                _ => [None, Some(1)],
            };
            assert_eq!((&line["outcome"], counted), (&json!(outcome), expected), "{provider} {headers:?}");
        }
    }
}

#[tokio::test]
async fn without_a_signing_secret_nothing_is_accepted_and_nothing_lost() {
    let testbed = Testbed::start(now()).await;
    let receiver = testbed.receiver_with(Jasni, Secrets::fixed(" , "));
    let response = receiver.receive(signed(Jasni, "POST", "/webhooks/jasni", b"{}")).await;
    assert_eq!(response.status().as_u16(), 503);
    assert!(response.headers().contains_key("retry-after"));
    assert!(testbed.stored().await.is_empty());
    assert_eq!(testbed.lines()[0]["reason"], "no signing secret is set");
    assert_eq!(testbed.lines()[0]["NoSigningSecret"], 1);
}

#[tokio::test]
async fn a_table_that_fails_is_not_the_senders_fault() {
    let testbed = Testbed::start(now()).await;
    testbed.aws.inject(Fault::refusal("PutItem", ""));
    let response = testbed.post(GetMailer, br#"{"id":"evt_1","type":"email.sent"}"#).await;
    assert_eq!(response.status().as_u16(), 503);
    assert_eq!(response.headers()["retry-after"], "30");
    assert_eq!(testbed.lines()[0]["reason"], "DynamoDB PutItem: AccessDeniedException");
    assert_eq!(testbed.lines()[0]["Unavailable"], 1);
}

/// An event recorded with its mark is safe: an outage of a topic for days must not make a provider give up or disable the
/// webhook.
#[tokio::test]
async fn a_topic_that_fails_is_nobody_elses_concern() {
    let bounce = br#"{"id":"evt_1","type":"email.bounced","data":{"emailId":"m","to":"ada@example.org"}}"#;
    let dead = (Target::Service(Service::Sns), "SNS PublishBatch: AccessDeniedException");
    let updates = Target::Text { operation: "UpdateItem", containing: String::new() };
    for (target, reason) in [dead, (updates, "DynamoDB UpdateItem: AccessDeniedException")] {
        let testbed = Testbed::start(now()).await;
        testbed.aws.inject(Fault::always(target, FaultTiming::BeforeEffect, Kind::Refuse));
        for recorded in [1, 0] {
            let response = testbed.post(GetMailer, bounce).await;
            assert_eq!(response.status().as_u16(), 200);
            let counts = json!({"received": 1, "recorded": recorded, "duplicates": 1 - recorded});
            assert_eq!(json(&response), counts);
            let line = testbed.lines().pop().unwrap();
            assert_eq!((&line["outcome"], &line["reason"]), (&json!("accepted"), &json!(reason)));
            assert_eq!(line["AnnounceFailed"], 1);
            assert_eq!(line.get("Unavailable"), None);
        }
        assert!(testbed.stored().await[0].unannounced);
        testbed.aws.calm();
        let report = testbed.redrive(now() + SignedDuration::from_mins(2)).run(Duration::from_mins(1)).await;
        assert_eq!(report.redriven, 1);
        assert!(!testbed.stored().await[0].unannounced);
        assert!(!testbed.announcements().is_empty());
    }
}

#[tokio::test]
async fn what_is_authentic_and_not_understood_is_kept() {
    let testbed = Testbed::start(now()).await;
    let bodies: [&[u8]; 8] =
        [b"", b"not json", b"null", b"17", b"\"text\"", b"{}", b"{\"type\":17}", b"\xff\xfe"];
    for body in bodies {
        assert_eq!(testbed.post(GetMailer, body).await.status().as_u16(), 200, "{body:?}");
    }
    let stored = testbed.stored().await;
    assert_eq!(stored.len(), bodies.len());
    for stored in &stored {
        assert_eq!(stored.event.data.event_type.as_str(), "unknown");
        assert!(bodies.contains(&testbed.store.raw(stored).await.unwrap().as_slice()));
    }
    let unrecognized = testbed.lines().iter().filter(|line| line["Unrecognized"] == 1).count();
    assert_eq!(unrecognized, bodies.len() - 1, "all but the one that names a type");
    let response = testbed.post(GetMailer, b"[]").await;
    assert_eq!(json(&response), json!({"received": 0, "recorded": 0, "duplicates": 0}));
}

#[tokio::test]
async fn each_request_is_one_line_with_its_metrics() {
    let testbed = Testbed::start(now()).await;
    let fixture = files::accepted(Emailit, "email-bounced");
    testbed.set_clock(fixture.now);
    testbed.receive(Emailit, request_of(&fixture)).await;
    testbed.receive(Emailit, request_of(&fixture)).await;
    testbed.receive(Emailit, request("POST", "/webhooks/emailit", &[], b"")).await;
    let lines = testbed.lines();
    assert_eq!(lines.len(), 3);
    let id = testbed.stored().await[0].event.id.clone();
    assert_eq!(lines[0]["provider"], "emailit");
    assert_eq!(lines[0]["outcome"], "accepted");
    assert_eq!(lines[0]["status"], 200);
    assert_eq!(lines[0]["events"], json!([id]));
    assert!(lines[0]["duration_us"].is_u64());
    assert_eq!(
        lines[0]["_aws"],
        json!({
            "Timestamp": fixture.now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": "mailhooks",
                "Dimensions": [["provider"]],
                "Metrics": [
                    {"Name": "Received", "Unit": "Count"},
                    {"Name": "Recorded", "Unit": "Count"},
                    {"Name": "HardBounced", "Unit": "Count"},
                    {"Name": "Announced", "Unit": "Count"},
                ],
            }],
        })
    );
    assert_eq!((&lines[1]["Duplicates"], lines[1].get("Recorded")), (&json!(1), None));
    assert_eq!(
        (&lines[0]["HardBounced"], lines[1].get("HardBounced")),
        (&json!(1), None),
        "a duplicate counts once"
    );
    assert_eq!(lines[2]["outcome"], "unsigned");
    assert_eq!(lines[2]["reason"], "signature_missing");
    assert_eq!(lines[2]["Unsigned"], 1);
    for line in &lines {
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap() {
            let name = metric["Name"].as_str().unwrap();
            assert!(line[name].is_u64() && Metric::ALL.iter().any(|metric| metric.as_str() == name));
        }
    }
}
