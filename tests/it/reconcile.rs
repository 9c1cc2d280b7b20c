//! `mailhooks reconcile`: the real tool with a provider's list of events and a stack that is missing some of them.

use std::path::Path;
use std::process::{Command, Output};

use ingestion::clock;
use jiff::{SignedDuration, Timestamp};
use mailhooks_tests::deployed::Deployed;
use mailhooks_tests::files;
use mailhooks_tests::provider_api::{KEY, ProviderApi};
use mailhooks_tests::secrets_manager::SECRET_ID;
use mailhooks_tests::sign::with_secret;
use mailhooks_tests::tool::{self, Dev, Folder, announced_on, finish, lines, secret, stderr, stdout};
use normalization::ProviderName::{self, Emailit, JetEmail};
use serde_json::{Value, json};
use tempfile::TempDir;

fn reconcile(data: &Path, provider: ProviderName, api: &ProviderApi, more: &[&str]) -> Command {
    let base = api.base();
    let arguments = ["reconcile", provider.as_str(), "--api-base", &base];
    let since: &[&str] = if more.contains(&"--since") { &[] } else { &["--since", "1d"] };
    let mut command = tool::command(data, &[&arguments[..], since, more].concat());
    command.env("EMAILIT_API_KEY", KEY).env("JETEMAIL_API_KEY", KEY);
    command
}

/// The JSON objects that a successful command prints: the events and the summary.
fn report(output: &Output) -> (Vec<Value>, Value) {
    assert!(output.status.success(), "{output:?}");
    let objects = stdout(output);
    let mut objects: Vec<Value> = objects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = objects.pop().unwrap();
    assert_eq!(summary["kind"], "summary");
    (objects, summary)
}

fn ids(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["event"].as_str().unwrap()).collect()
}

fn counts<const N: usize>(summary: &Value, names: [&str; N]) -> [u64; N] {
    names.map(|name| summary[name].as_u64().unwrap())
}

fn minutes_ago(minutes: i64) -> Timestamp {
    clock::now() - SignedDuration::from_mins(minutes)
}

/// An event in the format of Emailit's Events API, like the published sample.
fn of_emailit(number: i64, word: &str) -> Value {
    let time = minutes_ago(number).strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string();
    json!({
        "object": "event",
        "id": format!("evt_{number}"),
        "type": word,
        "data": {"object": {
            "id": format!("em_{number:027}"), "object": "email", "from": "billing@acme.com", "to": "ada@example.com",
            "subject": "Your receipt #1042", "status": "sent", "meta": {"order_id": "1042"},
            "updated_at": time, "created_at": time}},
        "created_at": time,
    })
}

/// The same event in the format of its webhook.
fn webhook_of(event: &Value) -> Value {
    json!({"event_id": event["id"], "type": event["type"], "object": event["data"]["object"], "data": event["data"]})
}

fn post(dev: &Dev, data: &Path, events: &[Value]) -> Value {
    let body = serde_json::to_vec(events).unwrap();
    let headers = with_secret(Emailit, &secret(data, Emailit), &body, clock::now());
    let (status, answer) = dev.post(Emailit, &headers, &body);
    assert_eq!(status, 200);
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_emailit_lists_and_the_stack_lacks_is_recorded_once_and_announced_once() {
    let data = &Folder::default();
    let api = ProviderApi::start(Emailit).await;
    let dev = Dev::start(data);
    let words = ["email.delivered", "email.bounced"].into_iter().cycle();
    let events: Vec<Value> = (1..=7).zip(words).map(|(number, word)| of_emailit(number, word)).collect();
    post(&dev, data, &[webhook_of(&events[2]), webhook_of(&events[5])]);
    api.account(|account| {
        account.events.clone_from(&events);
        account.page = 3;
    });
    let look = report(&finish(reconcile(data, Emailit, &api, &["--dry-run", "--json"])).await);
    let missing = [7, 5, 4, 2, 1].map(|number| format!("emailit:evt_{number}"));
    assert_eq!(ids(&look.0), missing, "oldest first");
    assert!(look.0.iter().all(|event| event["outcome"] == "missing"));
    assert_eq!(lines(data, &["events"]).len(), 2, "to look changes nothing");

    let (done, summary) = report(&finish(reconcile(data, Emailit, &api, &["--json"])).await);
    assert_eq!(ids(&done), missing);
    assert_eq!(counts(&summary, ["listed", "missing", "recorded"]), [7, 5, 5]);
    assert_eq!(lines(data, &["events"]).len(), 7);
    assert_eq!(announced_on(data, "bounces").len(), 3, "each bounce once");
    let stored = &lines(data, &["events", "--id", &missing[0]])[0];
    assert_eq!(stored["data"]["recipient"], "ada@example.com");
    // A webhook that arrives late is a duplicate.
    let webhooks: Vec<Value> = events.iter().map(webhook_of).collect();
    assert_eq!(post(&dev, data, &webhooks)["duplicates"], 7);
    assert_eq!(announced_on(data, "bounces").len(), 3);
    let again = report(&finish(reconcile(data, Emailit, &api, &["--json"])).await);
    assert_eq!(counts(&again.1, ["listed", "missing", "recorded"]), [7, 0, 0]);
    let said = stdout(&finish(reconcile(data, Emailit, &api, &[])).await);
    assert!(said.contains("Emailit events since") && said.contains("7 listed, 0 found missing"), "{said}");

    // What was erased is not fetched again.
    lines(data, &["forget", "ada@example.com", "--yes"]);
    assert_eq!(lines(data, &["events"]).len(), 0);
    let erased = report(&finish(reconcile(data, Emailit, &api, &["--json"])).await);
    assert_eq!(counts(&erased.1, ["listed", "missing"]), [7, 0]);
    assert_eq!(lines(data, &["events"]).len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_the_list_becomes_what_its_webhook_becomes() {
    let webhook: Value = serde_json::from_slice(&files::accepted(Emailit, "email-delivered").body).unwrap();
    let webhook = &webhook[0];
    let mut listed = json!({"object": "event", "created_at": clock::now().to_string()});
    listed["id"] = webhook["event_id"].clone();
    listed["type"] = webhook["type"].clone();
    listed["data"] = webhook["data"].clone();
    let [by_list, by_webhook] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let api = ProviderApi::start(Emailit).await;
    api.account(|account| account.events.push(listed));
    let dev = Dev::start(by_webhook.path());
    post(&dev, by_webhook.path(), std::slice::from_ref(webhook));
    // The stack is stopped.
    drop(Dev::start(by_list.path()));
    report(&finish(reconcile(by_list.path(), Emailit, &api, &["--json"])).await);
    let event = |data| lines(data, &["events"]).remove(0);
    assert_eq!(event(by_list.path()), event(by_webhook.path()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_was_asked_for_is_read_and_fetched() {
    let data = &Folder::default();
    let api = ProviderApi::start(Emailit).await;
    let _dev = Dev::start(data);
    let times = [5, 30, 90, 200, 300, 400];
    api.account(|account| {
        account.events = times.iter().map(|minutes| of_emailit(*minutes, "email.delivered")).collect();
        account.events[1]["type"] = json!("email.bounced");
        account.page = 2;
    });
    let bounces = report(
        &finish(reconcile(data, Emailit, &api, &["--since", "2h", "--json", "--event", "email.bounced"]))
            .await,
    );
    assert_eq!(ids(&bounces.0), [format!("emailit:evt_{}", 30)]);
    assert_eq!(api.calls().len(), 2, "the second page ends before the time");
    let since = minutes_ago(210).to_string();
    let all = report(&finish(reconcile(data, Emailit, &api, &["--since", &since, "--json"])).await);
    assert_eq!(all.1["recorded"], 3);
    // A list in another order is read to its end.
    api.account(|account| account.events.reverse());
    api.calls();
    let rest = report(&finish(reconcile(data, Emailit, &api, &["--since", "6h", "--json"])).await);
    assert_eq!((&rest.1["recorded"], api.calls().len()), (&json!(1), 3));
    for since in ["yesterday", "2099-01-01", "3"] {
        let output = finish(reconcile(data, Emailit, &api, &["--since", since])).await;
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_list_leaves_out_is_asked_for() {
    let data = &Folder::default();
    let api = ProviderApi::start(Emailit).await;
    let _dev = Dev::start(data);
    let event = of_emailit(1, "email.bounced");
    let mut head = event.clone();
    head.as_object_mut().unwrap().remove("data");
    api.account(|account| account.events.push(event));
    api.next(200, &[], &json!({"data": [head], "next_page_url": null}).to_string());
    assert_eq!(report(&finish(reconcile(data, Emailit, &api, &["--json"])).await).1["recorded"], 1);
    assert_eq!(announced_on(data, "bounces").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_fails_leaves_the_rest_for_the_next_time() {
    let data = &Folder::default();
    let api = ProviderApi::start(Emailit).await;
    let dev = Dev::start(data);
    api.account(|account| account.events.push(of_emailit(1, "email.bounced")));
    let mut command = reconcile(data, Emailit, &api, &["--url", &format!("{}/webhooks/emailit", dev.url)]);
    command.env("SIGNING_SECRETS_EMAILIT", "another");
    let said = stderr(&finish(command).await, 1);
    assert!(said.contains("the receiver answered 401"), "{said}");
    assert_eq!(lines(data, &["events"]).len(), 0);
    api.next(200, &[], "no json");
    let said = stderr(&finish(reconcile(data, Emailit, &api, &[])).await, 1);
    assert!(said.contains("no list of events"), "{said}");
    let mut without = reconcile(data, Emailit, &api, &["--table", "mailhooks"]);
    without.args(["--webhook", "wh_1"]);
    assert_eq!(finish(without).await.status.code(), Some(2));
}

/// A receiver outside this stack.
const ELSEWHERE: &str = "https://elsewhere.example.com/";

/// An event in the format of JetEmail's query, like the published sample.
fn of_jetemail(number: i64, url: &str, status: &str) -> Value {
    json!({
        "id": format!("evt_{number}"),
        "uuid": "a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c5d",
        "service": "outbound",
        "event_type": "outbound.bounced",
        "source_uid": format!("message-uid-{number}"),
        "source_action": "BOUNCED_HARD",
        "payload": {"to": "recipient@example.com", "from": "sender@example.com", "bounce_type": "hard", "response": "550 User unknown"},
        "webhook_url": url,
        "created_at": minutes_ago(number).as_second(),
        "latest_status": status,
        "total_attempts": 6,
        "last_response_code": 503
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jetemail_posts_again_what_the_deployed_stack_lacks() {
    let folder = TempDir::new().unwrap();
    let deployed = Deployed::start().await;
    let api = ProviderApi::start(JetEmail).await;
    let url = deployed.stack.webhook_url(JetEmail);
    api.account(|account| {
        let failed = |number| of_jetemail(number, &url, "failed");
        account.events = (1..=5).chain([3 * 24 * 60]).map(failed).collect();
        account.events.push(of_jetemail(6, &url, "retry"));
        account.events.push(of_jetemail(7, ELSEWHERE, "failed"));
        account.page = 2;
        account.replays_to = Some((url.clone(), files::signing_secret(JetEmail)));
    });
    let tool = |more: &[&str]| {
        // Waits without a time limit.
        let mut command = reconcile(folder.path(), JetEmail, &api, &[more, &["--wait", "86400"]].concat());
        deployed.describe(&mut command);
        finish(command)
    };
    let look = report(&tool(&["--dry-run", "--json"]).await);
    assert_eq!(ids(&look.0), [6, 5, 4, 3, 2, 1].map(|number| format!("jetemail:evt_{number}")));
    assert_eq!(counts(&look.1, ["listed", "elsewhere", "recorded"]), [6, 1, 0]);
    assert_eq!(api.calls().len(), 4, "two at a time");

    let (events, summary) = report(&tool(&["--json"]).await);
    assert_eq!(events[0]["outcome"], "tried");
    let mut others = events[1..].iter();
    assert!(others.all(|event| event["outcome"] == "recorded"), "{events:?}");
    assert_eq!(counts(&summary, ["recorded", "tried", "replayed"]), [5, 1, 0]);
    let mut calls = api.calls();
    calls.retain(|call| call.line == "POST /webhooks/replay");
    assert_eq!(calls.len(), 5);
    assert_eq!(calls[0].body, json!({"event_id": "evt_5"}));
    assert_eq!(deployed.announced_on("bounces"), 5);
    assert_eq!(ids(&report(&tool(&["--json"]).await).0), ["jetemail:evt_6"]);
    assert_eq!(deployed.announced_on("bounces"), 5);
    let said = stdout(&tool(&[]).await);
    assert!(said.contains("provider is still retrying") && said.contains("1 found missing"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_jetemail_posts_again_and_does_not_arrive_is_said() {
    let data = &Folder::default();
    let api = ProviderApi::start(JetEmail).await;
    let _dev = Dev::start(data);
    let event = of_jetemail(1, ELSEWHERE, "success");
    let webhook = event["uuid"].as_str().unwrap().to_owned();
    api.account(|account| account.events.push(event));
    let said =
        stderr(&finish(reconcile(data, JetEmail, &api, &["--wait", "0", "--webhook", &webhook])).await, 1);
    assert!(said.contains("1 of the events that JetEmail was asked to post again"), "{said}");
    let calls = api.calls();
    assert_eq!(calls[0].body["uuid"], webhook.as_str(), "of this webhook");
    assert_eq!(calls[1].body["uuid"], webhook.as_str(), "and to it");
    api.next(502, &[], "");
    api.next(404, &[], r#"{"error":"webhook not found"}"#);
    let said =
        String::from_utf8(finish(reconcile(data, JetEmail, &api, &["--dry-run"])).await.stderr).unwrap();
    assert!(said.contains("answered 404: webhook not found"), "{said}");
    assert_eq!(api.calls().len(), 2, "a query reads, and is made again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployed_stack_gets_what_emailit_lists() {
    let folder = TempDir::new().unwrap();
    let deployed = Deployed::receiving(&[("Emailit", Emailit, SECRET_ID)]).await;
    let api = ProviderApi::start(Emailit).await;
    let bounce = |number| of_emailit(number, "email.bounced");
    api.account(|account| account.events = (1..=250).map(bounce).collect());
    let tool = |more: &[&str]| {
        let mut command = reconcile(folder.path(), Emailit, &api, more);
        deployed.describe(&mut command);
        finish(command)
    };
    deployed.secrets_manager.set(None);
    assert!(String::from_utf8(tool(&[]).await.stderr).unwrap().contains("no signing secret is set"));
    deployed.secrets_manager.set(Some(&files::signing_secret(JetEmail)));
    assert_eq!(report(&tool(&["--json"]).await).1["recorded"], 250);
    assert_eq!(deployed.announced_on("bounces"), 250);
    assert_eq!(report(&tool(&["--json"]).await).1["missing"], 0);
    assert!(!folder.path().join("secrets").exists());
}

#[test]
fn the_others_have_no_list() {
    let folder = TempDir::new().unwrap();
    for (provider, expected) in
        [("jasni", "cannot be fetched"), ("getmailer", "dashboard sends failed deliveries again")]
    {
        let said = stderr(&tool::run(folder.path(), &["reconcile", provider, "--since", "1d"]), 1);
        assert!(said.contains(expected), "{said}");
    }
}
