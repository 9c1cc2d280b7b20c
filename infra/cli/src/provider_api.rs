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
mod key;
mod webhook;

use anyhow::Result;
use normalization::ProviderName;
use serde_json::{Map, Value};

pub(crate) use access::{Access, Accesses};
pub(crate) use api::{Api, Call, Refusal};
pub(crate) use fields::Fields;
pub(crate) use webhook::Webhook;

/// The management API of one provider.
pub(crate) trait Management: Sync {
    /// What the provider calls itself.
    fn name(&self) -> &'static str;

    /// The address that its paths are relative to.
    fn base(&self) -> &'static str;

    /// The variable that holds the API key, by the name that the provider's own tools read.
    fn key_variable(&self) -> &'static str;

    /// Whether this can be a key that manages webhooks.
    fn check_key(&self, _key: &str) -> Result<()> {
        Ok(())
    }

    /// The body of a call that creates a webhook, with what is not said filled in.
    fn creation(&self, fields: &Fields, url: &str) -> Result<Map<String, Value>>;

    /// The body of a call that changes what is said of a webhook, and nothing else.
    fn change(&self, fields: &Fields) -> Result<Map<String, Value>>;

    /// What a webhook like this one is created with; disabled, where the provider can do that.
    fn copied(&self, webhook: &Webhook) -> Map<String, Value>;

    /// The call for this page of the list; the first is 1.
    fn list(&self, _page: usize) -> Call {
        Call::get(["webhooks"])
    }

    /// The call that creates a webhook of this body.
    fn create(&self, body: Map<String, Value>) -> Call {
        Call::post(["webhooks"], Value::Object(body))
    }

    /// The call for one webhook.
    fn get(&self, id: &str) -> Call {
        Call::get(["webhooks", id])
    }

    /// The call that changes one webhook.
    fn update(&self, id: &str, body: Map<String, Value>) -> Call;

    /// The call that enables or disables one webhook.
    fn switch(&self, id: &str, enabled: bool) -> Call;

    /// The call that deletes one webhook.
    fn delete(&self, id: &str) -> Call {
        Call::delete(["webhooks", id])
    }

    /// The call that has the provider send a sample of this type.
    fn test(&self, _id: &str, _event_type: &str) -> Option<Call> {
        None
    }

    /// The call that gives a webhook another signing secret.
    fn reset_secret(&self, _id: &str) -> Option<Call> {
        None
    }

    /// The types that a webhook can subscribe to, where their list is closed.
    fn types(&self) -> &'static [&'static str] {
        &[]
    }

    /// What to know of a webhook that subscribes to all types.
    fn all_types_remark(&self) -> Option<&'static str> {
        None
    }

    /// What to do if the provider refuses one that does.
    fn all_types_refused(&self) -> Option<&'static str> {
        None
    }

    /// For how long deliveries that were signed with an old secret may still come.
    fn retries(&self) -> &'static str;

    /// What is said of an answer that lacks something.
    fn not_understood(&self, what: &str) -> String {
        format!("{}'s answer has no {what} where its documentation has it", self.name())
    }
}

/// The management API of this provider. One that documents none has `steps` in its `provider.toml` instead.
pub(crate) fn of(provider: ProviderName) -> Option<&'static dyn Management> {
    let managed: [(ProviderName, &'static dyn Management); 3] = [
        (ProviderName::JetEmail, &jetemail::JetEmail),
        (ProviderName::Jasni, &jasni::Jasni),
        (ProviderName::Emailit, &emailit::Emailit),
    ];
    managed.into_iter().find(|(name, _)| *name == provider).map(|(_, management)| management)
}

#[cfg(test)]
mod tests {
    use mailhooks_local::samples::tool_facts;

    use super::*;

    #[test]
    fn a_provider_without_an_api_says_what_to_do_by_hand() {
        for &provider in ProviderName::ALL {
            let steps = tool_facts(provider).unwrap().steps;
            assert_eq!(steps.is_empty(), of(provider).is_some(), "{provider}");
        }
    }
}
