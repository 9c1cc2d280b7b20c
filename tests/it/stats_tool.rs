//! `mailhooks stats`: counts and rates, by each of its keys.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mailhooks_tests::tool::{Dev, Folder, lines, run, stderr, stdout};
use serde_json::{Value, json};

/// The rows by their key.
fn rows(data: &Path, by: &str, more: &[&str]) -> BTreeMap<String, Value> {
    let found = lines(data, &[&["stats", "--by", by], more].concat());
    found.into_iter().map(|row| (row[by].as_str().unwrap().to_owned(), row)).collect()
}

/// Posts events of JetEmail: a type, the recipient, the bounce type and the day of October.
fn post(data: &Path, events: &[(&str, &str, &str, u32)]) {
    let file = data.join("body");
    for (number, (kind, to, bounce, day)) in events.iter().enumerate() {
        let time = format!("2026-10-{day:02}T23:59:59Z");
        let body = json!({"id": format!("evt_{number}"), "type": kind, "created_at": time, "data": {
            "uid": format!("m-{number}"), "to": to, "bounce_type": bounce, "timestamp": time,
            "response": if *bounce == "soft" { "452 4.2.2 Mailbox full" } else { "550 5.1.1 User unknown" }}});
        fs::write(&file, body.to_string()).unwrap();
        let sent = run(data, &["send", "jetemail", "--file", file.to_str().unwrap()]);
        assert!(sent.status.success(), "{sent:?}");
    }
}

/// Posts mail of two days, to two domains.
fn post_all(data: &Path) {
    post(
        data,
        &[
            ("outbound.delivered", "a@one.example", "", 1),
            ("outbound.delivered", "b@ONE.example", "", 1),
            ("outbound.delivered", "c@one.example", "", 2),
            ("outbound.bounced", "d@one.example", "hard", 2),
            ("outbound.bounced", "e@two.example", "soft", 2),
            ("outbound.complaint", "a@one.example", "", 2),
            ("outbound.opened", "a@one.example", "", 2),
        ],
    );
}

#[test]
fn mails_are_counted_by_day_domain_reason_and_provider() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    post_all(data);
    let days = rows(data, "day", &[]);
    assert_eq!(days.keys().collect::<Vec<_>>(), ["2026-10-01", "2026-10-02"]);
    assert_eq!(
        days["2026-10-01"],
        json!({"day": "2026-10-01", "delivered": 2, "hard_bounced": 0, "soft_bounced": 0,
        "complained": 0, "unsubscribed": 0, "bounce_rate": 0.0, "complaint_rate": 0.0})
    );
    assert_eq!(
        days["2026-10-02"],
        json!({"day": "2026-10-02", "delivered": 1, "hard_bounced": 1, "soft_bounced": 1,
        "complained": 1, "unsubscribed": 0, "bounce_rate": 0.5, "complaint_rate": 1.0})
    );
    let domains = rows(data, "domain", &[]);
    assert_eq!(
        (&domains["one.example"]["delivered"], &domains["one.example"]["bounce_rate"]),
        (&json!(3), &json!(0.25))
    );
    assert_eq!(domains["two.example"]["complaint_rate"], Value::Null, "nothing was delivered");
    let reasons = rows(data, "reason", &[]);
    assert_eq!(
        (&reasons["user_unknown"]["hard_bounced"], &reasons["mailbox_full"]["soft_bounced"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(rows(data, "provider", &["--domain", "two.example"])["jetemail"]["soft_bounced"], 1);
    assert!(rows(data, "tag", &[]).is_empty());
    assert_eq!(rows(data, "day", &["-n", "1"]).keys().collect::<Vec<_>>(), ["2026-10-02"], "the latest");
    assert_eq!(rows(data, "domain", &["-n", "1"]).keys().collect::<Vec<_>>(), ["one.example"], "the largest");

    let unknown = run(data, &["stats", "--by", "month"]);
    assert!(
        stderr(&unknown, 2).contains("possible values: day, provider, domain, reason, tag"),
        "{unknown:?}"
    );
}

#[test]
fn people_get_percent_and_a_bar_and_spreadsheets_get_fractions() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    post_all(data);
    let table = stdout(&run(data, &["stats"]));
    let last = table.lines().last().unwrap();
    assert!(last.starts_with("2026-10-02  1          1 (50.00%)    1     1 (100.00%)  0"), "{table}");
    assert!(last.ends_with('\u{2588}'), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    let csv = stdout(&run(data, &["stats", "--csv"]));
    assert!(
        csv.starts_with(
            "day,delivered,hard_bounced,soft_bounced,complained,unsubscribed,bounce_rate,complaint_rate\n"
        ),
        "{csv}"
    );
    assert!(csv.ends_with("2026-10-02,1,1,1,1,0,0.500000,1.000000\n"), "{csv}");
    let none = stdout(&run(data, &["stats", "--type", "email.held"]));
    assert!(none.contains("has no such events"), "{none}");
}
