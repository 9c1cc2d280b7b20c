//! A run that was interrupted, or failed for some events, is resumed.

use std::collections::BTreeSet;

use mailhooks_tests::aws::Fault;

use super::*;

/// The ids of all announcements since the events were recorded, in order.
fn announced_again(testbed: &Testbed, recorded: usize) -> Vec<String> {
    let announced = testbed.announcements().into_iter().skip(recorded);
    announced.map(|one| one.message["id"].as_str().unwrap().to_owned()).collect()
}

async fn delete(testbed: &Testbed, number: usize) {
    let delete = testbed.engine.delete_item().table_name(TABLE);
    let key = |text: String| AttributeValue::S(text);
    let delete =
        delete.key("pk", key(format!("jetemail#m-{number}"))).key("sk", key(format!("evt_{number}")));
    delete.send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_run_sends_each_event_at_least_once() {
    const EVENTS: usize = 250;
    let testbed = bounces(EVENTS).await;
    let data = &Folder::default();
    // The first part of the run is sent, and the read of this event in the next part fails.
    let again = ["--again", "--yes", "--json"];
    testbed.aws.inject(Fault::refusal("GetItem", "\"evt_150\""));
    let interrupted = on_table(&testbed, data, &again, None).await;
    let (report, error) = (object(&interrupted), stderr(&interrupted, 1));
    assert_eq!((&report["redriven"], &report["left"]), (&json!(100), &json!(150)), "{error}");
    assert!(error.contains("150 events left: `"), "{error}");
    let bounces = testbed.local.sns.topic_arn("bounces");
    let resume =
        format!("redrive --resume --rate 10000 --table {TABLE} --bounces-topic {bounces} --complaints-");
    assert!(error.contains(&resume), "{error}");
    assert!(error.contains(&format!(" --data {}` continues", data.display())), "{error}");
    assert!(error.contains("cannot read the table mailhooks"), "{error}");

    let mut other = tool::command(data, &["redrive", "--resume", "--table", "other"]);
    for topic in ["bounces", "complaints", "spam"] {
        other.env(format!("{}_TOPIC_ARN", topic.to_uppercase()), testbed.local.sns.topic_arn(topic));
    }
    deployed::with_credentials(&mut other);
    let error = stderr(&tool::finish(other).await, 1);
    assert!(
        error.contains("the interrupted run was on the table mailhooks, not on the table other"),
        "{error}"
    );

    delete(&testbed, 200).await;
    let resumed = on_table(&testbed, data, &["--resume", "--json"], None).await;
    let report = object(&resumed);
    assert_eq!((&report["redriven"], &report["gone"], &report["left"]), (&json!(149), &json!(1), &json!(0)));
    let announced: BTreeSet<String> = announced_again(&testbed, EVENTS).into_iter().collect();
    assert_eq!(announced, ids((0..EVENTS).filter(|number| *number != 200)).into_iter().collect());
    assert!(!data.join("redrive.jsonl").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_topic_refuses_is_left_for_the_next_run() {
    let testbed = bounces(12).await;
    let data = &Folder::default();
    testbed.aws.inject(Fault::of_entry("\"jetemail:evt_7\"", 1));
    let failed = on_table(&testbed, data, &["--again", "--yes"], None).await;
    let said = stdout(&failed);
    assert!(said.contains("jetemail:evt_7") && said.ends_with("11 events announced again\n"), "{said}");
    let error = stderr(&failed, 1);
    assert!(error.contains("1 event left: `"), "{error}");
    let resumed = on_table(&testbed, data, &["--resume"], None).await;
    assert_eq!(stdout(&resumed), "1 event announced again\n");
    let announced = announced_again(&testbed, 12);
    assert_eq!(announced[11], "jetemail:evt_7");
    // The calls of a step arrive in any order.
    assert_eq!(announced.iter().cloned().collect::<BTreeSet<_>>(), ids(0..12).into_iter().collect());
    assert_eq!(announced.len(), 12);
}

/// The file of an interrupted run that selected the events with these numbers.
fn plan(numbers: std::ops::Range<usize>, steps: &str) -> String {
    let settings = "{\"of\":\"the table mailhooks\",\"to\":null,\"announce_all\":false}\n".to_owned();
    let keys = numbers.map(|number| format!("[\"jetemail#m-{number}\",\"evt_{number}\"]\n"));
    settings + &keys.collect::<String>() + steps
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_tried_comes_before_what_failed() {
    let testbed = bounces(4).await;
    let data = &Folder::default();
    std::fs::write(data.join("redrive.jsonl"), plan(0..4, "{\"done\":3,\"failed\":[0,2]}\n")).unwrap();
    let resumed = on_table(&testbed, data, &["--resume"], None).await;
    assert_eq!(stdout(&resumed), "3 events announced again\n", "{resumed:?}");
    assert_eq!(announced_again(&testbed, 4), ids([3, 0, 2]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_no_topic_takes_any_more_is_a_failure() {
    let testbed = bounces(1).await;
    assert_eq!(testbed.post(JetEmail, &body(1, "outbound.delivered")).await.status(), 200);
    let data = &Folder::default();
    std::fs::write(data.join("redrive.jsonl"), plan(0..2, "")).unwrap();
    let resumed = on_table(&testbed, data, &["--resume", "--json"], None).await;
    let report = object(&resumed);
    assert_eq!((&report["redriven"], &report["left"]), (&json!(1), &json!(1)), "{resumed:?}");
    assert_eq!(report["failures"], json!([{"event": "jetemail:evt_1", "reason": "no topic takes it"}]));
    assert!(stderr(&resumed, 1).contains("1 event left: `"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_is_not_whole_is_no_step() {
    let testbed = bounces(3).await;
    let data = &Folder::default();
    let steps = "{\"done\":2,\"failed\":[1]}\n{\"done\":1,\"fai";
    std::fs::write(data.join("redrive.jsonl"), plan(0..3, steps)).unwrap();
    let resumed = on_table(&testbed, data, &["--resume"], None).await;
    assert_eq!(stdout(&resumed), "2 events announced again\n", "{resumed:?}");
    assert_eq!(announced_again(&testbed, 3), ids([2, 1]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_folder_has_one_run_at_a_time() {
    let testbed = bounces(1).await;
    let data = &Folder::default();
    let run_of_another = DataFolder::open(&**data).unwrap().lock_redrive().unwrap().unwrap();
    std::fs::write(data.join("redrive.jsonl"), plan(0..1, "")).unwrap();
    for arguments in [&["--resume"][..], &["--again", "--yes"]] {
        let error = stderr(&on_table(&testbed, data, arguments, None).await, 1);
        assert!(error.contains("sends events with the data folder"), "{error}");
        assert!(!error.contains("1 event of the table"), "it fails before it selects: {error}");
    }
    assert!(on_table(&testbed, data, &["--again", "--dry-run"], None).await.status.success());
    drop(run_of_another);
    assert!(on_table(&testbed, data, &["--resume"], None).await.status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_keeps_its_folder_until_its_end() {
    let testbed = bounces(1).await;
    let data = &Folder::default();
    let folder = DataFolder::open(&**data).unwrap();
    let router = axum::Router::new().fallback({
        let folder = folder.clone();
        async move || match folder.lock_redrive().unwrap() {
            Some(_) => axum::http::StatusCode::INTERNAL_SERVER_ERROR,
            None => axum::http::StatusCode::OK,
        }
    });
    let server = mailhooks_tests::server::Server::start(router).await;
    let sent = on_table(&testbed, data, &["--to", server.endpoint(), "--yes"], None).await;
    assert!(sent.status.success(), "{sent:?}");
    assert!(folder.lock_redrive().unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_read_blocks_no_new_run() {
    let testbed = bounces(1).await;
    let data = &Folder::default();
    for text in ["", "{\"version\":9}\n", &plan(0..1, "{\"later\":1}\n")] {
        std::fs::write(data.join("redrive.jsonl"), text).unwrap();
        let error = stderr(&on_table(&testbed, data, &["--resume"], None).await, 1);
        assert!(error.contains("redrive.jsonl"), "{error}");
        assert!(error.contains("start a new run with --again or --to, which replaces it"), "{error}");
        let output = on_table(&testbed, data, &["--again", "--yes"], None).await;
        assert_eq!(stdout(&output), "1 event announced again\n", "{output:?}");
        assert!(stderr(&output, 0).contains("note: this run replaces an interrupted one"), "{output:?}");
        assert!(!data.join("redrive.jsonl").exists());
    }
}
