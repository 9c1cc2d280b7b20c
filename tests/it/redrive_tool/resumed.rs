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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_waits_for_no_other_and_a_line_that_is_not_whole_is_no_step() {
    let testbed = bounces(3).await;
    let data = &Folder::default();
    let plan = concat!(
        "{\"of\":\"the table mailhooks\",\"to\":null,\"announce_all\":false}\n",
        "[\"jetemail#m-0\",\"evt_0\"]\n[\"jetemail#m-1\",\"evt_1\"]\n[\"jetemail#m-2\",\"evt_2\"]\n",
        "{\"done\":2,\"failed\":[1]}\n{\"done\":1,\"fai",
    );
    std::fs::write(data.join("redrive.jsonl"), plan).unwrap();
    let running = std::fs::File::open(data.join("redrive.jsonl")).unwrap();
    running.lock().unwrap();
    for arguments in [&["--resume"][..], &["--again", "--yes"]] {
        let error = stderr(&on_table(&testbed, data, arguments, None).await, 1);
        assert!(error.contains("sends events with the data folder"), "{error}");
    }
    drop(running);
    let resumed = on_table(&testbed, data, &["--resume"], None).await;
    assert_eq!(stdout(&resumed), "2 events announced again\n", "{resumed:?}");
    assert_eq!(announced_again(&testbed, 3), ids([1, 2]));
}
