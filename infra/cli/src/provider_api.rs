//! The management APIs of the providers, as data: how to build each call and where to find the fields of its answer.
//! A provider's file does no I/O; [`api`] makes the calls.

mod access;
mod api;
mod emailit;
mod error;
mod fields;
mod hide;
mod jasni;
mod jetemail;
mod webhook;

use anyhow::Result;
use normalization::ProviderName;
use serde_json::{Map, Value};

pub(crate) use access::{Access, Accesses};
pub(crate) use api::{Api, Call, Refusal};
pub(crate) use fields::Fields;
pub(crate) use webhook::{Webhook, is_receiver_path, without_path_secret};

/// The management API of one provider, as data.
pub(crate) struct Management {
    pub(crate) name: &'static str,
    /// The base URL of the API.
    base: &'static str,
    /// The environment variable of the API key: the name that the provider's own tools use.
    pub(crate) key_variable: &'static str,
    /// Rejects a key that cannot manage webhooks.
    check_key: fn(&str) -> Result<()>,
    /// The command-line options that match a field of its webhooks.
    options: &'static [&'static str],
    /// Rejects an invalid webhook name.
    check_name: fn(&str) -> Result<()>,
    /// The event types that a webhook can subscribe to; empty if the provider has no fixed list.
    types: &'static [&'static str],
    /// The error for a `--status` of a new webhook, if the provider always creates webhooks enabled.
    status_refused: Option<&'static str>,
    /// The name and value of the request field that enables or disables a webhook.
    status: fn(bool) -> (&'static str, Value),
    /// The request body that creates a copy of a webhook; the copy is disabled if the provider allows it.
    pub(crate) copied: fn(&Webhook) -> Map<String, Value>,
    /// The call that lists one page of webhooks. Pages are numbered from 1.
    list: fn(usize) -> Call,
    pub(crate) update: fn(&str, Map<String, Value>) -> Call,
    pub(crate) delete: fn(&str) -> Call,
    /// The call that makes the provider send a sample event of a type to one webhook.
    pub(crate) test: Option<fn(&str, &str) -> Call>,
    /// The call that replaces the signing secret of one webhook.
    pub(crate) reset_secret: Option<fn(&str) -> Call>,
    /// A note to print after creating a webhook for all types.
    pub(crate) all_types_remark: Option<&'static str>,
    /// What to do if the provider rejects a webhook for all types.
    pub(crate) all_types_refused: Option<&'static str>,
    /// How long the provider may keep retrying deliveries that it signed with an old secret.
    pub(crate) retries: &'static str,
}

impl Management {
    pub(crate) fn switch(&self, id: &str, enabled: bool) -> Call {
        let (member, status) = (self.status)(enabled);
        (self.update)(id, Map::from_iter([(member.to_owned(), status)]))
    }

    /// The error for an answer without a documented field.
    pub(crate) fn not_understood(&self, what: &str) -> String {
        format!("{}'s answer has no {what}, unlike its documentation", self.name)
    }
}

/// Adds the id of a webhook to a request body.
fn with_id(member: &str, id: &str, mut body: Map<String, Value>) -> Map<String, Value> {
    body.insert(member.to_owned(), id.into());
    body
}

/// The management API of a provider. A provider without one has manual `steps` in its `provider.toml`.
pub(crate) fn of(provider: ProviderName) -> Option<&'static Management> {
    let managed = [
        (ProviderName::JetEmail, &jetemail::JETEMAIL),
        (ProviderName::Jasni, &jasni::JASNI),
        (ProviderName::Emailit, &emailit::EMAILIT),
    ];
    managed.into_iter().find(|(name, _)| *name == provider).map(|(_, management)| management)
}

#[cfg(test)]
mod tests {
    use mailhooks_local::samples::tool_facts;

    use super::*;

    #[test]
    fn a_provider_without_an_api_or_a_list_says_what_to_do_instead() {
        for &provider in ProviderName::ALL {
            let facts = tool_facts(provider).unwrap();
            assert_eq!(facts.steps.is_empty(), of(provider).is_some(), "{provider}");
            let lists = [ProviderName::JetEmail, ProviderName::Emailit].contains(&provider);
            assert_eq!(facts.no_list.is_none(), lists, "{provider}");
        }
    }
}
