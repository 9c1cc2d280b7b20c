//! `--stack`: finds a deployed stack by its name.

use mailhooks_tests::cloudformation::{self, STACK};
use mailhooks_tests::deployed::{Deployed, with_credentials};
use mailhooks_tests::tool::{self, stderr, stdout};
use serde_json::Value;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_found_by_the_name_of_the_stack() {
    let deployed = Deployed::start().await;
    let folder = TempDir::new().unwrap();
    let tool = |arguments: &[&str]| tool::finish(deployed.tool(&folder.path().join("none"), arguments));
    let sent = tool(&["send", "jetemail", "outbound-bounced"]).await;
    assert!(sent.status.success(), "{sent:?}");
    let said = stdout(&sent);
    let (_, next) = said.lines().last().unwrap().split_once(" events --message ").unwrap();
    let (message, place) = next.split_once(' ').unwrap();
    assert!(place.starts_with(&format!("--stack {STACK}")), "{next}");
    let found = stdout(&tool(&["events", "--message", message]).await);
    assert!(found.contains("email.bounced"), "{next}: {found}");
    let event: Value = serde_json::from_str(stdout(&tool(&["--json", "events"]).await).trim()).unwrap();
    assert_eq!(event["data"]["type"], "email.bounced");
    let id = event["id"].as_str().unwrap();
    let again = tool(&["redrive", "--id", id, "--again"]).await;
    assert!(again.status.success(), "{again:?}");
    assert_eq!(deployed.announced_on("bounces"), 2);
    assert_eq!(stdout(&tool(&["redrive"]).await), format!("the stack {STACK} has announced everything\n"));
    assert!(!folder.path().join("none").exists());

    deployed.secrets_manager.set(None);
    let unset = stderr(&tool(&["send", "jetemail", "outbound-bounced"]).await, 1);
    assert!(unset.contains("no signing secret is set"), "{unset}");
    let unknown = stderr(&tool(&["send", "jasni", "email-spam"]).await, 1);
    assert!(unknown.contains("there-is-none: no signing secret is set"), "{unknown}");
    let off = stderr(&tool(&["send", "emailit", "email-bounced"]).await, 1);
    assert!(off.contains("does not receive emailit"), "{off}");
}

/// The tool's error for a stack with this description.
async fn refused(cloudformation: &str, stack: &str, more: &[(&str, &str)]) -> String {
    let folder = TempDir::new().unwrap();
    let mut command = tool::command(folder.path(), &["events", "--stack", stack]);
    with_credentials(&mut command);
    command.env("AWS_ENDPOINT_URL_CLOUDFORMATION", cloudformation);
    command.envs(more.iter().copied());
    stderr(&tool::finish(command).await, 1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_said_with_the_remedy() {
    let ours = cloudformation::describing(&[("TableName", "events")]).await;
    let other = cloudformation::describing(&[("BucketName", "pictures")]).await;
    let expired = cloudformation::failing("ExpiredToken").await;
    let denied = cloudformation::failing("AccessDenied").await;
    // Another home folder has neither a profile nor a session.
    let nobody = [
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("HOME", "/nowhere"),
        ("AWS_CONFIG_FILE", "/nowhere/config"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials"),
    ];
    for (said, expected) in [
        (refused(ours.endpoint(), "another", &[]).await, "no stack another in eu-central-1"),
        (refused(other.endpoint(), STACK, &[]).await, "has no output TableName"),
        (refused(expired.endpoint(), STACK, &[]).await, "sign in again"),
        (refused(denied.endpoint(), STACK, &[]).await, "AccessDenied: injected"),
        (refused("http://127.0.0.1:9", STACK, &[]).await, "AWS does not answer"),
        (refused(ours.endpoint(), STACK, &nobody).await, "no AWS credentials"),
    ] {
        assert!(said.starts_with("error: "), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn it_stands_alone() {
    let folder = TempDir::new().unwrap();
    for arguments in [
        &["events", "--stack", "one", "--table", "two"][..],
        &["dev", "--stack", "one"],
        &["announcements", "--stack", "one"],
        &["send", "jetemail", "--table", "two"],
    ] {
        let output = tool::run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
}
