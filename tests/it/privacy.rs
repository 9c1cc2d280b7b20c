//! No line of the log holds an address, a text of a webhook or a secret, and neither does what `Debug` or an error
//! prints. Every line of every test is watched ([`mailhooks_tests::privacy`]); here a canary stands in each
//! text that comes in, and must not come out.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt;
use ingestion::aws::Clients;
use ingestion::clock::{self, Clock};
use ingestion::configuration::Configuration;
use ingestion::notifier::{Notifier, Topic};
use ingestion::secrets::Secrets;
use ingestion::store::{Recorded, Scan, Store, WriteSettings};
use jiff::Timestamp;
use lambda_http::Request;
use mailhooks_local::samples::Fixture;
use mailhooks_local::{Happened, Stack, StackOptions, Storage, Token};
use mailhooks_tests::api_gateway::{Encoding, event};
use mailhooks_tests::aws::{Fault, FaultTiming};
use mailhooks_tests::lambda::{Function, program};
use mailhooks_tests::privacy::Watch;
use mailhooks_tests::server::Server;
use mailhooks_tests::testbed::{access, no_deadline, now, request, request_of};
use mailhooks_tests::{Testbed, files, sign, tool};
use normalization::ProviderName::{Emailit, GetMailer, Jasni, JetEmail};
use normalization::suppression::{Evidence, Kind, Policy, Slots};
use normalization::{
    Event, Key, ProviderName, SigningSecret, SigningSecrets, Webhook, normalize, sign, verify,
};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use tokio::process::Command;

/// The canary. It is lower case because addresses are stored in lower case.
const CANARY: &str = "zqcanary";

/// Adds the canary to a text. An address stays an address.
fn marked(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((local, domain)) => format!("{local}-{CANARY}@{CANARY}.{domain}"),
        None => format!("{text} {CANARY}"),
    }
}

/// Members whose values decide how an event is normalized and whether it is announced.
const WORDS: &[&str] = &["type", "event", "bounce_type", "bounceType", "status"];

/// The texts that are marked.
#[derive(Clone, Copy, PartialEq)]
enum Marks {
    /// Every text. The events then have unknown types.
    Everything,
    /// Every text except the words, so that each event is normalized, and announced if it is due.
    AllButWords,
}

/// The value with a canary in every text and in every unknown member name, and an address as the key of every event.
fn mark(value: &mut Value, name: &str, marks: Marks) {
    match value {
        Value::String(text) if ["id", "event_id"].contains(&name) => {
            *text = format!("{text}-{CANARY}@example.com");
        }
        Value::String(_) if marks == Marks::AllButWords && WORDS.contains(&name) => {}
        Value::String(text) => *text = marked(text),
        Value::Array(elements) => elements.iter_mut().for_each(|one| mark(one, name, marks)),
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                mark(value, name, marks);
            }
            members.insert(CANARY.to_owned(), marked("").into());
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The body of a fixture, marked; `None` if it is not JSON, or is nested too deeply for the parser.
fn marked_body(fixture: &Fixture, marks: Marks) -> Option<Vec<u8>> {
    let mut body: Value = serde_json::from_slice(&fixture.body).ok()?;
    mark(&mut body, "", marks);
    Some(body.to_string().into_bytes())
}

fn marked_bodies(provider: ProviderName) -> Vec<Vec<u8>> {
    let bodies: Vec<_> = files::all_accepted(provider)
        .filter_map(|fixture| marked_body(&fixture, Marks::AllButWords))
        .chain(marked_samples(provider, Marks::Everything))
        .collect();
    assert!(bodies.len() > 10, "the test has something to post");
    bodies
}

/// Only the documented fixtures: one for each event type and each of its forms.
fn marked_samples(provider: ProviderName, marks: Marks) -> Vec<Vec<u8>> {
    let samples = files::all_accepted(provider).filter(|fixture| fixture.documents.is_some());
    let bodies: Vec<_> = samples.filter_map(|fixture| marked_body(&fixture, marks)).collect();
    assert!(bodies.len() > 5, "the test has something to post");
    bodies
}

/// A request with canaries in the parts that a receiver ignores.
fn with_marked_headers(mut request: Request) -> Request {
    for name in ["user-agent", "cookie", "x-forwarded-for", "referer"] {
        request.headers_mut().append(name, marked("ada@example.com").parse().unwrap());
    }
    let uri = format!("{}?to={}", request.uri(), marked("ada@example.com"));
    *request.uri_mut() = uri.parse().unwrap();
    request
}

/// Fails if any line contains the canary, or if there are no lines.
fn none_in(lines: &[Value], expected: usize) {
    assert_eq!(lines.len(), expected);
    for line in lines {
        none(&line.to_string());
    }
}

fn none(text: &str) {
    assert!(!text.to_lowercase().contains(CANARY), "{text}");
}

#[tokio::test]
async fn fixtures_leave_nothing_of_themselves_in_the_log() {
    for provider in ProviderName::ALL.iter().copied() {
        let testbed = Testbed::start(now()).await;
        let mut posted = 0;
        for kind in ["accepted", "rejected"] {
            for file in files::with_ending(&files::fixtures(provider).join(kind), "http") {
                let fixture = files::fixture(provider, &file);
                testbed.set_clock(fixture.now);
                testbed.receive(provider, with_marked_headers(request_of(&fixture))).await;
                posted += 1;
            }
        }
        none_in(&testbed.lines(), posted);
    }
}

#[tokio::test]
async fn a_canary_in_every_text_of_a_webhook_is_in_no_line() {
    for provider in ProviderName::ALL.iter().copied() {
        let testbed = Testbed::start(now()).await.announcing_all();
        let bodies = marked_bodies(provider);
        for body in &bodies {
            assert_eq!(testbed.post(provider, body).await.status().as_u16(), 200, "{provider}");
        }
        none_in(&testbed.lines(), bodies.len());
        let announced = testbed.announcements();
        let with_canary = |topic: &str| {
            let mut of_topic = announced.iter().filter(|one| one.topic == topic);
            of_topic.any(|one| one.message.to_string().contains(CANARY))
        };
        assert!(with_canary("bounces") && with_canary("events"));
    }
}

#[tokio::test]
async fn what_is_no_event_leaves_nothing_in_the_log() {
    let testbed = Testbed::start(now()).await;
    let secret = files::signing_secret(GetMailer);
    let text = format!("{} {secret}", marked("ada@example.com"));
    let mut bodies = vec![
        text.clone().into_bytes(),
        json!(text).to_string().into_bytes(),
        json!([text, [text], {"type": text}]).to_string().into_bytes(),
        json!({text.clone(): {text.clone(): 1}}).to_string().into_bytes(),
        format!(r#"{{"id": "{text}", "type": "{text}"#).into_bytes(),
        [b"\xff\xfe\x00", text.as_bytes(), b"\x80"].concat(),
        text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        format!("{}\"{text}\"{}", "[".repeat(3_000), "]".repeat(3_000)).into_bytes(),
        format!(r#"{{"id":"evt_1","type":"{}"}}"#, text.repeat(2_000)).into_bytes(),
    ];
    bodies.push(bodies[3].repeat(2));
    for body in &bodies {
        assert_eq!(testbed.post(GetMailer, body).await.status().as_u16(), 200);
    }
    none_in(&testbed.lines(), bodies.len());
}

#[tokio::test]
async fn an_event_id_that_is_none_stands_in_the_log_as_its_hash() {
    let testbed = Testbed::start(now()).await;
    let odd = [
        "ada@example.com",
        "Ada Lovelace",
        "evt\n{\"outcome\":\"accepted\"}",
        "evt\u{0}\u{1b}[31m\u{7f}",
        "evt\u{2028}\u{202e}",
        "https://example.com/?to=ada%40example.com",
        "jürgen",
        "\"",
    ];
    for id in odd {
        let body =
            json!({"id": id, "type": "email.bounced", "data": {"to": ["a@example.org", "b@example.org"]}});
        assert_eq!(testbed.post(GetMailer, body.to_string().as_bytes()).await.status().as_u16(), 200);
        let line = testbed.lines().pop().unwrap();
        let hashed =
            |key: String| format!("getmailer:sha256-{}", &hex::encode(digest(&SHA256, key.as_bytes()))[..32]);
        assert_eq!(line["events"], json!([1, 2].map(|number| hashed(format!("{id}.{number}")))), "{id:?}");
    }
    let fine = "Evt_01-a.b:c";
    let body = json!({"id": fine, "type": "x"}).to_string();
    testbed.post(GetMailer, body.as_bytes()).await;
    assert_eq!(testbed.lines().pop().unwrap()["events"], json!([format!("getmailer:{fine}")]));
    // It is stored and announced unchanged.
    assert!(testbed.stored().await.iter().any(|one| one.event.id == "getmailer:ada@example.com.1"));
}

#[tokio::test]
async fn a_table_or_a_topic_that_fails_puts_nothing_into_the_log() {
    let testbed = Testbed::start(now()).await;
    let bounce = files::accepted(GetMailer, "email-bounced");
    let mut body: Value = serde_json::from_slice(&marked_body(&bounce, Marks::AllButWords).unwrap()).unwrap();
    let mut posted = 0;
    for operation in ["GetItem", "PutItem", "UpdateItem"] {
        for after_effect in [false, true] {
            let timing = [FaultTiming::BeforeEffect, FaultTiming::AfterEffect][usize::from(after_effect)];
            testbed.aws.inject(Fault { timing, ..Fault::refusal(operation, "") });
            // A raw payload in parts is read before it is written. This one does not compress.
            let noise = (0..8_000_u32).map(|n| hex::encode(digest(&SHA256, &n.to_le_bytes())));
            if operation == "GetItem" {
                body["padding"] = noise.collect::<String>().into();
            }
            body["id"] = format!("evt_{operation}_{after_effect}").into();
            let response = testbed.post(GetMailer, body.to_string().as_bytes()).await;
            // Announces the recorded events later.
            let expected = if operation == "UpdateItem" { 200 } else { 503 };
            assert_eq!(response.status().as_u16(), expected, "{operation}");
            posted += 1;
        }
    }
    testbed.aws.inject(Fault::of_entry("", 1));
    body["id"] = "evt_topic".into();
    assert_eq!(testbed.post(GetMailer, body.to_string().as_bytes()).await.status().as_u16(), 200);
    none_in(&testbed.lines(), posted + 1);
    let reasons: Vec<_> = testbed.lines().iter().map(|line| line["reason"].clone()).collect();
    assert_eq!(reasons[0], "DynamoDB GetItem: AccessDeniedException");
    assert_eq!(reasons[4], "DynamoDB UpdateItem: AccessDeniedException");
    assert_eq!(reasons[6], "SNS PublishBatch: InternalError");
}

/// A service that answers every call with an error whose code and text repeat the request.
async fn talkative(code: &str) -> Server {
    let code = code.to_owned();
    let answer = move |headers: HeaderMap, body: Bytes| async move {
        let said = String::from_utf8_lossy(&body).replace('&', "&amp;");
        let text = if headers.contains_key("x-amz-target") {
            json!({"__type": code, "message": said}).to_string()
        } else {
            format!(
                "<ErrorResponse><Error><Code>{code}</Code><Message>{said}</Message></Error></ErrorResponse>"
            )
        };
        (StatusCode::BAD_REQUEST, text)
    };
    Server::start(Router::new().fallback(answer)).await
}

/// A topic that refuses every announcement with this code.
async fn refusing(code: &str) -> Server {
    let refusal = format!(
        "<PublishBatchResponse><PublishBatchResult><Successful/><Failed><member><Id>0</Id><Code>{code}</Code>\
         <Message>{code}</Message><SenderFault>true</SenderFault></member></Failed></PublishBatchResult>\
         </PublishBatchResponse>"
    );
    Server::start(Router::new().fallback(move || async move { refusal })).await
}

#[tokio::test]
async fn a_service_that_repeats_what_it_was_sent_puts_nothing_into_the_log() {
    let testbed = Testbed::start(now()).await;
    let secrets: Secrets = Secrets::fixed(&files::signing_secret(GetMailer));
    let body = marked_body(&files::accepted(GetMailer, "email-bounced"), Marks::AllButWords).unwrap();
    let cases = [
        (marked("ada@example.com"), "UnreadableCode"),
        (CANARY.repeat(9), "UnreadableCode"),
        (format!("Throttled{}", '\u{1f}'), "UnreadableCode"),
        (format!("No such item {CANARY}"), "UnreadableCode"),
        ("KMS.DisabledException".to_owned(), "KMS.DisabledException"),
    ];
    for (code, expected) in cases {
        let (talkative, refusing) = (talkative(&code).await, refusing(&code).await);
        let all = Clients::new(&access(talkative.endpoint(), talkative.endpoint()));
        let topics = |sns: &Server| Clients {
            sns: Clients::new(&access(sns.endpoint(), sns.endpoint())).sns,
            ..testbed.clients.clone()
        };
        for (clients, call, status) in [
            (all, "DynamoDB PutItem", 503),
            (topics(&talkative), "SNS PublishBatch", 200),
            (topics(&refusing), "SNS PublishBatch", 200),
        ] {
            let receiver = testbed.receiver_over(GetMailer, secrets.clone(), &clients);
            let headers = sign::headers(GetMailer, &body, now());
            let answer = receiver.receive(request("POST", "/webhooks/getmailer", &headers, &body)).await;
            assert_eq!(answer.status().as_u16(), status);
            let line = testbed.lines().pop().unwrap();
            // XML does not allow control characters, so a parser may reject the answer.
            let reason = line["reason"].as_str().unwrap();
            assert!(reason == format!("{call}: {expected}") || code.contains('\u{1f}'), "{code:?}: {reason}");
        }
    }
    none_in(&testbed.lines(), 15);
}

#[tokio::test]
async fn a_request_that_is_no_webhook_leaves_nothing_in_the_log() {
    let testbed = Testbed::start(now()).await;
    let address = marked("ada@example.com");
    let body = json!({"id": address, "type": address}).to_string();
    let headers = sign::headers(Jasni, body.as_bytes(), now());
    let cases = [
        ("POST", format!("/{address}"), 200),
        ("POST", format!("/webhooks/{CANARY}"), 200),
        ("POST", format!("/webhooks/jetemail?to={address}"), 200),
        (CANARY, "/webhooks/jasni".to_owned(), 405),
        ("GET", format!("/webhooks/jasni?to={address}"), 405),
        ("POST", format!("/{CANARY}/webhooks/jasni?to={address}"), 200),
    ];
    for (method, path, expected) in &cases {
        let posted = request(method, path, &headers, body.as_bytes());
        let response = testbed.receive(Jasni, with_marked_headers(posted)).await;
        assert_eq!(response.status().as_u16(), *expected, "{method} {path}");
    }
    let large = format!(r#"{{"event":"{}"}}"#, address.repeat(300_000));
    assert_eq!(testbed.post(Jasni, large.as_bytes()).await.status().as_u16(), 413);
    none_in(&testbed.lines(), cases.len() + 1);
}

/// A request in API Gateway's format, signed now, with canaries in the parts that a receiver ignores.
fn delivery(provider: ProviderName, body: &[u8], encoding: Encoding) -> Value {
    let mut headers = sign::headers(provider, body, clock::now());
    headers.push(("user-agent".to_owned(), marked("agent").into_bytes()));
    headers.push(("cookie".to_owned(), marked("ada@example.com").into_bytes()));
    let path = format!("/webhooks/{provider}?to={}", marked("ada@example.com"));
    let mut delivery = event("POST", &path, &headers, body, encoding);
    delivery["requestContext"]["http"]["userAgent"] = marked("agent").into();
    delivery["requestContext"]["authorizer"] =
        json!({"jwt": {"claims": {"email": marked("ada@example.com")}}});
    delivery
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_binaries_print_nothing_of_what_they_are_sent() {
    for provider in ProviderName::ALL.iter().copied() {
        let testbed = Testbed::start(Timestamp::UNIX_EPOCH).await;
        let function = Function::start(provider, &testbed.variables(provider)).await;
        let bodies = marked_samples(provider, Marks::AllButWords);
        for (body, encoding) in bodies.iter().zip([Encoding::Text, Encoding::Base64].into_iter().cycle()) {
            assert_eq!(function.invoke(delivery(provider, body, encoding)).await.unwrap()["statusCode"], 200);
        }
        let mut forged = delivery(provider, marked("{}").as_bytes(), Encoding::Text);
        forged["body"] = marked("{} ").into();
        assert_ne!(function.invoke(forged).await.unwrap()["statusCode"], 200);
        let log = function.end();
        assert_eq!(log.len(), bodies.len() + 1);
        for line in &log {
            none(line);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_request_is_not_repeated() {
    let testbed = Testbed::start(Timestamp::UNIX_EPOCH).await;
    let function = Function::start(Jasni, &testbed.variables(Jasni)).await;
    let address = marked("ada@example.com");
    for place in ["/headers/host", "/headers/x-forwarded-proto", "/rawPath", "/body"] {
        for encoding in [Encoding::Text, Encoding::Base64] {
            let mut event = delivery(Jasni, b"{}", encoding);
            *event.pointer_mut(place).unwrap() = format!("{address}:\n x").into();
            none(&function.invoke(event).await.unwrap().to_string());
        }
    }
    // An event that is not from API Gateway does not reach our code.
    let foreign = json!({"Records": [{"body": address}], "version": address});
    for event in [foreign, json!(address), json!([address])] {
        none(&function.invoke(event).await.unwrap_err().to_string());
    }
    for line in function.end() {
        none(&line);
    }
}

/// No webhook is known to cause a panic, but the runtime panics if Lambda's own variables are invalid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_says_where_and_never_what() {
    let testbed = Testbed::start(Timestamp::UNIX_EPOCH).await;
    let output = Command::new(program("jasni"))
        .env_clear()
        .envs(testbed.variables(Jasni))
        .env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9")
        .env("AWS_LAMBDA_FUNCTION_NAME", "jasni")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", marked("256"))
        .output()
        .await
        .unwrap();
    assert!(!output.status.success());
    assert!(output.stderr.is_empty(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    none(&said);
    let line: Value = serde_json::from_str(said.trim()).unwrap();
    assert_eq!(line["outcome"], "panicked");
    let location = line["location"].as_str().unwrap();
    assert!(location.starts_with("lambda_runtime-"), "{location}");
    assert_eq!(line.as_object().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_that_is_wrong_is_not_repeated() {
    let mut variables: Vec<(&str, String)> = [
        "BOUNCES_TOPIC_ARN",
        "COMPLAINTS_TOPIC_ARN",
        "SPAM_TOPIC_ARN",
        "ACTIONS_TOPIC_ARN",
        "EVENTS_TOPIC_ARN",
        "SIGNING_SECRETS",
        "RETENTION_DAYS",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL",
    ]
    .map(|name| (name, format!("{CANARY}-{name}")))
    .into();
    for provider in ProviderName::ALL.iter().copied() {
        let (said, succeeded) = Function::run_to_end(provider, &variables).await;
        assert!(!succeeded && said.contains("TABLE_NAME is not set"), "{said}");
        assert!(said.contains("RETENTION_DAYS is not a number"), "{said}");
        none(&said);
    }
    variables.push(("TABLE_NAME", CANARY.to_owned()));
    let read = |name: &str| {
        let mut found = variables.iter().filter(|(given, _)| *given == name);
        found.next().map(|(_, value)| value.clone())
    };
    let error = Configuration::of_receiver(read).unwrap_err();
    none(&error.to_string());
    printed(&error);
}

/// Everything that `mailhooks dev` prints.
fn told(happened: &Happened<'_>) -> Value {
    match happened {
        Happened::Request(handled) => json!({
            "outcome": handled.outcome.name(),
            "reason": handled.reason(),
            "events": handled.events.iter().map(|event| &event.id).collect::<Vec<_>>(),
            "debug": format!("{handled:?}"),
        }),
        Happened::Stray { path, .. } => json!({"outcome": "not_found", "path": path}),
        Happened::Redrive(report) => json!({"outcome": "redriven", "debug": format!("{report:?}")}),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_local_stack_tells_no_more_than_a_function() {
    let watch: Arc<Watch> = Arc::default();
    let lines: Arc<std::sync::Mutex<Vec<Value>>> = Arc::default();
    let (watching, kept) = (Arc::clone(&watch), Arc::clone(&lines));
    let stack = Stack::start(StackOptions {
        storage: Storage::Memory,
        port: 0,
        secrets: ProviderName::ALL
            .iter()
            .map(|&provider| (provider, Secrets::fixed(&files::signing_secret(provider))))
            .collect::<BTreeMap<_, _>>(),
        announce_all: true,
        clock: Clock::system(),
        observer: Arc::new(move |happened| {
            let told = told(happened);
            let ids = told["events"].as_array().into_iter().flatten();
            ids.chain([&told["reason"]]).filter_map(Value::as_str).for_each(|text| watching.text(text));
            kept.lock().unwrap().push(told);
        }),
        token: Token::random().unwrap(),
        page_token: Token::random().unwrap(),
    })
    .await
    .unwrap();
    let address = marked("ada@example.com");
    let mut posted = 0;
    for provider in ProviderName::ALL.iter().copied() {
        for body in marked_samples(provider, Marks::AllButWords) {
            watch.body(provider, &body);
            let headers = sign::headers(provider, &body, clock::now());
            let url = format!("{}?to={address}", stack.webhook_url(provider));
            assert_eq!(post(url, headers, body).await, 200);
            posted += 1;
        }
    }
    assert_eq!(post(format!("{}/webhooks/{address}", stack.url()), Vec::new(), b"{}".to_vec()).await, 404);
    let typo = format!("{}/webhooks/jetmail?to={address}", stack.url());
    assert_eq!(post(typo, Vec::new(), b"{}".to_vec()).await, 404);
    stack.stop().await;
    watch.verify();
    let lines = lines.lock().unwrap().clone();
    none_in(&lines, posted + 2);
    assert_eq!(lines[posted]["path"], Value::Null);
    assert_eq!(lines[posted + 1]["path"], "/webhooks/jetmail");
}

async fn post(url: String, headers: Vec<(String, Vec<u8>)>, body: Vec<u8>) -> u16 {
    tokio::task::spawn_blocking(move || tool::post(&url, &headers, &body).0).await.unwrap()
}

/// Fails if the `Debug` output contains the canary.
fn printed(value: &dyn Debug) {
    none(&format!("{value:?}"));
    none(&format!("{value:#?}"));
}

/// Prints every value between a webhook and its events.
fn print_the_way_of(provider: ProviderName, body: &[u8]) {
    let provider = provider.provider();
    let secrets: SigningSecrets = format!("{CANARY}-new,{CANARY}-old").parse().unwrap();
    let mut headers = sign(provider, secrets.current(), body, now());
    headers.push(("x-other", marked("ada@example.com")));
    let webhook = Webhook::new(headers.iter().map(|(name, value)| (*name, value.as_bytes())), body, now());
    let verified = verify(provider, &webhook, &secrets).unwrap();
    let records: Vec<_> = normalize(&verified).collect();
    printed(&webhook);
    printed(&verified);
    printed(&records);
    let events: Vec<&Event> = records.iter().map(|record| &record.event).collect();
    printed(&events);
    printed(&secrets);
    printed(secrets.current());
}

#[test]
fn a_webhook_and_its_events_print_nothing() {
    for provider in ProviderName::ALL.iter().copied() {
        for body in marked_bodies(provider) {
            print_the_way_of(provider, &body);
        }
    }
    printed(&CANARY.parse::<SigningSecret>().unwrap());
    printed(&Secrets::fixed(CANARY));
    printed(&" ".parse::<SigningSecret>().unwrap_err());
    let unknown = CANARY.parse::<ProviderName>().unwrap_err();
    none(&unknown.to_string());
    let evidence = Evidence {
        time: now(),
        event: format!("jasni:{CANARY}@example.com"),
        provider: None,
        reason: None,
        note: Some(CANARY.to_owned()),
    };
    let mut slots = Slots::default();
    slots.add(Kind::Manual, evidence.clone());
    printed(&evidence);
    printed(&slots);
    printed(&slots.suppression(&Policy::default(), now()));
    printed(&unknown);
}

#[tokio::test]
async fn what_is_stored_and_announced_prints_nothing() {
    let testbed = Testbed::start(now()).await.announcing_all();
    for provider in [JetEmail, GetMailer, Emailit] {
        for body in marked_samples(provider, Marks::AllButWords) {
            testbed.post(provider, &body).await;
        }
    }
    let stored = testbed.stored().await;
    assert!(stored.iter().any(|one| one.event.id.contains(CANARY)));
    printed(&stored);
    let announcements = testbed.announcements();
    assert!(announcements.len() > 50);
    printed(&announcements);
    let event = stored[0].event.clone();
    printed(&Recorded::Known { unannounced: Some(Box::new(event)) });
}

#[test]
fn access_and_configuration_print_no_secret() {
    let endpoint = format!("http://{CANARY}:{CANARY}@127.0.0.1:1");
    let arn = "arn:aws:sns:eu-central-1:123456789012:topic";
    let (configuration, secrets) = Configuration::of_receiver(|name| {
        Some(match name {
            "SIGNING_SECRET_ID" => return None,
            "TABLE_NAME" => "events".to_owned(),
            "RETENTION_DAYS" => "30".to_owned(),
            "ADDRESS_INDEX" => "mail".to_owned(),
            "TIME_INDEX" => "on".to_owned(),
            "PROVIDERS" => "jetemail".to_owned(),
            "METRICS_NAMESPACE" => "mailhooks".to_owned(),
            "TIME_LIMITS" => "off".to_owned(),
            "AWS_REGION" => "eu-central-1".to_owned(),
            _ if name.ends_with("TOPIC_ARN") => arn.to_owned(),
            _ if name.contains("ENDPOINT") => endpoint.clone(),
            _ => CANARY.to_owned(),
        })
    })
    .unwrap();
    assert_eq!(*configuration.access.secret_access_key, CANARY);
    assert_eq!(configuration.access.sns_endpoint, Some(endpoint.into()));
    printed(&configuration);
    printed(&configuration.access);
    printed(&secrets);
    printed(&Secrets::fixed(CANARY));
}

#[tokio::test]
async fn an_error_of_a_service_says_nothing_of_what_was_sent() {
    let talkative = talkative(&marked("ada@example.com")).await;
    let clients = Clients::new(&access(talkative.endpoint(), talkative.endpoint()));
    let store = Store::new(clients.dynamodb, CANARY, WriteSettings::default());
    let arn = format!("arn:aws:sns:us-east-1:000000000000:{CANARY}");
    let topics = Topic::ALL.into_iter().map(|topic| (topic, arn.clone())).collect();
    let bounce = files::accepted(GetMailer, "email-bounced");
    let event = files::with_records(&bounce, |records| records[0].event.clone());
    let announced = Notifier::new(clients.sns, topics).announce(&[&event], no_deadline()).await;
    let refused = announced[0].as_ref().unwrap_err();
    let key = Key { partition: CANARY.to_owned(), event: CANARY.to_owned() };
    for error in &[
        store.timeline(GetMailer, CANARY).await.err().unwrap(),
        store.of_recipient(CANARY).await.err().unwrap(),
        store.event(&key).await.err().unwrap(),
        store.pages(Scan::default()).next().await.unwrap().err().unwrap(),
        store.size().await.err().unwrap(),
        store.received(now(), now(), 1).next().await.unwrap().err().unwrap(),
    ] {
        none(&error.to_string());
        printed(error);
    }
    none(&refused.to_string());
    printed(refused);
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_not_repeated() {
    let text = || AttributeValue::S(marked("ada@example.com"));
    let event = |members: &[(&str, AttributeValue)]| {
        AttributeValue::M(members.iter().cloned().map(|(name, value)| (name.to_owned(), value)).collect())
    };
    let time = AttributeValue::S("2026-10-01T09:14:06Z".to_owned());
    for event in [
        event(&[]),
        event(&[("id", text()), ("time", text())]),
        event(&[("id", text()), ("time", time.clone()), ("type", text())]),
        event(&[("id", text()), ("time", time), ("provider", text())]),
    ] {
        let testbed = Testbed::start(now()).await;
        let put = testbed.clients.dynamodb.put_item().table_name("mailhooks");
        put.item("pk", text())
            .item("sk", text())
            .item("received_at", AttributeValue::S("2026-10-01T09:14:06.000Z".to_owned()))
            .item("event", event)
            .send()
            .await
            .unwrap();
        let error =
            &testbed.store.pages(Scan::default()).next().await.unwrap().unwrap().found.unreadable[0].error;
        assert!(error.to_string().ends_with("is not as mailhooks writes it"));
        none(&error.to_string());
        printed(error);
    }
}

/// A line as a receiver writes it.
fn good_line() -> Value {
    json!({
        "_aws": {
            "Timestamp": 1_790_846_046_000_i64,
            "CloudWatchMetrics": [{
                "Namespace": "mailhooks",
                "Dimensions": [["provider"]],
                "Metrics": [{"Name": "Received", "Unit": "Count"}],
            }],
        },
        "provider": "getmailer",
        "outcome": "unavailable",
        "status": 503,
        "duration_us": 1,
        "reason": "DynamoDB PutItem: AccessDeniedException",
        "request_id": "2f3c8f0e-5b1c-4e3c-9c0e-6a2b1f2d3c4d",
        "events": ["getmailer:evt_12345.2", "getmailer:sha256-93f4768d6a18c0de93f4768d6a18c0de"],
        "Received": 1,
    })
}

/// A line with a forbidden text in it.
fn with(member: &str, value: impl Into<Value>) -> Value {
    let mut line = good_line();
    line[member] = value.into();
    line
}

fn bad_lines() -> Vec<Value> {
    vec![
        json!("text"),
        json!({}),
        json!({"outcome": "accepted", "subject": "x"}),
        with("outcome", "delivered"),
        with("provider", "mailgun"),
        with("status", "200"),
        with("duration_us", json!({"a": 1})),
        with("reason", "the table is away"),
        with("reason", "DynamoDB PutItem: no such item"),
        with("reason", "DynamoDB PutItem: ada@example.com"),
        with("reason", "DynamoDB item: subject is not as mailhooks writes it"),
        with("reason", "DynamoDB PutItem: InvoiceOverdue"),
        with("reason", "DynamoDB PutItem: xxInvoiceOverdu"),
        with("reason", format!("SNS PublishBatch: {}", "x".repeat(65))),
        with("request_id", "ada@example.com"),
        with("request_id", "MessageNumber17"),
        with("events", json!(["getmailer:ada@example.com"])),
        with("events", json!(["getmailer:evt 1"])),
        with("events", json!(["getmailer:evt\n1"])),
        with("events", json!(["MessageNumber17"])),
        with("events", json!(["getmailer:MessageNumber17"])),
        with("events", json!(vec!["getmailer:evt_12345"; 101])),
        with("events", json!([{"id": "getmailer:evt_12345"}])),
        with("Received", "1"),
        with("Opened", 1),
        with("path", "/webhooks/getmailer"),
        with("location", "ada@example.com:1:1"),
        with("location", "InvoiceOverdue.rs:1:1"),
        with("_aws", json!({})),
        with("_aws", json!({"Timestamp": 1, "CloudWatchMetrics": [{"Namespace": "x"}]})),
        with("request_id", "SecretOfMine"),
    ]
}

#[test]
fn the_watch_takes_the_lines_of_receivers_and_no_others() {
    let watch = Watch::default();
    watch.secret("SecretOfMine");
    let body = json!({
        "id": "evt_12345",
        "type": "email.bounced",
        "data": {"emailId": "MessageNumber17", "subject": "InvoiceOverdue"},
    });
    watch.body(GetMailer, body.to_string().as_bytes());
    assert_eq!(watch.examine(&good_line()), Ok(()));
    for line in bad_lines() {
        assert!(watch.examine(&line).is_err(), "{line}");
    }
}
