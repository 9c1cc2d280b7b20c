//! Signing secrets from Secrets Manager: they rotate while webhooks arrive, and any uncertain state is answered 503.

use futures_util::future::join_all;
use ingestion::aws::Clients;
use ingestion::clock::{self, Clock};
use ingestion::secrets::Secrets;
use jiff::Timestamp;
use mailhooks_tests::api_gateway::{Encoding, event};
use mailhooks_tests::lambda::Function;
use mailhooks_tests::secrets_manager::{SECRET_ID, SecretsManager};
use mailhooks_tests::testbed::{Watched, access, now, request};
use mailhooks_tests::{Testbed, sign};
use normalization::ProviderName;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

/// A receiver of GetMailer whose secrets are in a stand-in for Secrets Manager, and a clock that a test moves.
struct Stage {
    testbed: Testbed,
    manager: SecretsManager,
    receiver: Watched,
    seconds: Arc<AtomicI64>,
    sent: AtomicUsize,
}

impl Stage {
    async fn start(secret: &str) -> Self {
        let testbed = Testbed::start(now()).await;
        let manager = SecretsManager::start(secret).await;
        let seconds = Arc::new(AtomicI64::new(now().as_second()));
        let told = Arc::clone(&seconds);
        let clock = Clock::from(move || Timestamp::from_second(told.load(Ordering::Relaxed)).unwrap());
        let receiver = testbed.receiver_with(ProviderName::GetMailer, managed(&manager, clock));
        Self { testbed, manager, receiver, seconds, sent: AtomicUsize::new(0) }
    }

    fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The status of a new webhook that is signed with this secret.
    async fn post(&self, secret: &str) -> u16 {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let body = format!(r#"{{"id":"evt_{number}","type":"email.opened"}}"#).into_bytes();
        let headers = sign::with_secret(ProviderName::GetMailer, secret, &body, clock::now());
        self.receiver.receive(request("POST", "/webhooks/getmailer", &headers, &body)).await.status().as_u16()
    }

    fn last_reason(&self) -> String {
        self.testbed.lines().last().unwrap()["reason"].as_str().unwrap().to_owned()
    }
}

fn managed(manager: &SecretsManager, clock: Clock) -> Secrets {
    let mut access = access("http://127.0.0.1:9", "http://127.0.0.1:9");
    access.secrets_manager_endpoint = Some(manager.endpoint().to_owned().into());
    Secrets::managed(Clients::new(&access).secrets_manager, SECRET_ID, clock)
}

#[tokio::test]
async fn they_are_read_in_start_up_and_kept() {
    let stage = Stage::start("whsec_one").await;
    stage.receiver.warm().await;
    assert_eq!(stage.manager.kept().calls, 1);
    for _ in 0..20 {
        assert_eq!(stage.post("whsec_one").await, 200);
    }
    stage.pass(239);
    assert_eq!(stage.post("whsec_one").await, 200);
    assert_eq!(stage.manager.kept().calls, 1);
    stage.pass(2);
    assert_eq!(stage.post("whsec_one").await, 200);
    assert_eq!(stage.manager.kept().calls, 2);
}

#[tokio::test]
async fn of_many_requests_at_once_one_reads_them() {
    let stage = Stage::start("whsec_one").await;
    assert_eq!(join_all((0..50).map(|_| stage.post("whsec_one"))).await, [200; 50]);
    assert_eq!(stage.manager.kept().calls, 1);
}

#[tokio::test]
async fn a_rotated_secret_works_at_once_and_the_old_one_no_more() {
    let stage = Stage::start("whsec_old").await;
    assert_eq!(stage.post("whsec_old").await, 200);
    stage.pass(30);
    stage.manager.set(Some("whsec_new"));
    assert_eq!(stage.post("whsec_new").await, 200);
    assert_eq!(stage.post("whsec_old").await, 401);
    assert_eq!(stage.last_reason(), "signature_mismatch");
}

#[tokio::test]
async fn while_both_are_listed_nothing_is_refused() {
    let stage = Stage::start("whsec_old").await;
    for (listed, signed, expected) in [
        ("whsec_old", "whsec_old", 200),
        ("whsec_new\nwhsec_old", "whsec_old", 200),
        ("whsec_new\nwhsec_old", "whsec_new", 200),
        ("whsec_new", "whsec_new", 200),
        ("whsec_new", "whsec_old", 401),
    ] {
        stage.manager.set(Some(listed));
        stage.pass(241);
        assert_eq!(stage.post(signed).await, expected, "{listed:?}, {signed}");
    }
}

#[tokio::test]
async fn a_revoked_secret_is_refused_within_five_minutes() {
    let stage = Stage::start("whsec_old").await;
    assert_eq!(stage.post("whsec_old").await, 200);
    stage.manager.set(Some("whsec_new"));
    stage.pass(300);
    assert_eq!(stage.post("whsec_old").await, 401);
}

#[tokio::test]
async fn a_flood_of_forgeries_reads_them_once_in_ten_seconds() {
    let stage = Stage::start("whsec_one").await;
    stage.receiver.warm().await;
    for second in 0..60 {
        for _ in 0..5 {
            assert_eq!(stage.post("whsec_forged").await, 401, "{second}");
        }
        stage.pass(1);
    }
    assert_eq!(stage.manager.kept().calls, 6);
    assert_eq!(stage.post("whsec_one").await, 200);
}

#[tokio::test]
async fn while_secrets_manager_fails_they_live_for_five_minutes() {
    let stage = Stage::start("whsec_one").await;
    assert_eq!(stage.post("whsec_one").await, 200);
    stage.manager.kept().failure = Some("InternalServiceError");
    stage.pass(299);
    assert_eq!(stage.post("whsec_one").await, 200);
    stage.pass(1);
    assert_eq!(stage.post("whsec_one").await, 503);
    assert_eq!(stage.last_reason(), "SecretsManager GetSecretValue: InternalServiceError");
    let calls = stage.manager.kept().calls;
    // Repeated requests do not each call Secrets Manager.
    for _ in 0..20 {
        assert_eq!(stage.post("whsec_one").await, 503);
    }
    assert_eq!(stage.manager.kept().calls, calls);
    stage.manager.kept().failure = None;
    stage.pass(10);
    assert_eq!(stage.post("whsec_one").await, 200);
}

#[tokio::test]
async fn what_cannot_be_told_from_a_rotation_is_503() {
    let stage = Stage::start("whsec_old").await;
    assert_eq!(stage.post("whsec_old").await, 200);
    stage.manager.set(Some("whsec_new"));
    stage.manager.kept().failure = Some("AccessDeniedException");
    stage.pass(20);
    assert_eq!(stage.post("whsec_new").await, 503);
    assert_eq!(stage.post("whsec_old").await, 200);
    stage.manager.kept().failure = None;
    stage.pass(10);
    assert_eq!(stage.post("whsec_new").await, 200);
}

#[tokio::test]
async fn nothing_is_accepted_before_one_is_set_and_then_at_once() {
    let stage = Stage::start("").await;
    stage.manager.set(None);
    stage.receiver.warm().await;
    for value in [None, Some(""), Some(" \n\r\n"), Some("{}"), Some(r#"{"signing":""}"#)] {
        stage.manager.set(value);
        stage.pass(10);
        for secret in ["whsec_one", "not set", ",", "{}", "signing"] {
            assert_eq!(stage.post(secret).await, 503, "{value:?}");
            assert_eq!(stage.last_reason(), "no signing secret is set");
        }
    }
    stage.manager.set(Some("whsec_one"));
    stage.pass(10);
    assert_eq!(stage.post("whsec_one").await, 200);
    assert_eq!(stage.testbed.stored().await.len(), 1);
}

/// Each value contains one valid secret and one invalid part.
const UNUSABLE: &[(&str, &str)] = &[
    ("not set\nwhsec_abc", "a line has white space in it"),
    ("# of 2026-10-01\nwhsec_abc", "a line has white space in it"),
    ("#old\nwhsec_abc", "a line has a quote, a brace, a bracket or a # in it"),
    ("{\n  \"a\": \"whsec_abc\",\n}", "a line has a quote, a brace, a bracket or a # in it"),
    ("whsec_abc\nx", "a line is shorter than 8 bytes"),
    ("whsec_abc\nv1", "a line is shorter than 8 bytes"),
    ("changeme\nwhsec_abc", "a line is a placeholder, such as changeme"),
    ("whsec_abc\nwhsec_\u{fc}", "a line has a control character or one that is not ASCII in it"),
    (r#"{"secret":"whsec_abc","version":2}"#, "its JSON has a value that is not a string"),
];

#[tokio::test]
async fn a_value_that_is_not_a_secret_is_503_and_no_part_of_it_a_key() {
    for (value, reason) in UNUSABLE {
        let stage = Stage::start(value).await;
        let pieces = value.lines().map(str::trim);
        for secret in pieces.chain(["whsec_abc", "{", "}", "not", "2", "secret", *value]) {
            if secret.is_empty() {
                continue;
            }
            assert_eq!(stage.post(secret).await, 503, "{value:?}, {secret:?}");
            assert_eq!(stage.last_reason(), format!("the signing secret is unusable: {reason}"));
        }
        let lines = stage.testbed.lines();
        assert!(lines.iter().all(|line| line["NoSigningSecret"] == 1));
        let log = format!("{lines:?}");
        assert!(
            !log.contains("whsec") && !log.contains("not set") && !log.contains("2026-10-01\\n"),
            "{log}"
        );
        assert!(stage.testbed.stored().await.is_empty());
        // After the value is corrected, it works at once.
        stage.manager.set(Some("whsec_abc"));
        stage.pass(10);
        assert_eq!(stage.post("whsec_abc").await, 200);
    }
}

#[tokio::test]
async fn a_value_that_became_unusable_takes_the_old_one_with_it() {
    let stage = Stage::start("whsec_old").await;
    assert_eq!(stage.post("whsec_old").await, 200);
    stage.manager.set(Some("changeme\nwhsec_old"));
    stage.pass(20);
    // A signature that does not match causes a new read; the new value replaces the old one.
    for secret in ["changeme", "whsec_old"] {
        assert_eq!(stage.post(secret).await, 503, "{secret}");
    }
}

#[tokio::test]
async fn binary_data_is_not_taken_for_an_empty_value() {
    let stage = Stage::start("whsec_abc").await;
    stage.manager.kept().binary = true;
    assert_eq!(stage.post("whsec_abc").await, 503);
    assert_eq!(
        stage.last_reason(),
        "the signing secret is unusable: it is stored as binary data, not as text"
    );
}

#[tokio::test]
async fn what_the_console_stores_is_read() {
    for value in [
        r#"{"jetemail":"whsec_new","old":"whsec_old"}"#,
        "{\n  \"b\": [\"whsec_new\"],\n  \"a\": {\"c\": \"whsec_old\"}\n}\n",
        r#""whsec_new\nwhsec_old""#,
        "\u{feff}whsec_new\r\nwhsec_old\r\n",
        "whsec_new\rwhsec_old",
        "whsec_new\n\n  whsec_old  \r\n",
    ] {
        let stage = Stage::start(value).await;
        for secret in ["whsec_new", "whsec_old"] {
            assert_eq!(stage.post(secret).await, 200, "{value:?}, {secret}");
        }
        for secret in ["jetemail", "old", "{", "whsec_new\nwhsec_old", "whsec_other", value] {
            assert_eq!(stage.post(secret).await, 401, "{value:?}, {secret}");
        }
    }
}

#[tokio::test]
async fn a_comma_belongs_to_a_secret() {
    let stage = Stage::start("v1,whsec_abc").await;
    assert_eq!(stage.post("v1,whsec_abc").await, 200);
    for secret in ["v1", "whsec_abc"] {
        assert_eq!(stage.post(secret).await, 401, "{secret}");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_keeps_no_secret_alive() {
    let stage = Stage::start("whsec_old").await;
    assert_eq!(stage.post("whsec_old").await, 200);
    stage.manager.set(Some("whsec_new"));
    stage.pass(-3_600);
    assert_eq!(stage.post("whsec_old").await, 401);
}

#[tokio::test]
async fn at_jetemail_a_refusal_is_503_also_after_a_rotation() {
    let stage = Stage::start("whsec_one").await;
    let receiver =
        stage.testbed.receiver_with(ProviderName::JetEmail, managed(&stage.manager, Clock::system()));
    let body = br#"{"id":"evt_1","type":"outbound.queued"}"#;
    for (secret, expected) in [("whsec_two", 503), ("whsec_one", 200)] {
        let headers = sign::with_secret(ProviderName::JetEmail, secret, body, clock::now());
        let request = request("POST", "/webhooks/jetemail", &headers, body);
        assert_eq!(receiver.receive(request).await.status().as_u16(), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_binary_reads_them() {
    let testbed = Testbed::start(Timestamp::UNIX_EPOCH).await;
    let manager = SecretsManager::start("whsec_new\nwhsec_old").await;
    let mut variables = testbed.variables(ProviderName::Emailit);
    variables.retain(|(name, _)| *name != "SIGNING_SECRETS");
    variables.push(("SIGNING_SECRET_ID", SECRET_ID.to_owned()));
    variables.push(("AWS_ENDPOINT_URL_SECRETS_MANAGER", manager.endpoint().to_owned()));
    let function = Function::start(ProviderName::Emailit, &variables).await;
    let body = br#"[{"event_id":"evt_1","type":"email.loaded","data":{"object":{}}}]"#;
    for (secret, expected) in [("whsec_old", 200), ("whsec_new", 200), ("whsec_bad", 401)] {
        let headers = sign::with_secret(ProviderName::Emailit, secret, body, clock::now());
        let event = event("POST", "/webhooks/emailit", &headers, body, Encoding::Text);
        assert_eq!(function.invoke(event).await.unwrap()["statusCode"], expected, "{secret}");
    }
    assert_eq!(testbed.stored().await.len(), 1);
    // It is read at start-up, and at most once in ten seconds after a mismatch.
    assert!(manager.kept().calls <= 2, "{}", manager.kept().calls);
}
