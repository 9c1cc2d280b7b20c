//! `mailhooks redrive`, on a running local stack and on a stopped one.

mod consumers;
mod ranges;
mod resumed;

use std::path::Path;
use std::process::Output;
use std::sync::LazyLock;

use aws_sdk_dynamodb::types::AttributeValue;
use ingestion::aws::Clients;
use ingestion::clock;
use ingestion::store::{RawPayload, Store, WriteSettings};
use jiff::{SignedDuration, Timestamp};
use mailhooks_local::{DataFolder, LocalStack, Storage, TABLE, Token, table};
use mailhooks_tests::testbed::{ACCESS_KEY_ID, access};
use mailhooks_tests::tool::{Dev, Folder, announced_on, lines, run, stderr, stdout};
use mailhooks_tests::{Testbed, deployed, files, sign, tool};
use normalization::ProviderName::JetEmail;
use normalization::providers::JETEMAIL;
use normalization::{SigningSecrets, Webhook, normalize, verify};
use serde_json::{Value, json};

/// Runs a function on the store of a data folder while no stack uses it.
async fn with_store<T>(data: &Path, work: impl AsyncFnOnce(&Clients, &Store) -> T) -> T {
    let folder = DataFolder::open(data).unwrap();
    let lock = folder.lock().unwrap().unwrap();
    let stack = LocalStack::start(Storage::Folder(&lock), &Token::from(ACCESS_KEY_ID)).await.unwrap();
    let clients = Clients::new(&access(stack.dynamodb.endpoint(), stack.sns.endpoint()));
    table::create(&clients.dynamodb, TABLE, table::Definition::Events).await.unwrap();
    work(&clients, &Store::new(clients.dynamodb.clone(), TABLE, WriteSettings::default())).await
}

/// Records an event; one that is `due` as by a receiver that dies before announcing it. Returns its id.
async fn record(store: &Store, body: &[u8], received_at: Timestamp, due: bool) -> String {
    let headers = sign::headers(JetEmail, body, received_at);
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    let webhook = Webhook::new(headers, body, received_at);
    let secrets: SigningSecrets = files::signing_secret(JetEmail).parse().unwrap();
    let records: Vec<_> = normalize(&verify(&JETEMAIL, &webhook, &secrets).unwrap()).collect();
    store.record(&records[0], &RawPayload::of(&records[0]), received_at, due).await.unwrap();
    records[0].event.id.clone()
}

/// Records a bounce like a receiver that dies before announcing it. Returns its id.
async fn record_unannounced(data: &Path, received_at: Timestamp) -> String {
    let body = files::accepted(JetEmail, "outbound-bounced").body;
    with_store(data, async |_, store| record(store, &body, received_at, true).await).await
}

/// The body of a webhook with this number and type.
fn body(number: usize, event_type: &str) -> Vec<u8> {
    let data = json!({"uid": format!("m-{number}"), "to": format!("{number}@example.com"), "bounce_type": "hard",
                      "response": "550 5.1.1 User unknown"});
    json!({"id": format!("evt_{number}"), "type": event_type, "data": data}).to_string().into_bytes()
}

/// The ids of the events with these numbers.
fn ids(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("jetemail:evt_{number}")).collect()
}

/// A table with this number of bounces, received one minute after the other. They are announced.
async fn bounces(number: usize) -> Testbed {
    let testbed = Testbed::start(hour_ago()).await;
    for number in 0..number {
        testbed.set_clock(received_at(number));
        assert_eq!(testbed.post(JetEmail, &body(number, "outbound.bounced")).await.status(), 200);
    }
    testbed
}

fn received_at(number: usize) -> Timestamp {
    static FIRST: LazyLock<Timestamp> = LazyLock::new(|| {
        // Items have it to the millisecond.
        Timestamp::from_second((hour_ago() - SignedDuration::from_hours(10)).as_second()).unwrap()
    });
    *FIRST + SignedDuration::from_mins(number.try_into().unwrap())
}

/// Runs the command on the table of a testbed. Its calls are journaled and can have faults.
async fn on_table(testbed: &Testbed, data: &Path, arguments: &[&str], sqs: Option<&str>) -> Output {
    let relays = testbed.relays().await;
    let mut command = tool::command(data, &["redrive", "--table", TABLE, "--rate", "10000"]);
    command.args(arguments).envs(relays.iter().map(|(name, relay)| (name, relay.endpoint())));
    command.envs(sqs.map(|endpoint| ("AWS_ENDPOINT_URL_SQS", endpoint)));
    for topic in ["bounces", "complaints", "spam"] {
        command.env(format!("{}_TOPIC_ARN", topic.to_uppercase()), testbed.local.sns.topic_arn(topic));
    }
    deployed::with_credentials(&mut command);
    tool::finish(command).await
}

/// The one object that a command prints.
fn object(output: &Output) -> Value {
    serde_json::from_str(&stdout(output)).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn hour_ago() -> Timestamp {
    clock::now() - SignedDuration::from_hours(1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_announced_once() {
    let data = &Folder::default();
    let id = record_unannounced(data, hour_ago()).await;
    assert!(lines(data, &["announcements"]).is_empty());
    let report = &lines(data, &["redrive"])[0];
    assert_eq!((&report["redriven"], &report["failures"]), (&json!(1), &json!([])));
    assert!(report["oldest_seconds"].as_u64().unwrap() >= 3_600);
    let announcements = announced_on(data, "bounces");
    assert_eq!(announcements.len(), 1);
    assert_eq!(announcements[0]["message"]["id"], id.as_str());
    assert_eq!(lines(data, &["redrive"])[0]["redriven"], 0);
    let said = stdout(&run(data, &["redrive"]));
    assert!(said.ends_with("has announced everything\n"), "{said}");
    assert_eq!(announced_on(data, "bounces").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_just_now_is_left_alone() {
    let data = &Folder::default();
    // The event's clock is ahead, so its time is later than the command's.
    record_unannounced(data, clock::now() + SignedDuration::from_hours(1)).await;
    assert_eq!(lines(data, &["redrive"])[0]["redriven"], 0);
    let said = stdout(&run(data, &["redrive"]));
    assert!(said.contains("has waited for more than a minute"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_stack_announces_what_waits_by_itself_and_takes_the_command() {
    let data = &Folder::default();
    let id = record_unannounced(data, hour_ago()).await;
    let _dev = Dev::start(data);
    // The command or the stack itself may announce it first; it is announced when the command has ended.
    lines(data, &["redrive"]);
    let announced = |announcement: &Value| announcement["message"]["id"] == id.as_str();
    assert!(lines(data, &["announcements"]).iter().any(announced));
    assert_eq!(lines(data, &["redrive"])[0]["oldest_seconds"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_event_is_announced_again() {
    let data = &Folder::default();
    let id = record_unannounced(data, hour_ago()).await;
    let event = &lines(data, &["events", "--id", &id])[0];
    let message = event["data"]["message"]["id"].as_str().unwrap();
    let once_more = ["redrive", "--id", &id, "--again"];
    assert_eq!(lines(data, &once_more)[0]["event"], id.as_str());
    assert!(run(data, &[&once_more[..], &["--message", message]].concat()).status.success());
    assert_eq!(announced_on(data, "bounces").len(), 2);
    assert_eq!(lines(data, &["redrive"])[0]["redriven"], 0, "it was settled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_named_and_the_rest_goes_on() {
    let data = &Folder::default();
    with_store(data, async |clients, _| {
        let texts = [
            ("pk", "jetemail#m"),
            ("sk", "evt_poisoned"),
            ("event", "no map"),
            ("outbox", "3"),
            ("received_at", "2026-01-01T00:00:00.000Z"),
        ];
        let item = texts.map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned())));
        clients.dynamodb.put_item().table_name(TABLE).set_item(Some(item.into())).send().await.unwrap();
    })
    .await;
    record_unannounced(data, hour_ago()).await;
    let output = run(data, &["redrive"]);
    let said = stdout(&output);
    assert!(said.contains("jetemail:evt_poisoned"), "{said}");
    assert!(said.contains("1 announced"), "{said}");
    assert_eq!(stderr(&output, 1), "error: 1 could not be announced and still wait\n");
    assert_eq!(announced_on(data, "bounces").len(), 1);
}

#[test]
fn errors() {
    let data = &Folder::default();
    for (arguments, status, said) in [
        (&["redrive", "--id", "jetemail:evt_1"][..], 2, "--again"),
        (&["redrive", "--since", "1d"], 2, "add --again to announce them on their topics"),
        (&["redrive", "--id", "jetemail:evt_1", "--again", "--type", "unknown"], 2, "--type"),
        (&["redrive", "--again", "--to", "http://127.0.0.1/"], 2, "--to"),
        (&["redrive", "--to", "orders"], 2, "an SQS queue (arn:aws:sqs:REGION:ACCOUNT:NAME)"),
        (&["redrive", "--to", "arn:aws:sqs:eu-west-1:123456789012:new.fifo"], 2, "FIFO"),
        (&["redrive", "--again", "--rate", "0"], 2, "--rate"),
        (&["redrive", "--again", "--type", "nonsense"], 2, "--type nonsense"),
        (&["redrive", "--again"], 2, "confirm with --yes"),
        (&["redrive", "--resume", "--since", "1d"], 2, "--since"),
        (&["redrive", "--resume"], 1, "nothing to resume"),
        (&["redrive", "--id", "jetemail:none", "--again"], 1, "no event jetemail:none"),
        (&["redrive", "--table", "events"], 1, "--bounces-topic is missing"),
    ] {
        let error = stderr(&run(data, arguments), status);
        assert!(error.contains(said), "{error}");
    }
}
