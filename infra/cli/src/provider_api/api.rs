//! Calls to a management API, with retries.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use mailhooks_local::http;
use serde_json::Value;
use thiserror::Error;
use ureq::Agent;
use ureq::http::{Method, Request, Response};
use url::Url;

use super::hide::Hide;
use super::{Access, Management, access, error};
use crate::output;

/// The most bytes read of an answer: room for a hundred events, each with the text of a mail.
const MAX_ANSWER: u64 = 64 * 1024 * 1024;

/// How long to wait at a rate limit without a `retry-after`: the window of Jasni's limit.
const PAUSE: Duration = Duration::from_mins(1);

/// The longest wait at a rate limit. JetEmail blocks all calls for five minutes
/// (<https://support.jetemail.com/api-reference/introduction>).
const MAX_PAUSE: Duration = Duration::from_mins(6);

/// How many times a rate-limited call is retried by a command that needs its result.
const MAX_PAUSES: usize = 3;

/// The delays before the retries of a read-only call after a network error or a 5xx answer.
const SECOND_CHANCES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// One API call.
#[derive(Clone)]
pub(crate) struct Call {
    method: Method,
    path: Vec<String>,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    reads: bool,
}

impl Call {
    fn new<const N: usize>(method: Method, path: [&str; N], body: Option<Value>) -> Self {
        Self {
            reads: method == Method::GET,
            method,
            path: path.map(str::to_owned).to_vec(),
            query: Vec::new(),
            body,
        }
    }

    pub(crate) fn get<const N: usize>(path: [&str; N]) -> Self {
        Self::new(Method::GET, path, None)
    }

    pub(crate) fn post<const N: usize>(path: [&str; N], body: impl Into<Value>) -> Self {
        Self::new(Method::POST, path, Some(body.into()))
    }

    pub(crate) fn patch<const N: usize>(path: [&str; N], body: impl Into<Value>) -> Self {
        Self::new(Method::PATCH, path, Some(body.into()))
    }

    pub(crate) fn delete<const N: usize>(path: [&str; N]) -> Self {
        Self::new(Method::DELETE, path, None)
    }

    pub(crate) fn query(mut self, name: &'static str, value: &str) -> Self {
        self.query.push((name, value.to_owned()));
        self
    }

    /// Marks a call as read-only, whatever its method, so that it can be retried.
    pub(crate) fn that_reads(self) -> Self {
        Self { reads: true, ..self }
    }
}

/// The provider rejected the call and changed nothing.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct Refusal(String);

/// A client for the management API of one provider.
pub(crate) struct Api {
    pub(crate) management: &'static Management,
    agent: Agent,
    base: Url,
    key: String,
    /// How many times a rate-limited call is retried.
    pauses: usize,
}

impl Api {
    /// Opens the API with the key from the environment or from a prompt.
    pub(crate) fn open(management: &'static Management, access: &Access) -> Result<Self> {
        let base = access.base(management)?;
        Ok(Self::new(management, base, access::key(management)?, MAX_PAUSES))
    }

    /// Opens the API for optional checks: `None` if its key is not in the environment. Never prompts for a key, and never
    /// waits at a rate limit.
    pub(crate) fn open_for_a_look(management: &'static Management, access: &Access) -> Result<Option<Self>> {
        let base = access.base(management)?;
        let key = access::key_given(management)?;
        Ok(key.map(|key| Self::new(management, base, key, 0)))
    }

    fn new(management: &'static Management, base: Url, key: String, pauses: usize) -> Self {
        Self { management, agent: http::agent(&base), base, key, pauses }
    }

    /// Makes a call and returns the JSON of its answer. Fails with the provider's error message.
    pub(crate) async fn call(&self, call: Call) -> Result<Value> {
        let answer = self.text(call).await?;
        if answer.trim().is_empty() {
            return Ok(Value::Null);
        }
        // The error leaves out the answer, which may contain a secret.
        serde_json::from_str(&answer).map_err(|error| {
            let (name, line, column) = (self.name(), error.line(), error.column());
            anyhow!("{name} returned invalid JSON (line {line}, column {column})")
        })
    }

    /// Makes a call and returns the text of its answer.
    pub(crate) async fn text(&self, call: Call) -> Result<String> {
        let mut chances = SECOND_CHANCES.iter();
        let mut pauses = 0;
        loop {
            let (problem, pause) = match self.attempt(call.clone()).await {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer.body),
                Ok(answer) if answer.status == 429 && pauses < self.pauses => {
                    pauses += 1;
                    let pause = answer.pause();
                    ensure!(pause <= MAX_PAUSE, Refusal(self.problem(&answer)));
                    output::remark(&format!(
                        "{}: rate limit reached; retrying in {} s",
                        self.name(),
                        pause.as_secs()
                    ));
                    // The provider changed nothing, so any call can be retried.
                    tokio::time::sleep(pause).await;
                    continue;
                }
                Ok(answer) if answer.status < 500 => bail!(Refusal(self.problem(&answer))),
                Ok(answer) => (anyhow!(self.problem(&answer)), chances.next()),
                Err(error) => (error, chances.next()),
            };
            match pause.filter(|_| call.reads) {
                Some(pause) => tokio::time::sleep(*pause).await,
                None => return Err(problem),
            }
        }
    }

    /// An answer without its secrets, safe to print.
    pub(crate) fn shown(&self, answer: &Value) -> Value {
        Hide(&self.key).value(answer)
    }

    fn name(&self) -> &'static str {
        self.management.name
    }

    async fn attempt(&self, call: Call) -> Result<Answer> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(&call.path);
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let request = Request::builder()
            .method(call.method)
            .uri(url.as_str())
            .header("authorization", format!("Bearer {}", self.key))
            .header("accept", "application/json")
            .header("user-agent", concat!("mailhooks/", env!("CARGO_PKG_VERSION")));
        let agent = self.agent.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let response = match call.body {
                Some(body) => {
                    agent.run(request.header("content-type", "application/json").body(body.to_string())?)?
                }
                None => agent.run(request.body(())?)?,
            };
            Answer::read(response)
        });
        answer.await?.with_context(|| format!("cannot reach {} at {}", self.name(), self.base))
    }

    fn problem(&self, answer: &Answer) -> String {
        let (name, status) = (self.name(), answer.status);
        let words = error::words(&answer.body, &Hide(&self.key));
        let said = if words.is_empty() { String::new() } else { format!(": {words}") };
        match status {
            300..=399 => format!(
                "{name} answered {status}, a redirect, which is not followed, to protect the API key: check --api-base"
            ),
            401 | 403 => {
                format!("{name} rejected the API key in {} ({status}){said}", self.management.key_variable)
            }
            429 => {
                format!("{name}: rate limit reached (429){said}: try again in {} s", answer.pause().as_secs())
            }
            _ => format!("{name} answered {status}{said}"),
        }
    }
}

struct Answer {
    status: u16,
    retry_after: Option<u64>,
    body: String,
}

impl Answer {
    fn read(mut response: Response<ureq::Body>) -> Result<Self, ureq::Error> {
        let header = response.headers().get("retry-after");
        let retry_after = header.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MAX_ANSWER);
        Ok(Self { status, retry_after, body: body.lossy_utf8(true).read_to_string()? })
    }

    /// How long to wait: from the `retry-after` header or, at Emailit, from the body.
    fn pause(&self) -> Duration {
        let in_body = || {
            let body: Value = serde_json::from_str(&self.body).ok()?;
            ["retry_after", "retryAfter"].iter().find_map(|name| body.get(name)?.as_u64())
        };
        self.retry_after.or_else(in_body).map_or(PAUSE, Duration::from_secs)
    }
}
