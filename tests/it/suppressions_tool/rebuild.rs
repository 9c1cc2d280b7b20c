//! `mailhooks suppressions rebuild`, on a local stack and on tables that are named.

use std::path::Path;

use ingestion::aws::Clients;
use mailhooks_local::table::{self, Definition};
use mailhooks_local::{DataFolder, LIST_TABLE, LocalStack, Storage, Token};
use mailhooks_tests::aws::Fault;
use mailhooks_tests::deployed::with_credentials;
use mailhooks_tests::testbed::{ACCESS_KEY_ID, TABLE, access, now};
use mailhooks_tests::tool::{Folder, command, finish, lines, run, stderr, stdout};
use mailhooks_tests::{Testbed, relay::Relay};
use normalization::ProviderName::JetEmail;
use serde_json::{Value, json};

use super::demo;

/// Deletes the table of the list of a stack that is not running.
async fn lose_the_list(data: &Path) {
    let folder = DataFolder::open(data).unwrap();
    let lock = folder.lock().unwrap().unwrap();
    let stack = LocalStack::start(Storage::Folder(&lock), &Token::from(ACCESS_KEY_ID)).await.unwrap();
    let clients = Clients::new(&access(stack.dynamodb.endpoint(), stack.sns.endpoint()));
    clients.dynamodb.delete_table().table_name(LIST_TABLE).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_list_is_made_from_the_stored_events() {
    let data = &demo();
    let listed = lines(data, &["suppressions", "list"]);
    lose_the_list(data).await;
    assert!(lines(data, &["suppressions", "list"]).is_empty());
    let rebuilt = lines(data, &["suppressions", "rebuild"]).remove(0);
    assert_eq!(rebuilt["suppressed"], listed.len());
    assert_eq!(lines(data, &["suppressions", "list"]), listed);
    let resumed = stderr(&run(data, &["suppressions", "rebuild", "--resume"]), 1);
    assert!(resumed.contains("nothing to resume"), "{resumed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_was_stopped_goes_on_where_it_was() {
    let testbed = Testbed::start(now()).await;
    table::create(&testbed.engine, LIST_TABLE, Definition::Suppressions).await.unwrap();
    let noise: Vec<String> = (0..20_000).map(|n: u64| format!("{:x}", n * n * n)).collect();
    for number in 0..40 {
        let bounce = json!({"id": format!("evt_{number}"), "type": "outbound.bounced", "data": {
            "uid": number.to_string(), "to": format!("to{number}@example.com"), "bounce_type": "hard", "body": noise}});
        assert_eq!(testbed.post(JetEmail, bounce.to_string().as_bytes()).await.status(), 200);
    }
    let data = &Folder::default();
    let relays = testbed.relays().await;
    let suppressions = async |arguments: &[&str]| {
        let named = ["--json", "--table", LIST_TABLE, "suppressions"];
        let mut command = command(data, &[&named, arguments].concat());
        command.envs(relays.iter().map(|(name, relay): &(_, Relay)| (name, relay.endpoint())));
        with_credentials(&mut command);
        finish(command).await
    };
    let unnamed = suppressions(&["rebuild"]).await;
    assert!(stderr(&unnamed, 2).contains("--events-table is missing"), "{unnamed:?}");
    let rebuild = ["rebuild", "--events-table", TABLE];
    testbed.aws.inject(Fault::refusal("Scan", "ExclusiveStartKey"));
    let stopped = suppressions(&rebuild).await;
    assert!(stderr(&stopped, 1).contains("cannot read the events"), "{stopped:?}");
    let listed = stdout(&suppressions(&["list"]).await).lines().count();
    assert!((1..40).contains(&listed), "{listed}");
    let resumed = suppressions(&[&rebuild[..], &["--resume"]].concat()).await;
    let resumed: Value = serde_json::from_str(&stdout(&resumed)).unwrap();
    assert_eq!(resumed, json!({"events": 40 - listed, "entries": 40, "suppressed": 40}));
    let all = suppressions(&["list", "--reason", "bounce", "--provider", "jetemail"]).await;
    assert_eq!(stdout(&all).lines().count(), 40);
    let ended = suppressions(&["list", "--hard-bounce-days", "1"]).await;
    assert_eq!(stdout(&ended), "", "with these rules, bounces of another day have ended");
}
