//! The management APIs of the providers: what a call looks like, and where its answer has what. A provider's file
//! holds no IO; [`api`] makes the calls.

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
pub(crate) use webhook::Webhook;

/// The management API of one provider, as data.
pub(crate) struct Management {
    pub(crate) name: &'static str,
    /// The address that its paths are relative to.
    base: &'static str,
    /// The variable that holds the API key, by the name that the provider's own tools read.
    pub(crate) key_variable: &'static str,
    /// Whether this can be a key that manages webhooks.
    check_key: fn(&str) -> Result<()>,
    /// The options of the command line that its webhooks have a field for.
    options: &'static [&'static str],
    /// Whether this can be the name of a webhook.
    check_name: fn(&str) -> Result<()>,
    /// The types that a webhook can subscribe to, where their list is closed.
    types: &'static [&'static str],
    /// What is wrong with a status for a new webhook, where it is made enabled whatever is said.
    status_refused: Option<&'static str>,
    /// The member that enables or disables a webhook in a call.
    status: fn(bool) -> (&'static str, Value),
    /// What a webhook like this one is created with; disabled, where the provider can do that.
    pub(crate) copied: fn(&Webhook) -> Map<String, Value>,
    /// The call for this page of the list; the first is 1.
    list: fn(usize) -> Call,
    pub(crate) update: fn(&str, Map<String, Value>) -> Call,
    pub(crate) delete: fn(&str) -> Call,
    /// The call that has the provider send a sample of a type to one webhook.
    pub(crate) test: Option<fn(&str, &str) -> Call>,
    /// The call that gives one webhook another signing secret.
    pub(crate) reset_secret: Option<fn(&str) -> Call>,
    /// What to know of a webhook that subscribes to all types.
    pub(crate) all_types_remark: Option<&'static str>,
    /// What to do if the provider refuses one that does.
    pub(crate) all_types_refused: Option<&'static str>,
    /// For how long deliveries that were signed with an old secret may still come.
    pub(crate) retries: &'static str,
}

impl Management {
    pub(crate) fn switch(&self, id: &str, enabled: bool) -> Call {
        let (member, status) = (self.status)(enabled);
        (self.update)(id, Map::from_iter([(member.to_owned(), status)]))
    }

    /// What is said of an answer that lacks something.
    pub(crate) fn not_understood(&self, what: &str) -> String {
        format!("{}'s answer has no {what} where its documentation has it", self.name)
    }
}

/// The body of a call about the webhook of this id.
fn with_id(member: &str, id: &str, mut body: Map<String, Value>) -> Map<String, Value> {
    body.insert(member.to_owned(), id.into());
    body
}

/// The management API of this provider. One that documents none has `steps` in its `provider.toml` instead.
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
