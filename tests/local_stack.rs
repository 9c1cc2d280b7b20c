//! The local stack: its data folder, who may run it, and the database that it embeds.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

use std::fs;
use std::path::Path;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use jiff::Timestamp;
use mailhooks::local::{DataFolder, DynamoDb, Endpoints, LocalStack, Storage, TOPICS};
use tempfile::tempdir;

#[test]
fn one_at_a_time_runs_the_stack() {
    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path().join("data")).unwrap();
    let other = DataFolder::open(folder.path()).unwrap();

    let lock = folder.lock().unwrap().unwrap();
    assert_eq!(lock.folder().path(), folder.path());
    assert!(other.lock().unwrap().is_none());
    assert_eq!(
        other.running().unwrap(),
        None,
        "it has not said where it listens"
    );

    lock.publish(&endpoints()).unwrap();
    assert_eq!(other.running().unwrap(), Some(endpoints()));
    assert!(other.lock().unwrap().is_none());

    drop(lock);
    assert_eq!(other.running().unwrap(), None);
    assert!(!folder.path().join("stack.json").exists());
    assert!(other.lock().unwrap().is_some());
}

#[test]
fn what_a_killed_process_left_behind_is_ignored() {
    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path()).unwrap();
    let stale = serde_json::to_string(&endpoints()).unwrap();
    fs::write(parent.path().join("stack.json"), &stale).unwrap();
    assert_eq!(folder.running().unwrap(), None);

    // Also when the next one has not said yet where it listens.
    let _lock = folder.lock().unwrap().unwrap();
    assert_eq!(folder.running().unwrap(), None);
}

#[test]
fn looking_does_not_keep_the_next_one_from_running() {
    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path()).unwrap();
    fs::write(parent.path().join("stack.json"), "{}").unwrap();
    std::thread::scope(|threads| {
        let looking = threads.spawn(|| {
            while parent.path().join("stack.json").exists() {
                // It may see the lock below, held by one who has not published.
                let _ = folder.running();
            }
        });
        assert!(folder.lock().unwrap().is_some());
        looking.join().unwrap();
        for _ in 0..200 {
            assert!(folder.lock().unwrap().is_some());
        }
    });
}

#[test]
fn a_file_of_another_version_is_explained() {
    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path()).unwrap();
    let _lock = folder.lock().unwrap().unwrap();
    fs::write(parent.path().join("stack.json"), "{}").unwrap();
    let error = folder.running().unwrap_err().to_string();
    assert!(error.contains("stack.json"), "{error}");
}

#[test]
fn a_signing_secret_is_generated_once() {
    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path()).unwrap();
    let secret = folder.signing_secret("jetemail").unwrap();
    let digits = secret.strip_prefix("whsec_").unwrap();
    assert_eq!(digits.len(), 64);
    assert!(
        digits
            .bytes()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    );

    let again = DataFolder::open(parent.path()).unwrap();
    assert_eq!(again.signing_secret("jetemail").unwrap(), secret);
    assert_ne!(again.signing_secret("jasni").unwrap(), secret);

    again
        .keep_signing_secret("jetemail", "given by the provider")
        .unwrap();
    assert_eq!(
        folder.signing_secret("jetemail").unwrap(),
        "given by the provider"
    );
    let mut files: Vec<_> = fs::read_dir(parent.path().join("secrets"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort_unstable();
    assert_eq!(files, ["jasni", "jetemail"], "nothing is left behind");

    fs::write(parent.path().join("secrets/jasni"), "\n").unwrap();
    assert!(
        folder
            .signing_secret("jasni")
            .unwrap_err()
            .to_string()
            .contains("empty")
    );
    for name in ["", "..", "a/b", "a\0b"] {
        assert!(folder.signing_secret(name).is_err(), "{name:?}");
    }
}

#[test]
fn two_who_generate_at_once_agree() {
    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path()).unwrap();
    let secrets: Vec<_> = std::thread::scope(|threads| {
        let asking: Vec<_> = (0..8)
            .map(|_| threads.spawn(|| folder.signing_secret("emailit").unwrap()))
            .collect();
        asking
            .into_iter()
            .map(|asking| asking.join().unwrap())
            .collect()
    });
    assert!(
        secrets.iter().all(|secret| Some(secret) == secrets.first()),
        "{secrets:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path().join("data")).unwrap();
    folder.signing_secret("jetemail").unwrap();
    let lock = folder.lock().unwrap().unwrap();
    lock.publish(&endpoints()).unwrap();
    let _stack = LocalStack::start(Storage::Folder(&lock), &TOPICS, clock)
        .await
        .unwrap();

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.path()), 0o700);
    assert_eq!(mode(&folder.path().join("secrets")), 0o700);
    for file in [
        "secrets/jetemail",
        "stack.json",
        "lock",
        "announcements.jsonl",
    ] {
        assert_eq!(mode(&folder.path().join(file)), 0o600, "{file}");
    }
    assert_eq!(
        fs::read_to_string(folder.path().join(".gitignore")).unwrap(),
        "*\n"
    );
}

#[tokio::test]
async fn the_database_of_a_folder_stays() {
    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path()).unwrap();
    let lock = folder.lock().unwrap().unwrap();
    let stack = LocalStack::start(Storage::Folder(&lock), &TOPICS, clock)
        .await
        .unwrap();
    assert_eq!(tables(&stack.dynamodb).await, [""; 0]);
    create_table(&stack.dynamodb, "mail").await;
    drop(stack);

    let stack = LocalStack::start(Storage::Folder(&lock), &TOPICS, clock)
        .await
        .unwrap();
    assert_eq!(tables(&stack.dynamodb).await, ["mail"]);
}

#[tokio::test]
async fn databases_in_memory_are_apart() {
    let first = LocalStack::start(Storage::Memory, &TOPICS, clock)
        .await
        .unwrap();
    let second = LocalStack::start(Storage::Memory, &TOPICS, clock)
        .await
        .unwrap();
    create_table(&first.dynamodb, "mail").await;
    assert_eq!(tables(&first.dynamodb).await, ["mail"]);
    assert_eq!(tables(&second.dynamodb).await, [""; 0]);

    let endpoint = first.dynamodb.endpoint().to_owned();
    assert!(endpoint.starts_with("http://127.0.0.1:"), "{endpoint}");
    drop(first);
    assert!(
        client(&endpoint).list_tables().send().await.is_err(),
        "it stops when dropped"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path()).unwrap();
    fs::write(folder.database(), "x".repeat(10_000)).unwrap();
    let error = DynamoDb::start(Some(&folder.database()))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("dynamodb.sqlite"), "{error}");
    assert!(
        DynamoDb::start(Some(Path::new("/no/such/folder/file")))
            .await
            .is_err()
    );
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let parent = tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    let error = DataFolder::open(file.join("data")).unwrap_err().to_string();
    assert!(error.contains("file/data"), "{error}");
}

fn endpoints() -> Endpoints {
    Endpoints {
        dynamodb: "http://127.0.0.1:1".to_owned(),
        sns: "http://127.0.0.1:2".to_owned(),
        receiver: "http://127.0.0.1:3".to_owned(),
        in_memory: false,
        announce_all: false,
    }
}

fn clock() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn client(endpoint: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

async fn tables(database: &DynamoDb) -> Vec<String> {
    let listed = client(database.endpoint()).list_tables().send().await;
    listed.expect("it answers").table_names.unwrap_or_default()
}

async fn create_table(database: &DynamoDb, name: &str) {
    let key = KeySchemaElement::builder()
        .attribute_name("pk")
        .key_type(KeyType::Hash)
        .build();
    let definition = AttributeDefinition::builder()
        .attribute_name("pk")
        .attribute_type(ScalarAttributeType::S)
        .build();
    client(database.endpoint())
        .create_table()
        .table_name(name)
        .key_schema(key.expect("it is complete"))
        .attribute_definitions(definition.expect("it is complete"))
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .expect("a table can be made");
}
