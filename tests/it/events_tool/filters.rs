//! The options that select events, alone and together, and the output as CSV.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;

/// A stopped local stack with all documented samples.
fn demo() -> Folder {
    let data = Folder::default();
    assert!(run(&data, &["dev", "--demo", "--port", "0"]).status.success());
    data
}

/// The ids of the events that these options select among all.
fn selected(data: &Path, options: &[&str]) -> BTreeSet<String> {
    let found = lines(data, &[&["events", "-n", "100000"], options].concat());
    found.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

fn in_example_com(data: &Value) -> bool {
    data["recipient"].as_str().is_some_and(|one| one.ends_with("@example.com"))
}

/// Options, and whether they select the data of an event.
type Case = (&'static [&'static str], fn(&Value) -> bool);

const CASES: &[Case] = &[
    (&["--type", "email.bounced"], |data| data["type"] == "email.bounced"),
    (&["--type", "outbound.bounced"], |data| data["provider_type"] == "outbound.bounced"),
    (&["--action", "investigate"], |data| data["action"] == "investigate"),
    (&["--reason", "user_unknown"], |data| data["bounce"]["reason"] == "user_unknown"),
    (&["--domain", "Example.COM"], in_example_com),
    (&["--domain", "@example.com"], in_example_com),
    (&["--provider", "jasni"], |data| data["provider"] == "jasni"),
    (&["--provider", "emailit", "--type", "email.bounced", "--domain", "example.com"], |data| {
        data["provider"] == "emailit" && data["type"] == "email.bounced" && in_example_com(data)
    }),
];

#[test]
fn each_option_selects_and_all_together() {
    let data = &demo();
    let all = lines(data, &["events", "-n", "100000"]);
    assert!(all.len() > 80, "{}", all.len());
    for (options, takes) in CASES {
        let taken = all.iter().filter(|event| takes(&event["data"]));
        let expected: BTreeSet<_> = taken.map(|event| event["id"].as_str().unwrap().to_owned()).collect();
        assert!(!expected.is_empty(), "{options:?} selects nothing, so it tests nothing");
        assert_eq!(selected(data, options), expected, "{options:?}");
    }
    assert_eq!(selected(data, &["--until", "1h"]), BTreeSet::new());
    assert_eq!(selected(data, &["--since", "1h"]).len(), all.len());
    assert_eq!(lines(data, &["events", "-n", "2", "--type", "email.bounced"]).len(), 2);
    let bounced = lines(data, &["events", "--recipient", "ada@example.com", "--type", "email.bounced"]);
    assert!(!bounced.is_empty() && bounced.iter().all(|event| event["data"]["type"] == "email.bounced"));
}

#[test]
fn mail_is_selected_by_its_tag() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    let file = data.join("body");
    for (id, tags) in
        [("evt_1", json!(["welcome", "trial"])), ("evt_2", json!(["welcome"])), ("evt_3", json!([]))]
    {
        let data_of_mail = json!({"emailId": id, "from": "s@x.example", "to": "a@b.example", "tags": tags});
        let body = json!({"id": id, "type": "email.delivered", "timestamp": "2026-10-01T10:00:00Z", "data": data_of_mail});
        std::fs::write(&file, body.to_string()).unwrap();
        send(data, &["getmailer", "--file", file.to_str().unwrap()]);
    }
    assert_eq!(selected(data, &["--tag", "trial"]), BTreeSet::from(["getmailer:evt_1".to_owned()]));
    assert_eq!(selected(data, &["--tag", "welcome"]).len(), 2);
}

#[test]
fn a_spreadsheet_gets_every_column_and_no_formula() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    let set =
        ["--set", "id=evt_1", "--set", "data.to=ada@example.com", "--set", "data.subject==1+1, \"now\""];
    send(data, &[&["jetemail", "outbound-bounced"], &set[..]].concat());
    let printed = stdout(&run(data, &["events", "--csv"]));
    let mut reader = csv::Reader::from_reader(printed.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let row = reader.records().next().unwrap().unwrap();
    let cell = |name: &str| row[header.iter().position(|column| column == name).unwrap()].to_owned();
    let event = &lines(data, &["events"])[0];
    assert_eq!(cell("id"), "jetemail:evt_1");
    assert_eq!(cell("time"), event["time"].as_str().unwrap());
    assert_eq!(cell("recipient"), "ada@example.com");
    assert_eq!(cell("bounce_reason"), event["data"]["bounce"]["reason"].as_str().unwrap());
    assert_eq!(cell("subject"), "'=1+1, \"now\"");
    assert_eq!(
        stdout(&run(data, &["events", "--csv", "--type", "email.opened"])).lines().count(),
        1,
        "the header"
    );
    assert_eq!(run(data, &["events", "--csv", "--json"]).status.code(), Some(2));
}
