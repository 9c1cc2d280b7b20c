//! `mailhooks doctor`: what is wrong is found, and what is not is not.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeMap;
use std::process::Command;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use axum::Router;
use ingestion::aws::Clients;
use ingestion::clock;
use jiff::SignedDuration;
use mailhooks::dev::TABLE;
use mailhooks_tests::cloudformation::CloudFormation;
use mailhooks_tests::deployed::{Deployed, with_credentials};
use mailhooks_tests::secrets_manager::SECRET_ID;
use mailhooks_tests::testbed::access;
use mailhooks_tests::tool::{self, Dev};
use normalization::ProviderName::{self, GetMailer, JetEmail};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// What it finds: by check, and provider or topic, the verdict and all that is said.
type Findings = BTreeMap<String, (String, String)>;

/// Runs it while the servers of this process go on. Its exit status is that of its findings.
async fn findings(mut command: Command) -> Findings {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let mut findings = Findings::new();
    for line in tool::stdout(&output).lines() {
        let finding: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        let name = format!("{} {}", text("check"), text("of"))
            .trim_end()
            .to_owned();
        let verdict = text("verdict");
        assert_eq!(verdict == "good", finding["remedy"].is_null(), "{line}");
        let said = format!("{} → {}", text("says"), text("remedy"));
        assert!(findings.insert(name, (verdict, said)).is_none(), "{line}");
    }
    let is_wrong = findings.values().any(|(verdict, _)| verdict == "wrong");
    assert_eq!(
        output.status.code(),
        Some(i32::from(is_wrong)),
        "{output:?}"
    );
    findings
}

fn verdict<'f>(findings: &'f Findings, check: &str) -> (&'f str, &'f str) {
    let (verdict, said) = findings
        .get(check)
        .unwrap_or_else(|| panic!("{check} is not in {findings:#?}"));
    (verdict, said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_local_stack() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let doctor = || tool::command(data, &["--json", "doctor"]);
    let mut nowhere = doctor();
    nowhere
        .env("MAILHOOKS_DATA", "")
        .args(["--data", "/nowhere"]);
    assert_eq!(verdict(&findings(nowhere).await, "folder").0, "wrong");
    let dev = Dev::start(data);
    let sent = tool::run(data, &["send", "jetemail", "outbound-bounced"]);
    assert!(sent.status.success());
    let found = findings(doctor()).await;
    for check in [
        "stack",
        "table",
        "outbox",
        "secret jasni",
        "events jetemail",
        "endpoint jetemail",
        "endpoint emailit",
    ] {
        assert_eq!(verdict(&found, check).0, "good", "{check}");
    }
    assert_eq!(verdict(&found, "events jasni").0, "warning");
    drop(dev);
    std::fs::write(data.join("secrets/jasni"), "").unwrap();
    std::fs::remove_file(data.join("secrets/emailit")).unwrap();
    let found = findings(doctor()).await;
    assert_eq!(verdict(&found, "stack").0, "warning");
    assert_eq!(verdict(&found, "secret jasni").0, "wrong");
    assert_eq!(verdict(&found, "secret emailit").0, "warning");
    let people = tool::run(data, &["doctor"]);
    assert!(
        tool::stdout(&people).contains("\nwrong    secret jasni          "),
        "{people:?}"
    );
    let error = String::from_utf8(people.stderr).unwrap();
    assert_eq!(error, "error: 1 of 12 checks found something wrong\n");
}

fn doctor(deployed: &Deployed, folder: &TempDir) -> Command {
    deployed.tool(folder.path(), &["--json", "doctor"])
}

/// Has something been counted, so many hours ago.
fn count(deployed: &Deployed, metric: &'static str, provider: ProviderName, hours: i64, sum: f64) {
    let hour = clock::now() - SignedDuration::from_hours(hours);
    deployed.cloudwatch.count(metric, provider, hour, sum);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployed_stack() {
    let deployed = Deployed::start().await;
    let folder = TempDir::new().unwrap();
    count(&deployed, "Recorded", JetEmail, 2, 7.0);
    count(&deployed, "Recorded", JetEmail, 3, 0.0);
    let found = findings(doctor(&deployed, &folder)).await;
    for check in [
        "stack",
        "table",
        "outbox",
        "secret jetemail",
        "events jetemail",
        "refused jetemail",
        "endpoint jetemail",
        "endpoint jasni",
        "clock",
    ] {
        assert_eq!(verdict(&found, check).0, "good", "{check}: {found:#?}");
    }
    let (warned, said) = verdict(&found, "topic bounces");
    assert!(
        warned == "warning" && said.contains("nobody listens"),
        "{said}"
    );
    assert_eq!(verdict(&found, "events getmailer").0, "warning");
    let (wrong, said) = verdict(&found, "secret jasni");
    assert!(wrong == "wrong" && said.contains("there-is-none"), "{said}");
    assert!(
        !found.keys().any(|check| check.ends_with("emailit")),
        "it is off"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_deployed_stack() {
    let deployed = Deployed::start().await;
    let folder = TempDir::new().unwrap();
    count(&deployed, "Recorded", JetEmail, 2, 7.0);
    count(&deployed, "Refused", JetEmail, 1, 2.0);
    count(&deployed, "Recorded", GetMailer, 90, 1.0);
    count(&deployed, "Refused", GetMailer, 1, 3.0);
    deployed.secrets_manager.set(Some("not set"));
    let item = [
        ("pk", "jetemail#m"),
        ("sk", "evt_1"),
        ("outbox", "3"),
        ("received_at", "2026-01-01T00:00:00.000Z"),
    ];
    let item = item.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())));
    let put = clients(&deployed).dynamodb.put_item().table_name(TABLE);
    put.set_item(Some(item.into())).send().await.unwrap();
    let found = findings(doctor(&deployed, &folder)).await;
    let (warned, said) = verdict(&found, "refused jetemail");
    assert!(
        warned == "warning" && said.contains("others are accepted"),
        "{said}"
    );
    for (check, expected) in [
        ("refused getmailer", "3 webhooks were refused"),
        ("secret getmailer", "put-secret-value"),
        ("outbox", "redrive --stack"),
    ] {
        let (wrong, said) = verdict(&found, check);
        assert!(wrong == "wrong" && said.contains(expected), "{said}");
    }
}

fn clients(deployed: &Deployed) -> Clients {
    let endpoint = deployed.stack.dynamodb().endpoint();
    Clients::new(&access(endpoint, endpoint))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_not_ours() {
    let deployed = Deployed::start().await;
    let text = AttributeDefinition::builder()
        .attribute_name("id")
        .attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder()
        .attribute_name("id")
        .key_type(KeyType::Hash);
    let table = clients(&deployed)
        .dynamodb
        .create_table()
        .table_name("other");
    let table = table.attribute_definitions(text.build().unwrap());
    let table = table.key_schema(key.build().unwrap());
    let table = table.billing_mode(BillingMode::PayPerRequest);
    table.send().await.unwrap();
    let folder = TempDir::new().unwrap();
    let doctor = |table| {
        let mut command = tool::command(folder.path(), &["--json", "doctor", "--table", table]);
        with_credentials(&mut command);
        let endpoint = deployed.stack.dynamodb().endpoint();
        command.env("AWS_ENDPOINT_URL_DYNAMODB", endpoint);
        command
    };
    assert_eq!(verdict(&findings(doctor(TABLE)).await, "table").0, "good");
    let found = findings(doctor("other")).await;
    let (wrong, said) = verdict(&found, "table");
    assert_eq!(wrong, "wrong");
    for problem in [
        "its keys are id, and not pk, sk",
        "no index by_recipient",
        "no index outbox",
        "time to live is off",
    ] {
        assert!(said.contains(problem), "{said}");
    }
    let found = findings(doctor("no-such-table")).await;
    let (wrong, said) = verdict(&found, "table");
    assert!(
        wrong == "wrong" && said.contains("ResourceNotFoundException"),
        "{said}"
    );
}

/// A server that answers everything like this.
async fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let date = [("date", "Tue, 15 Nov 1994 08:12:31 GMT")];
    let router = Router::new().fallback(async move || (date, answer));
    tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receivers_that_are_none() {
    let deployed = Deployed::start().await;
    let takes_everything = answering("{}").await;
    let described = CloudFormation::start(&[
        ("TableName", TABLE),
        ("JetEmailWebhookUrl", &takes_everything),
        ("JetEmailSigningSecretId", SECRET_ID),
        ("JasniWebhookUrl", "http://127.0.0.1:9/"),
        ("JasniSigningSecretId", SECRET_ID),
    ])
    .await;
    let folder = TempDir::new().unwrap();
    let mut doctor = doctor(&deployed, &folder);
    doctor.env("AWS_ENDPOINT_URL_CLOUDFORMATION", described.endpoint());
    let found = findings(doctor).await;
    for (check, expected) in [
        ("endpoint jetemail", "no receiver of mailhooks"),
        ("endpoint jasni", "cannot post"),
        ("clock", "set this machine's clock"),
        ("topics", "BouncesTopicArn"),
    ] {
        let (wrong, said) = verdict(&found, check);
        assert!(wrong == "wrong" && said.contains(expected), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_that_somebody_listens_to() {
    let deployed = Deployed::start().await;
    let sns = answering(
        "<GetTopicAttributesResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><GetTopicAttributesResult>\
         <Attributes><entry><key>SubscriptionsConfirmed</key><value>2</value></entry></Attributes>\
         </GetTopicAttributesResult></GetTopicAttributesResponse>",
    )
    .await;
    let folder = TempDir::new().unwrap();
    let mut doctor = doctor(&deployed, &folder);
    doctor.env("AWS_ENDPOINT_URL_SNS", &sns);
    let found = findings(doctor).await;
    for topic in ["topic bounces", "topic complaints", "topic spam"] {
        assert_eq!(verdict(&found, topic).0, "good");
    }
}
