//! Time passes for a stack: its real receivers and its real redrive write lines, and its alarms are evaluated every minute.

use ingestion::Redrive;
use ingestion::secrets::Secrets;
use jiff::{SignedDuration, Timestamp};
use normalization::ProviderName;
use serde_json::{Value, json};

use super::definition::Definitions;
use super::metrics::{Metrics, Name};
use super::rules::State;
use crate::testbed::{Testbed, request};
use crate::{files, sign};

/// The namespace that the template gives to the functions of the stack.
const NAMESPACE: &str = "mailhooks/stack";

/// A stack with its alarms.
pub struct Replay {
    /// The stack.
    pub testbed: Testbed,
    redrive: Redrive,
    definitions: Definitions,
    states: Vec<State>,
    metrics: Metrics,
    now: Timestamp,
    /// Whether the alarm address is confirmed. SNS sends nothing to another.
    confirmed: bool,
    mails: Vec<String>,
    /// Whether the redrive runs every minute.
    redrives: bool,
    /// The lines of the last run of the redrive.
    last_run: Vec<Value>,
    /// Whether the next run of the redrive may differ from the last.
    is_busy: bool,
}

impl Replay {
    /// A stack that was deployed with these parameters at this time; of two of a name, the first counts. Its alarm address is not confirmed yet.
    pub async fn deploy(now: &str, parameters: &[(&str, &str)]) -> Self {
        let now: Timestamp = now.parse().unwrap();
        let testbed = Testbed::start(now).await.announcing_actions();
        let is_on = |provider: &ProviderName| {
            let given = parameters.iter().find(|(name, _)| name.to_lowercase() == provider.as_str());
            given.is_some_and(|(_, value)| *value == "on")
        };
        let providers: Vec<_> = ProviderName::ALL.iter().copied().filter(is_on).collect();
        let definitions = Definitions::of_stack(parameters);
        Self {
            redrive: testbed.redrive_watching(&providers),
            testbed,
            states: vec![State::InsufficientData; definitions.alarms.len()],
            definitions,
            metrics: Metrics::default(),
            now,
            confirmed: false,
            mails: Vec::new(),
            redrives: true,
            last_run: Vec::new(),
            is_busy: true,
        }
    }

    /// Confirms the alarm address.
    pub fn confirm(&mut self) {
        self.confirmed = true;
    }

    /// Disables the schedule of the redrive.
    pub fn stop_redrive(&mut self) {
        self.redrives = false;
    }

    /// The names of all alarms, without that of the stack.
    pub fn alarms(&self) -> Vec<&str> {
        self.definitions.alarms.iter().map(|alarm| alarm.name.as_str()).collect()
    }

    /// The alarms that are on.
    pub fn on(&self) -> Vec<&str> {
        let alarms = self.definitions.alarms.iter().zip(&self.states);
        alarms.filter(|(_, state)| **state == State::Alarm).map(|(alarm, _)| alarm.name.as_str()).collect()
    }

    /// The mails since the last call: the minute, `ALARM` or `OK`, and the name of the alarm.
    pub fn take_mails(&mut self) -> Vec<String> {
        std::mem::take(&mut self.mails)
    }

    /// A webhook that is signed with the provider's secret.
    pub async fn webhook(&mut self, provider: ProviderName, body: &[u8]) -> u16 {
        let headers = sign::headers(provider, body, self.now);
        self.request(provider, &headers, body).await
    }

    /// A webhook to a receiver that has no signing secret.
    pub async fn webhook_without_a_secret(&mut self, provider: ProviderName, body: &[u8]) -> u16 {
        let headers = sign::headers(provider, body, self.now);
        self.request_with(provider, "", &headers, body).await
    }

    /// A request without a signature, as scanners and the tool's `doctor` send it.
    pub async fn unsigned(&mut self, provider: ProviderName) -> u16 {
        self.request(provider, &[], b"{}").await
    }

    /// A webhook that is signed with another secret than the one of the receiver.
    pub async fn missigned(&mut self, provider: ProviderName, body: &[u8]) -> u16 {
        let headers = sign::headers(provider, b"another body", self.now);
        self.request(provider, &headers, body).await
    }

    async fn request(&mut self, provider: ProviderName, headers: &[(String, Vec<u8>)], body: &[u8]) -> u16 {
        self.request_with(provider, &files::signing_secret(provider), headers, body).await
    }

    async fn request_with(
        &mut self,
        provider: ProviderName,
        secret: &str,
        headers: &[(String, Vec<u8>)],
        body: &[u8],
    ) -> u16 {
        self.is_busy = true;
        let receiver = self.testbed.receiver_with(provider, Secrets::fixed(secret));
        let request = request("POST", &format!("/webhooks/{provider}"), headers, body);
        let status = receiver.receive(request).await.status().as_u16();
        self.api_answers(status, "-");
        status
    }

    /// The API answers a request, with this message if no function answered.
    pub fn api_answers(&mut self, status: u16, error: &str) {
        let mut line = self.definitions.access_log.replace("$context.error.message", error);
        line = line.replace("$context.status", &status.to_string());
        // The API writes this for every other value, in case it does not exist.
        while let Some(at) = line.find("$context.") {
            let length = line[at + 1..].find(|next: char| !(next.is_alphanumeric() || next == '.')).unwrap();
            line.replace_range(at..=at + length, "-");
        }
        let line: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for filter in self.definitions.filters.iter().filter(|filter| filter.takes(&line)) {
            self.metrics.add(filter.counts.clone(), self.now.as_second() / 60, 1.0);
        }
    }

    /// Adds a value of a metric that AWS makes, not the stack.
    pub fn aws_reports(&mut self, namespace: &str, metric: &str, dimensions: &[(&str, &str)], value: f64) {
        self.metrics.add(Name::new(namespace, metric, dimensions), self.now.as_second() / 60, value);
    }

    /// Lets this number of minutes pass.
    pub async fn minutes(&mut self, minutes: usize) {
        for _ in 0..minutes {
            self.run_redrive().await;
            self.now += SignedDuration::from_mins(1);
            self.testbed.set_clock(self.now);
            self.evaluate();
        }
    }

    /// Lets the time pass until then.
    pub async fn until(&mut self, then: &str) {
        let left = then.parse::<Timestamp>().unwrap().duration_since(self.now).as_mins();
        self.minutes(usize::try_from(left).unwrap()).await;
    }

    /// A real run, or, if nothing happened and the time of the daily check is not near, its lines with a newer time.
    async fn run_redrive(&mut self) {
        self.add_lines();
        if !self.redrives {
            return;
        }
        let minute_of_day = self.now.as_second() / 60 % (24 * 60);
        let is_check = (8 * 60..=8 * 60 + 5).contains(&minute_of_day);
        if self.is_busy || is_check {
            let report = self.redrive.run(std::time::Duration::from_mins(1)).await;
            self.is_busy = report.oldest.is_some();
            self.last_run = self.testbed.take_lines();
        }
        for line in &mut self.last_run {
            line["_aws"]["Timestamp"] = json!(self.now.as_millisecond());
            self.metrics.add_line(line, NAMESPACE);
        }
    }

    fn add_lines(&mut self) {
        for line in self.testbed.take_lines() {
            self.metrics.add_line(&line, NAMESPACE);
        }
    }

    fn evaluate(&mut self) {
        let minute = self.now.as_second() / 60;
        for (alarm, state) in self.definitions.alarms.iter().zip(&mut self.states) {
            let next = alarm.evaluate(&self.metrics, minute, *state);
            let [goes_off, ends] = alarm.mails;
            let word = match next {
                State::Alarm if goes_off => "ALARM",
                State::Ok if ends => "OK",
                _ => "",
            };
            if next != *state && self.confirmed && !word.is_empty() {
                let time = self.now.strftime("%a %H:%M");
                self.mails.push(format!("{time} {word} {}", alarm.name));
            }
            *state = next;
        }
    }
}
