//! A receiver for fuzzing: its clock stands still, AWS is simulated in this process, and its log is read line by line.

use std::sync::{Arc, Mutex};

use ingestion::Receiver;
use ingestion::aws::Clients;
use ingestion::clock::Clock;
use ingestion::log::Log;
use ingestion::notifier::{Notifier, Topic};
use ingestion::secrets::Secrets;
use ingestion::store::{Store, StoredEvent, WriteSettings};
use jiff::Timestamp;
use lambda_http::{Body, Request, Response};
use normalization::{Provider, Record};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::aws::{Aws, TABLE};

/// The accepted secrets, the current one first. They can also be read as Base64, as some providers do.
pub(crate) const SECRETS: [&str; 2] = ["whsec_Y3VycmVudA==", "whsec_b2xkZXI="];

/// The topics; the last takes every event, where it is asked for.
pub(crate) const TOPICS: [&str; 5] = [
    "arn:aws:sns:eu-central-1:123456789012:bounces",
    "arn:aws:sns:eu-central-1:123456789012:complaints",
    "arn:aws:sns:eu-central-1:123456789012:spam",
    "arn:aws:sns:eu-central-1:123456789012:actions",
    "arn:aws:sns:eu-central-1:123456789012:events",
];

/// Objects that are slow to create, shared by all inputs.
pub(crate) struct Bench {
    pub(crate) aws: Aws,
    clients: Clients,
    runtime: Runtime,
    lines: Arc<Mutex<Vec<Value>>>,
}

thread_local! {
    static BENCH: Bench = Bench::new();
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) line: Value,
}

impl Bench {
    /// The bench of this thread, reset to its initial state.
    pub(crate) fn with<T>(work: impl FnOnce(&Self) -> T) -> T {
        BENCH.with(|bench| {
            bench.aws.reset();
            work(bench)
        })
    }

    fn new() -> Self {
        let aws = Aws::default();
        // Tokio's clock advances only when all tasks wait: the delays of retries take no real time, and no input times out
        // because the machine is slow.
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
        Self { clients: aws.clients(), aws, runtime: runtime.unwrap(), lines: Arc::default() }
    }

    pub(crate) fn receive(
        &self,
        provider: &'static Provider,
        request: Request,
        announces_all: bool,
    ) -> Answer {
        let response = self.runtime.block_on(self.receiver(provider, announces_all).receive(request));
        let mut lines = std::mem::take(&mut *self.lines.lock().unwrap());
        assert_eq!(lines.len(), 1, "every answer has a line");
        Answer::checked(&response, lines.remove(0))
    }

    /// The stored form of a record: the event and its raw payload.
    pub(crate) fn stored(&self, record: &Record<'_>) -> (StoredEvent, Vec<u8>) {
        let store = self.store();
        self.runtime.block_on(async {
            let event = store.event(&record.key).await.unwrap().expect("it was recorded");
            let raw = store.raw(&event).await.unwrap();
            (event, raw)
        })
    }

    fn receiver(&self, provider: &'static Provider, announces_all: bool) -> Receiver {
        let exists = |(topic, _): &(Topic, String)| announces_all || *topic != Topic::Events;
        let topics = Topic::ALL.into_iter().zip(TOPICS.map(str::to_owned)).filter(exists).collect();
        let lines = Arc::clone(&self.lines);
        Receiver::new(
            provider,
            Secrets::fixed(&SECRETS.join(",")),
            self.store(),
            Notifier::new(self.clients.sns.clone(), topics),
            Clock::from(now),
            Log::from(move |line: &Value| lines.lock().unwrap().push(line.clone())),
        )
    }

    fn store(&self) -> Store {
        Store::new(self.clients.dynamodb.clone(), TABLE, WriteSettings::default())
    }
}

/// The arrival time of every request.
pub(crate) fn now() -> Timestamp {
    "2026-10-01T09:14:06Z".parse().unwrap()
}

impl Answer {
    fn checked(response: &Response<Body>, mut line: Value) -> Self {
        let status = response.status().as_u16();
        assert_eq!(line["status"], status);
        assert_eq!(line["outcome"].as_str().unwrap() == "accepted", status == 200);
        let has_reason = match status {
            200 => line.get("AnnounceFailed").is_some(),
            405 | 413 => false,
            _ => true,
        };
        assert_eq!(line.get("reason").is_some(), has_reason);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers().contains_key("retry-after"), status == 503);
        // The ids come from the provider and may contain anything.
        let events = line.as_object_mut().unwrap().remove("events");
        assert!(!line.to_string().contains('@'), "an address in the log");
        line["events"] = events.unwrap_or_default();
        Self { status, body: serde_json::from_slice(response.body()).unwrap(), line }
    }

    /// The three counts of an acceptance: received, recorded, duplicates.
    pub(crate) fn counts(&self) -> [usize; 3] {
        let members = self.body.as_object().unwrap();
        assert_eq!((self.status, members.len()), (200, 3));
        ["received", "recorded", "duplicates"]
            .map(|name| usize::try_from(members[name].as_u64().unwrap()).unwrap())
    }
}
