//! The real binaries under a Lambda Runtime API, with events in API Gateway's format.

mod deployment;
mod redrive;

use futures_util::future::join_all;
use ingestion::clock;
use jiff::Timestamp;
use mailhooks_tests::api_gateway::{Encoding, event};
use mailhooks_tests::facts::facts;
use mailhooks_tests::lambda::Function;
use mailhooks_tests::tls::TlsFront;
use mailhooks_tests::topics::topics_of;
use mailhooks_tests::{Testbed, files, sign};
use normalization::ProviderName::{self, Emailit, GetMailer, Jasni, JetEmail};
use serde_json::{Value, json};

async fn started(provider: ProviderName) -> (Testbed, Function) {
    let testbed = Testbed::start(Timestamp::UNIX_EPOCH).await.announcing_actions();
    let function = Function::start(provider, &testbed.variables(provider)).await;
    (testbed, function)
}

/// A body signed now, in an event of API Gateway. The function reads the real clock.
fn webhook(provider: ProviderName, body: &[u8], encoding: Encoding) -> Value {
    let mut headers = sign::headers(provider, body, clock::now());
    headers.push(("content-type".to_owned(), b"application/json".to_vec()));
    event("POST", &format!("/webhooks/{provider}"), &headers, body, encoding)
}

fn without_time(mut event: Value) -> Value {
    event.as_object_mut().unwrap().remove("time");
    event
}

fn answer(response: &Value) -> (u64, Value) {
    let body = response["body"].as_str().unwrap();
    (response["statusCode"].as_u64().unwrap(), serde_json::from_str(body).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_documented_sample_through_the_real_binary() {
    for provider in ProviderName::ALL.iter().copied() {
        let (testbed, function) = started(provider).await;
        let mut expected: Vec<Value> = Vec::new();
        for file in files::with_ending(&files::fixtures(provider).join("accepted"), "http") {
            let fixture = files::fixture(provider, &file);
            if fixture.documents.is_none() {
                continue;
            }
            let events: Vec<Value> =
                serde_json::from_slice(&std::fs::read(file.with_extension("json")).unwrap()).unwrap();
            let count = events.len();
            for (encoding, recorded) in [(Encoding::Text, count), (Encoding::Base64, 0)] {
                let response = function.invoke(webhook(provider, &fixture.body, encoding)).await.unwrap();
                let counts = json!({"received": count, "recorded": recorded, "duplicates": count - recorded});
                assert_eq!(answer(&response), (200, counts), "{provider}/{}", fixture.name);
            }
            // If the provider sends no timestamp, the time is that of receipt, which is now.
            expected.extend(events.into_iter().map(|mut event| {
                if let Some(header) = &facts(provider).event_key_header {
                    let value = |headers: &[(String, Vec<u8>)]| {
                        let (_, value) = headers.iter().find(|(name, _)| name == header).unwrap();
                        String::from_utf8(value.clone()).unwrap()
                    };
                    let sent = value(&sign::headers(provider, &fixture.body, fixture.now));
                    let id = event["id"].as_str().unwrap().replace(&value(&fixture.headers), &sent);
                    event["id"] = id.into();
                }
                let own_time = event["time"] != fixture.now.to_string();
                if own_time { event } else { without_time(event) }
            }));
        }
        expected.sort_by_key(|event| event["id"].as_str().unwrap().to_owned());
        let stored = testbed.stored().await;
        assert_eq!(stored.len(), expected.len(), "{provider}");
        for (stored, expected) in stored.iter().zip(&expected) {
            let event = serde_json::to_value(&stored.event).unwrap();
            let timed = expected.get("time").is_some();
            assert_eq!(&if timed { event } else { without_time(event) }, expected);
        }
        let due = expected.iter().flat_map(topics_of).count();
        assert_eq!(testbed.announcements().len(), due, "{provider}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_a_hundred_in_base64() {
    let (testbed, function) = started(Emailit).await;
    let body = files::accepted(Emailit, "batch-of-100").body;
    for (recorded, duplicates) in [(100, 0), (0, 100)] {
        let response = function.invoke(webhook(Emailit, &body, Encoding::Base64)).await.unwrap();
        let counts = json!({"received": 100, "recorded": recorded, "duplicates": duplicates});
        assert_eq!(answer(&response), (200, counts));
    }
    assert_eq!(testbed.stored().await.len(), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_text_arrive_whole() {
    let (testbed, function) = started(GetMailer).await;
    let body: Vec<u8> = (0..=255).collect();
    assert_eq!(answer(&function.invoke(webhook(GetMailer, &body, Encoding::Base64)).await.unwrap()).0, 200);
    assert_eq!(testbed.store.raw(&testbed.stored().await[0]).await.unwrap(), body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_stale_and_misdirected_requests() {
    let (testbed, function) = started(Emailit).await;
    let body = br#"{"event_id":"evt_1","type":"email.bounced","data":{"object":{}}}"#;
    let mut forged = webhook(Emailit, body, Encoding::Text);
    forged["body"] = String::from_utf8_lossy(body).replace("evt_1", "evt_2").into();
    let stale = sign::headers(Emailit, body, clock::now() - jiff::SignedDuration::from_secs(301));
    let stale = event("POST", "/webhooks/emailit", &stale, body, Encoding::Text);
    let signed = sign::headers(Emailit, body, clock::now());
    let cases = [
        (forged, 401),
        (stale, 401),
        (event("POST", "/webhooks/emailit", &[], body, Encoding::Text), 401),
        (event("GET", "/webhooks/emailit", &signed, b"", Encoding::Text), 405),
        (event("POST", "/?x=1", &signed, body, Encoding::Text), 200),
        (event("POST", "/x/y/webhooks/emailit/", &signed, body, Encoding::Text), 200),
    ];
    for (event, expected) in cases {
        assert_eq!(answer(&function.invoke(event.clone()).await.unwrap()).0, expected, "{event}");
    }
    assert_eq!(testbed.stored().await.len(), 1);
    assert!(function.is_alive());
}

/// An authentic webhook does not depend on its unsigned parts, and an invalid request still gets an answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_that_is_handed_over_has_an_answer() {
    let (_testbed, function) = started(Jasni).await;
    for (place, value, status) in [
        ("/headers/host", "a b", 200),
        ("/headers/host", "x.127.0.0.1", 200),
        ("/headers/x-forwarded-proto", "ht tp", 200),
        ("/headers/x-forwarded-proto", "line\nbreak", 200),
        ("/headers/content-type", "j\u{e9}son", 200),
        ("/headers/x-webhook-signature", "\u{e9}", 401),
        ("/headers/x-webhook-signature", "line\nbreak", 401),
        ("/rawQueryString", "a=<b>", 200),
        ("/rawPath", "/webhooks/<jasni>", 200),
        ("/rawPath", "no path", 200),
        ("/rawPath", "", 200),
        ("/rawPath", "/", 200),
        ("/rawPath", "/x/y/webhooks/jasni/", 200),
        ("/requestContext/stage", "prod", 200),
        ("/requestContext/http/method", "GET", 405),
    ] {
        for encoding in [Encoding::Text, Encoding::Base64] {
            let mut hostile = webhook(Jasni, b"{}", encoding);
            *hostile.pointer_mut(place).unwrap() = value.into();
            assert_eq!(answer(&function.invoke(hostile).await.unwrap()).0, status, "{place} {value}");
        }
    }
    let mut broken = webhook(Jasni, b"{}", Encoding::Base64);
    broken["body"] = "no base64".into();
    assert_eq!(answer(&function.invoke(broken).await.unwrap()).0, 401);
    for absent in ["body", "headers"] {
        let mut empty = webhook(Jasni, b"{}", Encoding::Text);
        empty.as_object_mut().unwrap().remove(absent);
        assert_eq!(answer(&function.invoke(empty).await.unwrap()).0, 401);
    }
    assert!(function.is_alive());
}

/// The same request from a REST API (payload format 1.0):
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>
fn of_rest_api(event: &Value) -> Value {
    json!({
        "version": "1.0", "resource": "/{proxy+}", "path": event["rawPath"], "httpMethod": "POST",
        "headers": event["headers"], "multiValueHeaders": {}, "queryStringParameters": null,
        "requestContext": {"httpMethod": "POST", "path": event["rawPath"], "stage": "prod", "requestId": "1"},
        "body": event["body"], "isBase64Encoded": event["isBase64Encoded"],
    })
}

/// The same request from a load balancer:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>
fn of_load_balancer(event: &Value) -> Value {
    json!({
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/t/1"}},
        "httpMethod": "POST", "path": event["rawPath"], "queryStringParameters": {},
        "headers": event["headers"], "body": event["body"], "isBase64Encoded": event["isBase64Encoded"],
    })
}

/// An event that does not come from API Gateway's HTTP API returns an error to the caller and logs the supported events, for
/// an operator who put a REST API or a load balancer before the function. The sandbox continues to run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_another_kind_is_told_from_a_webhook_and_ends_nothing() {
    let (testbed, function) = started(Jasni).await;
    let webhook = webhook(Jasni, b"{}", Encoding::Text);
    let mut crowded = webhook.clone();
    let headers = crowded["headers"].as_object_mut().unwrap();
    headers.extend((0..40_000).map(|number| (format!("x-{number}"), json!("1"))));
    let strange = [
        of_rest_api(&webhook),
        of_load_balancer(&webhook),
        crowded,
        json!({}),
        json!([]),
        json!("x"),
        json!(null),
        json!({"requestContext": {"http": {"method": "PO ST"}}}),
    ];
    let count = strange.len();
    for event in strange {
        assert!(function.invoke(event).await.is_err());
        assert!(function.is_alive());
    }
    assert_eq!(answer(&function.invoke(webhook).await.unwrap()).0, 200);
    assert_eq!(testbed.stored().await.len(), 1);
    let lines = function.end();
    assert_eq!(lines.len(), count + 1);
    for (number, line) in lines[..count].iter().enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["provider"], &line["outcome"]), (&json!("jasni"), &json!("unreadable")));
        assert_eq!(line["request_id"], format!("invocation-{number}"));
        assert!(line["reason"].as_str().unwrap().contains("HTTP API in payload format 2.0"));
    }
}

/// The maximum number of headers, with the signature last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_headers_hide_no_signature() {
    let (_testbed, function) = started(Jasni).await;
    let mut crowded = webhook(Jasni, b"{}", Encoding::Text);
    let headers = crowded["headers"].as_object_mut().unwrap();
    headers.extend((0..10_000).map(|number| (format!("a-{number}"), json!("1"))));
    assert_eq!(answer(&function.invoke(crowded).await.unwrap()).0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_line_of_json_for_each_request() {
    let (_testbed, function) = started(JetEmail).await;
    let body = files::accepted(JetEmail, "outbound-bounced").body;
    function.invoke(webhook(JetEmail, &body, Encoding::Text)).await.unwrap();
    function.invoke(event("POST", "/webhooks/jetemail", &[], &body, Encoding::Text)).await.unwrap();
    let lines: Vec<Value> = function.end().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["outcome"], &lines[0]["status"]), (&json!("accepted"), &json!(200)));
    assert_eq!(lines[0]["request_id"], "invocation-0");
    assert_eq!((&lines[1]["outcome"], &lines[1]["status"]), (&json!("unsigned"), &json!(503)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_without_configuration_says_everything_that_is_missing() {
    let (said, succeeded) = Function::run_to_end(JetEmail, &[]).await;
    assert!(!succeeded);
    for problem in [
        "TABLE_NAME is not set",
        "BOUNCES_TOPIC_ARN is not set",
        "neither SIGNING_SECRET_ID nor SIGNING_SECRETS is set",
        "AWS_REGION is not set",
    ] {
        assert!(said.contains(problem), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_whose_table_is_away_starts_and_asks_for_a_retry() {
    let testbed = Testbed::start(Timestamp::UNIX_EPOCH).await;
    let mut variables = testbed.variables(GetMailer);
    variables.retain(|(name, _)| *name != "AWS_ENDPOINT_URL_DYNAMODB");
    // The discard port of this machine, where no server listens.
    variables.push(("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9".to_owned()));
    let function = Function::start(GetMailer, &variables).await;
    let body = br#"{"id":"evt_1","type":"email.bounced"}"#;
    let response = function.invoke(webhook(GetMailer, body, Encoding::Text)).await.unwrap();
    assert_eq!(answer(&response).0, 503);
    assert_eq!(response["headers"]["retry-after"], "30");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_and_only_with_a_certificate_that_is_trusted() {
    let testbed = Testbed::start(Timestamp::UNIX_EPOCH).await;
    let folder = tempfile::TempDir::new().unwrap();
    let certificate = |name: &str| folder.path().join(name);
    let dynamodb = TlsFront::start(testbed.local.dynamodb.endpoint(), &certificate("dynamodb")).await;
    let sns = TlsFront::start(testbed.local.sns.endpoint(), &certificate("sns")).await;
    let bundle: String =
        ["dynamodb", "sns"].map(|name| std::fs::read_to_string(certificate(name)).unwrap()).concat();
    std::fs::write(certificate("bundle"), bundle).unwrap();
    let mut variables = testbed.variables(JetEmail);
    variables.retain(|(name, _)| !name.starts_with("AWS_ENDPOINT_URL"));
    variables.push(("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.endpoint().to_owned()));
    variables.push(("AWS_ENDPOINT_URL_SNS", sns.endpoint().to_owned()));
    let body = files::accepted(JetEmail, "outbound-bounced").body;
    // The redrive handles an unreachable topic, or, as here, a repeated delivery does.
    for (trusted, expected, announced) in [("sns", 503, 0), ("dynamodb", 200, 0), ("bundle", 200, 1)] {
        let path = certificate(trusted).to_str().unwrap().to_owned();
        let with_roots = [&variables[..], &[("SSL_CERT_FILE", path)]].concat();
        let function = Function::start(JetEmail, &with_roots).await;
        let response = function.invoke(webhook(JetEmail, &body, Encoding::Text)).await.unwrap();
        assert_eq!(answer(&response).0, expected, "{trusted}");
        assert_eq!(testbed.announcements().len(), announced, "{trusted}");
    }
    assert_eq!(testbed.stored().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_deliveries_to_eight_sandboxes_one_is_recorded() {
    let testbed = Testbed::start(Timestamp::UNIX_EPOCH).await;
    let body = files::accepted(JetEmail, "outbound-bounced").body;
    let variables = testbed.variables(JetEmail);
    let sandbox = async || {
        let function = Function::start(JetEmail, &variables).await;
        let mut recorded = 0;
        for _ in 0..25 {
            let event = webhook(JetEmail, &body, Encoding::Text);
            let (status, counts) = answer(&function.invoke(event).await.unwrap());
            assert_eq!((status, &counts["received"]), (200, &json!(1)));
            recorded += counts["recorded"].as_u64().unwrap();
        }
        recorded
    };
    assert_eq!(join_all((0..8).map(|_| sandbox())).await.iter().sum::<u64>(), 1);
    assert_eq!(testbed.stored().await.len(), 1);
    assert!(!testbed.announcements().is_empty());
}
