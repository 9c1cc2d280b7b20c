//! `mailhooks dev --forward-to`, and what `mailhooks announcements --sqs` prints.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use mailhooks_tests::sign::hmac_sha256;
use mailhooks_tests::subscriber::{SILENT, Subscriber};
use mailhooks_tests::tool::{Dev, Folder, announced_on, command, lines, run, secret, stderr, stdout};
use normalization::ProviderName::JetEmail;
use serde_json::{Value, json};

/// Posts a signed bounce.
fn bounce(dev: &Dev, data: &Folder, id: &str) {
    let body = json!({
        "id": id,
        "type": "outbound.bounced",
        "created_at": 1_704_825_600,
        "data": {"uid": "m-1", "to": "ada@example.com", "bounce_type": "hard", "response": "550 5.1.1 User unknown"},
    });
    let body = body.to_string();
    let signature = format!("sha256={}", hmac_sha256(&secret(data, JetEmail), body.as_bytes()));
    let headers = [("x-webhook-signature".to_owned(), signature.into_bytes())];
    assert_eq!(dev.post(JetEmail, &headers, body.as_bytes()).0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn announcements_are_posted_to_a_subscriber_and_every_attempt_is_shown() {
    let data = &Folder::default();
    let mut subscriber = Subscriber::start(&[200, 400, 503]).await;
    let dev = Dev::start_with(data, &["--forward-to", &subscriber.url(), "--topic", "actions"]);
    let expected = [("delivered", 200), ("failed", 400), ("retrying", 503)];
    for (number, (outcome, status)) in expected.into_iter().enumerate() {
        bounce(&dev, data, &format!("evt_{number}"));
        let line = dev.line("delivery");
        let said = [&line["outcome"], &line["status"], &line["topic"], &line["event"], &line["endpoint"]];
        let id = format!("jetemail:evt_{number}");
        assert_eq!(json!(said), json!([outcome, status, "actions", id, subscriber.url()]));
        assert_eq!(line["attempt"], 1);
        assert_eq!(line.get("retry_in_seconds"), (status == 503).then_some(&json!(1)));

        let received = subscriber.next().await;
        assert_eq!(received.header("x-amz-sns-message-id"), line["message_id"].as_str().unwrap());
        let message: Value = serde_json::from_str(received.json()["Message"].as_str().unwrap()).unwrap();
        assert_eq!(message["id"], id.as_str());
        assert_eq!(message["data"]["recipient"], "ada@example.com");
    }
    assert_eq!(dev.line("delivery")["attempt"], 2, "it is posted again");
    let id = "evt of ada@example.com";
    bounce(&dev, data, id);
    assert!(dev.line("delivery")["event"].as_str().unwrap().starts_with("jetemail:sha256-"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_of_amazon_ses_is_posted_and_shown_as_its_event() {
    let data = &Folder::default();
    let mut subscriber = Subscriber::start(&[]).await;
    let options = ["--announce-all", "--forward-to", &subscriber.url(), "--topic", "ses-notifications"];
    let dev = Dev::start_with(data, &options);
    bounce(&dev, data, "evt_1");
    assert_eq!(dev.line("delivery")["event"], "jetemail:evt_1");
    let message: Value =
        serde_json::from_str(subscriber.next().await.json()["Message"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&message["notificationType"], &message["bounce"]["bounceType"]),
        (&json!("Bounce"), &json!("Permanent"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_raw_delivery_is_the_event_of_the_topic() {
    let data = &Folder::default();
    let mut subscriber = Subscriber::start(&[]).await;
    let dev = Dev::start_with(data, &["--forward-to", &subscriber.url(), "--raw"]);
    bounce(&dev, data, "evt_1");
    let mut topics = Vec::new();
    for _ in 0..2 {
        let received = subscriber.next().await;
        assert_eq!(received.json(), lines(data, &["events"])[0]);
        topics.push(received.header("x-amz-sns-topic-arn").rsplit(':').next().unwrap().to_owned());
    }
    topics.sort_unstable();
    assert_eq!(topics, ["actions", "bounces"], "once for each topic");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_or_missing_subscriber_delays_no_webhook() {
    let data = &Folder::default();
    let mut silent = Subscriber::start(&[SILENT; 8]).await;
    // Nothing listens on port 1.
    let dev = Dev::start_with(data, &["--forward-to", &silent.url(), "--forward-to", "http://127.0.0.1:1/"]);
    bounce(&dev, data, "evt_0");
    // The attempt that is not answered ends 15 seconds later.
    let of_silent = |line: &Value| line["kind"] == "delivery" && line["endpoint"] == silent.url();
    let of_webhook = |line: &Value| line["kind"] == "webhook";
    let line = std::iter::repeat_with(|| dev.next_line()).find(|line| of_silent(line) || of_webhook(line));
    assert_eq!(line.unwrap()["kind"], "webhook");
    for number in 1..5 {
        bounce(&dev, data, &format!("evt_{number}"));
    }
    assert_eq!(announced_on(data, "actions").len(), 5);
    let of_missing = |line: &Value| line["endpoint"] == "http://127.0.0.1:1/";
    let line = std::iter::repeat_with(|| dev.line("delivery")).find(of_missing).unwrap();
    assert_eq!((&line["outcome"], &line["error"]), (&json!("retrying"), &json!("connection refused")));
    assert_eq!(silent.next().await.json()["Type"], "Notification");
}

/// A process that is killed when this is dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_for_people_names_the_subscriber_and_the_next_attempt() {
    let data = &Folder::default();
    let subscriber = Subscriber::start(&[503]).await;
    let arguments = ["dev", "--port", "0", "--forward-to", &subscriber.url(), "--topic", "actions"];
    let mut dev = Killed(command(data, &arguments).stdout(Stdio::piped()).spawn().unwrap());
    let mut output = BufReader::new(dev.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let banner = output.find(|line| line.contains("unsigned")).unwrap();
    assert!(banner.contains(&subscriber.url()), "{banner}");
    output.find(|line| line.starts_with("Waiting for webhooks")).unwrap();
    let sending = command(data, &["send", "jetemail", "outbound-bounced"]).stdout(Stdio::null()).spawn();
    let line = output.find(|line| line.contains("  delivery  ")).unwrap();
    let end = format!("to {} (attempt 1 of 4, next in 1 s)", subscriber.url());
    assert!(
        line.contains("503 retrying") && line.contains("actions, jetemail:") && line.ends_with(&end),
        "{line}"
    );
    assert!(sending.unwrap().wait().unwrap().success());
}

#[test]
fn options_that_make_no_sense_together_are_refused() {
    let data = &Folder::default();
    let url = "http://127.0.0.1:1/";
    for (options, reason) in [
        (&["--raw"][..], "--forward-to"),
        (&["--topic", "actions"], "--forward-to"),
        (&["--forward-to", "ftp://127.0.0.1/"], "http"),
        (&["--forward-to", url, "--demo"], "--demo"),
        (&["--forward-to", url, "--topic", "events"], "--announce-all"),
        (&["--forward-to", url, "--topic", "deliveries"], "complaints"),
    ] {
        let arguments = [&["dev", "--port", "0"], options].concat();
        let said = stderr(&run(data, &arguments), 2);
        assert!(said.contains(reason), "{options:?}: {said}");
    }
    assert!(stderr(&run(data, &["announcements", "--raw"]), 2).contains("--sqs"));
}

#[test]
fn announcements_are_printed_as_a_queue_receives_them() {
    let data = &Folder::default();
    let dev = Dev::start(data);
    bounce(&dev, data, "evt_1");
    drop(dev);
    let announced = lines(data, &["announcements"]);
    let messages = lines(data, &["announcements", "--sqs"]);
    let raw = lines(data, &["announcements", "--sqs", "--raw"]);
    assert_eq!((announced.len(), messages.len(), raw.len()), (2, 2, 2));
    for ((announced, message), raw) in announced.iter().zip(&messages).zip(&raw) {
        assert_eq!(message.as_object().unwrap().len(), 1, "the attributes are in the body");
        let body: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
        for (member, name) in [("MessageId", "message_id"), ("TopicArn", "topic_arn")] {
            assert_eq!(body[member], announced[name]);
        }
        assert_eq!(body["Type"], "Notification");
        assert_eq!(body["Message"], raw["Body"]);
        assert_eq!(body["MessageAttributes"]["action"], json!({"Type": "String", "Value": "suppress"}));
        let event: Value = serde_json::from_str(raw["Body"].as_str().unwrap()).unwrap();
        assert_eq!(event, announced["message"]);
        assert!(raw["Body"].as_str().unwrap().starts_with(r#"{"specversion":"1.0","id":"jetemail:evt_1","#));
        let action = &raw["MessageAttributes"]["action"];
        assert_eq!(action, &json!({"StringValue": "suppress", "DataType": "String"}));
    }
    // Without --json too, one object per line.
    assert_eq!(stdout(&run(data, &["announcements", "--sqs"])).lines().count(), 2);
}
