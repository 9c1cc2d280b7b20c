//! The real tool, with a separate data folder.

use std::fs;
use std::io::{BufRead, BufReader};
use std::ops::Deref;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use normalization::ProviderName;
use serde_json::Value;
use tempfile::TempDir;

use crate::lambda;
use crate::privacy::Watch;

/// An empty folder that is deleted after the test.
pub struct Folder(TempDir);

impl Default for Folder {
    fn default() -> Self {
        Self(TempDir::new().unwrap())
    }
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        self.0.path()
    }
}

/// The command with these arguments.
pub fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(lambda::program("mailhooks"));
    command.arg("--data").arg(data).args(arguments).env_remove("MAILHOOKS_DATA");
    // No test may call a provider with the developer's API key.
    for provider in ProviderName::ALL {
        command.env_remove(format!("{}_API_KEY", provider.as_str().to_uppercase()));
    }
    command
}

/// The signing secret that the local stack generated for a provider.
pub fn secret(data: &Path, provider: ProviderName) -> String {
    fs::read_to_string(data.join("secrets").join(provider.as_str())).unwrap().trim().to_owned()
}

/// The state file of the running local stack: its addresses and tokens.
pub fn stack(data: &Path) -> Value {
    serde_json::from_slice(&fs::read(data.join("stack.json")).unwrap()).unwrap()
}

/// Runs a command until it exits.
pub fn run(data: &Path, arguments: &[&str]) -> Output {
    command(data, arguments).output().unwrap()
}

/// Runs a command until it exits, while the servers of this process continue.
pub async fn finish(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// The standard output.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The standard error of a command that exits with this status.
pub fn stderr(output: &Output, status: i32) -> String {
    assert_eq!(output.status.code(), Some(status), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The lines of a command that succeeds, as JSON.
pub fn lines(data: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = run(data, &[&["--json"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The announcements of the local stack on a topic.
pub fn announced_on(data: &Path, topic: &str) -> Vec<Value> {
    lines(data, &["announcements"]).into_iter().filter(|one| one["topic"] == topic).collect()
}

/// A running local stack, whose log is watched. Dropping it kills it, as SIGKILL does: nothing is said or saved at the
/// end.
pub struct Dev {
    process: Child,
    /// The address of its receivers.
    pub url: String,
    /// The URL that opens its page.
    pub page: String,
    /// The texts that no line may contain.
    pub watch: Arc<Watch>,
    lines: mpsc::Receiver<Value>,
    readers: Vec<JoinHandle<()>>,
}

impl Dev {
    /// Starts the stack on a free port.
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// Starts the stack on a free port with further options.
    pub fn start_with(data: &Path, options: &[&str]) -> Self {
        let mut command = command(data, &[&["--json", "dev", "--port", "0"], options].concat());
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let started: Value = serde_json::from_str(&line).unwrap();
        let watch: Arc<Watch> = Arc::default();
        for provider in ProviderName::ALL {
            watch.secret(&secret(data, *provider));
        }
        let running = stack(data);
        let page = running["page"].as_str().unwrap().to_owned();
        for secret in [page.rsplit('=').next(), running["token"].as_str()] {
            watch.secret(secret.unwrap());
        }
        // Its announcements contain addresses on purpose, and are not log lines.
        let (sender, lines) = mpsc::channel();
        let take_line = move |watch: &Watch, line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            match line["kind"].as_str() {
                Some("announcement") => {}
                Some("delivery") => watch.delivery(&line),
                _ => watch.line_of_dev(&line),
            }
            // Fails only after the test.
            drop(sender.send(line));
        };
        let errors = BufReader::new(process.stderr.take().unwrap());
        let readers = vec![read_lines(output, &watch, take_line), read_lines(errors, &watch, Watch::text)];
        Self { process, url: started["url"].as_str().unwrap().to_owned(), page, watch, lines, readers }
    }

    /// The next line of its output with this kind.
    pub fn line(&self, kind: &str) -> Value {
        loop {
            let line = self.next_line();
            if line["kind"] == kind {
                return line;
            }
        }
    }

    /// The next line of its output.
    pub fn next_line(&self) -> Value {
        self.lines.recv().unwrap()
    }

    /// Posts a webhook with these headers. Returns the status and the answer.
    pub fn post(&self, provider: ProviderName, headers: &[(String, Vec<u8>)], body: &[u8]) -> (u16, Value) {
        self.watch.body(provider, body);
        for (name, value) in headers {
            self.watch.header(provider, name, value);
        }
        post(&format!("{}/webhooks/{provider}", self.url), headers, body)
    }
}

/// Posts to a server on this machine. Returns the status and the answer.
pub fn post(url: &str, headers: &[(String, Vec<u8>)], body: &[u8]) -> (u16, Value) {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let request =
        headers.iter().fold(agent.post(url), |one, (name, value)| one.header(name, value.as_slice()));
    let mut answer = request.send(body).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap())
}

impl Drop for Dev {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        for reader in self.readers.drain(..) {
            if reader.join().is_err() {
                self.watch.report("a line is not as expected".to_owned());
            }
        }
        self.watch.verify();
    }
}

fn read_lines(
    mut output: impl BufRead + Send + 'static,
    watch: &Arc<Watch>,
    take: impl Fn(&Watch, &str) + Send + 'static,
) -> JoinHandle<()> {
    let watch = Arc::clone(watch);
    thread::spawn(move || {
        loop {
            let mut line = String::new();
            output.read_line(&mut line).unwrap();
            // The process may be killed in the middle of a line.
            let Some(whole) = line.strip_suffix('\n') else {
                return;
            };
            take(&watch, whole);
        }
    })
}
