//! `mailhooks page`: the page over the table and the topics of a deployed stack.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Stdio};

use mailhooks_tests::deployed::Deployed;
use mailhooks_tests::http::send;
use mailhooks_tests::tool::{Folder, run, stderr};
use serde_json::Value;

/// A running `mailhooks page`, which is killed when this is dropped.
struct Page {
    process: Child,
    url: String,
    cookie: String,
}

impl Page {
    fn start(deployed: &Deployed, data: &Path) -> Self {
        let mut command = deployed.tool(data, &["--json", "page", "--port", "0"]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let started: Value = serde_json::from_str(&line).unwrap();
        let (url, token) = started["page"].as_str().unwrap().split_once("/?token=").unwrap();
        let port = url.rsplit(':').next().unwrap();
        Self { process, url: url.to_owned(), cookie: format!("mailhooks-{port}={token}") }
    }

    /// A request of the page itself. Returns the status and the answer.
    fn ask(&self, line: &str) -> (u16, Value) {
        let host = self.url.strip_prefix("http://").unwrap();
        let headers = [("host", host), ("origin", &self.url), ("cookie", &self.cookie)];
        let mut answer = send(&self.url, line, &headers, "");
        let mut text = String::new();
        answer.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_else(|_| body.into()))
    }

    fn found(&self, query: &str) -> Vec<Value> {
        let (status, answer) = self.ask(&format!("GET /page/api/find?{query}"));
        assert_eq!((status, &answer["reached"]), (200, &Value::Null), "{query}: {answer}");
        answer["entries"].as_array().unwrap().clone()
    }

    /// The lines of the event stream that have data.
    fn stream(&self) -> impl Iterator<Item = String> + use<> {
        let host = self.url.strip_prefix("http://").unwrap();
        let headers = [("host", host), ("cookie", self.cookie.as_str())];
        let lines = send(&self.url, "GET /page/api/stream", &headers, "").lines().map(Result::unwrap);
        lines.filter_map(|line| line.strip_prefix("data: ").map(str::to_owned))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn post(deployed: &Deployed, data: &Path, arguments: &[&str]) {
    let output = deployed.tool(data, &[&["send", "jetemail"], arguments].concat()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn bounce(deployed: &Deployed, data: &Path, id: &str, to: &str) {
    let set = [format!("id={id}"), format!("data.to={to}"), format!("data.uid=m-{id}")];
    let [id, to, uid] = set.each_ref().map(String::as_str);
    post(deployed, data, &["outbound-bounced", "--set", id, "--set", to, "--set", uid]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_a_deployed_stack_are_listed_found_opened_and_announced() {
    let deployed = Deployed::start().await;
    let used = tokio::task::spawn_blocking(move || {
        let data = &Folder::default();
        bounce(&deployed, data, "evt_1", "ada@example.com");
        bounce(&deployed, data, "evt_2", "bob@example.com");
        let page = Page::start(&deployed, data);
        let mut stream = page.stream();
        assert!(stream.next().unwrap().contains("\"newest\":0"));
        let history = stream.next().unwrap();
        assert_eq!(history, "{}");
        let (_, listed) = page.ask("GET /page/api/entries");
        assert_eq!(listed["entries"].as_array().unwrap().len(), 2, "{listed}");
        bounce(&deployed, data, "evt_3", "ada@example.com");
        let news: Value = serde_json::from_str(&stream.next().unwrap()).unwrap();
        assert_eq!(news[0]["id"], "jetemail:evt_3");

        assert_eq!(page.found("recipient=Ada%40Example.com").len(), 2);
        assert_eq!(page.found("message=m-evt_2")[0]["id"], "jetemail:evt_2");
        assert_eq!(page.found("id=jetemail:evt_1")[0]["recipient"], "ada@example.com");
        assert_eq!(page.found("type=email.bounced&provider=jetemail").len(), 3);
        assert_eq!(page.found("type=email.opened").len(), 0);
        assert_eq!(page.found("until=2026-01-01T00:00:00Z&since=2025-12-30T00:00:00Z").len(), 0);

        let of_one = "partition=jetemail%23m-evt_1&key=evt_1";
        let (_, opened) = page.ask(&format!("GET /page/api/event?{of_one}"));
        assert_eq!(opened["event"]["id"], "jetemail:evt_1");
        assert_eq!((&opened["announcements"], &opened["due"][0]), (&Value::Null, &"bounces".into()));
        let before = deployed.announced_on("bounces");
        let (status, announced) = page.ask(&format!("POST /page/api/announce?{of_one}"));
        assert_eq!((status, &announced["announced_on"][0]), (200, &"bounces".into()), "{announced}");
        assert_eq!(deployed.announced_on("bounces"), before + 1);
        assert_eq!(page.ask("POST /page/api/announce?partition=jetemail%23no&key=no").0, 404);
        (deployed, data.to_path_buf(), page)
    });
    let (deployed, _, page) = used.await.unwrap();
    deployed.stack.suppressions().await;
    let state = tokio::task::spawn_blocking(move || {
        let answer = page.ask("GET /page/api/suppression?address=ada%40example.com").1;
        drop(page);
        answer
    });
    assert_eq!(state.await.unwrap()["state"], "suppressed");
    drop(deployed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_deployed_stack_is_for_its_operator_alone() {
    let deployed = Deployed::start().await;
    let without = deployed.with_parameter("TimeIndex", "off");
    let used = tokio::task::spawn_blocking(move || {
        let data = &Folder::default();
        let error = stderr(&run(data, &["page"]), 2);
        assert!(error.contains("name a deployed stack with --stack"), "{error}");
        data.to_path_buf()
    });
    used.await.unwrap();
    let without = without.await;
    let refused = tokio::task::spawn_blocking(move || {
        let data = &Folder::default();
        let output = without.tool(data, &["page", "--port", "0"]).output().unwrap();
        assert!(stderr(&output, 1).contains("has no index by time"), "{output:?}");
        without
    });
    let deployed = refused.await.unwrap().with_parameter("TimeIndex", "on").await;
    let asked = tokio::task::spawn_blocking(move || {
        let data = &Folder::default();
        let mut page = Page::start(&deployed, data);
        let cookie = std::mem::take(&mut page.cookie);
        for line in [
            "GET /",
            "GET /page/api/entries",
            "GET /page/api/find?id=a",
            "POST /page/api/announce?partition=a&key=b",
        ] {
            assert_eq!(page.ask(line).0, 403, "{line}");
        }
        page.cookie = cookie;
        assert_eq!(page.ask("GET /").0, 200);
        assert_eq!(page.ask("GET /webhooks/jetemail").0, 404);
        let foreign = [("host", "evil.example"), ("cookie", page.cookie.as_str())];
        let mut answer = send(&page.url, "GET /page/api/entries", &foreign, "");
        let mut line = String::new();
        answer.read_line(&mut line).unwrap();
        assert!(line.contains(" 403 "), "{line}");
        drop(page);
        deployed
    });
    drop(asked.await.unwrap());
}
