//! Webhooks as a provider sends them: signed at this moment, posted over HTTP.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use ingestion::environment;
use ingestion::outcome::Outcome;
use ingestion::secrets::in_value;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use normalization::{ProviderName, Rejection, SigningSecret, SigningSecrets, sign};
use serde_json::Value;
use ureq::Agent;
use url::{Host, Url};

use crate::local::DataFolder;

/// Longer than every provider waits (JetEmail 10 s, the others 30 s or do not say). A server on this machine has no limit:
/// it may run under a debugger, or on a busy machine.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Bytes of an answer that are read: a receiver's has less than a hundred.
const MAX_ANSWER: u64 = 64 * 1024;

/// The variable that holds the signing secrets of a provider.
pub(crate) fn variable(provider: ProviderName) -> String {
    format!("SIGNING_SECRETS_{}", provider.as_str().to_uppercase())
}

/// The signing secrets of a provider in the environment, if the variable is set.
pub(crate) fn secrets_in_environment(provider: ProviderName) -> Result<Option<String>> {
    let name = variable(provider);
    let Some(text) = environment::variable(&name) else {
        return Ok(None);
    };
    if text.parse::<SigningSecrets>().is_err() {
        bail!("{name} is set and holds no secret: set one, or unset the variable");
    }
    Ok(Some(text))
}

/// The secret that signs for a provider: of the environment, else of the data folder.
pub(crate) fn secret(provider: ProviderName, folder: &DataFolder) -> Result<SigningSecret> {
    Ok(secrets(provider, folder)?.current().clone())
}

/// All that are accepted of the provider, from the same place.
pub(crate) fn secrets(provider: ProviderName, folder: &DataFolder) -> Result<SigningSecrets> {
    match secrets_in_environment(provider)? {
        Some(text) => Ok(text.parse()?),
        None => Ok(in_value(&folder.signing_secret(provider.as_str())?)?),
    }
}

/// The headers with which the provider would send this body at this moment.
pub(crate) fn headers(
    provider: ProviderName,
    secret: &SigningSecret,
    body: &[u8],
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    sign(provider.provider(), secret, body, now)
}

/// The status with which a receiver refuses what the provider did not sign.
pub(crate) fn refusal(provider: ProviderName) -> u16 {
    let drops_on_4xx = provider.provider().drops_on_4xx;
    Outcome::Refused { reason: Rejection::SignatureMismatch, drops_on_4xx }.status().as_u16()
}

/// What a receiver answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// By the clock of who answered, if it says.
    pub(crate) date: Option<Timestamp>,
}

impl Answer {
    /// Whether the provider counts the webhook as delivered.
    pub(crate) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A count in it, such as `recorded`.
    pub(crate) fn count(&self, member: &str) -> u64 {
        let body: Option<Value> = serde_json::from_str(&self.body).ok();
        body.and_then(|body| body.get(member)?.as_u64()).unwrap_or_default()
    }
}

/// Posts a webhook, and follows no redirect: to the providers one is a failure.
pub(crate) async fn post(url: &Url, headers: Vec<(&'static str, String)>, body: Vec<u8>) -> Result<Answer> {
    Sender::new(url).post(headers, body).await
}

/// Posts webhooks to one address, over connections that stay open.
pub(crate) struct Sender {
    url: Url,
    agent: Agent,
}

impl Sender {
    pub(crate) fn new(url: &Url) -> Self {
        Self { url: url.clone(), agent: agent(url) }
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) async fn post(&self, headers: Vec<(&'static str, String)>, body: Vec<u8>) -> Result<Answer> {
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
pub(crate) fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// What calls this address. It follows no redirect, and hands on every answer whatever its status.
pub(crate) fn agent(url: &Url) -> Agent {
    let configuration =
        Agent::config_builder().http_status_as_error(false).max_redirects(0).max_redirects_will_error(false);
    // A proxy has its own idea of what is local.
    let configuration =
        if is_here(url) { configuration.proxy(None) } else { configuration.timeout_global(Some(TIMEOUT)) };
    configuration.build().new_agent()
}
