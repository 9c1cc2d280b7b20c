//! The parameters of a call, by name: a form, or the query of a link.

use std::collections::BTreeMap;

use super::protocol::Refusal;

/// The action of a call; empty if it has none.
pub(super) fn action(form: &[u8]) -> String {
    let mut actions = form_urlencoded::parse(form).filter(|(name, _)| name == "Action");
    actions.next().map(|(_, action)| action.into_owned()).unwrap_or_default()
}

/// The parameters of a call that are not read yet.
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    pub(super) fn parse(form: &[u8]) -> Self {
        let parameters = form_urlencoded::parse(form).into_owned();
        Self(parameters.filter(|(name, _)| !["Action", "Version"].contains(&name.as_str())).collect())
    }

    /// Removes a parameter.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Removes a parameter that must be given and not empty.
    pub(super) fn required(&mut self, name: &str) -> Result<String, Refusal> {
        let value = self.take(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| Refusal::parameter(format_args!("{name} is missing")))
    }

    /// Removes the map `Attributes`.
    pub(super) fn attributes(&mut self) -> BTreeMap<String, String> {
        let mut attributes = BTreeMap::new();
        for number in 1.. {
            let Some(name) = self.take(&format!("Attributes.entry.{number}.key")) else { break };
            attributes
                .insert(name, self.take(&format!("Attributes.entry.{number}.value")).unwrap_or_default());
        }
        attributes
    }

    /// Refuses the call if it has parameters that were not read: the stand-in ignores none.
    pub(super) fn end(self) -> Result<(), Refusal> {
        self.0
            .into_keys()
            .next()
            .map_or(Ok(()), |name| Err(Refusal::parameter(format_args!("{name} is unknown to the stand-in"))))
    }
}
