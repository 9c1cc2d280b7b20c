//! The SNS stand-in, through the client that production uses: its rules, its faults, and that it loses
//! nothing.

use std::fs;
use std::io::{Read as _, Write as _};
use std::time::Duration;

use aws_sdk_sns::Client;
use aws_sdk_sns::config::retry::RetryConfig;
use aws_sdk_sns::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::publish::{PublishError, PublishOutput};
use aws_sdk_sns::operation::publish_batch::{PublishBatchError, PublishBatchOutput};
use aws_sdk_sns::primitives::Blob;
use aws_sdk_sns::types::{BatchResultErrorEntry, MessageAttributeValue, PublishBatchRequestEntry};
use jiff::Timestamp;
use mailhooks_local::{Fault, Moment, Options, Sns, Token, read_announcements};
use serde_json::json;

const LIMIT: usize = 262_144;

/// The access key id that every stand-in here asks for.
const TOKEN: &str = "token-of-tests";

#[tokio::test]
async fn a_message_is_kept_as_it_was_published() {
    let sns = stand_in().await;
    let mut subscriber = sns.subscribe();

    let published = client(&sns)
        .publish()
        .topic_arn(sns.topic_arn("bounces"))
        .message(r#"{"id":"jetemail:e1","note":"<&> \u00e9"}"#)
        .message_attributes("type", attribute("String", "email.bounced"))
        .message_attributes("count", attribute("Number", "-1.5e3"))
        .message_attributes("list", attribute("String.Array", r#"["a"]"#))
        .message_attributes("bytes", binary(&[0, 255]))
        .send()
        .await
        .unwrap();

    let [announcement] = &sns.announcements()[..] else { panic!("not one announcement") };
    assert_eq!(published.message_id(), Some(announcement.message_id.as_str()));
    assert_eq!(announcement.message_id.len(), 36);
    assert_eq!(announcement.published_at, clock());
    assert_eq!(announcement.topic, "bounces");
    assert_eq!(announcement.topic_arn, "arn:aws:sns:us-east-1:000000000000:bounces");
    assert_eq!(announcement.message, json!({"id": "jetemail:e1", "note": "<&> é"}));
    assert_eq!(
        json!(announcement.attributes),
        json!({"type": "email.bounced", "count": "-1.5e3", "list": "[\"a\"]", "bytes": "AP8="}),
    );
    assert_eq!(&subscriber.try_recv().unwrap(), announcement);
    assert_eq!(sns.calls("Publish"), 1);
    assert_eq!(sns.calls("PublishBatch"), 0);
}

#[tokio::test]
async fn what_is_no_json_is_kept_as_text() {
    let sns = stand_in().await;
    let deep = format!("{}{}", "[".repeat(127), "]".repeat(127));
    let texts = ["plain", "{", "1,2", "1][2", " ", "1e999", deep.as_str()];
    for text in texts {
        publish(&sns, "spam", text).await.unwrap();
    }
    publish(&sns, "spam", "null").await.unwrap();

    let mut expected: Vec<_> = texts.iter().map(|text| json!(text)).collect();
    expected.push(json!(null));
    assert_eq!(messages(&sns), expected);
}

#[tokio::test]
async fn a_topic_must_exist() {
    let sns = stand_in().await;
    let unknown = publish(&sns, "deliveries", "x").await;
    assert_refused(&unknown, 404, "NotFound");
    assert!(unknown.unwrap_err().as_service_error().unwrap().is_not_found_exception());
    assert_refused(&batch(&sns, "deliveries", vec![entry("1", "x")]).await, 404, "NotFound");

    let malformed = client(&sns).publish().topic_arn("bounces").message("x").send().await;
    assert_refused(&malformed, 400, "InvalidParameter");
    let elsewhere = "arn:aws:sns:eu-west-1:000000000000:bounces";
    let elsewhere = client(&sns).publish().topic_arn(elsewhere).message("x").send().await;
    assert_refused(&elsewhere, 404, "NotFound");
    assert_eq!(sns.announcements(), []);
    assert_eq!(sns.calls("Publish"), 3);
}

#[tokio::test]
async fn topics_can_be_made_and_listed() {
    let sns = stand_in().await;
    let client = client(&sns);
    let made = client.create_topic().name("deliveries").send().await.unwrap();
    assert_eq!(made.topic_arn(), Some(sns.topic_arn("deliveries").as_str()));
    publish(&sns, "deliveries", "x").await.unwrap();

    let listed = client.list_topics().send().await.unwrap();
    let mut arns: Vec<_> = listed.topics().iter().filter_map(|topic| topic.topic_arn()).collect();
    arns.sort_unstable();
    assert_eq!(arns, ["bounces", "deliveries", "spam"].map(|name| sns.topic_arn(name)));

    let arn = sns.topic_arn("spam");
    let attributes = client.get_topic_attributes().topic_arn(&arn).send().await.unwrap();
    assert_eq!(attributes.attributes().unwrap().get("TopicArn"), Some(&arn));
    let missing = client.get_topic_attributes().topic_arn(format!("{arn}x")).send().await;
    assert_refused(&missing, 404, "NotFound");
    for name in [String::new(), "a b".to_owned(), "<".to_owned(), "n".repeat(257)] {
        let refused = client.create_topic().name(name).send().await;
        assert_refused(&refused, 400, "InvalidParameter");
    }
    client.create_topic().name("n".repeat(256)).send().await.unwrap();
}

#[tokio::test]
async fn a_message_has_a_size() {
    let sns = stand_in().await;
    assert_refused(&publish(&sns, "spam", "").await, 400, "InvalidParameter");
    publish(&sns, "spam", &"x".repeat(LIMIT)).await.unwrap();
    assert_refused(&publish(&sns, "spam", &"x".repeat(LIMIT + 1)).await, 400, "InvalidParameter");
    // Bytes count, not characters.
    assert_refused(&publish(&sns, "spam", &"é".repeat(LIMIT / 2 + 1)).await, 400, "InvalidParameter");

    // All parts of an attribute count, a binary value without its Base64.
    let cases = [
        (attribute("String", "12345"), "name".len() + "String".len() + 5),
        (binary(b"12345"), "name".len() + "Binary".len() + 5),
    ];
    for (value, bytes) in cases {
        let publish = |length| {
            client(&sns)
                .publish()
                .topic_arn(sns.topic_arn("spam"))
                .message("x".repeat(length))
                .message_attributes("name", value.clone())
                .send()
        };
        publish(LIMIT - bytes).await.unwrap();
        assert_refused(&publish(LIMIT - bytes + 1).await, 400, "InvalidParameter");
    }
    assert_eq!(sns.announcements().len(), 3);
}

/// Attributes that SNS refuses, each for one reason.
fn refused_attributes() -> Vec<(&'static str, MessageAttributeValue)> {
    const TOO_LONG: &str = match str::from_utf8(&[b'n'; 257]) {
        Ok(name) => name,
        Err(_) => unreachable!(),
    };
    vec![
        ("", attribute("String", "x")),
        (TOO_LONG, attribute("String", "x")),
        (".a", attribute("String", "x")),
        ("a.", attribute("String", "x")),
        ("a..b", attribute("String", "x")),
        ("a^b", attribute("String", "x")),
        ("a\0b", attribute("String", "x")),
        ("AWS.a", attribute("String", "x")),
        ("amazon.a", attribute("String", "x")),
        ("a", attribute("String", "")),
        ("a", attribute("String.Array", "")),
        ("a", attribute("Number", "")),
        ("a", attribute("Number", "one")),
        ("a", attribute("Number", "inf")),
        ("a", attribute("Number", "NaN")),
        ("a", attribute("", "x")),
        ("a", attribute("string", "x")),
        ("a", attribute("Text", "x")),
        ("a", attribute("Binary", "x")),
        ("a", binary(b"")),
        ("a", MessageAttributeValue::builder().data_type("String").build().unwrap()),
        (
            "a",
            MessageAttributeValue::builder()
                .data_type("String")
                .binary_value(Blob::new("x"))
                .build()
                .unwrap(),
        ),
    ]
}

#[tokio::test]
async fn attributes_have_rules() {
    let long = "n".repeat(256);
    let accepted = [
        (long.as_str(), attribute("String", "x")),
        ("a.b-c_D9", attribute("String", "x")),
        ("awsome", attribute("Number", "0")),
        ("number", attribute("Number", "1.25")),
    ];
    let sns = stand_in().await;
    let publish = async |name: &str, value: &MessageAttributeValue| {
        let publish = client(&sns).publish().topic_arn(sns.topic_arn("spam")).message("x");
        publish.message_attributes(name, value.clone()).send().await
    };
    for (name, value) in &accepted {
        publish(name, value).await.unwrap();
    }
    for (name, value) in &refused_attributes() {
        let answer = publish(name, value).await;
        assert_refused(&answer, 400, "ParameterValueInvalid");
        assert!(answer.unwrap_err().as_service_error().unwrap().is_invalid_parameter_value_exception());

        // In a batch, one bad attribute refuses all.
        let bad = PublishBatchRequestEntry::builder().id("1").message("x");
        let bad = bad.message_attributes(*name, value.clone()).build().unwrap();
        let answer = batch(&sns, "spam", vec![entry("0", "x"), bad]).await;
        assert_refused(&answer, 400, "ParameterValueInvalid");
    }
    assert_eq!(sns.announcements().len(), accepted.len());
}

#[tokio::test]
async fn a_batch_has_rules() {
    let sns = stand_in().await;
    let numbered = |count: usize| (0..count).map(|id| entry(&id.to_string(), "x")).collect();
    let long = "i".repeat(81);
    let half = "x".repeat(LIMIT / 2);
    let refused: [(Vec<PublishBatchRequestEntry>, &str); 8] = [
        (numbered(0), "EmptyBatchRequest"),
        (numbered(11), "TooManyEntriesInBatchRequest"),
        (vec![entry("1", "x"), entry("1", "y")], "BatchEntryIdsNotDistinct"),
        (vec![entry("", "x")], "InvalidBatchEntryId"),
        (vec![entry("a.b", "x")], "InvalidBatchEntryId"),
        (vec![entry(&long, "x")], "InvalidBatchEntryId"),
        (vec![entry("1", "x"), entry("2", "")], "InvalidParameter"),
        (vec![entry("1", &half), entry("2", &half), entry("3", "x")], "BatchRequestTooLong"),
    ];
    for (entries, code) in refused {
        assert_refused(&batch(&sns, "spam", entries).await, 400, code);
    }
    // Ten of the largest, each byte written as three: still told what is wrong.
    let largest = "\u{1}".repeat(LIMIT);
    let largest = (0..10).map(|id| entry(&id.to_string(), &largest)).collect();
    let answer = batch(&sns, "spam", largest).await;
    assert!(answer.unwrap_err().as_service_error().unwrap().is_batch_request_too_long_exception());
    assert_eq!(sns.announcements(), []);

    batch(&sns, "spam", vec![entry(&"i".repeat(80), &half), entry("A-z_9", &half)]).await.unwrap();
    batch(&sns, "spam", numbered(10)).await.unwrap();
    assert_eq!(sns.announcements().len(), 12);
    assert_eq!(sns.calls("PublishBatch"), 11);
}

#[tokio::test]
async fn a_batch_is_answered_entry_by_entry() {
    let sns = stand_in().await;
    sns.inject(Fault::FailEntries { containing: "bad".to_owned(), times: 3 });
    let entries = || vec![entry("a", "1"), entry("b", "bad 2"), entry("c", "bad 3"), entry("d", "4")];

    for (failed, published) in [(vec!["b", "c"], vec!["a", "d"]), (vec!["b"], vec!["a", "c", "d"])] {
        let before = sns.announcements().len();
        let answer = batch(&sns, "spam", entries()).await.unwrap();
        let ids: Vec<_> = answer.failed().iter().map(BatchResultErrorEntry::id).collect();
        assert_eq!(ids, failed);
        for entry in answer.failed() {
            assert_eq!((entry.code(), entry.sender_fault()), ("InternalError", false));
        }
        let ids: Vec<_> = answer.successful().iter().filter_map(|entry| entry.id()).collect();
        assert_eq!(ids, published);
        let told = answer.successful().iter().filter_map(|entry| entry.message_id());
        let announcements = sns.announcements();
        let kept = announcements.iter().skip(before).map(|kept| kept.message_id.as_str());
        assert!(told.eq(kept), "ids told and kept differ");
    }
    let answer = batch(&sns, "spam", entries()).await.unwrap();
    assert_eq!((answer.failed().len(), answer.successful().len()), (0, 4));
}

#[tokio::test]
async fn a_call_can_fail_before_and_after_it_takes_effect() {
    let sns = stand_in().await;
    let cases = [
        (Fault::InternalFailure(Moment::BeforeEffect), Some((500, "InternalFailure")), 0),
        (Fault::InternalFailure(Moment::AfterEffect), Some((500, "InternalFailure")), 1),
        (Fault::Throttling, Some((400, "Throttling")), 0),
        (Fault::Disconnect(Moment::BeforeEffect), None, 0),
        (Fault::Disconnect(Moment::AfterEffect), None, 1),
    ];
    for (fault, answer, published) in cases {
        for batched in [false, true] {
            let before = sns.announcements().len();
            sns.inject(fault.clone());
            // Calls that do not publish leave the fault alone.
            client(&sns).list_topics().send().await.unwrap();
            let got = if batched {
                answer_of(batch(&sns, "spam", vec![entry("1", "x")]).await).map(drop)
            } else {
                answer_of(publish(&sns, "spam", "x").await).map(drop)
            };
            let expected = answer.map(|(status, code)| (status, code.to_owned()));
            assert_eq!(got.expect_err("it failed"), expected, "{fault:?}");
            assert_eq!(sns.announcements().len() - before, published, "{fault:?}");
            publish(&sns, "spam", "the next call is fine").await.unwrap();
        }
    }
}

#[tokio::test]
async fn faults_wait_in_line() {
    let sns = stand_in().await;
    sns.inject(Fault::Throttling);
    sns.inject(Fault::Delay(Duration::from_millis(1)));
    sns.inject(Fault::InternalFailure(Moment::BeforeEffect));
    assert_refused(&publish(&sns, "spam", "x").await, 400, "Throttling");
    publish(&sns, "spam", "delayed").await.unwrap();
    assert_refused(&publish(&sns, "spam", "x").await, 500, "InternalFailure");
    assert_eq!(messages(&sns), [json!("delayed")]);
}

#[tokio::test]
async fn who_hangs_up_while_held_back_has_published_nothing() {
    let sns = stand_in().await;
    sns.inject(Fault::Delay(Duration::from_hours(1)));
    tokio::select! {
        biased;
        _ = publish(&sns, "spam", "held back") => panic!("it was not held back"),
        () = received(&sns, 1) => {}
    }
    publish(&sns, "spam", "overtakes").await.unwrap();
    assert_eq!(messages(&sns), [json!("overtakes")]);
}

#[tokio::test]
async fn the_client_retries_what_can_be_retried() {
    let sns = stand_in().await;
    sns.inject(Fault::InternalFailure(Moment::AfterEffect));
    sns.inject(Fault::Disconnect(Moment::BeforeEffect));
    let retry = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let client = client_with(&sns, retry);
    client.publish().topic_arn(sns.topic_arn("spam")).message("x").send().await.unwrap();
    assert_eq!(sns.calls("Publish"), 3);
    assert_eq!(messages(&sns), [json!("x"), json!("x")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_none_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("announcements.jsonl");
    let sns = stand_in_at(&path).await;
    let mut subscriber = sns.subscribe();

    let publishing = (0..200).map(|number: u32| {
        let publish = client(&sns).publish().topic_arn(sns.topic_arn("spam"));
        tokio::spawn(publish.message(number.to_string()).send())
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
    assert_eq!(sns.calls("Publish"), 200);
}

#[tokio::test]
async fn the_file_has_what_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("announcements.jsonl");
    assert_eq!(read_announcements(&path).unwrap(), [], "no file, no announcements");

    let sns = stand_in_at(&path).await;
    batch(&sns, "spam", vec![entry("1", "{\n\"a\": 1}"), entry("2", "two\nlines")]).await.unwrap();
    publish(&sns, "bounces", "3").await.unwrap();
    let kept = sns.announcements();
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 3, "a line each");
    assert_eq!(read_announcements(&path).unwrap(), kept);
    drop(sns);

    let sns = stand_in_at(&path).await;
    assert_eq!(sns.announcements(), kept, "also after a restart");
    publish(&sns, "bounces", "4").await.unwrap();
    assert_eq!(read_announcements(&path).unwrap().len(), 4);
}

#[tokio::test]
async fn a_line_cut_short_anywhere_costs_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("announcements.jsonl");
    let sns = stand_in_at(&path).await;
    publish(&sns, "spam", "whole").await.unwrap();
    let whole = fs::read(&path).unwrap().len();
    publish(&sns, "spam", r#"{"n":[1.5,true,null,"é\""]}"#).await.unwrap();
    let both = fs::read(&path).unwrap();
    drop(sns);

    for cut in whole..both.len() {
        fs::write(&path, &both[..cut]).unwrap();
        // Of the second line nothing is lost only where nothing but its end is missing.
        let count = if cut == both.len() - 1 { 2 } else { 1 };
        assert_eq!(read_announcements(&path).unwrap().len(), count, "cut at byte {cut}");

        let sns = stand_in_at(&path).await;
        publish(&sns, "spam", "after").await.unwrap();
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
    let options = Options { topics: &[], announcements: Some(path), clock, token: Token::from(TOKEN) };
    assert!(Sns::start(options).await.is_err());
}

#[tokio::test]
async fn a_topic_given_at_the_start_must_have_a_name() {
    let options = Options { topics: &["a b"], announcements: None, clock, token: Token::from(TOKEN) };
    let error = Sns::start(options).await.unwrap_err().to_string();
    assert!(error.contains("\"a b\""), "{error}");
}

#[tokio::test]
async fn it_stops_when_dropped() {
    let sns = stand_in().await;
    publish(&sns, "spam", "x").await.unwrap();
    let client = client(&sns);
    let arn = sns.topic_arn("spam");
    drop(sns);
    let answer = client.publish().topic_arn(arn).message("x").send().await;
    assert!(matches!(answer, Err(SdkError::DispatchFailure(_))), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_disturbs_it() {
    let sns = stand_in().await;
    let invalid = b"Action=Publish&Message=%FF%FE&TopicArn=%00".to_vec();
    let cases = [
        (&b""[..], "400", "MissingAction"),
        (b"Action=Subscribe", "400", "InvalidAction"),
        (b"Action=%3C%26%00", "400", "InvalidAction"),
        (b"\xff\x00&&&==&a", "400", "InvalidParameter"),
        (&invalid, "400", "InvalidParameter"),
        (b"Action=Publish&Subject=s", "400", "Subject is unknown"),
        (b"Action=Publish&MessageAttributes.entry.x.Name=n", "400", "unknown"),
        (b"Action=Publish&MessageAttributes.entry.1.Size=n", "400", "unknown"),
        (b"Action=PublishBatch&PublishBatchRequestEntries.member.99999999999.Id=1", "400", "unknown"),
    ];
    for (body, status, text) in cases {
        let answer = post(&sns, body);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains("<ErrorResponse ") && answer.contains(text), "{answer}");
        assert!(!answer.contains('\0'), "{answer:?}");
    }
    let twice = "Action=Publish&Message=x&TopicArn=arn:aws:sns:us-east-1:000000000000:spam\
        &MessageAttributes.entry.1.Name=n&MessageAttributes.entry.1.Value.DataType=String\
        &MessageAttributes.entry.1.Value.StringValue=1\
        &MessageAttributes.entry.2.Name=n&MessageAttributes.entry.2.Value.DataType=String\
        &MessageAttributes.entry.2.Value.StringValue=2";
    assert!(post(&sns, twice.as_bytes()).contains("ParameterValueInvalid"));
    let answer = post(&sns, &vec![b'x'; 8 * 1024 * 1024 + 1]);
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("RequestEntityTooLarge"), "{answer}");
    assert_eq!(sns.announcements(), []);
    publish(&sns, "spam", "x").await.unwrap();
}

async fn stand_in() -> Sns {
    let options =
        Options { topics: &["bounces", "spam"], announcements: None, clock, token: Token::from(TOKEN) };
    Sns::start(options).await.expect("a loopback port is free")
}

async fn stand_in_at(path: &std::path::Path) -> Sns {
    let announcements = Some(path.to_owned());
    let options = Options { topics: &["bounces", "spam"], announcements, clock, token: Token::from(TOKEN) };
    Sns::start(options).await.expect("the file is fine")
}

fn clock() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn client(sns: &Sns) -> Client {
    client_with(sns, RetryConfig::disabled())
}

fn client_with(sns: &Sns, retry: RetryConfig) -> Client {
    let config = aws_sdk_sns::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new(TOKEN, "any", None, None, "test"))
        .endpoint_url(sns.endpoint())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(retry);
    Client::from_conf(config.build())
}

async fn publish(sns: &Sns, topic: &str, message: &str) -> Result<PublishOutput, SdkError<PublishError>> {
    client(sns).publish().topic_arn(sns.topic_arn(topic)).message(message).send().await
}

async fn batch(
    sns: &Sns,
    topic: &str,
    entries: Vec<PublishBatchRequestEntry>,
) -> Result<PublishBatchOutput, SdkError<PublishBatchError>> {
    client(sns)
        .publish_batch()
        .topic_arn(sns.topic_arn(topic))
        .set_publish_batch_request_entries(Some(entries))
        .send()
        .await
}

fn entry(id: &str, message: &str) -> PublishBatchRequestEntry {
    PublishBatchRequestEntry::builder().id(id).message(message).build().expect("both are given")
}

fn attribute(data_type: &str, value: &str) -> MessageAttributeValue {
    let attribute = MessageAttributeValue::builder().data_type(data_type).string_value(value);
    attribute.build().expect("a data type is given")
}

fn binary(value: &[u8]) -> MessageAttributeValue {
    let attribute = MessageAttributeValue::builder().data_type("Binary");
    attribute.binary_value(Blob::new(value)).build().expect("a data type is given")
}

fn messages(sns: &Sns) -> Vec<serde_json::Value> {
    sns.announcements().into_iter().map(|announcement| announcement.message).collect()
}

/// HTTP status and code of an error answer; `None` if there was no answer.
fn answer_of<T, E: ProvideErrorMetadata>(answer: Result<T, SdkError<E>>) -> Result<T, Option<(u16, String)>> {
    answer.map_err(|error| {
        let status = error.raw_response()?.status().as_u16();
        Some((status, error.code()?.to_owned()))
    })
}

#[track_caller]
fn assert_refused<T, E: ProvideErrorMetadata>(answer: &Result<T, SdkError<E>>, status: u16, code: &str) {
    let error = answer.as_ref().err().expect("it is refused");
    let got = error.raw_response().map(|response| response.status().as_u16());
    assert_eq!((got, error.code()), (Some(status), Some(code)), "{:?}", error.message());
    assert!(error.message().is_some_and(|message| !message.is_empty()));
}

async fn received(sns: &Sns, calls: usize) {
    while sns.calls("Publish") < calls {
        tokio::task::yield_now().await;
    }
}

/// Posts these bytes and says the whole answer.
fn post(sns: &Sns, body: &[u8]) -> String {
    let address = sns.endpoint().trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nauthorization: AWS4-HMAC-SHA256 Credential={TOKEN}/\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    String::from_utf8(answer).expect("it answers in UTF-8")
}
