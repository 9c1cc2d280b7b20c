//! Webhooks posted over HTTP, and what was answered.

use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::Value;
use ureq::Agent;
use url::{Host, Url};

/// Longer than every provider waits (JetEmail 10 s, the others 30 s or do not say). A server on this machine has no limit:
/// it may run under a debugger, or on a busy machine.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Bytes of an answer that are read: a receiver's has less than a hundred.
const MAX_ANSWER: u64 = 64 * 1024;

/// What a receiver answered.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: String,
    /// By the clock of who answered, if it says.
    pub date: Option<Timestamp>,
}

impl Answer {
    /// Whether the provider counts the webhook as delivered.
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A count in it, such as `recorded`.
    pub fn count(&self, member: &str) -> u64 {
        let body: Option<Value> = serde_json::from_str(&self.body).ok();
        body.and_then(|body| body.get(member)?.as_u64()).unwrap_or_default()
    }
}

/// Posts a webhook, and follows no redirect: to the providers one is a failure.
pub async fn post(url: &Url, headers: Vec<(&'static str, String)>, body: Vec<u8>) -> Result<Answer> {
    Sender::new(url).post(headers, body).await
}

/// Posts webhooks to one address, over connections that stay open.
pub struct Sender {
    url: Url,
    agent: Agent,
}

impl Sender {
    /// Posts to this address.
    pub fn new(url: &Url) -> Self {
        Self { url: url.clone(), agent: agent(url) }
    }

    /// The address.
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
        .with_context(|| format!("cannot post to {}", self.url))
    }
}

/// Whether the address is on this machine.
pub fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// What calls this address. It follows no redirect, and hands on every answer whatever its status.
pub fn agent(url: &Url) -> Agent {
    let configuration =
        Agent::config_builder().http_status_as_error(false).max_redirects(0).max_redirects_will_error(false);
    // A proxy has its own idea of what is local.
    let configuration =
        if is_here(url) { configuration.proxy(None) } else { configuration.timeout_global(Some(TIMEOUT)) };
    configuration.build().new_agent()
}
