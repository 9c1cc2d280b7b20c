//! The SNS stand-in, called through the client that production uses: its rules, and that it never loses a message.

mod deliveries;
mod subscriptions;

use std::fs;
use std::io::Read as _;
use std::path::Path;

use aws_sdk_sns::Client;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::publish_batch::{PublishBatchError, PublishBatchOutput};
use aws_sdk_sns::primitives::Blob;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use ingestion::aws::Clients;
use ingestion::clock;
use mailhooks_local::{Sns, Token, read_announcements};
use mailhooks_tests::http::send;
use mailhooks_tests::testbed::{ACCESS_KEY_ID as TOKEN, access};
use serde_json::{Value, json};

const LIMIT: usize = 262_144;

#[tokio::test]
async fn messages_are_kept_as_they_were_published() {
    let sns = stand_in(None).await;
    let mut subscriber = sns.subscribe();
    let before = clock::now();
    let first = entry("a", r#"{"id":"jetemail:e1","note":"<&> \u00e9"}"#);
    let first = with(with(first, "type", string("email.bounced")), "provider", string("<&>"));
    let answer = batch(&sns, "bounces", vec![first, entry("b", "x")]).await.unwrap();

    let kept = sns.announcements();
    let [announcement, _] = &kept[..] else { panic!("not two announcements") };
    assert!((before..=clock::now()).contains(&announcement.published_at));
    assert_eq!(announcement.topic, "bounces");
    assert_eq!(announcement.topic_arn, "arn:aws:sns:us-east-1:000000000000:bounces");
    assert_eq!(announcement.message, json!({"id": "jetemail:e1", "note": "<&> é"}));
    assert_eq!(json!(announcement.attributes), json!({"type": "email.bounced", "provider": "<&>"}));
    let told = answer.successful().iter();
    let told: Vec<_> = told.map(|one| (one.id().unwrap(), one.message_id().unwrap())).collect();
    assert_eq!(told, [("a", kept[0].message_id.as_str()), ("b", kept[1].message_id.as_str())]);
    assert_eq!(announcement.message_id.len(), 36);
    assert!(answer.failed().is_empty());
    assert_eq!([subscriber.try_recv().unwrap(), subscriber.try_recv().unwrap()], kept[..]);
}

#[tokio::test]
async fn what_is_no_json_is_kept_as_text() {
    let sns = stand_in(None).await;
    let deep = format!("{}{}", "[".repeat(127), "]".repeat(127));
    let texts = ["plain", "{", "1,2", "1][2", " ", "1e999", deep.as_str()];
    for text in texts.into_iter().chain(["null"]) {
        publish(&sns, text).await;
    }
    let mut expected: Vec<_> = texts.iter().map(|text| json!(text)).collect();
    expected.push(json!(null));
    let kept: Vec<Value> = sns.announcements().into_iter().map(|one| one.message).collect();
    assert_eq!(kept, expected);
}

#[tokio::test]
async fn a_topic_must_exist() {
    let sns = stand_in(None).await;
    let arn = sns.topic_arn("bounces");
    for (arn, status, code) in [
        (sns.topic_arn("deliveries"), 404, "NotFound"),
        (arn.replace("us-east-1", "eu-west-1"), 404, "NotFound"),
        ("bounces".to_owned(), 400, "InvalidParameter"),
        (String::new(), 400, "InvalidParameter"),
    ] {
        let call = client(&sns).publish_batch().topic_arn(&arn);
        assert_refused(&call.publish_batch_request_entries(entry("1", "x")).send().await, status, code);
    }
    assert_eq!(sns.announcements(), []);
}

#[tokio::test]
async fn a_batch_has_rules() {
    let sns = stand_in(None).await;
    let numbered =
        |count: usize, text: &str| (0..count).map(|id| entry(&id.to_string(), text)).collect::<Vec<_>>();
    let text = |length: usize| "x".repeat(length);
    // All parts of an attribute count.
    let attributes = "name".len() + "String".len() + "12345".len();
    let with_attribute = |length: usize| with(entry("1", &text(length)), "name", string("12345"));
    let too_long = "BatchRequestTooLong";
    for (entries, code) in [
        (vec![], "EmptyBatchRequest"),
        (numbered(11, "x"), "TooManyEntriesInBatchRequest"),
        (vec![entry("1", "x"), entry("1", "y")], "BatchEntryIdsNotDistinct"),
        (vec![entry("", "x")], "InvalidBatchEntryId"),
        (vec![entry("a.b", "x")], "InvalidBatchEntryId"),
        (vec![entry(&"i".repeat(81), "x")], "InvalidBatchEntryId"),
        (vec![entry("1", "x"), entry("2", "")], "InvalidParameter"),
        (vec![entry("1", &text(LIMIT + 1))], too_long),
        // The limit counts bytes, not characters.
        (vec![entry("1", &"é".repeat(LIMIT / 2 + 1))], too_long),
        (vec![with_attribute(LIMIT - attributes + 1)], too_long),
        (vec![entry("1", &text(LIMIT / 2)), entry("2", &text(LIMIT / 2)), entry("3", "x")], too_long),
        // Each byte is encoded as three. The answer is still that of the service.
        (numbered(10, &"\u{1}".repeat(LIMIT)), too_long),
    ] {
        assert_refused(&batch(&sns, "spam", entries).await, 400, code);
    }
    assert_eq!(sns.announcements(), []);

    for entries in [
        numbered(10, "x"),
        vec![entry(&"i".repeat(80), &text(LIMIT / 2)), entry("A-z_9", &text(LIMIT / 2))],
        vec![with_attribute(LIMIT - attributes)],
    ] {
        batch(&sns, "spam", entries).await.unwrap();
    }
    assert_eq!(sns.announcements().len(), 13);
}

#[tokio::test]
async fn attributes_have_rules() {
    let sns = stand_in(None).await;
    let long = "n".repeat(257);
    let typed = |data_type: &str| MessageAttributeValue::builder().data_type(data_type);
    let names = ["", &long, ".a", "a.", "a..b", "a^b", "a\0b", "é", "AWS.a", "amazon.a"];
    let values = [
        string(""),
        typed("String").build().unwrap(),
        typed("").string_value("x").build().unwrap(),
        typed("string").string_value("x").build().unwrap(),
        typed("Text").string_value("x").build().unwrap(),
    ];
    let names = names.iter().map(|name| (*name, string("x")));
    for (name, value) in names.chain(values.map(|value| ("a", value))) {
        // One invalid attribute rejects the batch.
        let answer = batch(&sns, "spam", vec![entry("0", "x"), with(entry("1", "x"), name, value)]).await;
        assert_refused(&answer, 400, "ParameterValueInvalid");
    }
    // The stand-in does not support these attributes, which no announcement uses.
    let binary = with(entry("1", "x"), "a", typed("Binary").binary_value(Blob::new("x")).build().unwrap());
    assert_refused(&batch(&sns, "spam", vec![binary]).await, 400, "InvalidParameter");
    assert_eq!(sns.announcements(), []);

    for name in [&long[..256], "a.b-c_D9", "awsome"] {
        batch(&sns, "spam", vec![with(entry("1", "x"), name, string("x"))]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_none_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("announcements.jsonl");
    let sns = stand_in(Some(&path)).await;
    let mut subscriber = sns.subscribe();

    let publishing = (0..200).map(|number: u32| {
        let call = client(&sns).publish_batch().topic_arn(sns.topic_arn("spam"));
        tokio::spawn(call.publish_batch_request_entries(entry("1", &number.to_string())).send())
    });
    for publishing in publishing.collect::<Vec<_>>() {
        publishing.await.unwrap().unwrap();
    }

    let kept = sns.announcements();
    let mut numbers: Vec<_> = kept.iter().filter_map(|kept| kept.message.as_u64()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..200).collect::<Vec<_>>());
    assert_eq!(read_announcements(&path).unwrap(), kept, "one order, also in the file");
    for announcement in &kept {
        assert_eq!(&subscriber.try_recv().unwrap(), announcement, "and for subscribers");
    }
}

#[tokio::test]
async fn the_file_has_what_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("announcements.jsonl");
    assert_eq!(read_announcements(&path).unwrap(), [], "no file, no announcements");

    let sns = stand_in(Some(&path)).await;
    batch(&sns, "spam", vec![entry("1", "{\n\"a\": 1}"), entry("2", "two\nlines")]).await.unwrap();
    batch(&sns, "bounces", vec![entry("1", "3")]).await.unwrap();
    let kept = sns.announcements();
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 3, "a line each");
    assert_eq!(read_announcements(&path).unwrap(), kept);
    drop(sns);

    let sns = stand_in(Some(&path)).await;
    assert_eq!(sns.announcements(), kept, "also after a restart");
    publish(&sns, "4").await;
    assert_eq!(read_announcements(&path).unwrap().len(), 4);
}

#[tokio::test]
async fn a_line_cut_short_anywhere_costs_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("announcements.jsonl");
    let sns = stand_in(Some(&path)).await;
    publish(&sns, "whole").await;
    let whole = fs::read(&path).unwrap().len();
    publish(&sns, r#"{"n":[1.5,true,null,"é\""]}"#).await;
    let both = fs::read(&path).unwrap();
    drop(sns);

    for cut in whole..both.len() {
        fs::write(&path, &both[..cut]).unwrap();
        // The second line is complete only if just its line ending is missing.
        let count = if cut == both.len() - 1 { 2 } else { 1 };
        assert_eq!(read_announcements(&path).unwrap().len(), count, "cut at byte {cut}");

        let sns = stand_in(Some(&path)).await;
        publish(&sns, "after").await;
        let kept = read_announcements(&path).unwrap();
        assert_eq!(kept.len(), count + 1, "cut at byte {cut}");
        assert_eq!(kept, sns.announcements());
        assert_eq!(kept.last().unwrap().message, json!("after"));
    }
}

#[tokio::test]
async fn a_damaged_file_is_not_overlooked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("announcements.jsonl");
    fs::write(&path, "\n{\"topic\":1}\n").unwrap();
    let error = format!("{:#}", read_announcements(&path).unwrap_err());
    assert!(error.contains("announcements.jsonl") && error.contains("line 2"), "{error}");
    assert!(Sns::start(Some(&path), &Token::from(TOKEN)).await.is_err());
}

#[tokio::test]
async fn it_stops_when_dropped() {
    let sns = stand_in(None).await;
    publish(&sns, "x").await;
    let client = client(&sns);
    let arn = sns.topic_arn("spam");
    drop(sns);
    let answer = client.publish_batch().topic_arn(arn).send().await;
    assert!(matches!(answer, Err(SdkError::DispatchFailure(_))), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_disturbs_it() {
    let sns = stand_in(None).await;
    let member = |name: &str| format!("Action=PublishBatch&PublishBatchRequestEntries.member.{name}=n");
    let attribute = |number: u32| {
        let name = format!("PublishBatchRequestEntries.member.1.MessageAttributes.entry.{number}");
        format!("{name}.Name=n&{name}.Value.DataType=String&{name}.Value.StringValue=1")
    };
    let twice = format!(
        "{}&PublishBatchRequestEntries.member.1.Id=1&TopicArn={}&{}&{}",
        member("1.Message"),
        sns.topic_arn("spam"),
        attribute(1),
        attribute(2)
    );
    for (body, status, text) in [
        (String::new(), "400", "MissingAction"),
        ("Action=Publish&Message=m".to_owned(), "400", "InvalidAction"),
        ("Action=%3C%26%00".to_owned(), "400", "InvalidAction"),
        ("%FF\0&&&==&a".to_owned(), "400", "InvalidParameter"),
        ("Action=PublishBatch&TopicArn=%00%FF".to_owned(), "400", "InvalidParameter"),
        ("Action=PublishBatch&Message=m".to_owned(), "400", "Message is unknown"),
        (member("1.Subject"), "400", "Subject is unknown"),
        (member("1.MessageAttributes.entry.x.Name"), "400", "unknown"),
        (member("1.MessageAttributes.entry.1.Size"), "400", "unknown"),
        (member("99999999999.Id"), "400", "unknown"),
        (twice, "400", "ParameterValueInvalid"),
        ("x".repeat(8 * 1024 * 1024 + 1), "413", "RequestEntityTooLarge"),
    ] {
        let answer = post(&sns, body.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains("<ErrorResponse ") && answer.contains(text), "{answer}");
        assert!(!answer.contains('\0'), "{answer:?}");
    }
    assert!(post(&sns, b"\xff\x00").contains("InvalidParameter"));
    assert_eq!(sns.announcements(), []);
    publish(&sns, "x").await;
}

async fn stand_in(file: Option<&Path>) -> Sns {
    Sns::start(file, &Token::from(TOKEN)).await.expect("a loopback port is free, and the file is fine")
}

fn client(sns: &Sns) -> Client {
    let access = access(sns.endpoint(), sns.endpoint());
    Clients::over(&access, aws_smithy_http_client::Builder::new().build_http()).sns
}

/// Publishes one message on the topic `spam`.
async fn publish(sns: &Sns, message: &str) {
    batch(sns, "spam", vec![entry("1", message)]).await.unwrap();
}

async fn batch(
    sns: &Sns,
    topic: &str,
    entries: Vec<PublishBatchRequestEntry>,
) -> Result<PublishBatchOutput, SdkError<PublishBatchError>> {
    let call = client(sns).publish_batch().topic_arn(sns.topic_arn(topic));
    call.set_publish_batch_request_entries(Some(entries)).send().await
}

fn entry(id: &str, message: &str) -> PublishBatchRequestEntry {
    PublishBatchRequestEntry::builder().id(id).message(message).build().expect("both are given")
}

fn with(
    mut entry: PublishBatchRequestEntry,
    name: &str,
    value: MessageAttributeValue,
) -> PublishBatchRequestEntry {
    entry.message_attributes.get_or_insert_default().insert(name.to_owned(), value);
    entry
}

fn string(value: &str) -> MessageAttributeValue {
    let attribute = MessageAttributeValue::builder().data_type("String").string_value(value);
    attribute.build().expect("a data type is given")
}

#[track_caller]
fn assert_refused<T, E: ProvideErrorMetadata>(answer: &Result<T, SdkError<E>>, status: u16, code: &str) {
    let error = answer.as_ref().err().expect("it is refused");
    let got = error.raw_response().map(|response| response.status().as_u16());
    assert_eq!((got, error.code()), (Some(status), Some(code)), "{:?}", error.message());
    assert!(error.message().is_some_and(|message| !message.is_empty()));
}

/// Posts these bytes and returns the whole answer.
fn post(sns: &Sns, body: &[u8]) -> String {
    let address = sns.endpoint().trim_start_matches("http://");
    let authorization = format!("AWS4-HMAC-SHA256 Credential={TOKEN}/");
    let headers = [("host", address), ("authorization", &authorization)];
    let mut answer = String::new();
    send(sns.endpoint(), "POST /", &headers, body).read_to_string(&mut answer).expect("it answers in UTF-8");
    answer
}
