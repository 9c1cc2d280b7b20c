//! `mailhooks events`: periods, following, suppression verdicts, and unreadable items.

mod filters;
mod indexes;
mod verdict;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::iter;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use aws_sdk_dynamodb::types::AttributeValue;
use ingestion::aws::Clients;
use mailhooks_local::{DataFolder, TABLE};
use mailhooks_tests::deployed::Deployed;
use mailhooks_tests::testbed::access;
use mailhooks_tests::tool::{Dev, Folder, command, lines, run, stack, stderr, stdout};
use serde_json::Value;
use tempfile::TempDir;

fn send(data: &Path, arguments: &[&str]) {
    let output = run(data, &[&["send"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

/// A command that runs until it is dropped.
struct Following {
    process: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Following {
    fn start(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = process.stdout.take().unwrap();
        Self { process, lines: BufReader::new(output).lines() }
    }

    fn next(&mut self) -> String {
        let event: Value = serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap();
        event["id"].as_str().unwrap().to_owned()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn new_events_are_shown_as_they_are_recorded() {
    let data = &Folder::default();
    let dev = Dev::start(data);
    send(data, &["jetemail", "outbound-delivered"]);
    let all = lines(data, &["events", "--since", "1h"]);
    assert_eq!(all.len(), 1);
    assert!(lines(data, &["events", "--since", "0s"]).is_empty());
    let mut since = Following::start(command(data, &["--json", "events", "--follow", "--since", "1h"]));
    assert_eq!(all[0]["id"], since.next());
    // Two commands follow: each shows each event once, and both survive a restart of the stack.
    let mut of_recipient =
        Following::start(command(data, &["--json", "events", "--follow", "--recipient", "ada@example.com"]));
    let mut expected = BTreeSet::new();
    let mut found = BTreeSet::new();
    let mut dev = Some(dev);
    for number in ["1", "2", "3"] {
        // Wait for the first event to be shown: then both have opened the table.
        if number == "2" {
            drop(dev.take());
            dev = Some(Dev::start(data));
        }
        let id = format!("evt_{number}");
        let set = [format!("id={id}"), "data.to=ada@example.com".to_owned()];
        send(data, &["jetemail", "outbound-bounced", "--set", &set[0], "--set", &set[1]]);
        assert_eq!(of_recipient.next(), format!("jetemail:{id}"));
        expected.insert(format!("jetemail:{id}"));
        found.insert(since.next());
    }
    assert_eq!(found, expected);
}

#[test]
fn following_continues_after_the_stack_could_not_be_read() {
    let data = &Folder::default();
    let bounce = |id: &str| {
        let set = [format!("id={id}"), "data.to=ada@example.com".to_owned()];
        send(data, &["jetemail", "outbound-bounced", "--set", &set[0], "--set", &set[1]]);
    };
    let dev = Dev::start(data);
    bounce("evt_before");
    let started = [["--since", "1h"], ["--recipient", "ada@example.com"]].map(|selection| {
        let mut follow = command(data, &[&["--json", "events", "--follow"], &selection[..]].concat());
        follow.stderr(Stdio::piped());
        let mut following = Following::start(follow);
        assert_eq!(following.next(), "jetemail:evt_before");
        following
    });
    let endpoints = serde_json::from_value(stack(data)).unwrap();
    drop(dev);
    // A stack that does not answer, as while it stops or starts.
    let folder = DataFolder::open(&**data).unwrap();
    let lock = iter::repeat_with(|| folder.lock().unwrap()).flatten().next().unwrap();
    lock.publish(&endpoints).unwrap();
    let failed = started.map(|mut following| {
        let mut errors = BufReader::new(following.process.stderr.take().unwrap()).lines();
        let said = [errors.next().unwrap().unwrap(), errors.next().unwrap().unwrap()];
        assert!(said[0].starts_with("cannot open the table of the local stack: "), "{said:?}");
        assert_eq!(said[1], "tries again until it can be read, or until Ctrl-C");
        following
    });
    drop(lock);
    let _dev = Dev::start(data);
    bounce("evt_after");
    for mut following in failed {
        assert_eq!(following.next(), "jetemail:evt_after");
    }
}

#[test]
fn a_mailbox_is_one_under_both_spellings_and_incoming_mail_has_timelines_of_its_own() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    let bounce = |id: &str, to: &str| {
        let set = [format!("id={id}"), format!("data.to={to}")];
        let set = ["--set", set[0].as_str(), "--set", set[1].as_str()];
        send(data, &[&["jetemail", "outbound-bounced"], &set[..]].concat());
    };
    bounce("evt_unicode", "Jo@Exämple.example");
    bounce("evt_ascii", "jo@xn--exmple-cua.example");
    for spelling in ["jo@exämple.example", "JO@XN--EXMPLE-CUA.example"] {
        let found = lines(data, &["events", "--recipient", spelling]);
        assert_eq!(found.len(), 2, "{spelling}: {found:?}");
    }
    // An unauthenticated Message-ID is the same as that of a mail we sent.
    let same = ["--set", "data.messageId=<one@agents.example.org>"];
    send(data, &[&["jasni", "email-sent"], &same[..]].concat());
    send(data, &[&["jasni", "email-received"], &same[..]].concat());
    let types = |message: &str| {
        let found = lines(data, &["events", "--message", message]);
        found.iter().map(|event| event["data"]["type"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(types("<one@agents.example.org>"), ["\"email.sent\""]);
    assert_eq!(types("inbound/agent@agents.example.org/one@agents.example.org"), ["\"inbound.received\""]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployed_table_is_followed_from_now_on_and_what_it_costs_is_said() {
    let deployed = Deployed::start().await;
    let folder = TempDir::new().unwrap();
    let tool = |arguments: &[&str]| deployed.tool(folder.path(), arguments);
    let mut before = tool(&["send", "jetemail", "outbound-delivered"]);
    let mut follow = tool(&["--json", "events", "--follow"]);
    let mut during = tool(&["send", "jetemail", "outbound-bounced", "--set", "id=evt_new"]);
    let said = tokio::task::spawn_blocking(move || {
        assert!(before.output().unwrap().status.success());
        follow.stderr(Stdio::piped());
        let mut following = Following::start(follow);
        // The text is printed after the first query.
        let mut said = String::new();
        BufReader::new(following.process.stderr.take().unwrap()).read_line(&mut said).unwrap();
        assert!(during.output().unwrap().status.success());
        (following.next(), said)
    });
    let (id, said) = said.await.unwrap();
    assert_eq!(id, "jetemail:evt_new");
    assert_eq!(
        said,
        "follows the stack mailhooks-of-tests: queries every 2 s cost about 0.02 dollars per day\n"
    );
}

#[test]
fn opens_without_an_address_are_found_through_their_message_and_the_newest_events_come_first() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    let file = data.join("body");
    let mails = [("m1", "ada@example.com"), ("m2", "ada@example.com"), ("m2", "bob@example.com")];
    let mut number = 0;
    let mut post = |word: &str, mail: &str, to: Option<&str>| {
        number += 1;
        let body = serde_json::json!({
            "id": format!("evt_{number}"), "type": word, "created_at": 1_790_846_040 + number,
            "data": {"uid": mail, "to": to},
        });
        std::fs::write(&file, body.to_string()).unwrap();
        send(data, &["jetemail", "--file", file.to_str().unwrap()]);
    };
    for (mail, to) in mails {
        post("outbound.delivered", mail, Some(to));
    }
    post("outbound.opened", "m1", None);
    // Who of two opened it is not known.
    post("outbound.opened", "m2", None);
    post("outbound.clicked", "m1", None);
    let ids = |arguments: &[&str]| {
        let found = lines(data, &[&["events", "--recipient", "ada@example.com"], arguments].concat());
        found
            .iter()
            .map(|event| event["id"].as_str().unwrap().replace("jetemail:evt_", ""))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]), ["6", "4", "2", "1"]);
    assert_eq!(ids(&["-n", "1", "--type", "email.opened"]), ["4"]);
    assert_eq!(ids(&["--since", "1h", "--type", "email.delivered"]), ["2", "1"]);
    // An older event of another provider.
    send(data, &["getmailer", "email-delivered", "--set", "data.to=ada@example.com"]);
    assert_eq!(ids(&["-n", "1", "--provider", "getmailer"]).len(), 1);
    let of_one = ["events", "--message", "<m1>", "--id", "jetemail:evt_1"];
    assert_eq!(lines(data, &of_one).len(), 1);
    let said = stdout(&run(data, &["events", "--recipient", "ada@example.com", "--state"]));
    assert_eq!(
        said,
        "nothing says to suppress ada@example.com; the last mail to it was delivered on 2026-10-01T09:14:02Z, by \
         jetemail:evt_2\n"
    );
}

#[test]
fn why_an_address_is_suppressed_is_said_in_a_sentence() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    let verdict = || {
        let ask = ["events", "--recipient", "Ada@example.com", "--state"];
        (stdout(&run(data, &ask)), lines(data, &ask).remove(0))
    };
    let (said, object) = verdict();
    assert_eq!(said, "no event names Ada@example.com as its recipient\n");
    assert_eq!(object["action"], "none");
    send(data, &["emailit", "email-unsubscribed"]);
    let (said, object) = verdict();
    assert!(said.contains("is to be suppressed: unsubscribed on 2026-"), "{said}");
    assert_eq!(object["state"], "email.unsubscribed");
    send(data, &["emailit", "email-resubscribed"]);
    assert_eq!(verdict().1["action"], "none");
    // The complaint happened earlier and is listed last; the delivery after it does not change the verdict.
    send(data, &["emailit", "email-bounced"]);
    assert_eq!(verdict().1["state"], "email.bounced");
    send(data, &["emailit", "email-complained"]);
    send(data, &["emailit", "email-delivered"]);
    let (said, object) = verdict();
    let id = object["id"].as_str().unwrap();
    assert!(said.contains("is to be suppressed: complained on "), "{said}");
    assert!(said.contains(&format!("by {id} (2 events say so); the last mail to it ")), "{said}");
    assert_eq!((&object["state"], &object["events"]), (&"email.complained".into(), &2.into()));
    let table = stdout(&run(data, &["events", "--recipient", "ada@example.com"]));
    assert!(table.contains("\n\nada@example.com is to be suppressed"), "{table}");
}

/// Puts an invalid item beside the events of a message.
async fn spoil(data: &Path, message: &str, address: &str) {
    let running = DataFolder::open(data).unwrap().running().unwrap().unwrap();
    let mut access = access(&running.dynamodb, &running.sns);
    access.access_key_id = running.token.text().to_owned().into();
    let put = Clients::new(&access).dynamodb.put_item();
    let texts = [
        ("pk", format!("jetemail#{message}")),
        ("sk", "evt_spoiled".to_owned()),
        ("event", "no map".to_owned()),
        ("recipient", address.to_owned()),
        ("occurred_at", "2026-01-01T00:00:00.000Z".to_owned()),
        ("received_at", "2026-01-01T00:00:00.000Z".to_owned()),
    ];
    let item = texts.map(|(name, text)| (name.to_owned(), AttributeValue::S(text)));
    put.table_name(TABLE).set_item(Some(item.into())).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_that_cannot_be_read_hides_no_other() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    send(data, &["jetemail", "outbound-bounced"]);
    let event = &lines(data, &["events"])[0];
    let (id, message) = (event["id"].as_str().unwrap(), event["subject"].as_str().unwrap());
    let address = event["data"]["recipient"].as_str().unwrap();
    spoil(data, message, address).await;
    for arguments in [&["events"][..], &["events", "--message", message], &["events", "--recipient", address]]
    {
        let output = run(data, &[&["--json"], arguments].concat());
        assert!(stdout(&output).contains(id), "{arguments:?}");
        let error = stderr(&output, 1);
        assert!(error.ends_with("not shown: jetemail:evt_spoiled\n"), "{error}");
    }
    assert!(run(data, &["events", "--id", id]).status.success());
    let error = String::from_utf8(run(data, &["events", "--id", "jetemail:evt_spoiled"]).stderr).unwrap();
    assert!(error.ends_with("not shown: jetemail:evt_spoiled\n"), "{error}");
}
