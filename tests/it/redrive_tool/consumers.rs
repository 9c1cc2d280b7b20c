//! Sends events to one new consumer: a topic, a queue, or a URL.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::post;
use mailhooks_tests::aws::Fault;
use mailhooks_tests::server::Server;
use mailhooks_tests::sqs::{QUEUE_ARN, Sqs};

use super::*;

/// A server that takes events.
#[derive(Clone, Default)]
pub(super) struct Consumer {
    pub(super) bodies: Arc<Mutex<Vec<Value>>>,
    /// The ids of events that it refuses once.
    refuses: Arc<Mutex<Vec<String>>>,
}

impl Consumer {
    pub(super) async fn start(&self) -> Server {
        let router = Router::new()
            .route("/events", post(take))
            .route("/moved", post(async || Redirect::temporary("/events")))
            .route("/broken", post(async || StatusCode::BAD_GATEWAY));
        Server::start(router.with_state(self.clone())).await
    }

    fn ids(&self) -> Vec<String> {
        let mut ids: Vec<_> =
            self.bodies.lock().unwrap().iter().map(|body| body["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }
}

async fn take(State(consumer): State<Consumer>, headers: HeaderMap, body: String) -> StatusCode {
    assert_eq!(headers["content-type"], "application/json");
    let body: Value = serde_json::from_str(&body).unwrap();
    let mut refuses = consumer.refuses.lock().unwrap();
    if let Some(at) = refuses.iter().position(|id| body["id"] == id.as_str()) {
        refuses.remove(at);
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    consumer.bodies.lock().unwrap().push(body);
    StatusCode::ACCEPTED
}

/// The events of the table as JSON, by their ids.
async fn stored(testbed: &Testbed) -> Vec<Value> {
    testbed.stored().await.iter().map(|stored| serde_json::to_value(&stored.event).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_gets_a_post_for_each_event() {
    let testbed = bounces(8).await;
    let data = &Folder::default();
    let consumer = Consumer::default();
    consumer.refuses.lock().unwrap().push("jetemail:evt_2".to_owned());
    let server = consumer.start().await;
    let url = format!("{}/events", server.endpoint());
    let until = received_at(7).to_string();
    let output = on_table(&testbed, data, &["--to", &url, "--until", &until, "--yes", "--json"], None).await;
    let (report, error) = (object(&output), stderr(&output, 1));
    assert_eq!(
        (&report["redriven"], &report["left"], &report["selected"]),
        (&json!(6), &json!(1), &json!(7))
    );
    assert_eq!(report["failures"], json!([{"event": "jetemail:evt_2", "reason": "the server answered 500"}]));
    assert!(error.contains("error: 1 event left: `"), "{error}");
    let plan = data.join("redrive.jsonl").metadata().unwrap();
    assert_eq!(plan.permissions().mode() & 0o777, 0o600);

    let resumed = on_table(&testbed, data, &["--resume"], None).await;
    assert_eq!(stdout(&resumed), format!("1 event sent to {url}\n"));
    assert_eq!(consumer.bodies.lock().unwrap()[6]["id"], "jetemail:evt_2");
    assert_eq!(consumer.ids(), ids(0..7));
    let mut bodies = consumer.bodies.lock().unwrap().clone();
    bodies.sort_by_key(|body| body["id"].to_string());
    assert_eq!(bodies, stored(&testbed).await[..7]);
    assert!(!data.join("redrive.jsonl").exists());
    assert!(stderr(&on_table(&testbed, data, &["--resume"], None).await, 1).contains("nothing to resume"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_a_failure_and_a_broken_server_ends_the_run() {
    let testbed = bounces(120).await;
    let data = &Folder::default();
    let consumer = Consumer::default();
    let server = consumer.start().await;
    let until = received_at(1).to_string();
    let url = format!("{}/moved", server.endpoint());
    let output = on_table(&testbed, data, &["--to", &url, "--until", &until, "--yes"], None).await;
    assert!(stdout(&output).contains("the server answered 307"), "{output:?}");

    let url = format!("{}/broken", server.endpoint());
    let output = on_table(&testbed, data, &["--to", &url, "--yes"], None).await;
    let (said, error) = (stdout(&output), stderr(&output, 1));
    assert!(said.contains("… and 80 more (--json has all)\n"), "{said}");
    assert!(error.contains(
        "note: this run replaces an interrupted one on the table mailhooks, which has 1 event left"
    ));
    assert!(error.contains("120 events left: `"), "{error}");
    assert!(error.ends_with(": the last 100 events failed\n"), "{error}");
    assert!(consumer.ids().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_gets_what_raw_message_delivery_would_give_it() {
    let testbed = bounces(23).await;
    let data = &Folder::default();
    let sqs = Sqs::start().await;
    sqs.queue().fails.push("\"jetemail:evt_12\"".to_owned());
    let to_queue = ["--to", QUEUE_ARN, "--yes"];
    let output = on_table(&testbed, data, &to_queue, Some(sqs.endpoint())).await;
    let (said, error) = (stdout(&output), stderr(&output, 1));
    assert!(said.contains("InternalError: injected") && said.contains("jetemail:evt_12"), "{said}");
    assert!(error.contains("23 events of the table mailhooks, received from "), "{error}");
    let resumed = on_table(&testbed, data, &["--resume"], Some(sqs.endpoint())).await;
    assert!(resumed.status.success(), "{resumed:?}");
    let events = stored(&testbed).await;
    let announced = testbed.announcements();
    {
        let mut queue = sqs.queue();
        // The calls of a step arrive in any order.
        queue.batches.sort_unstable();
        assert_eq!(queue.batches, [1, 3, 10, 10]);
        let mut bodies: Vec<_> = queue.messages.iter().map(|message| message.body.clone()).collect();
        bodies.sort_by_key(|body| body["id"].as_str().unwrap().to_owned());
        assert_eq!(bodies, events);
        for message in &queue.messages {
            let topics = announced.iter().find(|one| one.message["id"] == message.body["id"]);
            assert_eq!(message.attributes, topics.unwrap().attributes);
        }
    }
    let one = ["--id", "jetemail:evt_3", "--message", "m-3", "--to", QUEUE_ARN];
    let mut command = one_event(&testbed, data, &sqs);
    command.args(one);
    let sent = tool::finish(command).await;
    assert_eq!(stdout(&sent), format!("sent jetemail:evt_3 to {QUEUE_ARN}\n"));
    assert_eq!(sqs.queue().messages[23].body["id"], "jetemail:evt_3");

    let missing = QUEUE_ARN.replace("new", "no");
    let output = on_table(&testbed, data, &["--to", &missing, "--yes"], Some(sqs.endpoint())).await;
    let error = stderr(&output, 1);
    assert!(error.contains(&format!("cannot find the queue {missing}: ")), "{error}");
    assert_eq!(testbed.announcements().len(), announced.len(), "nothing is announced on a topic");
}

/// Gives each bounce of the table a diagnostic text of this length, so that few fit into a call.
async fn enlarge(testbed: &Testbed, length: usize) {
    for mut item in testbed.engine.scan().table_name(TABLE).send().await.unwrap().items.unwrap() {
        let Some(AttributeValue::M(event)) = item.get_mut("event") else { panic!("an event is a map") };
        let Some(AttributeValue::M(bounce)) = event.get_mut("bounce") else { panic!("a bounce is a map") };
        bounce.insert("diagnostic".to_owned(), AttributeValue::S("x".repeat(length)));
        testbed.engine.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_takes_no_more_than_262_144_bytes() {
    let testbed = bounces(5).await;
    enlarge(&testbed, 120_000).await;
    let sqs = Sqs::start().await;
    let output =
        on_table(&testbed, &Folder::default(), &["--to", QUEUE_ARN, "--yes"], Some(sqs.endpoint())).await;
    assert!(output.status.success(), "{output:?}");
    let mut queue = sqs.queue();
    queue.batches.sort_unstable();
    assert_eq!(queue.batches, [1, 2, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_that_a_queue_refuses_spoils_no_other() {
    let testbed = bounces(3).await;
    let data = &Folder::default();
    let sqs = Sqs::start().await;
    sqs.queue().spoils.push("\"jetemail:evt_1\"".to_owned());
    let to_queue = ["--to", QUEUE_ARN, "--yes", "--json"];
    let output = on_table(&testbed, data, &to_queue, Some(sqs.endpoint())).await;
    let report = object(&output);
    assert_eq!((&report["redriven"], &report["left"]), (&json!(2), &json!(1)), "{output:?}");
    let reason = "InvalidMessageContents: refused";
    assert_eq!(report["failures"], json!([{"event": "jetemail:evt_1", "reason": reason}]));
    assert_eq!(sqs.queue().batches, [1, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rate_is_kept() {
    let testbed = bounces(3).await;
    let data = &Folder::default();
    let sqs = Sqs::start().await;
    let mut command = one_event(&testbed, data, &sqs);
    command.args(["--to", QUEUE_ARN, "--yes", "--rate", "1"]);
    let started = clock::now();
    let sent = tool::finish(command).await;
    // A slow machine can only take longer.
    assert!(clock::now().duration_since(started) >= SignedDuration::from_millis(1_900), "{sent:?}");
    assert_eq!(sqs.queue().batches, [1, 1, 1], "{sent:?}");
}

/// The command without --rate.
fn one_event(testbed: &Testbed, data: &Path, sqs: &Sqs) -> std::process::Command {
    let mut command = tool::command(data, &["redrive", "--table", TABLE]);
    command.env("AWS_ENDPOINT_URL_DYNAMODB", testbed.local.dynamodb.endpoint());
    command.env("AWS_ENDPOINT_URL_SQS", sqs.endpoint());
    deployed::with_credentials(&mut command);
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_gets_all_events_and_the_outbox_stays_as_it_is() {
    let testbed = Testbed::start(hour_ago()).await;
    testbed.aws.inject(Fault::refusal("PublishBatch", "evt_0"));
    for (number, event_type) in ["outbound.bounced", "outbound.delivered"].into_iter().enumerate() {
        assert_eq!(testbed.post(JetEmail, &body(number, event_type)).await.status(), 200);
    }
    let waiting = || async {
        let stored = testbed.stored().await;
        stored.iter().map(|one| one.unannounced).collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, [true, false]);
    let data = &Folder::default();
    let arn = testbed.local.sns.topic_arn("events");
    let output = on_table(&testbed, data, &["--to", &arn, "--yes", "--json"], None).await;
    assert_eq!(object(&output)["redriven"], 2);
    let announced = testbed.announcements();
    assert!(announced.iter().all(|one| one.topic == "events"));
    assert_eq!(announced.iter().map(|one| one.message.clone()).collect::<Vec<_>>(), stored(&testbed).await);
    assert_eq!(announced[0].attributes["bounce_reason"], "user_unknown");
    assert_eq!(waiting().await, [true, false]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_in_the_url_is_used_and_never_shown() {
    let testbed = bounces(1).await;
    let data = &Folder::default();
    let server = Consumer::default().start().await;
    let url = format!("{}/moved?key=hidden", server.endpoint()).replace("http://", "http://ada:hidden@");
    // Nothing listens on port 1.
    let closed = "http://ada:hidden@127.0.0.1:1/?key=hidden";
    let run = async |arguments: &[&str]| {
        let output = on_table(&testbed, data, arguments, None).await;
        let shown = [&output.stdout[..], &output.stderr].concat();
        let shown = String::from_utf8(shown).unwrap();
        assert!(shown.contains("127.0.0.1") && !shown.contains("hidden"), "{shown}");
    };
    run(&["--to", &url, "--dry-run"]).await;
    for more in [&["--yes"][..], &["--yes", "--json"]] {
        for url in [&url, closed] {
            run(&[&["--to", url], more].concat()).await;
            let plan = std::fs::read_to_string(data.join("redrive.jsonl")).unwrap();
            assert!(plan.contains(&format!("\"to\":\"{url}\"")), "{plan}");
            run(&["--resume"]).await;
        }
    }
    let mut command = tool::command(data, &["redrive", "--table", TABLE]);
    command.args(["--id", "jetemail:evt_0", "--message", "m-0", "--to", closed]);
    command.env("AWS_ENDPOINT_URL_DYNAMODB", testbed.local.dynamodb.endpoint());
    deployed::with_credentials(&mut command);
    let error = stderr(&tool::finish(command).await, 1);
    assert!(error.contains("cannot send jetemail:evt_0 to http://127.0.0.1:1/"), "{error}");
    assert!(!error.contains("hidden"), "{error}");
}
