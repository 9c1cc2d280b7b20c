//! `mailhooks doctor` reports every problem and no false ones.

mod attached;
mod deeper;

use std::collections::BTreeMap;
use std::process::Command;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use axum::Router;
use ingestion::aws::Clients;
use ingestion::clock;
use jiff::SignedDuration;
use mailhooks_local::TABLE;
use mailhooks_tests::cloudformation;
use mailhooks_tests::deployed::{Deployed, with_credentials};
use mailhooks_tests::provider_api::jetemail::TYPES;
use mailhooks_tests::provider_api::{KEY, ProviderApi};
use mailhooks_tests::secrets_manager::SECRET_ID;
use mailhooks_tests::server::Server;
use mailhooks_tests::testbed::access;
use mailhooks_tests::tool::{self, Dev, Folder};
use normalization::ProviderName::{self, Emailit, GetMailer, Jasni, JetEmail};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The findings by check and by provider or topic: the verdict and the full text.
type Findings = BTreeMap<String, (String, String)>;

/// Runs the command while the servers of this process continue. Its exit status matches its findings.
async fn findings(command: Command) -> Findings {
    let output = tool::finish(command).await;
    let mut findings = Findings::new();
    for line in tool::stdout(&output).lines() {
        let finding: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        let name = format!("{} {}", text("check"), text("of")).trim_end().to_owned();
        let verdict = text("verdict");
        assert_eq!(verdict == "good", finding["remedy"].is_null(), "{line}");
        let said = format!("{} → {}", text("says"), text("remedy"));
        assert!(findings.insert(name, (verdict, said)).is_none(), "{line}");
    }
    let is_wrong = findings.values().any(|(verdict, _)| verdict == "wrong");
    assert_eq!(output.status.code(), Some(i32::from(is_wrong)), "{output:?}");
    findings
}

fn verdict<'f>(findings: &'f Findings, check: &str) -> (&'f str, &'f str) {
    let (verdict, said) = findings.get(check).unwrap_or_else(|| panic!("{check} is not in {findings:#?}"));
    (verdict, said)
}

/// Fails unless a check has this verdict and contains this text.
fn assert_says(findings: &Findings, check: &str, wanted: &str, part: &str) {
    let (verdict, said) = verdict(findings, check);
    assert!(verdict == wanted && said.contains(part), "{verdict}: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_local_stack() {
    let data = &Folder::default();
    let doctor = || tool::command(data, &["--json", "doctor"]);
    let mut nowhere = doctor();
    nowhere.env("MAILHOOKS_DATA", "").args(["--data", "/nowhere"]);
    assert_eq!(verdict(&findings(nowhere).await, "folder").0, "wrong");
    let dev = Dev::start(data);
    assert!(tool::run(data, &["send", "jetemail", "outbound-bounced"]).status.success());
    let found = findings(doctor()).await;
    for check in [
        "stack",
        "outbox",
        "secret jasni",
        "events jetemail",
        "endpoint jetemail",
        "endpoint emailit",
        "refused emailit",
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
    assert!(tool::stdout(&people).contains("\nwrong    secret jasni          "), "{people:?}");
    let error = String::from_utf8(people.stderr).unwrap();
    // Three for each provider, and three for the stack.
    let checks = 3 + 3 * ProviderName::ALL.len();
    assert_eq!(error, format!("error: 1 of {checks} checks found a problem\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_local_stack_refused() {
    let folder = TempDir::new().unwrap();
    let dev = Dev::start(folder.path());
    let doctor = || tool::command(folder.path(), &["--json", "doctor"]);
    let post = |provider, headers: &[(&str, &str)]| {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
        dev.post(provider, &headers.collect::<Vec<_>>(), b"{}").0
    };
    assert_eq!(verdict(&findings(doctor()).await, "refused jetemail").0, "good");
    let second = findings(doctor()).await;
    assert_eq!(verdict(&second, "refused jetemail").0, "good", "what doctor itself sent does not count");
    let pretended = ("user-agent", "mailhooks-doctor/0.0.0");
    assert_eq!(post(Jasni, &[]), 401);
    assert_eq!(post(GetMailer, &[pretended]), 401);
    for _ in 0..2 {
        // The receiver rejects it in a way that makes the provider retry.
        assert_eq!(post(JetEmail, &[("x-webhook-signature", "sha256=00"), pretended]), 503);
    }
    let found = findings(doctor()).await;
    for (check, expected) in [
        ("refused jasni", ": 1, the last at "),
        ("refused jasni", ": signature_missing → There is no signature header."),
        ("refused jetemail", ": 2, the last at "),
        ("refused jetemail", ": signature_malformed → The signature header is not in the format of jetemail"),
    ] {
        assert_says(&found, check, "warning", expected);
    }
    for none in ["refused emailit", "refused getmailer"] {
        assert_eq!(verdict(&found, none).0, "good", "{none}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_stack_that_does_not_tell_its_refusals() {
    let folder = TempDir::new().unwrap();
    let _dev = Dev::start(folder.path());
    let file = folder.path().join("stack.json");
    let mut other: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let no_json = answering("no JSON").await;
    other["receiver"] = no_json.endpoint().into();
    std::fs::write(&file, other.to_string()).unwrap();
    let found = findings(tool::command(folder.path(), &["--json", "doctor"])).await;
    assert_says(&found, "refused", "warning", "does not answer");
}

fn doctor(deployed: &Deployed, folder: &TempDir) -> Command {
    deployed.tool(folder.path(), &["--json", "doctor"])
}

/// Adds a metric value from this number of hours ago.
fn count(deployed: &Deployed, metric: &'static str, provider: ProviderName, hours: i64, sum: f64) {
    deployed.cloudwatch.count(metric, provider, clock::now() - SignedDuration::from_hours(hours), sum);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployed_stack() {
    let deployed = Deployed::start().await;
    let folder = TempDir::new().unwrap();
    count(&deployed, "Recorded", JetEmail, 2, 7.0);
    count(&deployed, "Recorded", JetEmail, 3, 0.0);
    let mut doctor = doctor(&deployed, &folder);
    let sns = topics(0).await;
    doctor.env("AWS_ENDPOINT_URL_SNS", sns.endpoint());
    let found = findings(doctor).await;
    for check in [
        "stack",
        "table",
        "outbox",
        "suppressions",
        "secret jetemail",
        "events jetemail",
        "refused jetemail",
        "endpoint jetemail",
        "endpoint jasni",
        "clock",
    ] {
        assert_eq!(verdict(&found, check).0, "good", "{check}: {found:#?}");
    }
    assert_says(&found, "topic bounces", "warning", "subscription");
    let (getmailer, said) = verdict(&found, "events getmailer");
    assert_eq!((getmailer, said.contains("nothing was ever received")), ("warning", true), "{said}");
    assert_says(&found, "secret jasni", "wrong", "there-is-none");
    assert!(!found.keys().any(|check| check.ends_with("emailit")), "it is off");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_deployed_stack() {
    let deployed = Deployed::start().await;
    let folder = TempDir::new().unwrap();
    count(&deployed, "Recorded", JetEmail, 2, 7.0);
    count(&deployed, "Refused", JetEmail, 1, 2.0);
    count(&deployed, "Recorded", GetMailer, 90, 1.0);
    count(&deployed, "Refused", GetMailer, 1, 3.0);
    deployed.secrets_manager.set(None);
    let item =
        [("pk", "jetemail#m"), ("sk", "evt_1"), ("outbox", "3"), ("received_at", "2026-01-01T00:00:00.000Z")];
    let item = item.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())));
    let put = clients(&deployed).dynamodb.put_item().table_name(TABLE);
    put.set_item(Some(item.into())).send().await.unwrap();
    let found = findings(doctor(&deployed, &folder)).await;
    assert_says(&found, "refused jetemail", "warning", "others are accepted");
    for (check, expected) in [
        ("refused getmailer", "3 webhooks were rejected"),
        ("secret getmailer", "it is not set yet"),
        ("secret getmailer", "secret set getmailer --stack"),
        (
            "secret getmailer",
            "put-secret-value --secret-id mailhooks/signing-secrets --secret-string file:///dev/stdin",
        ),
        ("outbox", "redrive --stack"),
    ] {
        assert_says(&found, check, "wrong", expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_signing_secret_is_wrong_and_not_shown() {
    let deployed = Deployed::start().await;
    let folder = TempDir::new().unwrap();
    for (value, reason) in [
        ("not set\nwhsec_canary", "a line has white space in it"),
        ("{\n\"a\": \"whsec_canary\",\n}", "a line has a quote, a brace, a bracket or a # in it"),
        ("canary", "a line is shorter than 8 bytes"),
        ("changeme", "a line is a placeholder, such as changeme"),
    ] {
        deployed.secrets_manager.set(Some(value));
        let found = findings(doctor(&deployed, &folder)).await;
        let (wrong, said) = verdict(&found, "secret getmailer");
        assert_eq!(wrong, "wrong", "{value:?}");
        for expected in [reason, "answered 503", "secret set getmailer --only --stack"] {
            assert!(said.contains(expected), "{value:?}: {said}");
        }
        let all = format!("{found:?}");
        assert!(!all.contains("canary"), "{all}");
    }
    deployed.secrets_manager.set(Some("v1,whsec_canary"));
    assert_eq!(verdict(&findings(doctor(&deployed, &folder)).await, "secret getmailer").0, "good");
    // The local stack has it too.
    let dev = Dev::start(folder.path());
    drop(dev);
    std::fs::write(folder.path().join("secrets/jasni"), "whsec_canary\nx").unwrap();
    let local = findings(tool::command(folder.path(), &["--json", "doctor"])).await;
    let (wrong, said) = verdict(&local, "secret jasni");
    assert!(wrong == "wrong" && said.contains("a line is shorter than 8 bytes"), "{said}");
    assert!(!said.contains("canary"), "{said}");
}

fn clients(deployed: &Deployed) -> Clients {
    let endpoint = deployed.stack.dynamodb().endpoint();
    Clients::new(&access(endpoint, endpoint))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_not_ours() {
    let deployed = Deployed::start().await;
    let text = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash);
    let table = clients(&deployed).dynamodb.create_table().table_name("other");
    let table = table.attribute_definitions(text.build().unwrap()).key_schema(key.build().unwrap());
    let table = table.billing_mode(BillingMode::PayPerRequest);
    table.send().await.unwrap();
    let folder = TempDir::new().unwrap();
    let doctor = |table| {
        let mut command = tool::command(folder.path(), &["--json", "doctor", "--table", table]);
        with_credentials(&mut command);
        command.env("AWS_ENDPOINT_URL_DYNAMODB", deployed.stack.dynamodb().endpoint());
        command
    };
    assert_eq!(verdict(&findings(doctor(TABLE)).await, "table").0, "good");
    let found = findings(doctor("other")).await;
    let (wrong, said) = verdict(&found, "table");
    assert_eq!(wrong, "wrong");
    for problem in [
        "its keys are id, expected pk, sk",
        "no index by_recipient",
        "no index outbox",
        "time to live is off",
    ] {
        assert!(said.contains(problem), "{said}");
    }
    assert_says(&findings(doctor("no-such-table")).await, "table", "wrong", "ResourceNotFoundException");
}

/// An SNS stand-in whose topics have this number of subscriptions.
async fn topics(confirmed: u32) -> Server {
    answering(&format!(
        "<GetTopicAttributesResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><GetTopicAttributesResult>\
         <Attributes><entry><key>SubscriptionsConfirmed</key><value>{confirmed}</value></entry></Attributes>\
         </GetTopicAttributesResult></GetTopicAttributesResponse>"
    ))
    .await
}

/// A server that gives this answer to every request.
async fn answering(answer: &str) -> Server {
    let answer = ([("date", "Tue, 15 Nov 1994 08:12:31 GMT")], answer.to_owned());
    Server::start(Router::new().fallback(async move || answer)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receivers_that_are_none() {
    let deployed = Deployed::start().await;
    let takes_everything = answering("{}").await;
    let described = cloudformation::describing(&[
        ("TableName", TABLE),
        ("JetEmailWebhookUrl", takes_everything.endpoint()),
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
        ("endpoint jetemail", "not a mailhooks receiver"),
        ("endpoint jasni", "cannot post"),
        ("clock", "correct this machine's clock"),
        ("topics", "BouncesTopicArn"),
    ] {
        assert_says(&found, check, "wrong", expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_that_somebody_listens_to() {
    let deployed = Deployed::start().await;
    let folder = TempDir::new().unwrap();
    let mut doctor = doctor(&deployed, &folder);
    let sns = topics(2).await;
    doctor.env("AWS_ENDPOINT_URL_SNS", sns.endpoint());
    let found = findings(doctor).await;
    for topic in ["topic bounces", "topic complaints", "topic spam"] {
        assert_eq!(verdict(&found, topic).0, "good");
    }
}

async fn api(provider: ProviderName, webhooks: &[Value]) -> ProviderApi {
    let api = ProviderApi::start(provider).await;
    api.account(|account| {
        account.webhooks = webhooks.iter().map(|it| it.as_object().unwrap().clone()).collect();
    });
    api
}

/// Restricts the command to these provider APIs.
fn asking(mut command: Command, apis: &[&ProviderApi]) -> Command {
    for api in apis {
        let provider = api.provider();
        command.env(format!("{}_API_KEY", provider.as_str().to_uppercase()), KEY);
        command.arg(format!("--api-base={provider}={}", api.base()));
    }
    command
}

/// The findings for a provider account with these webhooks.
async fn webhook(deployed: &Deployed, provider: ProviderName, webhooks: &[Value]) -> String {
    let api = api(provider, webhooks).await;
    let folder = TempDir::new().unwrap();
    let found = findings(asking(doctor(deployed, &folder), &[&api])).await;
    assert!(api.calls().iter().all(|call| call.line.starts_with("GET ")), "nothing is changed");
    let (verdict, said) = verdict(&found, &format!("webhook {provider}"));
    assert!(!said.contains(KEY), "{said}");
    format!("{verdict}: {said}")
}

fn of_jetemail(id: &str, url: &str, status: &str, events: &[&str]) -> Value {
    json!({"uuid": id, "name": "mailhooks", "url": url, "status": status, "events": events})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_webhook_at_the_provider() {
    let deployed = Deployed::start().await;
    let url = deployed.stack.webhook_url(JetEmail);
    let elsewhere = of_jetemail("w-0", "https://example.com/webhooks/jetemail", "enabled", &TYPES);
    let other_product = of_jetemail("w-5", "https://example.com/hooks", "enabled", &TYPES);
    let enabled = |id| of_jetemail(id, &url, "enabled", &TYPES);
    let disabled = of_jetemail("w-2", &url, "disabled", &TYPES);
    let slash = of_jetemail("w-3", &format!("{url}/"), "enabled", &TYPES);
    let few = of_jetemail("w-4", &url, "enabled", &TYPES[..12]);
    let on = format!("good: JetEmail posts every type to {url}");
    let off = "webhooks update jetemail w-2 --status enabled` enables it";
    let none = format!("wrong: JetEmail has no webhook to {url}");
    let all = "webhooks update jetemail w-4 --all-events` subscribes it to all types";
    for (webhooks, expected) in [
        (vec![elsewhere.clone(), enabled("w-1")], vec![on.as_str()]),
        (vec![disabled.clone(), few.clone(), enabled("w-1")], vec![&on]),
        (vec![slash], vec![&on]),
        (vec![disabled.clone()], vec!["wrong: ", "is disabled", off]),
        (vec![disabled, few], vec!["warning: ", "but not inbound.spam, inbound.blocked → ", all]),
        (
            vec![elsewhere],
            vec![
                "warning: JetEmail posts to https://example.com/webhooks/jetemail, not to ",
                "your own domain",
                "webhooks create jetemail --stack ",
            ],
        ),
        (vec![other_product], vec![&none, "webhooks create jetemail --stack "]),
        (vec![], vec![&none]),
    ] {
        let said = webhook(&deployed, JetEmail, &webhooks).await;
        assert!(expected.iter().all(|part| said.contains(part)), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_webhook_at_emailit_and_jasni() {
    let deployed = Deployed::receiving(&[("Emailit", Emailit, SECRET_ID), ("Jasni", Jasni, SECRET_ID)]).await;
    let url = deployed.stack.webhook_url(Emailit);
    let of = |all: bool, enabled: bool| json!({"id": "wh_1", "url": url, "enabled": enabled, "all_events": all, "events": ["email.bounced"]});
    // The webhook is on the second page.
    let other = json!({"id": "wh_2", "url": "https://example.com", "enabled": true});
    let mut many = vec![other; 120];
    many.push(of(true, true));
    let said = webhook(&deployed, Emailit, &many).await;
    assert!(said.starts_with("good: Emailit posts every type"), "{said}");
    let said = webhook(&deployed, Emailit, &[of(false, true)]).await;
    assert!(said.contains("but only email.bounced →"), "{said}");
    let said = webhook(&deployed, Emailit, &[of(true, false)]).await;
    assert!(said.starts_with("wrong: "), "{said}");
    let url = deployed.stack.webhook_url(Jasni);
    let active = json!({"id": "j-1", "url": url, "active": false, "events": ["email.sent"]});
    let said = webhook(&deployed, Jasni, &[active]).await;
    assert!(
        said.starts_with("wrong: ") && said.contains("webhooks update jasni j-1 --status enabled"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_cannot_be_looked_at() {
    let deployed = Deployed::start().await;
    let folder = TempDir::new().unwrap();
    let (jetemail, jasni) = (api(JetEmail, &[]).await, api(Jasni, &[]).await);
    let found = findings(doctor(&deployed, &folder)).await;
    for (check, expected) in [
        ("webhook jetemail", "not checked: this requires an API key → set JETEMAIL_API_KEY"),
        ("webhook jasni", "set JASNI_API_KEY"),
        ("webhook getmailer", "check in its dashboard"),
    ] {
        assert_says(&found, check, "warning", expected);
    }
    assert!(jetemail.calls().is_empty() && jasni.calls().is_empty());
    let mut command = asking(doctor(&deployed, &folder), &[&jetemail, &jasni]);
    command.env("JETEMAIL_API_KEY", "transactional_key");
    jasni.next(429, &[("retry-after", "300")], r#"{"success": false, "error": "Slow down."}"#);
    let found = findings(command).await;
    for (check, expected) in [
        ("webhook jetemail", "webhooks need an account key"),
        ("webhook jasni", "Jasni: rate limit reached (429): Slow down."),
    ] {
        assert_says(&found, check, "warning", expected);
    }
    let asked = jasni.calls();
    assert_eq!(asked.len(), 1, "it does not wait for its turn: {asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_webhook_of_a_local_stack() {
    let folder = TempDir::new().unwrap();
    let _dev = Dev::start(folder.path());
    let tunnel = "https://tunnel.example.com/webhooks/jetemail";
    let foreign = of_jetemail("w-0", "https://example.com/hooks", "enabled", &TYPES);
    let disabled = of_jetemail("w-1", tunnel, "disabled", &TYPES);
    let enabled = of_jetemail("w-2", tunnel, "enabled", &TYPES);
    for (webhooks, expected) in [
        (vec![foreign.clone(), enabled], format!("good: JetEmail posts every type to {tunnel}")),
        (vec![disabled], format!("warning: JetEmail's webhook to {tunnel} is disabled")),
        (
            vec![foreign],
            "warning: JetEmail has no webhook to a URL that ends with /webhooks/jetemail".to_owned(),
        ),
    ] {
        let api = api(JetEmail, &webhooks).await;
        let found = findings(asking(tool::command(folder.path(), &["--json", "doctor"]), &[&api])).await;
        let (verdict, said) = verdict(&found, "webhook jetemail");
        let said = format!("{verdict}: {said}");
        assert!(said.starts_with(&expected), "{said}");
    }
}

#[test]
fn addresses_of_apis_that_are_none() {
    let folder = TempDir::new().unwrap();
    for (base, expected) in [
        ("https://example.com/nowhere", "expected PROVIDER=URL"),
        ("getmailer=https://example.com", "getmailer documents no API for webhooks"),
        ("jasni=ftp://example.com", "not an http or https URL"),
        ("nextmail=https://example.com", "nextmail"),
    ] {
        let error = tool::stderr(&tool::run(folder.path(), &["doctor", "--api-base", base]), 2);
        assert!(error.contains(expected), "{error}");
    }
}
