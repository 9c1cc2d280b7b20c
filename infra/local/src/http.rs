//! Posts webhooks over HTTP and reads the answers.

use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::Value;
use ureq::Agent;
use url::{Host, Url};

/// Longer than any provider waits (JetEmail 10 s, the others 30 s or undocumented). There is no limit for a server on this
/// machine, because it may run under a debugger, or the machine may be busy.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Most bytes read of an answer. A receiver's answer has fewer than 100.
const MAX_ANSWER: u64 = 64 * 1024;

/// A receiver's answer to a webhook.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// The time by the server's clock, from the `Date` header if the answer has a valid one.
    pub date: Option<Timestamp>,
}

impl Answer {
    /// Whether the provider counts the webhook as delivered.
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A count in the body, such as `recorded`; 0 if it is missing.
    pub fn count(&self, member: &str) -> u64 {
        let body: Option<Value> = serde_json::from_str(&self.body).ok();
        body.and_then(|body| body.get(member)?.as_u64()).unwrap_or_default()
    }
}

/// Posts a webhook. Does not follow redirects, because providers treat a redirect as a failure.
pub async fn post(url: &Url, headers: Vec<(&'static str, String)>, body: Vec<u8>) -> Result<Answer> {
    Sender::new(url).post(headers, body).await
}

/// Posts webhooks to one URL, over connections that stay open.
pub struct Sender {
    url: Url,
    agent: Agent,
}

impl Sender {
    /// Makes a sender for this URL.
    pub fn new(url: &Url) -> Self {
        Self { url: url.clone(), agent: agent(url) }
    }

    /// The URL that it posts to.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Posts a webhook.
    pub async fn post(&self, headers: Vec<(&'static str, String)>, body: Vec<u8>) -> Result<Answer> {
        let agent = self.agent.clone();
        let address = self.url.clone();
        tokio::task::spawn_blocking(move || {
            let mut request = agent.post(address.as_str());
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let mut response = request.send(&body)?;
            let status = response.status().as_u16();
            let date = response.headers().get("date");
            let date = date.and_then(|date| rfc2822::parse(date.to_str().ok()?).ok());
            let text = response.body_mut().with_config().limit(MAX_ANSWER);
            Ok::<_, ureq::Error>(Answer {
                status,
                date: date.map(|date| date.timestamp()),
                body: text.lossy_utf8(true).read_to_string()?,
            })
        })
        .await?
        .with_context(|| format!("cannot post to {}", shown(&self.url)))
    }
}

/// Whether the URL's host is `localhost` or a loopback address.
pub fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The URL without its user name, password, query and fragment, which may be secret.
pub fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// An HTTP client for this URL. It does not follow redirects, and returns every answer regardless of its status.
pub fn agent(url: &Url) -> Agent {
    agent_within(url, (!is_here(url)).then_some(TIMEOUT))
}

/// The same client with this time limit for a request and its answer.
pub(crate) fn agent_within(url: &Url, limit: Option<Duration>) -> Agent {
    let configuration = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(limit);
    // A proxy would resolve a loopback address to its own machine.
    let configuration = if is_here(url) { configuration.proxy(None) } else { configuration };
    configuration.build().new_agent()
}
