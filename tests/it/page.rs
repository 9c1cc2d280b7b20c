//! The live page's server: who may use it, what it sends, and that it never delays other work. tests/page/run tests how
//! a browser shows it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use futures_util::{StreamExt, stream};
use ingestion::clock::Clock;
use ingestion::notifier::Topic;
use ingestion::secrets::Secrets;
use jiff::{SignedDuration, Timestamp};
use mailhooks_local::{DataFolder, Stack, StackOptions, Storage, Token};
use mailhooks_tests::files;
use mailhooks_tests::http::send;
use mailhooks_tests::sign::hmac_sha256;
use mailhooks_tests::tool::{Dev, secret};
use normalization::ProviderName::{self, Emailit, JetEmail};
use normalization::suppression::{Evidence, Kind};
use serde_json::{Value, json};
use tempfile::TempDir;

/// All paths that the page reads.
const READ: [&str; 13] = [
    "/",
    "/page/main.js",
    "/page/api/entries",
    "/page/api/stream",
    "/page/api/event?partition=a&key=b",
    "/page/api/find?id=a",
    "/page/api/about",
    "/page/api/raw?partition=a&key=b",
    "/page/api/request?seq=1",
    "/page/api/refusals",
    "/page/api/suppressions",
    "/page/api/suppression?address=ada%40example.com",
    "/page/api/samples",
];

/// The headers of a browser on this machine.
const HERE: (&str, &str) = ("host", "localhost");

/// The token of the page of a stack in this process.
const PAGE_TOKEN: &str = "page-token-of-tests";

const ORDER: &str = r#"{"provider":"jasni","case":"email-sent","manner":"once"}"#;

/// The status of the answer, and its header lines.
fn head(answer: &mut impl BufRead) -> (u16, Vec<String>) {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        answer.read_line(&mut line).unwrap();
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    (lines[0].split(' ').nth(1).unwrap().parse().unwrap(), lines)
}

fn status(url: &str, line: &str, headers: &[(&str, &str)], body: &str) -> u16 {
    head(&mut send(url, line, headers, body)).0
}

/// The address of the page with this URL, and the cookie of a browser that opened it.
fn opened(page: &str) -> (&str, String) {
    let (url, token) = page.split_once("/?token=").unwrap();
    let port = url.rsplit(':').next().unwrap();
    (url, format!("mailhooks-{port}={token}"))
}

/// The answer at this path for a browser that opened the page.
fn ask(page: &str, path: &str) -> BufReader<TcpStream> {
    let (url, cookie) = opened(page);
    send(url, &format!("GET {path}"), &[HERE, ("cookie", &cookie)], "")
}

fn told(page: &str, path: &str) -> (u16, Value) {
    let mut answer = ask(page, path);
    let (status, _) = head(&mut answer);
    let mut body = String::new();
    answer.read_to_string(&mut body).unwrap();
    (status, serde_json::from_str(&body).unwrap())
}

fn entries(page: &str) -> Vec<Value> {
    told(page, "/page/api/entries").1["entries"].as_array().unwrap().clone()
}

fn bounce(id: &str) -> String {
    json!({"id": id, "type": "outbound.bounced", "data": {"uid": "m-1", "to": "ada@example.com", "bounce_type": "hard"}})
        .to_string()
}

/// Posts a webhook of JetEmail with these headers. Returns the status.
fn webhook(dev: &Dev, folder: &TempDir, id: &str, headers: &[(&str, &str)]) -> u16 {
    let body = bounce(id);
    let signature = format!("sha256={}", hmac_sha256(&secret(folder.path(), JetEmail), body.as_bytes()));
    let mut all = headers.to_vec();
    all.push(("x-webhook-signature", &signature));
    status(&dev.url, "POST /webhooks/jetemail", &all, &body)
}

/// Posts this number of deliveries as one webhook of Emailit. Returns the status.
fn deliveries(dev: &Dev, folder: &TempDir, batch: usize, number: usize) -> u16 {
    let events = (0..number).map(|place| {
        let object =
            json!({"id": format!("em_{batch}_{place}"), "to": "ada@example.com", "subject": "x".repeat(200)});
        json!({"event_id": format!("evt_{batch}_{place}"), "type": "email.delivered", "object": object})
    });
    let body = events.collect::<Value>().to_string();
    let now = ingestion::clock::now().as_second().to_string();
    let message = [now.as_bytes(), b".", body.as_bytes()].concat();
    let signature = hmac_sha256(&secret(folder.path(), Emailit), &message);
    let headers = [("host", "localhost"), ("x-emailit-timestamp", &now), ("x-emailit-signature", &signature)];
    status(&dev.url, "POST /webhooks/emailit", &headers, &body)
}

#[test]
fn the_token_in_the_url_becomes_a_cookie_and_without_it_nothing_is_told() {
    let folder = TempDir::new().unwrap();
    let dev = Dev::start(folder.path());
    let (_, cookie) = opened(&dev.page);
    let (name, token) = cookie.split_once('=').unwrap();
    let (status_given, lines) = head(&mut send(&dev.url, &format!("GET /?token={token}"), &[HERE], ""));
    assert_eq!(status_given, 303);
    for line in [
        "location: /".to_owned(),
        format!("set-cookie: {name}={token}; Path=/; HttpOnly; SameSite=Strict"),
        "cache-control: no-store".to_owned(),
        "referrer-policy: no-referrer".to_owned(),
    ] {
        assert!(lines.contains(&line), "{line}: {lines:?}");
    }

    let other = format!("mailhooks-1={token}");
    for cookies in [None, Some("a=b"), Some(&*other), Some(&cookie[..cookie.len() - 1]), Some(name)] {
        let mut headers = vec![HERE];
        headers.extend(cookies.map(|cookies| ("cookie", cookies)));
        for path in READ {
            let mut answer = send(&dev.url, &format!("GET {path}"), &headers, "");
            assert_eq!(head(&mut answer).0, 403, "{path} {cookies:?}");
            let mut said = String::new();
            answer.read_to_string(&mut said).unwrap();
            let url = format!("{}/?token=", dev.url);
            assert!(said.contains(&url) && !said.contains(token), "{said}");
        }
        let ours = format!("http://{}", HERE.1);
        headers.extend([("content-type", "application/json"), ("origin", &ours)]);
        assert_eq!(status(&dev.url, "POST /page/api/samples", &headers, ORDER), 403, "{cookies:?}");
    }
    for query in ["token=", &format!("token={}", &token[1..]), "tokens=1"] {
        let line = format!("GET /?{query}");
        assert_eq!(status(&dev.url, &line, &[HERE], ""), 403, "{query}");
    }
    // The token only opens the page; the page's requests need the cookie.
    let line = format!("GET /page/api/entries?token={token}");
    assert_eq!(status(&dev.url, &line, &[HERE], ""), 403);

    let several = format!("a=b; {cookie}; c=d");
    assert_eq!(status(&dev.url, "GET /", &[HERE, ("cookie", "e=f"), ("cookie", &several)], ""), 200);
    assert!(entries(&dev.page).is_empty());
}

/// Headers of requests that do not come from this machine.
const STRANGERS: [&[(&str, &str)]; 8] = [
    &[("host", "evil.example")],
    &[("host", "127.0.0.1.evil.example:8787")],
    &[("host", "localhost@evil.example")],
    &[],
    &[("host", "localhost"), ("host", "localhost")],
    // A tunnel that names this machine as the host.
    &[("host", "localhost:8787"), ("x-forwarded-for", "192.0.2.1")],
    &[("host", "localhost:8787"), ("cf-connecting-ip", "192.0.2.1")],
    &[("host", "localhost:8787"), ("forwarded", "for=192.0.2.1")],
];

#[test]
fn the_page_is_for_this_machine_and_webhooks_come_from_anywhere() {
    let folder = TempDir::new().unwrap();
    let dev = Dev::start(folder.path());
    let own = dev.url.strip_prefix("http://").unwrap();
    // They are also rejected if one of them knows the token.
    let (_, cookie) = opened(&dev.page);
    let cookie = ("cookie", &*cookie);
    for (number, untrusted) in STRANGERS.iter().enumerate() {
        for path in READ {
            let status = status(&dev.url, &format!("GET {path}"), &[*untrusted, &[cookie][..]].concat(), "");
            // The server itself rejects a request with no host, or with two.
            assert!([400, 403].contains(&status), "{path} {untrusted:?}: {status}");
        }
        let ours = format!("http://{own}");
        let mut headers = untrusted.to_vec();
        headers.extend([cookie, ("content-type", "application/json"), ("origin", &ours)]);
        let status = status(&dev.url, "POST /page/api/samples", &headers, ORDER);
        assert!([400, 403].contains(&status), "{untrusted:?}: {status}");
        if untrusted.len() == 1 || untrusted.iter().any(|(name, _)| *name != "host") {
            assert_eq!(webhook(&dev, &folder, &format!("evt_{number}"), untrusted), 200);
        }
    }
    for host in [own, "localhost", "LOCALHOST:1", "[::1]:8787"] {
        assert_eq!(status(&dev.url, "GET /", &[("host", host), cookie], ""), 200, "{host}");
    }
    assert!(entries(&dev.page).iter().all(|entry| entry["provider"] != "jasni"));
}

#[test]
fn a_page_of_another_site_can_neither_read_nor_send() {
    let folder = TempDir::new().unwrap();
    let dev = Dev::start(folder.path());
    let (_, cookie) = opened(&dev.page);
    let ask = |line: &str, given: &[(&str, &str)]| {
        let own = [
            ("host", "localhost:8787"),
            // The browser withholds the cookie from other sites, but not from other ports of this machine.
            ("cookie", &cookie),
            ("content-type", "application/json"),
        ];
        let body = if line.starts_with("POST") { ORDER } else { "" };
        status(&dev.url, line, &[&own, given].concat(), body)
    };
    let foreign = ["http://evil.example", "http://localhost:3000", "https://localhost:8787", "null"];
    for origin in foreign {
        for line in ["POST /page/api/samples", "GET /page/api/entries", "GET /page/api/stream"] {
            assert_eq!(ask(line, &[("origin", origin)]), 403, "{line} {origin}");
        }
    }
    assert_eq!(ask("POST /page/api/samples", &[]), 403);
    for site in ["cross-site", "same-site"] {
        let given = [("sec-fetch-site", site), ("sec-fetch-mode", "no-cors")];
        assert_eq!(ask("GET /page/api/entries", &given), 403, "{site}");
    }
    assert_eq!(ask("GET /", &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]), 200);
    assert!(entries(&dev.page).is_empty());

    assert_eq!(ask("POST /page/api/samples", &[("origin", "http://localhost:8787")]), 200);
    assert_eq!(entries(&dev.page)[0]["provider"], "jasni");
}

#[test]
fn every_answer_of_the_page_forbids_what_it_does_not_need() {
    let folder = TempDir::new().unwrap();
    let dev = Dev::start(folder.path());
    for path in READ {
        let (_, lines) = head(&mut ask(&dev.page, path));
        let policy = lines.iter().find_map(|line| line.strip_prefix("content-security-policy: "));
        let policy = policy.unwrap_or_else(|| panic!("{path}: {lines:?}"));
        for rule in
            ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'"]
        {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        for line in ["x-content-type-options: nosniff", "cache-control: no-store"] {
            assert!(lines.iter().any(|given| given == line), "{path}: {lines:?}");
        }
        assert!(lines.iter().all(|line| !line.starts_with("access-control-")), "{path}: {lines:?}");
    }
    // A webhook without a path gets the usual explanation.
    assert_eq!(status(&dev.url, "POST /", &[("host", "tunnel.example")], "{}"), 404);
    assert_eq!(entries(&dev.page)[0]["path"], "/");
}

fn numbers(entries: &Value) -> Vec<i64> {
    entries.as_array().unwrap().iter().map(|entry| entry["seq"].as_i64().unwrap()).collect()
}

#[test]
fn news_come_as_events_and_older_entries_page_by_page() {
    let folder = TempDir::new().unwrap();
    let dev = Dev::start(folder.path());
    // A client that never reads does not delay others.
    let asleep = ask(&dev.page, "/page/api/stream");
    let mut stream = ask(&dev.page, "/page/api/stream");
    assert_eq!(head(&mut stream).0, 200);
    let mut lines = stream.lines().map(Result::unwrap);
    let mut next = |event: &str| -> Value {
        let name = format!("event: {event}");
        lines.find(|line| *line == name).unwrap();
        let data = lines.find_map(|line| line.strip_prefix("data: ").map(str::to_owned));
        serde_json::from_str(&data.unwrap()).unwrap()
    };
    assert_eq!(next("hello")["newest"], 0);

    for batch in 0..11 {
        assert_eq!(deliveries(&dev, &folder, batch, 100), 200);
    }
    let mut heard = Vec::new();
    while heard.len() < 1_100 {
        heard.extend(numbers(&next("entries")));
    }
    assert!(heard.iter().copied().eq(1..=1_100));

    let (_, page) = told(&dev.page, "/page/api/entries");
    assert!(numbers(&page["entries"]).iter().copied().eq((101..=1_100).rev()));
    let (_, page) = told(&dev.page, &format!("/page/api/entries?before={}", page["next"]));
    assert!(numbers(&page["entries"]).iter().copied().eq((1..=100).rev()));
    assert_eq!(page["next"], Value::Null);
    drop(asleep);
}

#[test]
fn an_event_is_told_whole() {
    let folder = TempDir::new().unwrap();
    let dev = Dev::start_with(folder.path(), &["--announce-all"]);
    assert_eq!(webhook(&dev, &folder, "evt_1", &[("host", "tunnel.example")]), 200);
    let all = entries(&dev.page);
    let event = all.iter().find(|entry| entry["kind"] == "event").unwrap();
    assert_eq!((&event["outcome"], &event["status"]), (&json!("new"), &json!(200)));
    let announcements: Vec<_> = all.iter().filter(|entry| entry["kind"] == "announcement").collect();
    assert_eq!(
        announcements.len(),
        Topic::ALL.iter().filter(|topic| !["complaints", "spam"].contains(&topic.name())).count()
    );
    for member in ["id", "type", "action", "recipient", "message"] {
        assert!(
            announcements.iter().all(|one| !one[member].is_null() && one[member] == event[member]),
            "{member}"
        );
    }
    let text = |name: &str| event[name].as_str().unwrap().replace('#', "%23");
    let keys = format!("partition={}&key={}", text("partition"), text("key"));
    let (_, opened) = told(&dev.page, &format!("/page/api/event?{keys}"));
    assert_eq!(opened["event"]["id"], "jetemail:evt_1");
    assert_eq!(opened["raw"]["text"], bounce("evt_1"));
    assert_eq!(opened["states"][0]["state"], "email.bounced");
    assert_eq!(opened["timeline"].as_array().unwrap().len(), 1);
    let mut topics = Vec::new();
    for announcement in opened["announcements"].as_array().unwrap() {
        let topic = announcement["topic"].as_str().unwrap();
        if topic.starts_with("ses-") {
            assert_eq!(announcement["message"]["bounce"]["feedbackId"], "jetemail:evt_1");
        } else {
            assert_eq!(announcement["message"], opened["event"]);
        }
        topics.push(topic);
    }
    topics.sort_unstable();
    assert_eq!(topics, ["actions", "bounces", "events", "ses-events", "ses-notifications"]);
    let mut raw = ask(&dev.page, &format!("/page/api/raw?{keys}"));
    assert!(head(&mut raw).1.contains(&"content-disposition: attachment; filename=payload".to_owned()));
    let mut bytes = String::new();
    raw.read_to_string(&mut bytes).unwrap();
    assert_eq!(bytes, bounce("evt_1"));
    assert_eq!(told(&dev.page, "/page/api/event?partition=a&key=b").0, 404);
}

#[test]
fn a_bounce_suppresses_its_recipient_and_is_the_evidence() {
    let folder = TempDir::new().unwrap();
    let dev = Dev::start(folder.path());
    let none = json!({"suppressions": [], "total": 0});
    assert_eq!(told(&dev.page, "/page/api/suppressions"), (200, none));
    let clear = json!({"address": "ada@example.com", "state": "clear", "evidence": []});
    assert_eq!(told(&dev.page, "/page/api/suppression?address=ADA%40Example.com"), (200, clear));

    assert_eq!(webhook(&dev, &folder, "evt_1", &[("host", "tunnel.example")]), 200);
    // The answers have what was announced before they were asked for.
    let (_, known) = told(&dev.page, "/page/api/suppression?address=ADA%40Example.com");
    let since = &known["since"];
    let piece = json!({"kind": "bounce", "time": since, "event": "jetemail:evt_1", "provider": "jetemail", "reason": "unknown"});
    let mut answer = json!({
        "address": "ada@example.com",
        "state": "suppressed",
        "reason": "bounce",
        "since": since,
        "provider": "jetemail",
        "event": "jetemail:evt_1",
    });
    let listed = json!({"suppressions": [answer], "total": 1});
    assert_eq!(told(&dev.page, "/page/api/suppressions"), (200, listed));
    answer["evidence"] = json!([piece]);
    assert_eq!(known, answer);

    assert_eq!(head(&mut ask(&dev.page, "/page/api/suppression")).0, 400);
}

#[test]
fn what_was_refused_is_told_as_it_came() {
    let folder = TempDir::new().unwrap();
    let dev = Dev::start(folder.path());
    let body = "x".repeat(20_000);
    assert_eq!(status(&dev.url, "POST /webhooks/jasni", &[("host", "tunnel.example")], &body), 401);
    let refused = entries(&dev.page).remove(0);
    assert_eq!(refused["reason"], "signature_missing");
    let advice = refused["advice"].as_str().unwrap();
    assert!(advice.contains("no signature header"), "{advice}");
    let (_, request) = told(&dev.page, &format!("/page/api/request?seq={}", refused["seq"]));
    assert_eq!((&request["bytes"], &request["cut"]), (&json!(20_000), &json!(true)));
    assert_eq!(request["body"].as_str().unwrap().len(), 16 * 1024);
    assert_eq!(told(&dev.page, "/page/api/request?seq=-1").0, 404);
}

/// A stack whose receivers use the secrets of the fixtures, with an adjustable clock.
async fn stack(storage: Storage<'_>, now: &Arc<Mutex<Timestamp>>) -> Stack {
    let now = Arc::clone(now);
    let stack = Stack::start(StackOptions {
        storage,
        port: 0,
        secrets: ProviderName::ALL
            .iter()
            .map(|&provider| (provider, Secrets::fixed(&files::signing_secret(provider))))
            .collect(),
        announce_all: false,
        clock: Clock::from(move || *now.lock().unwrap()),
        observer: Arc::new(|_| {}),
        token: Token::random().unwrap(),
        page_token: Token::from(PAGE_TOKEN),
    });
    stack.await.unwrap()
}

/// Extends a file to the maximum length of its file system, without using space: a write at its end fails.
fn fill(file: &File) {
    let mut length = 0;
    for bit in (0..63).rev() {
        if file.set_len(length | 1 << bit).is_ok() {
            length |= 1 << bit;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_announced_waits_and_is_not_new_on_the_retry() {
    let now = Arc::new(Mutex::new("2026-03-01T12:00:00Z".parse().unwrap()));
    let parent = TempDir::new().unwrap();
    let folder = DataFolder::open(parent.path()).unwrap();
    let lock = folder.lock().unwrap().unwrap();
    let stack = stack(Storage::Folder(&lock), &now).await;
    // SNS stores announcements in a file, so it fails while the file cannot grow.
    let announcements = File::options().append(true).open(folder.announcements()).unwrap();
    fill(&announcements);
    let (url, page) = (stack.url().to_owned(), stack.page_url().to_owned());
    let posting = tokio::task::spawn_blocking(move || {
        let body = bounce("evt_1");
        let secret = files::signing_secret(JetEmail);
        let signature = format!("sha256={}", hmac_sha256(secret.trim(), body.as_bytes()));
        let headers = [("host", "localhost"), ("x-webhook-signature", &signature)];
        let post = |second: &str| {
            *now.lock().unwrap() = format!("2026-03-01T12:00:0{second}Z").parse().unwrap();
            (status(&url, "POST /webhooks/jetemail", &headers, &body), entries(&page))
        };
        let first = post("1");
        announcements.set_len(0).unwrap();
        (first, post("2"))
    });
    let ((status, first), (again, second)) = posting.await.unwrap();
    assert_eq!((status, again), (200, 200));
    let said = |entry: &Value| (entry["kind"].clone(), entry["outcome"].clone(), entry["waiting"].clone());
    assert_eq!(said(&first[0]), (json!("event"), json!("new"), json!(true)));
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!(said(&second[0]), (json!("event"), json!("duplicate"), json!(false)));
    let mut topics: Vec<&str> = second[1..3].iter().map(|entry| entry["topic"].as_str().unwrap()).collect();
    topics.sort_unstable();
    assert_eq!(topics, ["actions", "bounces"]);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_says_why_and_what_to_do() {
    let now = Arc::new(Mutex::new(Timestamp::UNIX_EPOCH));
    let stack = stack(Storage::Memory, &now).await;
    let (url, page) = (stack.url().to_owned(), stack.page_url().to_owned());
    let posting = tokio::task::spawn_blocking(move || {
        let mut reasons = BTreeSet::new();
        for provider in ProviderName::ALL.iter().copied() {
            for file in files::with_ending(&files::fixtures(provider).join("rejected"), "http") {
                let fixture = files::fixture(provider, &file);
                *now.lock().unwrap() = fixture.now;
                let (Ok(body), true) = (String::from_utf8(fixture.body), fixture.method == "POST") else {
                    continue;
                };
                let text = |(name, value): &(String, Vec<u8>)| {
                    (name.clone(), String::from_utf8_lossy(value).into_owned())
                };
                let headers: Vec<_> = fixture.headers.iter().map(text).collect();
                let mut headers: Vec<_> =
                    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                headers.push(("host", "tunnel.example"));
                let line = format!("POST {}", fixture.path);
                assert!(status(&url, &line, &headers, &body) >= 400, "{provider} {}", fixture.name);
                let entry = entries(&page).remove(0);
                assert!(entry["advice"].as_str().unwrap().len() > 80, "{provider} {}: {entry}", fixture.name);
                reasons.extend(entry["reason"].as_str().map(str::to_owned));
            }
        }
        reasons
    });
    let reasons = posting.await.unwrap();
    assert_eq!(reasons.len(), 7, "{reasons:?}");
    stack.stop().await;
}

/// Evidence of this time.
fn evidence(time: Timestamp, event: &str) -> Evidence {
    let note = Some("asked by telephone".to_owned());
    Evidence { time, event: event.to_owned(), provider: None, reason: None, note }
}

/// The answer at this path of a page that runs in this process.
async fn told_meanwhile(stack: &Stack, path: &'static str) -> Value {
    let page = stack.page_url().to_owned();
    tokio::task::spawn_blocking(move || told(&page, path).1).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_are_told_newest_first_until_their_suppression_ends() {
    let start: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let now = Arc::new(Mutex::new(start));
    let stack = stack(Storage::Memory, &now).await;
    let list = stack.suppressions().await;
    let day = |number: i64| start + SignedDuration::from_hours(24 * number);
    let soft: Vec<_> =
        (0..5).map(|number| (Kind::Soft, evidence(day(number), &format!("soft-{number}")))).collect();
    list.add("full@example.com", &soft, start).await.unwrap();
    list.add("old@example.com", &[(Kind::Manual, evidence(day(-2), "by hand"))], start).await.unwrap();
    list.add("new@example.com", &[(Kind::Manual, evidence(day(5), "by hand"))], start).await.unwrap();
    let released =
        [(Kind::Manual, evidence(day(1), "by hand")), (Kind::Released, evidence(day(2), "released"))];
    list.add("free@example.com", &released, start).await.unwrap();
    let addresses = |told: &Value| -> Vec<String> {
        let all = told["suppressions"].as_array().unwrap().iter();
        all.map(|answer| answer["address"].as_str().unwrap().to_owned()).collect()
    };

    let all = told_meanwhile(&stack, "/page/api/suppressions").await;
    assert_eq!(addresses(&all), ["new@example.com", "full@example.com", "old@example.com"]);
    assert_eq!(all["suppressions"][1]["until"], json!(day(34)));
    let free = told_meanwhile(&stack, "/page/api/suppression?address=free%40example.com").await;
    assert_eq!(free["state"], "clear");
    let piece = |kind: &str, time, event: &str| json!({"kind": kind, "time": time, "event": event, "note": "asked by telephone"});
    assert_eq!(
        free["evidence"],
        json!([piece("released", day(2), "released"), piece("manual", day(1), "by hand")])
    );

    *now.lock().unwrap() = day(34);
    let all = told_meanwhile(&stack, "/page/api/suppressions").await;
    assert_eq!(addresses(&all), ["new@example.com", "old@example.com"]);
    assert_eq!(all["total"], 2);
    let full = told_meanwhile(&stack, "/page/api/suppression?address=full%40example.com").await;
    assert_eq!((&full["state"], full["evidence"].as_array().unwrap().len()), (&json!("clear"), 5));
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_suppressed_addresses_the_newest_are_told_and_all_are_counted() {
    const MORE: i64 = 1_050;
    let start: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let stack = stack(Storage::Memory, &Arc::new(Mutex::new(start))).await;
    let list = stack.suppressions().await;
    let adding = stream::iter(0..MORE).map(|number| async move {
        let manual = [(Kind::Manual, evidence(start + SignedDuration::from_secs(number), "by hand"))];
        list.add(&format!("{number}@example.com"), &manual, start).await.unwrap();
    });
    adding.buffer_unordered(8).collect::<Vec<()>>().await;
    let all = told_meanwhile(&stack, "/page/api/suppressions").await;
    assert_eq!(all["total"], MORE);
    let told =
        all["suppressions"].as_array().unwrap().iter().map(|answer| answer["address"].as_str().unwrap());
    assert!(told.eq((50..MORE).rev().map(|number| format!("{number}@example.com"))));
    stack.stop().await;
}

#[test]
fn the_page_has_the_topics_in_the_order_of_the_code() {
    let script = fs::read_to_string(files::root().join("infra/local/page/row.js")).unwrap();
    let names = Topic::ALL.map(|topic| format!("'{}'", topic.name())).join(", ");
    assert!(script.contains(&format!("const TOPICS = [{names}];")), "{names}");
}
