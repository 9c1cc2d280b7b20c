//! The real tool, with a data folder of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use normalization::ProviderName;
use serde_json::Value;

use crate::lambda;

/// The command with these arguments.
pub fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(lambda::program("mailhooks"));
    command
        .arg("--data")
        .arg(data)
        .args(arguments)
        .env_remove("MAILHOOKS_DATA");
    command
}

/// The signing secret that the local stack generated for a provider.
pub fn secret(data: &Path, provider: ProviderName) -> String {
    let file = data.join("secrets").join(provider.as_str());
    fs::read_to_string(file).unwrap().trim().to_owned()
}

/// Runs it to its end.
pub fn run(data: &Path, arguments: &[&str]) -> Output {
    command(data, arguments).output().unwrap()
}

/// What it printed.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The lines of a command that succeeds, as JSON.
pub fn lines(data: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = run(data, &[&["--json"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A running local stack. Dropping it kills it, as SIGKILL does: nothing is said or saved at the end.
pub struct Dev {
    process: Child,
    /// Where it receives.
    pub url: String,
}

impl Dev {
    /// Starts it on any free port.
    pub fn start(data: &Path) -> Self {
        let mut command = command(data, &["--json", "dev", "--port", "0"]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let started: Value = serde_json::from_str(&line).unwrap();
        // Nobody may block the program by not reading what it says.
        std::thread::spawn(move || output.lines().count());
        Self {
            process,
            url: started["url"].as_str().unwrap().to_owned(),
        }
    }

    /// Posts a webhook with these headers: the status and the answer.
    pub fn post(
        &self,
        provider: ProviderName,
        headers: &[(String, Vec<u8>)],
        body: &[u8],
    ) -> (u16, Value) {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .new_agent();
        let mut request = agent.post(format!("{}/webhooks/{provider}", self.url));
        for (name, value) in headers {
            request = request.header(name, value.as_slice());
        }
        let mut answer = request.send(body).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        (
            answer.status().as_u16(),
            serde_json::from_str(&text).unwrap(),
        )
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
