//! A receiver under attack, and the services behind it that a forgery must not reach.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;

use futures_util::FutureExt as _;
use ingestion::secrets::Secrets;
use jiff::Timestamp;
use lambda_http::http::HeaderValue;
use lambda_http::{Body, Request, Response};
use mailhooks_local::samples::Fixture;
use normalization::ProviderName;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::Testbed;
use crate::aws::Service;
use crate::facts::facts;
use crate::testbed::request;

/// A request that can be altered, and the time of its arrival.
#[derive(Clone)]
pub struct Delivery {
    /// When it arrives.
    pub now: Timestamp,
    /// The path, and query if any.
    pub path: String,
    /// The header lines.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Delivery {
    /// The request of a fixture.
    pub fn of(fixture: &Fixture) -> Self {
        Self {
            now: fixture.now,
            path: fixture.path.clone(),
            headers: fixture.headers.clone(),
            body: fixture.body.clone(),
        }
    }

    /// The value of a header that occurs once.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        let mut lines = self.headers.iter().filter(|(given, _)| is(given, name));
        lines.next().map(|(_, value)| value.as_slice())
    }

    /// The request without a header.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.headers.retain(|(given, _)| !is(given, name));
        other
    }

    /// The request with one more header line.
    #[must_use]
    pub fn and(&self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let mut other = self.clone();
        other.headers.push((name.to_owned(), value.as_ref().to_vec()));
        other
    }

    /// The request with another value of a header.
    #[must_use]
    pub fn with(&self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.without(name).and(name, value)
    }

    /// The request with these headers replaced by name.
    #[must_use]
    pub fn with_all(&self, headers: &[(String, Vec<u8>)]) -> Self {
        headers.iter().fold(self.clone(), |delivery, (name, value)| delivery.with(name, value))
    }

    /// The request with another body.
    #[must_use]
    pub fn with_body(&self, body: impl Into<Vec<u8>>) -> Self {
        Self { now: self.now, path: self.path.clone(), headers: self.headers.clone(), body: body.into() }
    }
}

fn is(given: &str, name: &str) -> bool {
    given.eq_ignore_ascii_case(name)
}

/// Whether HTTP allows this as the value of a header: control characters never reach a receiver.
pub fn can_travel(value: &[u8]) -> bool {
    HeaderValue::from_bytes(value).is_ok()
}

type Receive = Box<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Response<Body>>>>>;

/// A receiver with its own stack.
pub struct Target {
    testbed: Testbed,
    receive: Receive,
    runtime: Runtime,
    refusal: (u16, String),
    refused: Cell<u64>,
    accepted: Cell<u64>,
}

impl Target {
    /// The provider's receiver, with these signing secrets. Announces everything, so that whatever is accepted
    /// is seen at both engines.
    pub fn start(provider: ProviderName, secrets: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let testbed = runtime.block_on(Testbed::start(Timestamp::UNIX_EPOCH));
        let testbed = testbed.announcing_all();
        let receiver = Rc::new(testbed.receiver_with(provider, Secrets::fixed(secrets)));
        let receive: Receive = Box::new(move |request| {
            let receiver = Rc::clone(&receiver);
            Box::pin(async move { receiver.receive_and_forget(request).await })
        });
        let mut target = Self {
            testbed,
            receive,
            runtime,
            refusal: (facts(provider).refusal(), String::new()),
            refused: Cell::default(),
            accepted: Cell::default(),
        };
        let unsigned = Delivery {
            now: Timestamp::UNIX_EPOCH,
            path: format!("/webhooks/{provider}"),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let (response, _) = target.send(&unsigned, || "a request without any header".to_owned());
        target.refusal.1 = text(&response);
        target
    }

    /// Sends a request that must be rejected for one of these reasons, with the same text as any other rejection and
    /// without a call to either engine.
    pub fn refuses(&self, delivery: &Delivery, reasons: &[&str], what: impl Fn() -> String) {
        let before = self.calls();
        let (response, line) = self.send(delivery, &what);
        assert_eq!((response.status().as_u16(), text(&response)), self.refusal, "{}: {line}", what());
        let reason = line["reason"].as_str().unwrap_or_default();
        let is_known = match line["outcome"].as_str() {
            Some("unsigned") => reason == "signature_missing",
            outcome => outcome == Some("refused"),
        };
        assert!(is_known, "{}: {line}", what());
        assert!(reasons.contains(&reason), "{}: refused for {reason}, not for {reasons:?}", what());
        assert_eq!(self.calls(), before, "calls for {}", what());
        self.refused.set(self.refused.get() + 1);
    }

    /// Sends a request that must be accepted.
    pub fn accepts(&self, delivery: &Delivery, what: impl Fn() -> String) {
        let (response, line) = self.send(delivery, &what);
        assert_eq!(response.status().as_u16(), 200, "{}: {line}", what());
        assert_eq!(line["outcome"], "accepted", "{}", what());
        self.accepted.set(self.accepted.get() + 1);
    }

    /// The numbers of calls that reached DynamoDB and SNS.
    pub fn calls(&self) -> (usize, usize) {
        (self.testbed.aws.count(Service::DynamoDb), self.testbed.aws.count(Service::Sns))
    }

    /// The numbers of requests that were rejected and accepted as expected.
    pub fn tally(&self) -> (u64, u64) {
        (self.refused.get(), self.accepted.get())
    }

    /// The answer to a request, and its line in the log.
    fn send(&self, delivery: &Delivery, what: impl Fn() -> String) -> (Response<Body>, Value) {
        self.testbed.set_clock(delivery.now);
        let request = request("POST", &delivery.path, &delivery.headers, &delivery.body);
        let answer = AssertUnwindSafe((self.receive)(request)).catch_unwind();
        let Ok(response) = self.runtime.block_on(answer) else {
            panic!("the receiver panicked over {}", what());
        };
        let mut lines = self.testbed.take_lines();
        assert_eq!(lines.len(), 1, "lines in the log for {}", what());
        (response, lines.remove(0))
    }
}

fn text(response: &Response<Body>) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}
