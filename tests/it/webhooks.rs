//! `mailhooks webhooks`: the real tool with management APIs that behave as documented.

mod accounts;
mod careful;
mod hidden;
mod set_secret;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use mailhooks_tests::deployed::Deployed;
use mailhooks_tests::provider_api::{KEY, ProviderApi};
use mailhooks_tests::sign::{hmac_sha256, with_secret};
use mailhooks_tests::tool::{self, Dev, stderr, stdout};
use normalization::ProviderName::{self, Emailit, GetMailer, Jasni, JetEmail};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A provider with its API, and a data folder.
struct Stage {
    provider: ProviderName,
    api: ProviderApi,
    folder: TempDir,
}

/// A webhook URL that cannot be reached.
const TUNNEL: &str = "https://tunnel.example.com";

impl Stage {
    async fn start(provider: ProviderName) -> Self {
        let api = ProviderApi::start(provider).await;
        let folder = TempDir::new().unwrap();
        Self { provider, api, folder }
    }

    fn url(&self) -> String {
        format!("{TUNNEL}/webhooks/{}", self.provider)
    }

    fn command(&self, verb: &str, more: &[&str]) -> Command {
        let base = self.api.base();
        let arguments = ["webhooks", verb, self.provider.as_str()];
        let arguments = [&arguments[..], more, &["--api-base", &base]].concat();
        let mut command = tool::command(self.folder.path(), &arguments);
        for provider in ["JETEMAIL", "JASNI", "EMAILIT"] {
            command.env(format!("{provider}_API_KEY"), KEY);
        }
        command
    }

    async fn run(&self, verb: &str, more: &[&str]) -> Output {
        run(self.command(verb, more)).await
    }

    /// The output of a successful command.
    async fn good(&self, verb: &str, more: &[&str]) -> String {
        let output = self.run(verb, more).await;
        assert!(output.status.success(), "{output:?}");
        stdout(&output)
    }

    async fn json(&self, verb: &str, more: &[&str]) -> Value {
        serde_json::from_str(self.good(verb, &[more, &["--json"]].concat()).await.trim()).unwrap()
    }

    /// The output of a command that fails with 1.
    async fn bad(&self, verb: &str, more: &[&str]) -> String {
        error(&self.run(verb, more).await, 1)
    }

    /// The output of a command with a usage error.
    async fn misused(&self, verb: &str, more: &[&str]) -> String {
        let said = error(&self.run(verb, more).await, 2);
        assert!(self.api.calls().is_empty(), "nothing was asked");
        said
    }

    /// Creates the simplest webhook. Returns its id.
    async fn create(&self) -> String {
        let made = self.json("create", &["--url", &self.url()]).await;
        self.api.calls();
        id(&made)
    }

    /// The fingerprints of the stored secrets, the newest first.
    async fn fingerprints(&self) -> Vec<String> {
        let said = error(&self.run("rotate", &["--finish"]).await, 2);
        let list = said.lines().find_map(|line| Some(line.split_once("newest first: ")?.1)).unwrap();
        list.split(", ").map(str::to_owned).collect()
    }

    fn kept(&self) -> Vec<String> {
        let file = self.folder.path().join("secrets").join(self.provider.as_str());
        fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
    }

    /// The method, the path and the body of the calls since the last check.
    fn calls(&self) -> Vec<(String, Value)> {
        self.api.calls().into_iter().map(|call| (call.line, call.body)).collect()
    }
}

/// Runs the command while the servers of this process continue. It never shows a secret or key unless asked to.
async fn run(command: Command) -> Output {
    let shows = command.get_args().any(|argument| argument == "--show-secret");
    let output = tool::finish(command).await;
    let said = format!("{output:?}").replace("whsec_…", "");
    assert!(shows || !said.contains("whsec_"), "{said}");
    assert!(!said.contains(KEY), "{said}");
    output
}

fn error(output: &Output, status: i32) -> String {
    let said = stderr(output, status);
    assert!(said.lines().any(|line| line.starts_with("error:")), "{said}");
    said
}

fn id(webhook: &Value) -> String {
    webhook.get("uuid").unwrap_or(&webhook["id"]).as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_subscribes_to_everything_and_its_secret_is_kept() {
    for (provider, everything) in [
        (
            JetEmail,
            json!({"name": "mailhooks", "url": "https://tunnel.example.com/webhooks/jetemail", "events": [
                "outbound.delivered", "outbound.bounced", "outbound.rejected", "outbound.deferred", "outbound.spam",
                "outbound.dropped", "outbound.virus", "outbound.opened", "outbound.clicked", "outbound.complaint",
                "inbound.received", "inbound.delivered", "inbound.spam", "inbound.blocked"]}),
        ),
        (
            Jasni,
            json!({"url": "https://tunnel.example.com/webhooks/jasni", "events": [
                "email.received", "email.sent", "email.delivered", "email.bounced", "email.spam", "email.rejected",
                "email.deleted", "domain.verified"]}),
        ),
        (
            Emailit,
            json!({"name": "mailhooks", "url": "https://tunnel.example.com/webhooks/emailit", "all_events": true}),
        ),
    ] {
        let stage = Stage::start(provider).await;
        let said = stage.good("create", &["--url", &stage.url()]).await;
        assert_eq!(stage.calls()[0], ("POST /webhooks".to_owned(), everything));
        assert!(
            said.contains("its signing secret is stored in") && said.contains(provider.as_str()),
            "{said}"
        );
        let id = stage.api.account(|account| id(&json!(account.webhooks[0])));
        assert!(said.contains(&id), "{said}");
        assert_eq!(stage.kept(), [stage.api.secret(&id)]);
        let file = stage.folder.path().join("secrets").join(provider.as_str());
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// The arguments in a text with one argument per line.
fn arguments(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_field_of_jetemail_can_be_given() {
    let stage = Stage::start(JetEmail).await;
    let url = stage.url();
    let fields = "
        --name=Bounces only
        --event=outbound.bounced,outbound.complaint
        --status=disabled
        --filter-user=smtp-1
        --filter-user=smtp-2
        --filter-domain=example.com";
    let made = stage.json("create", &[&arguments(fields)[..], &["--url", &url]].concat()).await;
    assert_eq!(made["status"], "disabled");
    assert_eq!(
        stage.calls()[0].1,
        json!({"name": "Bounces only", "url": url, "events": ["outbound.bounced", "outbound.complaint"], "status": 0,
               "filter_users": ["smtp-1", "smtp-2"], "filter_domains": ["example.com"]})
    );
    let id = id(&made);
    let fields = [&id, "--status=enabled", "--all-users", "--all-domains"];
    assert_eq!(stage.json("update", &fields).await["status"], "enabled");
    let calls = stage.calls();
    let body = json!({"uuid": id, "status": 1, "filter_users": null, "filter_domains": null});
    assert_eq!(calls[0], ("PATCH /webhooks".to_owned(), body));
    assert_eq!(calls[1].0, format!("GET /webhooks/{id}"), "the answer to an update has no webhook");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_field_of_jasni_can_be_given() {
    let stage = Stage::start(Jasni).await;
    let url = stage.url();
    let fields = ["--url", &url, "--event=email.spam", "--description=Für Beschwerden"];
    let made = stage.json("create", &fields).await;
    let body = json!({"url": url, "events": ["email.spam"], "description": "Für Beschwerden"});
    assert_eq!(stage.calls()[0].1, body);
    let id = id(&made);
    let fields = [&id, "--status=disabled", "--event=email.spam,email.bounced"];
    assert_eq!(stage.json("update", &fields).await["active"], false);
    let body = json!({"id": id, "active": false, "events": ["email.spam", "email.bounced"]});
    assert_eq!(stage.calls(), [("PATCH /webhooks".to_owned(), body)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_field_of_emailit_can_be_given() {
    let stage = Stage::start(Emailit).await;
    let url = stage.url();
    let fields = "
        --name=shop
        --event=email.bounced
        --status=disabled
        --match=any
        --rule=meta.app equals my shop
        --rule=status in sent, delivered
        --rule=meta.n less_than 3
        --rule=meta.x is_set";
    let made = stage.json("create", &[&arguments(fields)[..], &["--url", &url]].concat()).await;
    assert_eq!(
        stage.calls()[0].1,
        json!({"name": "shop", "url": url, "events": ["email.bounced"], "all_events": false, "enabled": false,
               "filter": {"match": "any", "rules": [
                   {"field": "meta.app", "operator": "equals", "value": "my shop"},
                   {"field": "status", "operator": "in", "value": ["sent", "delivered"]},
                   {"field": "meta.n", "operator": "less_than", "value": 3},
                   {"field": "meta.x", "operator": "is_set"}]}})
    );
    let id = id(&made);
    stage.json("update", &[&id, "--all-events", "--event=w:*", "--no-rules"]).await;
    let body = json!({"all_events": true, "events": ["w:*"], "filter": null});
    assert_eq!(stage.calls(), [(format!("POST /webhooks/{id}"), body)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_provider_does_not_document_is_refused_before_it_is_asked() {
    let long = format!("--name={}", "n".repeat(65));
    let rules = "--rule=a is_set\n".repeat(26);
    for (provider, fields, expected) in [
        (JetEmail, "--name=a/b", "--name"),
        (JetEmail, &long, "up to 64"),
        (JetEmail, "--name=", "--name"),
        (JetEmail, "--event=outbound.queued", "documents no such type"),
        (JetEmail, "--event=outbound.spam\n--all-events", "leave out --event"),
        (JetEmail, "--description=x", "no such field; they have --name, --url"),
        (JetEmail, "--rule=a is_set", "--rule"),
        (Jasni, "--name=x", "have no such field"),
        (Jasni, "--status=disabled", "creates every webhook enabled"),
        (Jasni, "--event=email.opened", "email.received, email.sent"),
        (Emailit, "--filter-user=x", "have no such field"),
        (Emailit, "--rule=meta.app", "a field, an operator and a value"),
        (Emailit, "--rule=meta.app like x", "operators are equals"),
        (Emailit, "--rule=meta.app is_set x", "takes no value"),
        (Emailit, "--rule=meta.app equals", "takes a value"),
        (Emailit, &rules, "up to 25 rules"),
        (Emailit, "--match=all", "--rule"),
        (Emailit, "--status=on", "--status"),
    ] {
        let stage = Stage::start(provider).await;
        let url = stage.url();
        let fields = [&arguments(fields)[..], &["--url", &url]].concat();
        let said = stage.misused("create", &fields).await;
        assert!(said.contains(expected), "{fields:?}: {said}");
        assert!(!stage.folder.path().join("secrets").exists());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_out_is_asked_for() {
    let stage = Stage::start(JetEmail).await;
    for (verb, arguments, expected) in [
        ("create", &[][..], "no URL for JetEmail to post to"),
        ("create", &["--url=ftp://example.com"], "not an http or https URL"),
        ("update", &["some-id"], "no field to change was given"),
        ("list", &["--table=events"], "--table"),
        ("rotate", &[], "<ID>"),
    ] {
        let said = stage.misused(verb, arguments).await;
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_are_listed_shown_and_deleted() {
    for provider in [JetEmail, Jasni, Emailit] {
        let stage = Stage::start(provider).await;
        assert!(stage.good("list", &[]).await.contains("has no webhooks"));
        stage.api.account(|account| account.page = 2);
        let (name, path, pages) = match provider {
            Jasni => ("--description", "webhooks?id=", 1),
            Emailit => ("--name", "webhooks/", 3),
            _ => ("--name", "webhooks/", 1),
        };
        for number in ["no 0", "no 1", "no 2", "no 3", "no 4"] {
            let url = stage.url();
            stage.good("create", &["--url", &url, name, number]).await;
        }
        stage.api.calls();
        let said = stage.good("list", &[]).await;
        assert_eq!(stage.calls().len(), pages);
        assert_eq!(said.lines().count(), 6, "{said}");
        for expected in ["no 0", "no 1", "no 2", "no 3", "no 4", "enabled"] {
            assert!(said.contains(expected), "{said}");
        }
        let objects = stage.good("list", &["--json"]).await;
        let third: Value = serde_json::from_str(objects.lines().nth(2).unwrap()).unwrap();
        let id = id(&third);
        assert_eq!(self::id(&stage.json("get", &[&id]).await), id);
        let shown = stage.good("get", &[&id]).await;
        assert!(shown.contains(&stage.url()), "{shown}");
        stage.api.calls();
        let deleted = stage.json("delete", &[&id, "--yes"]).await;
        assert_eq!(deleted, json!({"id": id, "deleted": true}));
        assert_eq!(stage.calls()[0].0, format!("DELETE /{path}{id}"));
        let gone = stage.bad("get", &[&id]).await.to_lowercase();
        assert!(gone.contains("answered 404: webhook not found"), "{gone}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_stays_one_part_of_the_path() {
    let stage = Stage::start(JetEmail).await;
    stage.bad("delete", &["../domains/x?y=1", "--yes"]).await;
    assert_eq!(stage.calls()[0].0, "DELETE /webhooks/..%2Fdomains%2Fx%3Fy=1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_shown_to_those_who_ask() {
    let stage = Stage::start(Emailit).await;
    let said = stage.good("create", &["--url", &stage.url(), "--show-secret"]).await;
    let id = stage.api.account(|account| id(&json!(account.webhooks[0])));
    let secret = stage.api.secret(&id);
    assert!(said.lines().any(|line| line == secret), "{said}");
    assert!(stage.json("get", &[&id]).await.get("secret").is_none());
    assert_eq!(stage.json("get", &[&id, "--show-secret"]).await["secret"], secret);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_stack_takes_the_new_secret_at_once() {
    let stage = Stage::start(JetEmail).await;
    let data = stage.folder.path();
    let dev = Dev::start(data);
    let generated = tool::secret(data, JetEmail);
    let post = |secret: &str, event: &str| {
        let body = format!(r#"{{"id":"{event}","type":"outbound.delivered","data":{{"uid":"m-1"}}}}"#);
        let headers = [(
            "x-webhook-signature".to_owned(),
            format!("sha256={}", hmac_sha256(secret, body.as_bytes())).into_bytes(),
        )];
        dev.post(JetEmail, &headers, body.as_bytes()).0
    };
    assert_eq!(post(&generated, "evt_1"), 200);
    let secret = stage.api.secret(&stage.create().await);
    dev.watch.secret(&secret);
    assert_eq!(stage.kept(), [secret.clone(), generated.clone()]);
    assert_eq!(post(&secret, "evt_2"), 200);
    assert_eq!(post(&generated, "evt_3"), 200, "the old one is accepted too");
    let old = stage.fingerprints().await.pop().unwrap();
    let said = stage.good("rotate", &["--finish", &old, "--yes"]).await;
    assert!(said.contains(&format!("removed the secret {old}")), "{said}");
    assert_eq!(stage.kept(), std::slice::from_ref(&secret));
    assert_eq!(post(&secret, "evt_4"), 200);
    assert_eq!(post(&generated, "evt_5"), 503);
    let calls = stage.calls();
    let looks = calls.iter().all(|(line, _)| line.starts_with("GET "));
    assert!(looks, "to finish changes nothing at the provider: {calls:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployed_stack_names_the_url_and_gets_the_secret() {
    let deployed = Deployed::start().await;
    let stage = Stage::start(JetEmail).await;
    let with_stack = |verb: &str, more: &[&str]| {
        let mut command = stage.command(verb, more);
        deployed.describe(&mut command);
        run(command)
    };
    deployed.secrets_manager.set(None);
    let made = with_stack("create", &[]).await;
    assert!(made.status.success(), "{made:?}");
    let url = deployed.stack.webhook_url(JetEmail);
    let id = stage.api.account(|account| {
        assert_eq!(account.webhooks[0]["url"], url);
        id(&json!(account.webhooks[0]))
    });
    let first = stage.api.secret(&id);
    assert_eq!(deployed.secrets_manager.kept().secret.clone(), Some(first.clone()), "where there was none");
    assert!(!stage.folder.path().join("secrets").exists());

    let rotated = with_stack("rotate", &[&id, "--json"]).await;
    assert!(rotated.status.success(), "{rotated:?}");
    let rotated: Value = serde_json::from_str(stdout(&rotated).trim()).unwrap();
    let old = rotated["old_fingerprints"][0].as_str().unwrap();
    let second = stage.api.account(|account| self::id(&json!(account.webhooks[1])));
    assert_eq!(
        deployed.secrets_manager.kept().secret.clone(),
        Some(format!("{}\n{first}", stage.api.secret(&second)))
    );
    let finished = with_stack("rotate", &["--finish", old, "--yes"]).await;
    assert!(finished.status.success(), "{finished:?}");
    assert_eq!(deployed.secrets_manager.kept().secret.clone(), Some(stage.api.secret(&second)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_cannot_be_stored_is_not_lost() {
    let deployed = Deployed::start().await;
    let stage = Stage::start(JetEmail).await;
    let create = async || {
        let mut command = stage.command("create", &[]);
        deployed.describe(&mut command);
        error(&run(command).await, 1)
    };
    let before = deployed.secrets_manager.kept().secret.clone().unwrap();
    // If the secret cannot be read, no webhook is created.
    deployed.secrets_manager.kept().failure = Some("AccessDeniedException");
    let said = create().await;
    assert!(said.contains("cannot read") && said.contains("AccessDeniedException"), "{said}");
    assert!(stage.calls().is_empty());
    deployed.secrets_manager.kept().failure = None;
    deployed.secrets_manager.kept().put_failure = Some("AccessDeniedException");
    let said = create().await;
    let id = stage.api.account(|account| id(&json!(account.webhooks[0])));
    for expected in [&id, "could not be stored in", "put-secret-value", "AccessDeniedException"] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let file = stage.folder.path().join("secrets").join(format!("jetemail-{id}"));
    assert!(said.contains(&file.display().to_string()), "{said}");
    // The existing secrets stay, so the command does not remove any.
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{}\n{before}", stage.api.secret(&id)));
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_webhook_takes_the_place_of_one_whose_secret_cannot_change() {
    for (provider, switch, on, off) in [
        (JetEmail, "status", json!("enabled"), json!("disabled")),
        (Jasni, "active", json!(true), json!(false)),
    ] {
        let stage = Stage::start(provider).await;
        let old = stage.create().await;
        let fingerprint = stage.fingerprints().await.remove(0);
        let said = stage.good("rotate", &[&old]).await;
        let [one, two] = [0, 1].map(|place| stage.api.account(|account| json!(account.webhooks[place])));
        assert_eq!((&one[switch], &two[switch]), (&off, &on));
        assert_eq!((&one["events"], &one["url"]), (&two["events"], &two["url"]));
        assert_eq!(stage.kept(), [&two, &one].map(|webhook| webhook["secret"].as_str().unwrap()));
        let lines: Vec<_> = stage.calls().into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines[1], "POST /webhooks");
        assert_eq!(lines.last().unwrap(), "PATCH /webhooks", "the old one goes last");
        for expected in [
            format!("webhooks delete {provider} {old}"),
            format!("webhooks rotate {provider} --finish {fingerprint}"),
        ] {
            assert!(said.contains(&expected), "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_reset_where_it_can_be() {
    let stage = Stage::start(Emailit).await;
    let webhook = stage.create().await;
    let old = stage.api.secret(&webhook);
    let rotated = stage.json("rotate", &[&webhook]).await;
    let [new, first] = <[String; 2]>::try_from(stage.fingerprints().await).unwrap();
    let expected = json!({"id": webhook, "replaced": null, "secret": null, "fingerprint": new,
                          "old_fingerprints": [first]});
    assert_eq!(rotated, expected);
    assert_eq!(stage.calls().last().unwrap().0, format!("POST /webhooks/{webhook}/reset-secret"));
    assert_ne!(stage.api.secret(&webhook), old);
    assert_eq!(stage.kept(), [stage.api.secret(&webhook), old]);
    // The answer is lost, so the secret may have changed.
    let shown = stage.json("get", &[&webhook]).await.to_string();
    stage.api.next(200, &[], &shown);
    stage.api.next(504, &[], "");
    let said = stage.bad("rotate", &[&webhook]).await;
    assert!(said.contains("not known whether the secret was reset"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_stops_half_way_leaves_what_works() {
    let stage = Stage::start(JetEmail).await;
    let old = stage.create().await;
    let secret = stage.api.secret(&old);
    let get = stage.api.account(|account| json!({"webhook": account.webhooks[0]}).to_string());
    stage.api.next(200, &[], &get);
    stage.api.next(400, &[], r#"{"error":"too many webhooks"}"#);
    let said = stage.bad("rotate", &[&old]).await;
    assert!(said.contains("is unchanged") && said.contains("too many webhooks"), "{said}");
    stage.api.account(|account| assert_eq!(account.webhooks[0]["status"], "enabled"));
    assert_eq!(stage.kept(), [secret]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn emailit_sends_a_test_and_the_others_have_none() {
    let stage = Stage::start(Emailit).await;
    let webhook = stage.create().await;
    let said = stage.good("test", &[&webhook, "--event", "email.bounced"]).await;
    assert_eq!(stage.calls(), [(format!("POST /webhooks/{webhook}/test"), json!({"type": "email.bounced"}))]);
    assert!(said.contains("status  200"), "{said}");
    for provider in [JetEmail, Jasni] {
        let stage = Stage::start(provider).await;
        let said = stage.bad("test", &["some-id"]).await;
        assert!(
            said.contains("documents no test") && said.contains(&format!("send {provider} CASE")),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn getmailer_is_done_by_hand() {
    let folder = TempDir::new().unwrap();
    let deployed = Deployed::start().await;
    for verb in [&["list", "getmailer"][..], &["create", "getmailer"], &["get", "getmailer", "x"]] {
        let output = run(tool::command(folder.path(), &[&["webhooks"], verb].concat())).await;
        assert!(error(&output, 1).contains("documents no API for webhooks"));
        assert_eq!(stdout(&output).lines().count(), 5, "{output:?}");
    }
    let mut command = tool::command(folder.path(), &["webhooks", "create", "getmailer", "--json"]);
    deployed.describe(&mut command);
    let steps: Value = serde_json::from_str(&stdout(&run(command).await)).unwrap();
    assert!(steps["steps"][1].as_str().unwrap().contains(&deployed.stack.webhook_url(GetMailer)), "{steps}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_not_accepted_is_named_and_not_shown() {
    for (provider, variable, answer) in [
        (JetEmail, "JETEMAIL_API_KEY", "Invalid API key"),
        (Jasni, "JASNI_API_KEY", "Unauthorized. Please provide a valid API key."),
        (Emailit, "EMAILIT_API_KEY", "Unauthorized"),
    ] {
        let stage = Stage::start(provider).await;
        let mut command = stage.command("list", &[]);
        command.env(variable, "another-key");
        let said = error(&run(command).await, 1);
        let expected = format!("rejected the API key in {variable} (401): {answer}");
        assert!(said.contains(&expected), "{said}");
        assert!(!said.contains("another-key"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_the_provider_s_own() {
    let stage = Stage::start(Emailit).await;
    let url = "https://localhost/webhooks/emailit";
    let said = stage.bad("create", &["--url", url]).await;
    let expected =
        "answered 422: ValidationError; The request is not valid; url: must not be a private address";
    assert!(said.contains(expected), "{said}");
    let echo = format!("bad request: Bearer {KEY} and whsec_abc123 there");
    for (body, expected) in [
        (r#"{"errors":[{"field":"events","message":"unknown"}]}"#, "400: events: unknown"),
        (r#"{"error":{"code":"plan_required","message":"Needs Pro"}}"#, "400: Needs Pro"),
        ("<html>\x1b[2Jdown</html>", r"400: <html>\u001b[2Jdown</html>"),
        (&echo, "400: bad request: Bearer … and whsec_… there"),
    ] {
        stage.api.next(400, &[], body);
        let said = stage.bad("list", &[]).await;
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_cannot_be_read_shows_no_secret() {
    for body in [r#"{"id":"wh_1","secret":"whsec_broken"#, r#"{"ok":true}"#, "", "whsec_plain"] {
        let stage = Stage::start(Emailit).await;
        stage.api.next(201, &[], body);
        let said = stage.bad("create", &["--url", &stage.url()]).await;
        assert!(said.contains("webhooks list emailit"), "{body}: {said}");
    }
    let stage = Stage::start(Jasni).await;
    stage.api.next(400, &[], r#"{"success":false,"error":"Unknown event domain.verified"}"#);
    let said = stage.bad("create", &["--url", &stage.url()]).await;
    assert!(said.contains("Unknown event domain.verified (some of Jasni's pages"), "{said}");
    stage.api.next(201, &[], r#"{"success":true,"data":{"webhook":{"id":"1","url":"https://x"}}}"#);
    let said = stage.bad("create", &["--url", &stage.url()]).await;
    assert!(
        said.contains("did not return its signing secret") && said.contains("webhooks delete jasni 1"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_has_enough_is_waited_for() {
    let stage = Stage::start(JetEmail).await;
    stage.api.next(429, &[("retry-after", "1")], r#"{"error":"rate limited"}"#);
    let output = stage.run("create", &["--url", &stage.url()]).await;
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("rate limit reached; retrying in 1 s"), "{said}");
    assert_eq!(stage.calls().iter().filter(|(line, _)| line.starts_with("POST ")).count(), 2);
    stage.api.account(|account| assert_eq!(account.webhooks.len(), 1));

    let stage = Stage::start(Emailit).await;
    stage.api.next(429, &[], r#"{"error":"Too many","retry_after":1}"#);
    stage.good("list", &[]).await;
    stage.api.calls();
    stage.api.next(429, &[("retry-after", "86400")], "{}");
    let said = stage.bad("list", &[]).await;
    assert!(said.contains("try again in 86400 s"), "{said}");
    assert_eq!(stage.calls().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_reads_is_asked_again() {
    let stage = Stage::start(Jasni).await;
    stage.api.next(502, &[], "bad gateway");
    assert!(stage.good("list", &[]).await.contains("no webhooks"));
    assert_eq!(stage.calls().len(), 2);
    stage.api.next(502, &[], "bad gateway");
    let said = stage.bad("create", &["--url", &stage.url()]).await;
    let unknown = "not known whether the webhook was created";
    assert!(said.contains(unknown) && said.contains("answered 502: bad gateway"), "{said}");
    assert_eq!(stage.calls().len(), 1);
    stage.api.next(302, &[("location", "https://elsewhere.example.com/")], "");
    let said = stage.bad("list", &[]).await;
    assert!(said.contains("a redirect, which is not followed"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_goes_nowhere_else() {
    let folder = TempDir::new().unwrap();
    let list = |base: &str, key: &str| {
        let mut command = tool::command(folder.path(), &["webhooks", "list", "jetemail", "--api-base", base]);
        command.env("JETEMAIL_API_KEY", key);
        run(command)
    };
    for (base, key, expected) in [
        ("http://api.example.com", KEY, "it must be https"),
        ("http://127.0.0.1:9", KEY, "cannot reach JetEmail at http://127.0.0.1:9"),
        ("http://127.0.0.1:9", "", "JETEMAIL_API_KEY is not set"),
        ("http://127.0.0.1:9", "transactional_1", "a key for sending"),
        ("http://127.0.0.1:9", "api_1 2\n3", "is not an API key"),
    ] {
        let said = error(&list(base, key).await, 1);
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_secret_of_emailit_signs_what_the_stack_accepts() {
    let stage = Stage::start(Emailit).await;
    let data = stage.folder.path();
    let dev = Dev::start(data);
    let webhook = stage.create().await;
    stage.good("rotate", &[&webhook]).await;
    let secret = stage.api.secret(&webhook);
    dev.watch.secret(&secret);
    let body = br#"[{"event_id":"evt_1","type":"email.delivered","data":{"object":{"id":"em_1"}}}]"#;
    assert_eq!(dev.post(Emailit, &with_secret(Emailit, &secret, body, ingestion::clock::now()), body).0, 200);
    assert_eq!(stage.kept().len(), 3, "the generated one, the first one and the new one");
}
