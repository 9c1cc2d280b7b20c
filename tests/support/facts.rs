//! The facts about a provider that tests need, from `fixtures/<provider>/provider.toml`. fixtures/README.md describes it.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;
use std::time::Duration;

use normalization::ProviderName;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::files;
use crate::sign::Scheme;

/// Documented or known properties of a provider.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Its name, in its own spelling.
    pub name: String,
    /// The member of an event that identifies it.
    pub event_key: Option<String>,
    /// The signed header that identifies it.
    pub event_key_header: Option<String>,
    /// Whether a body is a list of events.
    #[serde(default)]
    pub sends_arrays: bool,
    /// Whether it discards an event that is answered with a 4xx status.
    pub drops_on_4xx: bool,
    timeout_seconds: u64,
    /// The waits before the attempts after the first, each from the attempt before it.
    pub retries_after_seconds: Vec<i64>,
    /// The page that documents them.
    pub retries_source: String,
    /// Names of members that its adapter looks for.
    pub members: Vec<String>,
    /// The ways in which it signs. The first is that of its documentation.
    #[serde(rename = "scheme")]
    pub schemes: Vec<Scheme>,
    samples: Samples,
    /// Properties that only the tool reads.
    #[serde(default, rename = "tool")]
    _tool: IgnoredAny,
}

/// Events with placeholders for the values of a test.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Samples {
    /// A bounce: `{id}` and the address `{to}`.
    bounce: String,
    /// An event with a whole mail: `{id}` and `{text}`.
    mail: String,
}

static FACTS: LazyLock<BTreeMap<ProviderName, Facts>> =
    LazyLock::new(|| ProviderName::ALL.iter().map(|provider| (*provider, read(*provider))).collect());

fn read(provider: ProviderName) -> Facts {
    let file = files::fixtures(provider).join("provider.toml");
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The facts about this provider.
pub fn facts(provider: ProviderName) -> &'static Facts {
    &FACTS[&provider]
}

impl Facts {
    /// The time that it waits for an answer.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    /// The answer to a request that fails verification.
    pub fn refusal(&self) -> u16 {
        if self.drops_on_4xx { 503 } else { 401 }
    }

    /// A body of `count` bounces with distinct recipients: `person0@example.org` and so forth.
    pub fn bounces(&self, count: usize) -> Vec<u8> {
        let bounces = (0..count).map(|number| {
            let event = self.samples.bounce.replace("{id}", &number.to_string());
            event.replace("{to}", &format!("person{number}@example.org"))
        });
        format!("[{}]", bounces.collect::<Vec<_>>().join(",")).into_bytes()
    }

    /// A body, of exactly this many bytes, of one event with a whole mail in it.
    pub fn mail(&self, id: &str, bytes: usize, filler: &str) -> Vec<u8> {
        let event = self.samples.mail.replace("{id}", id);
        let event = if self.sends_arrays { format!("[{event}]") } else { event };
        let empty = event.len() - "{text}".len();
        event.replace("{text}", &filler[..bytes - empty]).into_bytes()
    }
}
