//! The tool as a user runs it: the real program and a separate data folder. Another HTTP client replaces curl.

mod selections;
mod terminal;
mod widths;

use mailhooks_tests::files;
use mailhooks_tests::sign::hmac_sha256;
use mailhooks_tests::tool::{Dev, Folder, announced_on, lines, run, secret, stderr, stdout};
use mailhooks_tests::topics::topics_of;
use normalization::ProviderName::JetEmail;
use ring::digest::{SHA256, digest};
use serde_json::Value;
use std::fs;

fn bounce(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","type":"outbound.bounced","created_at":1704825600,"data":{{"uid":"m-1","to":"ada@example.com","bounce_type":"hard","response":"550 5.1.1 User unknown"}}}}"#
    )
}

/// Posts a webhook of JetEmail with this signature. Returns the status and the answer.
fn post(dev: &Dev, signature: &str, body: &str) -> (u16, Value) {
    let header = ("x-webhook-signature", format!("sha256={signature}"));
    dev.post(JetEmail, &[(header.0.to_owned(), header.1.into_bytes())], body.as_bytes())
}

#[test]
fn the_demo_shows_every_documented_event_recorded_once_and_announced_where_due() {
    let data = &Folder::default();
    // Runs twice: a demo also starts empty after an earlier demo.
    for options in [&[][..], &["--announce-all"]] {
        let output = run(data, &[&["dev", "--demo", "--port", "0"], options].concat());
        assert!(output.status.success(), "{output:?}");
        for provider in normalization::ProviderName::ALL.iter().copied() {
            for fixture in files::all_accepted(provider) {
                if let Some(word) = fixture.documents {
                    assert!(stdout(&output).contains(&word), "{provider} {word}");
                }
            }
        }
    }
    let samples = normalization::ProviderName::ALL.iter().copied().flat_map(files::all_accepted);
    let samples = samples.filter(|fixture| fixture.documents.is_some()).count();
    let events = lines(data, &["events", "--limit", "1000"]);
    assert_eq!(events.len(), 2 * samples);
    let mut announced = lines(data, &["announcements"]);
    announced.retain(|one| {
        !["events", "ses-notifications", "ses-events"].contains(&one["topic"].as_str().unwrap())
    });
    assert_eq!(announced.len(), events.iter().flat_map(topics_of).count());
    let message = events
        .iter()
        .find(|event| event["data"]["provider"] == "jetemail" && event["data"]["type"] == "email.queued");
    let timeline = lines(data, &["events", "--message", message.unwrap()["subject"].as_str().unwrap()]);
    let types: Vec<_> = timeline.iter().map(|event| event["data"]["type"].as_str().unwrap()).collect();
    assert_eq!(types.len(), 11);
    assert_eq!((types[0], types[10]), ("email.queued", "email.complained"));
}

#[test]
fn a_signed_webhook_is_recorded_once_and_a_changed_one_refused() {
    let data = &Folder::default();
    let dev = Dev::start(data);
    let body = bounce("evt_1");
    let signature = hmac_sha256(&secret(data, JetEmail), body.as_bytes());
    let (status, counts) = post(&dev, &signature, &body);
    assert_eq!((status, &counts["recorded"], &counts["duplicates"]), (200, &1.into(), &0.into()));
    let (status, counts) = post(&dev, &signature, &body);
    assert_eq!((status, &counts["recorded"], &counts["duplicates"]), (200, &0.into(), &1.into()));
    let (status, _) = post(&dev, &signature, &bounce("evt_2"));
    assert_eq!(status, 503, "JetEmail would throw away what is answered with a 4xx");
    let events = lines(data, &["events"]);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["id"], "jetemail:evt_1");
    assert_eq!(stdout(&run(data, &["events", "--id", "jetemail:evt_1", "--raw"])), body);
    assert_eq!(lines(data, &["events", "--recipient", "ADA@example.com"]).len(), 1);
}

#[test]
fn an_event_is_found_by_what_the_log_has_in_place_of_its_id() {
    let data = &Folder::default();
    let dev = Dev::start(data);
    let id = "evt of ada@example.com";
    let body = bounce(id);
    assert_eq!(post(&dev, &hmac_sha256(&secret(data, JetEmail), body.as_bytes()), &body).0, 200);
    let logged = format!("jetemail:sha256-{}", &hex::encode(digest(&SHA256, id.as_bytes()))[..32]);
    let events = lines(data, &["events", "--id", &logged]);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["id"], format!("jetemail:{id}"));
}

#[test]
fn a_stack_that_is_killed_loses_nothing_that_it_acknowledged() {
    let data = &Folder::default();
    let mut acknowledged = 0;
    for round in 0..3 {
        let dev = Dev::start(data);
        for number in 0..20 {
            let body = bounce(&format!("evt_{round}_{number}"));
            assert_eq!(post(&dev, &hmac_sha256(&secret(data, JetEmail), body.as_bytes()), &body).0, 200);
            acknowledged += 1;
        }
        drop(dev);
        assert_eq!(lines(data, &["events", "--message", "m-1"]).len(), acknowledged);
        assert_eq!(announced_on(data, "bounces").len(), acknowledged);
    }
    let dev = Dev::start(data);
    let body = bounce("evt_0_0");
    let (status, counts) = post(&dev, &hmac_sha256(&secret(data, JetEmail), body.as_bytes()), &body);
    assert_eq!((status, &counts["duplicates"]), (200, &1.into()));
}

#[test]
fn samples_are_sent_to_the_running_stack() {
    let data = &Folder::default();
    assert!(stderr(&run(data, &["send", "jetemail", "outbound-bounced"]), 1).contains(" dev`"));
    let dev = Dev::start(data);
    for provider in normalization::ProviderName::ALL {
        let cases = stdout(&run(data, &["send", provider.as_str()]));
        for fixture in files::all_accepted(*provider).take(5) {
            dev.watch.body(*provider, &fixture.body);
            assert!(cases.contains(&fixture.name), "{provider} {}", fixture.name);
            let output = run(data, &["send", provider.as_str(), &fixture.name, "--same-ids"]);
            assert!(output.status.success(), "{output:?}");
        }
    }
    let file = data.join("body");
    dev.watch.body(JetEmail, bounce("evt_of_a_file").as_bytes());
    fs::write(&file, bounce("evt_of_a_file")).unwrap();
    let output = run(data, &["send", JetEmail.as_str(), "--file", file.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(lines(data, &["events", "--id", "jetemail:evt_of_a_file"]).len(), 1);
}

#[test]
fn exit_statuses_and_errors() {
    let data = &Folder::default();
    for (arguments, status) in [
        (&["--help"][..], 0),
        (&["--version"], 0),
        (&["frobnicate"], 2),
        (&["send", "nextmail"], 2),
        (&["send", "jetemail", "no-such-case"], 1),
        (&["events", "--id", "jetemail:nothing"], 1),
    ] {
        let said = stderr(&run(data, arguments), status);
        assert_eq!(said.starts_with("error: "), status != 0, "{arguments:?}: {said}");
    }
    let dev = Dev::start(data);
    assert!(stderr(&run(data, &["dev", "--port", "0"]), 1).contains(&dev.url));
    assert_eq!(run(data, &["events", "--id", "jetemail:nothing"]).status.code(), Some(1));
    for nothing in [["events", "--message", "nothing"], ["events", "--id", "nothing"]] {
        assert_eq!(run(data, &nothing).status.code(), Some(1), "{nothing:?}");
    }
}
