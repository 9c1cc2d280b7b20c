//! A webhook as a provider's API describes it. The providers and their documents use different names for the same
//! fields, so each field is read under any of its names.

use anyhow::{Context, Result};
use normalization::ProviderName;
use serde_json::{Map, Value};
use url::Url;

use super::{Api, Call, Management};

/// The most pages of a list that are read: at 100 per page, ten times the largest number of webhooks in any plan.
const MAX_PAGES: usize = 10;

/// A webhook, with the provider's own members.
pub(crate) struct Webhook(Map<String, Value>);

/// The URL of a webhook without the secret part of its path, for messages that an automatic deployment logs.
pub(crate) fn without_path_secret(url: &str) -> String {
    let parts = url
        .split_once("/webhooks/")
        .and_then(|(start, rest)| Some((start, rest.trim_end_matches('/').rsplit_once('/')?)));
    match parts {
        Some((start, (_, provider))) => format!("{start}/webhooks/…/{provider}"),
        None => url.to_owned(),
    }
}

/// Whether the path of the URL is that of this provider's receiver: `/webhooks/`, a secret part if the API has one, and
/// the provider's name.
pub(crate) fn is_receiver_path(url: &Url, provider: ProviderName) -> bool {
    let path = url.path().trim_end_matches('/');
    path.contains("/webhooks/") && path.ends_with(&format!("/{provider}"))
}

impl Webhook {
    pub(crate) async fn list(api: &Api) -> Result<Vec<Self>> {
        let mut webhooks = Vec::new();
        for page in 1..=MAX_PAGES {
            let answer = api.call((api.management.list)(page)).await?;
            let listed = Self::all_of(&answer);
            webhooks.extend(listed.with_context(|| api.management.not_understood("list of webhooks"))?);
            if answer.get("next_page_url").is_none_or(Value::is_null) {
                break;
            }
        }
        Ok(webhooks)
    }

    /// The webhook in an answer: the answer itself, or its `webhook`, `data.webhook` or `data`.
    pub(crate) fn from_answer(answer: &Value) -> Option<Self> {
        let places = ["/data/webhook", "/webhook", "/data", ""];
        let found = places.iter().filter_map(|place| answer.pointer(place)?.as_object());
        found.map(|members| Self(members.clone())).find(|webhook| webhook.id().is_some())
    }

    /// The webhooks in the answer to a list call: the answer itself, or its `data.webhooks`, `webhooks` or `data`.
    fn all_of(answer: &Value) -> Option<Vec<Self>> {
        let places = ["/data/webhooks", "/webhooks", "/data", ""];
        let list = places.iter().find_map(|place| answer.pointer(place)?.as_array())?;
        Some(list.iter().filter_map(Self::from_answer).collect())
    }

    pub(crate) fn id(&self) -> Option<&str> {
        self.text("uuid").or_else(|| self.text("id")).filter(|id| !id.is_empty())
    }

    /// Its name or, without one, its description.
    pub(crate) fn title(&self) -> &str {
        self.text("name").or_else(|| self.text("description")).unwrap_or_default()
    }

    pub(crate) fn url(&self) -> &str {
        self.text("url").unwrap_or_default()
    }

    /// Whether it is enabled, from a boolean, a string, or 0 and 1; `None` if the provider does not report it.
    pub(crate) fn enabled(&self) -> Option<bool> {
        let said = ["enabled", "active", "status"].iter().find_map(|name| self.0.get(*name))?;
        match said {
            Value::Bool(enabled) => Some(*enabled),
            Value::String(word) => match word.as_str() {
                "enabled" | "active" | "1" => Some(true),
                "disabled" | "inactive" | "0" => Some(false),
                _ => None,
            },
            Value::Number(number) => Some(number.as_i64()? != 0),
            _ => None,
        }
    }

    /// The event types that it subscribes to; `None` for all.
    pub(crate) fn events(&self) -> Option<Vec<&str>> {
        if self.0.get("all_events") == Some(&Value::Bool(true)) {
            return None;
        }
        Some(self.0.get("events").and_then(Value::as_array)?.iter().filter_map(Value::as_str).collect())
    }

    /// Describes the missing event types, as "not …" or "only …"; `None` if it subscribes to all of them.
    pub(crate) fn lacks(&self, management: &Management) -> Option<String> {
        let events = self.events()?;
        let types = management.types;
        if types.is_empty() {
            return Some(format!("only {}", events.join(", ")));
        }
        let lacks: Vec<&str> = types.iter().filter(|name| !events.contains(name)).copied().collect();
        (!lacks.is_empty()).then(|| format!("not {}", lacks.join(", ")))
    }

    /// The signing secret, if the answer has it. A value with stars or dots is masked and does not count.
    pub(crate) fn secret(&self) -> Option<&str> {
        let whole =
            |secret: &&str| !secret.is_empty() && !secret.contains(['*', '…']) && !secret.contains("...");
        self.text("secret").map(str::trim).filter(whole)
    }

    /// The signing secret, if the provider reveals it in its list or in the details of the webhook.
    pub(crate) async fn told_secret(&self, api: &Api) -> Result<Option<String>> {
        if let Some(secret) = self.secret() {
            return Ok(Some(secret.to_owned()));
        }
        let id = self.id().unwrap_or_default();
        let answer = api.call(Call::get(["webhooks", id])).await?;
        Ok(Self::from_answer(&answer).and_then(|webhook| webhook.secret().map(str::to_owned)))
    }

    /// Whether it posts to this URL. A trailing slash makes no difference to a receiver.
    pub(crate) fn posts_to(&self, url: &Url) -> bool {
        let there = self.url().parse::<Url>();
        there.is_ok_and(|there| there.as_str().trim_end_matches('/') == url.as_str().trim_end_matches('/'))
    }

    /// Whether it posts to the path of this provider's receiver, on any host.
    pub(crate) fn posts_to_path_of(&self, provider: ProviderName) -> bool {
        self.url().parse().is_ok_and(|url| is_receiver_path(&url, provider))
    }

    /// The members with these names.
    pub(crate) fn members(&self, names: &[&str]) -> Map<String, Value> {
        let members = self.0.iter().filter(|(name, _)| names.contains(&name.as_str()));
        members.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// A copy that is safe to print. It has its signing secret only if `show_secret` is set.
    pub(crate) fn shown(&self, api: &Api, show_secret: bool) -> Self {
        let mut shown = api.shown(&Value::Object(self.0.clone())).as_object().cloned().unwrap_or_default();
        match self.secret().filter(|_| show_secret) {
            Some(secret) => shown.insert("secret".to_owned(), secret.into()),
            None => shown.remove("secret"),
        };
        Self(shown)
    }

    pub(crate) fn all(&self) -> &Map<String, Value> {
        &self.0
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_secret_is_not_shown() {
        for (url, shown) in [
            (
                "https://hooks.example.com/webhooks/0123456789abcdef/jasni",
                "https://hooks.example.com/webhooks/…/jasni",
            ),
            ("https://hooks.example.com/webhooks/jasni", "https://hooks.example.com/webhooks/jasni"),
            ("https://hooks.example.com/webhooks/jasni/", "https://hooks.example.com/webhooks/jasni/"),
            ("https://example.com/any", "https://example.com/any"),
        ] {
            assert_eq!(without_path_secret(url), shown);
        }
    }
}
