//! Announces a range of events again on the topics of a local stack.

use mailhooks_tests::terminal::answer;
use mailhooks_tests::tool::command;

use super::*;

/// Six bounces, the last first, and a delivery, which no topic takes.
async fn record_range(data: &Path) {
    with_store(data, async |_, store| {
        for number in (0..6).rev() {
            record(store, &body(number, "outbound.bounced"), received_at(number), false).await;
        }
        record(store, &body(6, "outbound.delivered"), received_at(3), false).await;
    })
    .await;
}

/// The arguments that select the events from 1 to 4.
fn range() -> [String; 4] {
    ["--since", &received_at(1).to_string(), "--until", &received_at(5).to_string()].map(str::to_owned)
}

fn again<'a>(range: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    let range = range.iter().map(String::as_str);
    ["redrive", "--again"].into_iter().chain(range).chain(more.iter().copied()).collect()
}

fn announced_ids(data: &Path, topic: &str) -> Vec<String> {
    let announced = announced_on(data, topic);
    announced.iter().map(|one| one["message"]["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_the_selected_are_announced_oldest_first() {
    for running in [false, true] {
        let data = &Folder::default();
        record_range(data).await;
        let dev = running.then(|| Dev::start(data));
        let report = &lines(data, &again(&range(), &["--yes"]))[0];
        assert_eq!(
            (&report["redriven"], &report["left"], &report["failures"]),
            (&json!(4), &json!(0), &json!([]))
        );
        assert_eq!(report["topics"], json!({"bounces": 4, "actions": 4}));
        assert_eq!(report["on_no_topic"], 1);
        for topic in ["bounces", "actions"] {
            assert_eq!(announced_ids(data, topic), ids(1..5), "{topic}");
        }
        let said = stdout(&run(data, &again(&range(), &["--yes"])));
        assert_eq!(said, "4 events announced again\n");
        assert!(!data.join("redrive.jsonl").exists());
        drop(dev);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_settled_if_it_is_selected() {
    let data = &Folder::default();
    with_store(data, async |_, store| {
        for number in 0..2 {
            record(store, &body(number, "outbound.bounced"), received_at(number), true).await;
        }
    })
    .await;
    let until = received_at(1).to_string();
    assert_eq!(lines(data, &["redrive", "--again", "--yes", "--until", &until])[0]["redriven"], 1);
    assert_eq!(announced_ids(data, "bounces"), ids([0]));
    assert_eq!(lines(data, &["redrive"])[0]["redriven"], 1, "the other one waits still");
    assert_eq!(announced_ids(data, "bounces"), ids([0, 1]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_changes_without_a_yes() {
    let data = &Folder::default();
    record_range(data).await;
    let range = range();
    let planned = &lines(data, &again(&range, &["--dry-run"]))[0];
    assert_eq!((&planned["selected"], &planned["oldest"]), (&json!(4), &json!(received_at(1))));
    let planned = stdout(&run(data, &again(&range, &["--dry-run"])));
    assert!(planned.starts_with("4 events of the local stack in "), "{planned}");
    assert!(
        planned.contains("on the topics bounces 4, actions 4; not counted: 1 event that no topic takes"),
        "{planned}"
    );
    stderr(&run(data, &again(&range, &[])), 2);
    let refused = answer(command(data, &again(&range, &[])), "n\n");
    assert_eq!(refused.status.code(), Some(1));
    let text = refused.text();
    assert!(text.contains("Announce these events again? [y/N] "), "{text}");
    assert!(text.contains("not confirmed: nothing was changed"), "{text}");
    assert!(lines(data, &["announcements"]).is_empty());
    assert!(!data.join("redrive.jsonl").exists());
    assert!(answer(command(data, &again(&range, &[])), "yes\n").status.success());
    assert_eq!(announced_ids(data, "bounces"), ids(1..5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn to_select_nothing_is_no_failure() {
    let data = &Folder::default();
    record_range(data).await;
    for (selection, said) in [
        (["--reason", "mailbox_full"], "has no such events\n"),
        (["--type", "email.delivered"], "has no such events; not counted: 1 event that no topic takes\n"),
    ] {
        let output = run(data, &again(&selection.map(str::to_owned), &["--yes"]));
        assert!(output.status.success() && stdout(&output).ends_with(said), "{output:?}");
    }
    let report = &lines(data, &["redrive", "--again", "--yes", "--reason", "mailbox_full"])[0];
    assert_eq!(report["selected"], 0);
    let result = ["redriven", "gone", "failures", "left"].map(|member| report[member].clone());
    assert_eq!(result, [json!(0), json!(0), json!([]), json!(0)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_of_the_local_stack_can_be_the_consumer() {
    let data = &Folder::default();
    record_range(data).await;
    let arn = "arn:aws:sns:us-east-1:000000000000:events";
    let report = &lines(data, &["redrive", "--to", arn, "--yes"])[0];
    assert_eq!((&report["redriven"], &report["to"]), (&json!(7), &json!(arn)));
    assert_eq!(announced_ids(data, "events").len(), 7);
    assert_eq!(lines(data, &["announcements"]).len(), 7, "no other topic gets them");
}
