//! `mailhooks suppressions`: the real tool on the list of a local stack and of a deployed one.

mod rebuild;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use mailhooks_tests::deployed::Deployed;
use mailhooks_tests::provider_api::{KEY, ProviderApi};
use mailhooks_tests::tool::{Dev, Folder, command, finish, lines, run, stderr, stdout};
use normalization::ProviderName::Emailit;
use normalization::lookup_form;
use serde_json::{Value, json};

/// Runs the command with this text as its standard input.
fn fed(mut command: Command, input: &str) -> Output {
    let mut process =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    process.wait_with_output().unwrap()
}

/// A stopped local stack with the list of all documented samples.
fn demo() -> Folder {
    let data = Folder::default();
    assert!(run(&data, &["dev", "--demo", "--port", "0"]).status.success());
    data
}

fn get(data: &Path, address: &str) -> Value {
    lines(data, &["suppressions", "get", address]).remove(0)
}

fn addresses(listed: &[Value]) -> BTreeSet<&str> {
    listed.iter().map(|one| one["address"].as_str().unwrap()).collect()
}

#[test]
fn the_demonstration_suppresses_exactly_what_the_samples_say() {
    let data = &demo();
    let listed = lines(data, &["suppressions", "list"]);
    let mut expected: BTreeMap<String, &str> = BTreeMap::new();
    let events = lines(data, &["events", "--limit", "100000"]);
    for event in &events {
        let (kind, action) = (event["data"]["type"].as_str().unwrap(), &event["data"]["action"]);
        let cause = event["data"]["suppression"]["cause"].as_str();
        let listed_there = kind == "suppression.created" && matches!(cause, Some("bounce" | "complaint"));
        if let (Some(recipient), true) =
            (event["data"]["recipient"].as_str(), action == "suppress" || listed_there)
        {
            expected.insert(lookup_form(recipient), kind);
        }
    }
    assert_eq!(addresses(&listed), expected.keys().map(String::as_str).collect());
    for one in &listed {
        assert_eq!(one["state"], "suppressed");
        assert!(one["reason"].is_string() && one["since"].is_string() && one["event"].is_string(), "{one}");
        let state = lines(data, &["events", "--recipient", one["address"].as_str().unwrap(), "--state"]);
        assert_eq!(
            (&state[0]["action"], &state[0]["id"]),
            (&json!("suppress"), &one["event"]),
            "one set of rules"
        );
    }
    let bounce = get(data, "ada@example.com")["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["kind"] == "bounce")
        .cloned();
    assert_eq!(bounce.unwrap()["reason"], "mailbox_full", "from the failed attempt before it");
}

#[test]
fn a_person_suppresses_and_releases_and_later_evidence_counts() {
    let data = &demo();
    let said = stdout(&run(data, &["suppressions", "release", "Ada@Example.COM", "--note", "asked for it"]));
    assert_eq!(said, "ada@example.com is released: only evidence from now on counts\n");
    let unknown = run(data, &["suppressions", "release", "grace@example.com", "--note", "misspelled"]);
    assert!(stderr(&unknown, 1).contains("has nothing about grace@example.com"), "{unknown:?}");
    assert_eq!(
        run(data, &["suppressions", "release", "ada@example.com", "--note", " "]).status.code(),
        Some(2)
    );
    let verdict = stdout(&run(data, &["events", "--recipient", "ada@example.com", "--state"]));
    assert!(verdict.contains("since it was released on") && verdict.contains("(asked for it)"), "{verdict}");
    let said = stdout(&run(data, &["suppressions", "add", "ada@example.com", "--note", "by phone"]));
    assert!(said.starts_with("ada@example.com is suppressed: suppressed by hand on 20"), "{said}");
    let verdict = stdout(&run(data, &["events", "--recipient", "ada@example.com", "--state"]));
    assert!(verdict.contains("suppressed by hand on") && verdict.contains("(by phone)"), "{verdict}");
    run(data, &["suppressions", "release", "ada@example.com", "--note", "again"]);
    assert_eq!(get(data, "ada@example.com")["state"], "clear");

    let _dev = Dev::start(data);
    let body = data.join("body");
    let object = json!({"id": "em_new", "object": "email", "to": "ada@example.com", "updated_at": "2126-01-01T00:00:00Z"});
    let event = json!([{"event_id": "evt_new", "type": "email.complained", "object": object, "data": {"object": object}}]);
    fs::write(&body, event.to_string()).unwrap();
    assert!(run(data, &["send", "emailit", "--file", body.to_str().unwrap()]).status.success());
    // Each look starts a process, which takes longer than the list.
    assert!(
        (0..500).any(|_| get(data, "ada@example.com")["state"] == "suppressed"),
        "the complaint is not listed"
    );
    assert_eq!(get(data, "ada@example.com")["reason"], "complaint");
    let unknown = get(data, "grace@example.com");
    assert_eq!(unknown, json!({"address": "grace@example.com", "state": "clear", "evidence": []}));
}

#[test]
fn an_export_is_read_back_exactly() {
    let (data, other) = (&demo(), &Folder::default());
    run(data, &["suppressions", "release", "person@example.com", "--note", "=1+1, \"quoted\"\nand a line"]);
    run(data, &["suppressions", "add", "+plus@example.com", "--note", "'@x"]);
    let exported = stdout(&run(data, &["suppressions", "export"]));
    assert!(!exported.lines().any(|line| line.starts_with(['=', '+', '-', '@'])), "{exported}");
    let imported = fed(command(other, &["suppressions", "import"]), &exported);
    assert!(imported.status.success(), "{imported:?}");
    let sorted = |data: &Path, arguments: &[&str]| {
        let mut all: Vec<String> = lines(data, arguments).iter().map(ToString::to_string).collect();
        all.sort();
        all
    };
    for what in [["suppressions", "list"], ["suppressions", "export"]] {
        assert_eq!(sorted(data, &what), sorted(other, &what));
    }
    let again = fed(command(other, &["--json", "suppressions", "import", "-"]), &exported);
    let again: Value = serde_json::from_str(&stdout(&again)).unwrap();
    assert_eq!(again["changed"], 0, "what is known changes nothing");
}

#[test]
fn the_list_of_another_service_is_suppressed_by_hand() {
    let data = &Folder::default();
    let file = data.join("foreign.csv");
    fs::write(
        &file,
        "\u{feff}Email,Reason,Created\nGrace@Example.com,hard bounce,yesterday\n'alan@example.com,,\n",
    )
    .unwrap();
    let imported = run(data, &["suppressions", "import", file.to_str().unwrap()]);
    assert!(stdout(&imported).starts_with("addresses read: 2; entries changed in "), "{imported:?}");
    assert!(stderr(&imported, 0).contains("not read: created"), "{imported:?}");
    let grace = get(data, "grace@example.com");
    assert_eq!((&grace["reason"], &grace["evidence"][0]["note"]), (&json!("manual"), &json!("hard bounce")));
    let again = lines(data, &["suppressions", "import", file.to_str().unwrap()]).remove(0);
    assert_eq!(again["changed"], 0, "a second import changes nothing");
    let softs = data.join("softs.csv");
    fs::write(
        &softs,
        "address,evidence,time\nsoft@example.com,soft,2026-01-05\nsoft@example.com,soft,2026-01-06\n",
    )
    .unwrap();
    for changed in [1, 0] {
        let imported = lines(data, &["suppressions", "import", softs.to_str().unwrap()]).remove(0);
        assert_eq!(imported["changed"], changed);
    }
    let csv = stdout(&run(data, &["suppressions", "list", "--csv"]));
    assert!(csv.starts_with("address,reason,since,until,provider,event\n"), "{csv}");
    assert_eq!(csv.lines().count(), 3);
}

#[test]
fn the_rules_of_a_stack_are_its_own() {
    let data = &Folder::default();
    let refused = run(data, &["suppressions", "list", "--soft-bounces", "3"]);
    assert!(stderr(&refused, 2).contains("only with --table"), "{refused:?}");
    let too_many = run(data, &["suppressions", "list", "--soft-bounces", "21"]);
    assert!(stderr(&too_many, 2).contains("21 is not in"), "{too_many:?}");
}

#[test]
fn a_file_with_an_invalid_line_changes_nothing() {
    let data = &Folder::default();
    for (text, expected) in [
        ("name\nada\n", "no column is called address or email"),
        ("address\nada@example.com\nada\n", "line 3: not one bare address"),
        (
            "address,evidence\nada@example.com,bounced\n",
            "line 2: evidence \"bounced\" is not one of bounce, soft,",
        ),
        (
            "address,evidence,time\nada@example.com,released,2126-01-01\n",
            "line 2: the time 2126-01-01T00:00:00Z is in the future",
        ),
        ("address,time\nada@example.com,yesterday\n", "line 2: expected a time"),
        (
            "address,evidence,provider\nada@example.com,bounce,acme\n",
            "provider \"acme\" is not one of jetemail,",
        ),
    ] {
        let error = stderr(&fed(command(data, &["suppressions", "import"]), text), 1);
        assert!(error.contains(expected), "{text}: {error}");
    }
    assert_eq!(stdout(&run(data, &["suppressions", "list"])), "no address is suppressed\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_a_deployed_stack_is_read_and_written() {
    let deployed = Deployed::start().await;
    let data = &Folder::default();
    let tool = |arguments: &[&str]| finish(deployed.tool(data, &[&["--json"], arguments].concat()));
    assert!(tool(&["send", "jetemail", "outbound-bounced"]).await.status.success());
    deployed.stack.suppressions().await;
    let listed = stdout(&tool(&["suppressions", "list"]).await);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["reason"], "bounce");
    let address = listed["address"].as_str().unwrap();
    let released = tool(&["suppressions", "release", address, "--note", "test"]).await;
    assert!(released.status.success(), "{released:?}");
    assert_eq!(stdout(&tool(&["suppressions", "list"]).await), "");
    let rebuilt: Value = serde_json::from_str(&stdout(&tool(&["suppressions", "rebuild"]).await)).unwrap();
    assert_eq!((&rebuilt["entries"], &rebuilt["suppressed"]), (&json!(1), &json!(0)), "a release is kept");
}

/// An entry of Emailit's list.
fn theirs(number: usize, address: &str, cause: &str) -> Value {
    json!({"object": "suppression", "id": format!("sup_{number}"), "email": address, "type": cause, "reason": null,
           "timestamp": format!("2026-10-{number:02}T10:00:00.000000Z"), "keep_until": null})
}

fn sync(data: &Path, api: &ProviderApi, more: &[&str]) -> Command {
    let base = api.base();
    let arguments = ["--json", "suppressions", "sync", "emailit", "--api-base", &base];
    let mut command = command(data, &[&arguments, more].concat());
    command.env("EMAILIT_API_KEY", KEY);
    command
}

/// The steps by address.
fn steps(output: &Output) -> BTreeMap<String, String> {
    assert!(output.status.success(), "{output:?}");
    let lines = stdout(output);
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let addresses = lines.filter(|line| line["kind"] == "address");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    addresses.map(|line| (text(&line["address"]), text(&line["step"]))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_lists_are_completed_and_none_is_shortened_unless_asked() {
    let api = ProviderApi::start(Emailit).await;
    let data = &Folder::default();
    run(data, &["suppressions", "add", "here@example.com", "released@example.com"]);
    run(data, &["suppressions", "release", "released@example.com", "--note", "works again"]);
    let temporary = json!({"keep_until": "2126-01-01T00:00:00Z"});
    api.account(|account| {
        account.page = 2;
        account.suppressions = vec![
            theirs(1, "Bounced@example.com", "bounce"),
            theirs(2, "gone@example.com", "unsubscribe"),
            theirs(3, "hand@example.com", "recipient"),
            theirs(4, "released@example.com", "bounce"),
            theirs(5, "briefly@example.com", "bounce"),
        ];
        account.suppressions[4]["keep_until"] = temporary["keep_until"].clone();
    });
    let expected = [
        ("bounced@example.com", "take"),
        ("briefly@example.com", "temporary"),
        ("gone@example.com", "take"),
        ("hand@example.com", "take"),
        ("here@example.com", "add"),
        ("released@example.com", "remove"),
    ];
    let expected: BTreeMap<_, _> =
        expected.into_iter().map(|(one, step)| (one.to_owned(), step.to_owned())).collect();
    assert_eq!(steps(&finish(sync(data, &api, &[])).await), expected);
    assert!(api.calls().iter().all(|call| call.line.starts_with("GET ")), "a dry run changes nothing");
    assert_eq!(get(data, "bounced@example.com")["state"], "clear");

    // A rate limit is waited for, and the call is made again.
    api.next(429, &[("retry-after", "0")], "{}");
    assert_eq!(steps(&finish(sync(data, &api, &["--apply"])).await), expected);
    let reasons =
        ["bounced", "gone", "hand"].map(|name| get(data, &format!("{name}@example.com"))["reason"].clone());
    assert_eq!(reasons, ["listed", "unsubscribe", "listed"]);
    let there = |address: &str| {
        let found = api.account(|account| account.suppressions.clone()).into_iter();
        found.clone().find(|listed| listed["email"] == address)
    };
    let added = there("here@example.com").unwrap();
    assert_eq!((&added["type"], &added["reason"]), (&json!("recipient"), &json!("mailhooks: manual")));
    assert!(there("released@example.com").is_some(), "nothing is removed there unless asked");
    let left = steps(&finish(sync(data, &api, &["--apply"])).await);
    assert_eq!(left.keys().collect::<Vec<_>>(), ["briefly@example.com", "released@example.com"]);

    let refused = finish(sync(data, &api, &["--apply", "--remove"])).await;
    assert!(stderr(&refused, 2).contains("confirm with --yes"), "{refused:?}");
    // What was added there is removed there when it is released here.
    run(data, &["suppressions", "release", "here@example.com", "--note", "works again"]);
    finish(sync(data, &api, &["--apply", "--remove", "--yes"])).await;
    assert!(there("released@example.com").is_none() && there("here@example.com").is_none());
    assert!(there("briefly@example.com").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_api_refuses_is_said() {
    let api = ProviderApi::start(Emailit).await;
    let data = &Folder::default();
    let other = run(data, &["suppressions", "sync", "jasni"]);
    assert!(stderr(&other, 1).contains("jasni documents no API for its suppression list"), "{other:?}");
    let without = run(data, &["suppressions", "sync", "emailit", "--remove"]);
    assert!(stderr(&without, 2).contains("it needs --apply"), "{without:?}");
    api.next(401, &[], "{\"message\": \"Unauthorized\"}");
    let refused = finish(sync(data, &api, &[])).await;
    assert!(stderr(&refused, 1).contains("rejected the API key in EMAILIT_API_KEY"), "{refused:?}");
    api.next(200, &[], "{\"items\": []}");
    let other = finish(sync(data, &api, &[])).await;
    assert!(stderr(&other, 1).contains("has no list of suppressions"), "{other:?}");
}
