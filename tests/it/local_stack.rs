//! The local stack: its data folder, access control, and its embedded database.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, Read as _};
use std::path::Path;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, PutRequest,
    ScalarAttributeType, WriteRequest,
};
use ingestion::aws::Clients;
use mailhooks_local::{DataFolder, DynamoDb, Endpoints, LocalStack, Storage, Token};
use mailhooks_tests::http::send;
use mailhooks_tests::relay::Relay;
use mailhooks_tests::testbed::{ACCESS_KEY_ID as TOKEN, access};
use mailhooks_tests::tool::{self, Dev};
use tempfile::tempdir;

#[test]
fn one_at_a_time_runs_the_stack() {
    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path().join("data")).unwrap();
    let other = DataFolder::open(folder.path()).unwrap();

    let lock = folder.lock().unwrap().unwrap();
    assert_eq!(lock.folder().path(), folder.path());
    assert!(other.lock().unwrap().is_none());
    assert_eq!(other.running().unwrap(), None, "it has not said where it listens");

    lock.publish(&endpoints()).unwrap();
    assert_eq!(other.running().unwrap(), Some(endpoints()));
    assert!(other.lock().unwrap().is_none());

    drop(lock);
    assert_eq!(other.running().unwrap(), None);
    assert!(!folder.path().join("stack.json").exists());
    assert!(other.lock().unwrap().is_some());
}

#[test]
fn debug_shows_no_token() {
    let page = format!("http://127.0.0.1:3/?token={TOKEN}");
    let endpoints = Endpoints { page, ..endpoints() };
    let shown = format!("{:?} {endpoints:?}", token());
    assert!(shown.contains("Endpoints") && !shown.contains(TOKEN), "{shown}");
}

#[test]
fn what_a_killed_process_left_behind_is_ignored() {
    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path()).unwrap();
    fs::write(parent.path().join("stack.json"), serde_json::to_string(&endpoints()).unwrap()).unwrap();
    assert_eq!(folder.running().unwrap(), None);

    // The text is also right while the next stack has not published its address yet.
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
                // This command may see the lock below, held by a process that has not published its address.
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
    assert!(digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')));

    let again = DataFolder::open(parent.path()).unwrap();
    assert_eq!(again.signing_secret("jetemail").unwrap(), secret);
    assert_ne!(again.signing_secret("jasni").unwrap(), secret);

    again.keep_signing_secret("jetemail", "given by the provider").unwrap();
    assert_eq!(folder.signing_secret("jetemail").unwrap(), "given by the provider");
    let mut files: Vec<_> = fs::read_dir(parent.path().join("secrets"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort_unstable();
    assert_eq!(files, ["jasni", "jetemail"], "nothing is left behind");

    fs::write(parent.path().join("secrets/jasni"), "\n").unwrap();
    assert!(folder.signing_secret("jasni").unwrap_err().to_string().contains("empty"));
    for name in ["", "..", "a/b", "a\0b"] {
        assert!(folder.signing_secret(name).is_err(), "{name:?}");
    }
}

#[test]
fn two_who_generate_at_once_agree() {
    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path()).unwrap();
    let secrets: Vec<_> = std::thread::scope(|threads| {
        let asking: Vec<_> =
            (0..8).map(|_| threads.spawn(|| folder.signing_secret("emailit").unwrap())).collect();
        asking.into_iter().map(|asking| asking.join().unwrap()).collect()
    });
    assert!(secrets.iter().all(|secret| Some(secret) == secrets.first()), "{secrets:?}");
}

/// Runs a stack that leaves every possible file in the folder. Returns the mode of every file and folder in it.
#[cfg(unix)]
async fn modes(folder: &DataFolder) -> BTreeMap<String, u32> {
    folder.signing_secret("jetemail").unwrap();
    folder.page_token().unwrap();
    let lock = folder.lock().unwrap().unwrap();
    lock.publish(&endpoints()).unwrap();
    let stack = LocalStack::start(Storage::Folder(&lock), &token()).await.unwrap();
    create_table(&stack.dynamodb, "mail").await;
    let mut modes = BTreeMap::new();
    let mut folders = vec![folder.path().to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            modes.insert(path.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned(), mode(&path));
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    modes
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;

    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;

    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_it() {
    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path().join("data")).unwrap();
    let modes = modes(&folder).await;
    assert_eq!(mode(folder.path()), 0o700);
    assert_eq!(folder.warning().unwrap(), None);
    let expected = [
        (".gitignore", 0o600),
        ("announcements.jsonl", 0o600),
        ("dynamodb.sqlite", 0o600),
        ("dynamodb.sqlite-shm", 0o600),
        ("dynamodb.sqlite-wal", 0o600),
        ("lock", 0o600),
        ("page-token", 0o600),
        ("secrets", 0o700),
        ("secrets/jetemail", 0o600),
        ("stack.json", 0o600),
    ];
    assert!(modes.iter().map(|(name, mode)| (name.as_str(), *mode)).eq(expected), "{modes:?}");
    assert_eq!(fs::read_to_string(folder.path().join(".gitignore")).unwrap(), "*\n");
}

#[cfg(unix)]
#[tokio::test]
async fn in_a_folder_that_is_open_to_others_the_files_are_not() {
    let parent = tempdir().unwrap();
    let path = parent.path().join("project");
    fs::create_dir_all(path.join("secrets")).unwrap();
    let known = [
        "announcements.jsonl",
        "dynamodb.sqlite",
        "dynamodb.sqlite-shm",
        "dynamodb.sqlite-wal",
        "lock",
        "page-token",
        "redrive.jsonl",
        "redrive.lock",
        "renormalize.json",
        "secrets/jetemail",
    ];
    for file in known {
        let text = if file.contains("sqlite") || file.ends_with("jsonl") { "" } else { "x" };
        fs::write(path.join(file), text).unwrap();
        set_mode(&path.join(file), 0o644);
    }
    fs::write(path.join("README.md"), "of the project").unwrap();
    for (name, mode) in [("", 0o755), ("secrets", 0o755), ("README.md", 0o644)] {
        set_mode(&path.join(name), mode);
    }

    let folder = DataFolder::open(&path).unwrap();
    for file in known {
        assert_eq!(mode(&path.join(file)), 0o600, "{file}");
    }
    let mut modes = modes(&folder).await;
    assert_eq!(modes.remove("README.md"), Some(0o644), "it is not ours");
    assert_eq!(modes.remove("secrets"), Some(0o700));
    assert_eq!(modes.len(), 12, "{modes:?}");
    assert!(modes.values().all(|mode| *mode == 0o600), "{modes:?}");
    assert_eq!(mode(&path), 0o755, "the folder may be a user's project");

    let said = folder.warning().unwrap().unwrap();
    let path = path.to_str().unwrap();
    for part in ["755", &format!("chmod 700 {path}")] {
        assert!(said.contains(part), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn the_tool_warns_of_an_open_folder() {
    let parent = tempdir().unwrap();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (mode, warns) in [(0o755, true), (0o777, true), (0o700, false)] {
        set_mode(parent.path(), mode);
        let said = String::from_utf8(tool::run(parent.path(), &["dev", "--port", &port]).stderr).unwrap();
        assert!(said.contains("cannot listen"), "{said}");
        assert_eq!(said.contains("warning: other users"), warns, "{said}");
    }
}

/// The whole answer to a request with these headers, in lower case.
fn answered(endpoint: &str, method: &str, headers: &[(&str, &str)], body: &str) -> String {
    // A tunnel stays open after the server has closed its side, so the content length determines the end.
    let mut reader = send(endpoint, &format!("{method} /"), headers, body);
    let mut answer = String::new();
    while !answer.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut answer).unwrap(), 0, "{answer}");
    }
    let mut answer = answer.to_lowercase();
    let (_, length) = answer.split_once("content-length: ").unwrap();
    reader.take(length.lines().next().unwrap().parse().unwrap()).read_to_string(&mut answer).unwrap();
    answer.to_lowercase()
}

/// A header and a body that write an item.
const PUT: ((&str, &str), &str) =
    (("x-amz-target", "DynamoDB_20120810.PutItem"), r#"{"TableName":"mail","Item":{"pk":{"S":"planted"}}}"#);

/// A header and a body that publish a forged announcement.
const PUBLISH: ((&str, &str), &str) = (
    ("content-type", "application/x-www-form-urlencoded"),
    "Action=PublishBatch&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A000000000000%3Acomplaints\
     &PublishBatchRequestEntries.member.1.Id=1&PublishBatchRequestEntries.member.1.Message=forged",
);

/// Tries every method. The answers have no CORS headers and do not contain the token.
fn is_refused(endpoint: &str, headers: &[(&str, &str)], body: &str) {
    for method in ["POST", "GET", "OPTIONS", "PUT"] {
        let answer = answered(endpoint, method, headers, body);
        assert!(answer.starts_with("http/1.1 403 "), "{headers:?}: {answer}");
        assert!(!answer.contains("access-control-"), "{answer}");
        assert!(!answer.contains(TOKEN), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engines_answer_only_who_knows_the_token_and_no_web_page() {
    let stack = LocalStack::start(Storage::Memory, &token()).await.unwrap();
    create_table(&stack.dynamodb, "mail").await;
    let authorization = format!("AWS4-HMAC-SHA256 Credential={TOKEN}/20261101/us-east-1/x/aws4_request");
    let wrong = authorization.replace(TOKEN, "local");
    let right = ("authorization", authorization.as_str());
    let here = ("host", "localhost");
    let engines = [(stack.dynamodb.endpoint(), PUT.0, PUT.1), (stack.sns.endpoint(), PUBLISH.0, PUBLISH.1)];
    let strangers: [&[(&str, &str)]; 11] = [
        &[here],
        &[here, ("authorization", "")],
        &[here, ("authorization", TOKEN)],
        &[here, ("authorization", &wrong)],
        &[here, ("cookie", &format!("mailhooks-1={TOKEN}"))],
        // A page of another site, even if it knows the token.
        &[here, right, ("origin", "http://evil.example")],
        &[here, right, ("origin", "http://localhost:3000")],
        &[here, right, ("origin", "null")],
        // An attacker's host name that resolves to 127.0.0.1.
        &[("host", "evil.example"), right],
        &[("host", "127.0.0.1.evil.example"), right],
        &[here, ("origin", "http://evil.example"), ("access-control-request-method", "POST")],
    ];
    for (endpoint, header, body) in engines {
        for stranger in strangers {
            is_refused(endpoint, &[stranger, &[header][..]].concat(), body);
        }
    }
    assert_eq!(items(&stack.dynamodb).await, 0);
    assert_eq!(stack.sns.announcements(), []);

    for (endpoint, header, body) in engines {
        let answer = answered(endpoint, "POST", &[here, right, header], body);
        assert!(answer.starts_with("http/1.1 200 "), "{answer}");
        assert!(!answer.contains("access-control-"), "{answer}");
    }
    assert_eq!(items(&stack.dynamodb).await, 1);
    assert_eq!(stack.sns.announcements().len(), 1);
}

/// Texts that only authorized answers contain.
const TOLD: [&str; 6] = ["mailhooks-", "<messageid", "arn:aws", "tablenames", "<html", "set-cookie"];

/// A tunnel forwards untrusted bytes from another port, and the remote client chooses the value of `Host`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_a_raw_tunnel_nothing_is_read_without_the_token() {
    let parent = tempdir().unwrap();
    let dev = Dev::start(parent.path());
    let running = tool::stack(parent.path());
    let address = |name: &str| running[name].as_str().unwrap().to_owned();
    for (name, method, header, body) in [
        ("dynamodb", "POST", ("x-amz-target", "DynamoDB_20120810.ListTables"), "{}"),
        ("sns", "POST", PUBLISH.0, PUBLISH.1),
        ("receiver", "GET", ("accept", "text/html"), ""),
    ] {
        let tunnel = Relay::start(&address(name)).await;
        let port = tunnel.endpoint().rsplit(':').next().unwrap();
        for host in ["localhost", "127.0.0.1", &format!("127.0.0.1:{port}"), "[::1]"] {
            let answer = answered(tunnel.endpoint(), method, &[("host", host), header], body);
            assert!(answer.starts_with("http/1.1 403 "), "{name} {host}: {answer}");
            for told in TOLD {
                assert!(!answer.contains(told), "{name} {host}: {answer}");
            }
        }
        assert!(!tunnel.calls().is_empty(), "it went through the tunnel");
    }
    // Webhooks are signed and may arrive through tunnels, so they are accepted.
    let tunnel = Relay::start(&dev.url).await;
    let answer = answered(tunnel.endpoint(), "POST", &[("host", "tunnel.example")], "{}");
    assert!(answer.starts_with("http/1.1 404 "), "{answer}");
}

/// Each page of a table is read separately, however large the table is, even for a client that sets no limit.
#[tokio::test]
async fn a_page_has_a_thousand_items_at_most() {
    let stack = LocalStack::start(Storage::Memory, &token()).await.unwrap();
    create_table(&stack.dynamodb, "mail").await;
    let client = client(stack.dynamodb.endpoint());
    for batch in 0..48 {
        let puts = (0..25).map(|place| {
            let key = AttributeValue::S(format!("{batch}-{place}"));
            let put = PutRequest::builder().item("pk", key).build().unwrap();
            WriteRequest::builder().put_request(put).build()
        });
        client.batch_write_item().request_items("mail", puts.collect()).send().await.unwrap();
    }
    let scan = client.scan().table_name("mail");
    let first = scan.clone().send().await.unwrap();
    assert_eq!(first.scanned_count(), 1_000);
    let second = scan.set_exclusive_start_key(first.last_evaluated_key.clone()).send().await.unwrap();
    assert_eq!((second.scanned_count(), second.last_evaluated_key()), (200, None));
}

#[tokio::test]
async fn the_database_of_a_folder_stays() {
    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path()).unwrap();
    let lock = folder.lock().unwrap().unwrap();
    let stack = LocalStack::start(Storage::Folder(&lock), &token()).await.unwrap();
    assert_eq!(tables(&stack.dynamodb).await, [""; 0]);
    create_table(&stack.dynamodb, "mail").await;
    drop(stack);

    let stack = LocalStack::start(Storage::Folder(&lock), &token()).await.unwrap();
    assert_eq!(tables(&stack.dynamodb).await, ["mail"]);
}

#[tokio::test]
async fn databases_in_memory_are_apart() {
    let first = LocalStack::start(Storage::Memory, &token()).await.unwrap();
    let second = LocalStack::start(Storage::Memory, &token()).await.unwrap();
    create_table(&first.dynamodb, "mail").await;
    assert_eq!(tables(&first.dynamodb).await, ["mail"]);
    assert_eq!(tables(&second.dynamodb).await, [""; 0]);

    let endpoint = first.dynamodb.endpoint().to_owned();
    assert!(endpoint.starts_with("http://127.0.0.1:"), "{endpoint}");
    drop(first);
    assert!(client(&endpoint).list_tables().send().await.is_err(), "it stops when dropped");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let parent = tempdir().unwrap();
    let folder = DataFolder::open(parent.path()).unwrap();
    fs::write(folder.database(), "x".repeat(10_000)).unwrap();
    let error = DynamoDb::start(Some(&folder.database()), &token()).await.err().unwrap().to_string();
    assert!(error.contains("dynamodb.sqlite"), "{error}");
    assert!(DynamoDb::start(Some(Path::new("/no/such/folder/file")), &token()).await.is_err());
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
        token: token(),
        receiver: "http://127.0.0.1:3".to_owned(),
        page: "http://127.0.0.1:3/?token=4".to_owned(),
        in_memory: false,
        announce_all: false,
    }
}

fn token() -> Token {
    Token::from(TOKEN)
}

fn client(endpoint: &str) -> Client {
    Clients::new(&access(endpoint, endpoint)).dynamodb
}

async fn tables(database: &DynamoDb) -> Vec<String> {
    let listed = client(database.endpoint()).list_tables().send().await;
    listed.expect("it answers").table_names.unwrap_or_default()
}

async fn items(database: &DynamoDb) -> i32 {
    client(database.endpoint()).scan().table_name("mail").send().await.unwrap().scanned_count()
}

async fn create_table(database: &DynamoDb, name: &str) {
    let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build();
    let definition =
        AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::S).build();
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
