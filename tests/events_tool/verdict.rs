//! Whether an address is to be suppressed: what undoes what, what was not sent, and what was not looked at.

use std::fs;
use std::process::Command;

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

/// A complaint as Jasni reports it.
fn of_jasni(feedback: &str, mail: &str, to: &str, time: &str) -> Value {
    json!({"event": "email.spam", "timestamp": time, "data": {
        "id": mail, "messageId": mail, "from": "s@x.example", "to": [to], "subject": "s",
        "account": "s@x.example", "complainedAt": time, "feedbackType": feedback}})
}

/// Each has the provider and the webhook's body, the address, what is to be done with it by all that is known, and words
/// of the answer.
fn cases() -> Vec<(
    &'static str,
    Value,
    &'static str,
    &'static str,
    &'static str,
)> {
    let day = |day: usize| format!("2026-10-{day:02}T10:00:00Z");
    let mails = |to: &str, first: usize, events: &[(&str, usize)]| -> Value {
        let events = events.iter().zip(first..);
        let events = events.map(|((word, at), number)| {
            of_emailit(number, word, &format!("em_{number}"), to, &day(*at))
        });
        events.collect()
    };
    let (un, re) = ("email.unsubscribed", "email.resubscribed");
    vec![
        (
            "emailit",
            mails("back@example.com", 100, &[(un, 1), (re, 2)]),
            "back@example.com",
            "none",
            "nothing is known",
        ),
        (
            "emailit",
            mails("gone@example.com", 110, &[(re, 2), (un, 3)]),
            "gone@example.com",
            "suppress",
            "unsubscribed on 2026-10-03",
        ),
        (
            "emailit",
            mails("twice@example.com", 120, &[(un, 1), (re, 4), (un, 3)]),
            "twice@example.com",
            "none",
            "nothing",
        ),
        (
            "emailit",
            mails(
                "dead@example.com",
                130,
                &[("email.bounced", 1), (re, 2), ("email.delivered", 3)],
            ),
            "dead@example.com",
            "suppress",
            "bounced (",
        ),
        (
            "emailit",
            mails("held@example.com", 140, &[("email.held", 1)]),
            "held@example.com",
            "none",
            "mail to it was not sent: email.held",
        ),
        (
            "emailit",
            mails(
                "failed@example.com",
                150,
                &[("email.held", 1), ("email.failed", 2)],
            ),
            "failed@example.com",
            "none",
            "not sent: email.failed",
        ),
        (
            "emailit",
            mails("listed@example.com", 160, &[("email.suppressed", 1)]),
            "listed@example.com",
            "none",
            "not sent: email.suppressed",
        ),
        (
            "emailit",
            mails(
                "soft@example.com",
                170,
                &[("email.complained", 1), ("email.delivered", 2)],
            ),
            "Soft@Example.com",
            "suppress",
            "complained on",
        ),
        (
            "getmailer",
            json!({"id": "evt_gm", "type": "email.suppressed", "timestamp": day(1), "data": {
                "emailId": "g1", "from": "s@x.example", "to": "bounced@example.com", "reason": "BOUNCE"}}),
            "bounced@example.com",
            "suppress",
            "email.suppressed (because of: bounce)",
        ),
        (
            "jasni",
            of_jasni("abuse", "<a@x.example>", "calm@example.com", &day(1)),
            "calm@example.com",
            "suppress",
            "complained",
        ),
        (
            "jasni",
            of_jasni("not-spam", "<b@x.example>", "calm@example.com", &day(2)),
            "calm@example.com",
            "none",
            "nothing is known",
        ),
        (
            "jasni",
            of_jasni("abuse", "<c@x.example>", "calm@example.com", &day(3)),
            "calm@example.com",
            "suppress",
            "on 2026-10-03",
        ),
    ]
}

/// Posts it as its provider would.
fn post(mut send: Command, file: &Path, body: &Value) {
    fs::write(file, body.to_string()).unwrap();
    let output = send.output().unwrap();
    assert!(output.status.success(), "{body}: {output:?}");
}

#[test]
fn all_of_a_local_stack_is_looked_at() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let _dev = Dev::start(data);
    let file = data.join("body");
    for (provider, body, address, action, words) in cases() {
        let send = command(data, &["send", provider, "--file", file.to_str().unwrap()]);
        post(send, &file, &body);
        let ask = ["events", "--recipient", address, "--state"];
        let object = lines(data, &ask).remove(0);
        assert_eq!(object["action"], action, "{body}: {object}");
        assert_eq!(object["not_looked_at"], json!([]));
        let said = stdout(&run(data, &ask));
        assert!(said.contains(words), "{body}: {said}");
        assert!(!said.contains("Not looked at"), "{said}");
    }
    // Of one mail the withdrawal counts too.
    let state = |mail: &str| lines(data, &["events", "--message", mail, "--state"]).remove(0);
    assert_eq!(state("c@x.example")["action"], "suppress");
    let withdrawn = of_jasni(
        "not-spam",
        "<c@x.example>",
        "calm@example.com",
        "2026-10-04T10:00:00Z",
    );
    let send = command(data, &["send", "jasni", "--file", file.to_str().unwrap()]);
    post(send, &file, &withdrawn);
    assert_eq!(state("c@x.example")["action"], "none");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_deployed_one_it_is_said_what_was_not() {
    let deployed = Deployed::receiving(&[
        (
            "Emailit",
            normalization::ProviderName::Emailit,
            mailhooks_tests::secrets_manager::SECRET_ID,
        ),
        (
            "Jasni",
            normalization::ProviderName::Jasni,
            mailhooks_tests::secrets_manager::SECRET_ID,
        ),
        (
            "GetMailer",
            normalization::ProviderName::GetMailer,
            mailhooks_tests::secrets_manager::SECRET_ID,
        ),
    ])
    .await;
    let asked = tokio::task::spawn_blocking(move || {
        let folder = TempDir::new().unwrap();
        let data = folder.path();
        let file = data.join("body");
        for (provider, body, ..) in cases() {
            let send = ["send", provider, "--file", file.to_str().unwrap()];
            post(deployed.tool(data, &send), &file, &body);
        }
        // Through the same mail it can be seen.
        let withdrawn = of_jasni(
            "not-spam",
            "<c@x.example>",
            "calm@example.com",
            "2026-10-04T10:00:00Z",
        );
        let send = ["send", "jasni", "--file", file.to_str().unwrap()];
        post(deployed.tool(data, &send), &file, &withdrawn);
        let mut answers = Vec::new();
        for address in [
            "held@example.com",
            "failed@example.com",
            "listed@example.com",
            "nobody@example.com",
            "back@example.com",
            "calm@example.com",
        ] {
            let ask = ["events", "--recipient", address, "--state"];
            let said = deployed.tool(data, &ask).output().unwrap();
            let object = deployed
                .tool(data, &[&["--json"], &ask[..]].concat())
                .output()
                .unwrap();
            let object: Value = serde_json::from_slice(&object.stdout).unwrap();
            answers.push((address, stdout(&said), object));
        }
        answers
    });
    for (address, said, object) in asked.await.unwrap() {
        assert!(
            said.contains(
                "Not looked at: mail that was suppressed, held or failed; resubscriptions"
            ),
            "{address}: {said}"
        );
        assert!(!said.contains("nothing is known"), "{said}");
        assert_eq!(object["not_looked_at"].as_array().unwrap().len(), 2);
        let action = match address {
            "back@example.com" => "suppress",
            _ => "none",
        };
        assert_eq!(object["action"], action, "{address}: {said}");
    }
}
