//! Whether an address should be suppressed: which events cancel others, which mail was not sent, and what was not searched.

use std::fs;
use std::process::Command;

use mailhooks_tests::secrets_manager::SECRET_ID;
use mailhooks_tests::tool::Folder;
use normalization::ProviderName;
use serde_json::json;

use super::*;

/// An event of Emailit about a mail to an address.
fn of_emailit(number: usize, word: &str, mail: &str, to: &str, time: &str) -> Value {
    let mut object = json!({
        "id": mail, "object": "email", "from": "s@x.example", "to": to, "subject": "s", "meta": null,
    });
    let member = match word {
        "email.unsubscribed" => "unsubscribed_at",
        "email.resubscribed" => "resubscribed_at",
        _ => "updated_at",
    };
    object[member] = time.into();
    json!({"event_id": format!("evt_{number}"), "type": word, "object": object, "data": {"object": object}})
}

fn of_jasni(feedback: &str, mail: &str, to: &str, time: &str) -> Value {
    json!({"event": "email.spam", "timestamp": time, "data": {
        "id": mail, "messageId": mail, "from": "s@x.example", "to": [to], "subject": "s",
        "account": "s@x.example", "complainedAt": time, "feedbackType": feedback}})
}

/// An address, the events of Emailit about it (each about a separate mail, on a day of October), the resulting verdict, and
/// words of the answer.
type OfAddress = (&'static str, &'static [(&'static str, usize)], &'static str, &'static str);

const UN: &str = "email.unsubscribed";
const RE: &str = "email.resubscribed";

#[rustfmt::skip]
const OF_EMAILIT: &[OfAddress] = &[
    ("back@example.com", &[(UN, 1), (RE, 2)], "none", "nothing says to suppress"),
    ("gone@example.com", &[(RE, 2), (UN, 3)], "suppress", "unsubscribed on 2026-10-03"),
    ("twice@example.com", &[(UN, 1), (RE, 4), (UN, 3)], "none", "nothing says"),
    ("dead@example.com", &[("email.bounced", 1), (RE, 2), ("email.delivered", 3)], "suppress", "bounced ("),
    ("held@example.com", &[("email.held", 1)], "none", "is held (for example"),
    ("failed@example.com", &[("email.held", 1), ("email.failed", 2)], "none", "not sent: emailit failed"),
    ("listed@example.com", &[("email.suppressed", 1)], "none", "not sent: emailit has it on its suppression list"),
    ("Cross@Example.com", &[("email.complained", 1), ("email.delivered", 2)], "suppress", "complained on"),
];

/// A webhook of a provider, the address, the expected verdict, and words of the answer.
struct Case {
    provider: &'static str,
    body: Value,
    address: &'static str,
    action: &'static str,
    words: &'static str,
}

fn day(day: usize) -> String {
    format!("2026-10-{day:02}T10:00:00Z")
}

fn cases() -> Vec<Case> {
    let mut number = 100;
    let mut of_address = |&(address, events, action, words): &OfAddress| {
        let events = events.iter().map(|(word, at)| {
            number += 1;
            of_emailit(number, word, &format!("em_{number}"), &address.to_lowercase(), &day(*at))
        });
        Case { provider: "emailit", body: events.collect(), address, action, words }
    };
    let mut cases: Vec<Case> = OF_EMAILIT.iter().map(&mut of_address).collect();
    let suppressed =
        json!({"emailId": "g1", "from": "s@x.example", "to": "bounced@example.com", "reason": "BOUNCE"});
    cases.push(Case {
        provider: "getmailer",
        body: json!({"id": "evt_gm", "type": "email.suppressed", "timestamp": day(1), "data": suppressed}),
        address: "bounced@example.com",
        action: "suppress",
        words: "email.suppressed (because of: bounce)",
    });
    for (feedback, mail, at, action, words) in [
        ("abuse", "<a@x.example>", 1, "suppress", "complained"),
        ("not-spam", "<b@x.example>", 2, "none", "nothing says"),
        ("abuse", "<c@x.example>", 3, "suppress", "on 2026-10-03"),
    ] {
        let address = "calm@example.com";
        cases.push(Case {
            provider: "jasni",
            body: of_jasni(feedback, mail, address, &day(at)),
            address,
            action,
            words,
        });
    }
    cases
}

fn post(mut send: Command, file: &Path, body: &Value) {
    fs::write(file, body.to_string()).unwrap();
    let output = send.output().unwrap();
    assert!(output.status.success(), "{body}: {output:?}");
}

#[test]
fn all_of_a_local_stack_is_looked_at() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    let file = data.join("body");
    for Case { provider, body, address, action, words } in cases() {
        post(command(data, &["send", provider, "--file", file.to_str().unwrap()]), &file, &body);
        let ask = ["events", "--recipient", address, "--state"];
        let object = lines(data, &ask).remove(0);
        assert_eq!(object["action"], action, "{body}: {object}");
        assert_eq!(object["not_looked_at"], json!([]));
        let said = stdout(&run(data, &ask));
        assert!(said.contains(words), "{body}: {said}");
        assert!(!said.contains("Not looked at"), "{said}");
    }
    // For the same mail, the withdrawal counts too.
    let state = |mail: &str| lines(data, &["events", "--message", mail, "--state"]).remove(0);
    assert_eq!(state("c@x.example")["action"], "suppress");
    let withdrawn = of_jasni("not-spam", "<c@x.example>", "calm@example.com", "2026-10-04T10:00:00Z");
    post(command(data, &["send", "jasni", "--file", file.to_str().unwrap()]), &file, &withdrawn);
    assert_eq!(state("c@x.example")["action"], "none");
}

#[test]
fn five_temporary_bounces_suppress_an_address() {
    let data = &Folder::default();
    let _dev = Dev::start(data);
    let file = data.join("body");
    let now = ingestion::clock::now().as_second();
    for number in 1..=5 {
        let body = json!({
            "id": format!("evt_soft_{number}"), "type": "outbound.bounced", "created_at": now - (6 - number) * 86_400,
            "data": {"uid": format!("mail-{number}"), "to": "full@example.com", "bounce_type": "soft",
                     "response": "452 4.2.2 Mailbox full"}});
        post(command(data, &["send", "jetemail", "--file", file.to_str().unwrap()]), &file, &body);
        let ask = ["events", "--recipient", "full@example.com", "--state"];
        let object = lines(data, &ask).remove(0);
        let action = if number == 5 { "suppress" } else { "count" };
        assert_eq!((&object["action"], &object["events"]), (&json!(action), &json!(number)), "{object}");
    }
}

/// Posts all events to a deployed stack.
fn post_all(deployed: &Deployed, data: &Path) {
    let file = data.join("body");
    for case in cases() {
        let send = ["send", case.provider, "--file", file.to_str().unwrap()];
        post(deployed.tool(data, &send), &file, &case.body);
    }
    // It is found through the same mail.
    let withdrawn = of_jasni("not-spam", "<c@x.example>", "calm@example.com", &day(4));
    post(deployed.tool(data, &["send", "jasni", "--file", file.to_str().unwrap()]), &file, &withdrawn);
}

/// The tool's answer about an address of a deployed stack, as text and as JSON.
fn answer(deployed: &Deployed, data: &Path, address: &str) -> (String, Value) {
    let ask = ["events", "--recipient", address, "--state"];
    let said = deployed.tool(data, &ask).output().unwrap();
    let mut json = deployed.tool(data, &ask);
    let object = json.arg("--json").output().unwrap();
    (stdout(&said), serde_json::from_slice(&object.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_deployed_one_it_is_said_what_its_index_does_not_have() {
    let deployed = Deployed::receiving(&[
        ("Emailit", ProviderName::Emailit, SECRET_ID),
        ("Jasni", ProviderName::Jasni, SECRET_ID),
        ("GetMailer", ProviderName::GetMailer, SECRET_ID),
    ])
    .await;
    let data = Folder::default();
    let deployed = tokio::task::spawn_blocking(move || {
        post_all(&deployed, &data);
        deployed
    });
    let deployed = deployed.await.unwrap();
    deployed.stack.suppressions().await;
    let deployed = asked(deployed, |address, said, object| {
        assert!(!said.contains("Not looked at"), "{address}: {said}");
        assert_eq!((&object["action"], &object["not_looked_at"]), (&json!("none"), &json!([])));
    });
    let deployed = deployed.await.with_parameter("AddressIndex", "actionable").await;
    let reindexed = tokio::task::spawn_blocking(move || {
        let data = Folder::default();
        let output = deployed.tool(&data, &["renormalize", "--apply"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        deployed
    });
    let none = "Not looked at: mail that was suppressed, held or failed";
    let deployed = asked(reindexed.await.unwrap(), move |address, said, object| {
        assert!(said.trim_end().ends_with(none), "{address}: {said}");
        assert_eq!(
            (&object["action"], object["not_looked_at"].as_array().unwrap().len()),
            (&json!("none"), 1)
        );
    });
    // Without the list, a resubscription in another mail is unknown.
    let without = deployed.await.without_list().await;
    let expected = format!("{none}; resubscriptions");
    asked(without, move |address, said, object| {
        assert!(said.contains(&expected), "{address}: {said}");
        let action = if address == "back@example.com" { "suppress" } else { "none" };
        assert_eq!(
            (&object["action"], object["not_looked_at"].as_array().unwrap().len()),
            (&json!(action), 3)
        );
    })
    .await;
}

/// Asks about addresses that need no suppression.
async fn asked(deployed: Deployed, check: impl Fn(&str, &str, &Value) + Send + 'static) -> Deployed {
    let asking = tokio::task::spawn_blocking(move || {
        let data = Folder::default();
        for name in ["held", "failed", "listed", "unseen", "back", "calm"] {
            let address = format!("{name}@example.com");
            let (said, object) = answer(&deployed, &data, &address);
            check(&address, &said, &object);
        }
        deployed
    });
    asking.await.unwrap()
}
