//! The options that select stored events. Several commands share them.

use anyhow::Result;
use ingestion::store::StoredEvent;
use jiff::Timestamp;
use normalization::{Action, BounceReason, EventData, ProviderName, lookup_domain};
use serde::{Deserialize, Serialize};

use crate::options::{UsageError, not_blank, provider, word};
use crate::{provider_types, time_arg};

/// A selection of stored events: those that all given options select.
#[derive(clap::Args, Clone, Default, Deserialize, PartialEq, Serialize)]
#[command(next_help_heading = "Selection")]
#[serde(default)]
pub(crate) struct Selection {
    /// Only this provider's events
    #[arg(long, value_parser = provider())]
    pub(crate) provider: Option<ProviderName>,
    /// Only events of this type: the recorded one, or the provider's
    #[arg(long = "type", value_name = "TYPE")]
    #[serde(rename = "type")]
    event_type: Option<String>,
    /// Only events with this action
    #[arg(long, value_parser = word(Action::ALL, Action::as_str))]
    action: Option<Action>,
    /// Only bounces and deferrals for this reason
    #[arg(long, value_parser = word(BounceReason::ALL, BounceReason::as_str))]
    reason: Option<BounceReason>,
    /// Only events about recipients in this domain
    #[arg(long, value_name = "DOMAIN", value_parser = not_blank)]
    domain: Option<String>,
    /// Only events about mail that the sender gave this tag
    #[arg(long, value_name = "TAG", value_parser = not_blank)]
    tag: Option<String>,
    /// Only events received since a time such as 2026-11-20T10:00Z, or an age such as 2h or 7d
    #[arg(long, value_name = "TIME", value_parser = time_arg::past)]
    pub(crate) since: Option<Timestamp>,
    /// Only events received before this time or age
    #[arg(long, value_name = "TIME", value_parser = time_arg::parse)]
    pub(crate) until: Option<Timestamp>,
}

impl Selection {
    /// Rejects a selection that no event can match: an empty result would be misleading.
    pub(crate) fn check(&self) -> Result<()> {
        if let Some(word) = &self.event_type {
            provider_types::check_type(word, self.provider)?;
        }
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since >= until
        {
            let message = "--until: it must be later than --since, or no event is in between";
            return Err(UsageError(message.to_owned()).into());
        }
        Ok(())
    }

    /// Whether the options select an event.
    pub(crate) fn takes(&self, stored: &StoredEvent) -> bool {
        let data = &stored.event.data;
        self.provider.is_none_or(|name| data.provider == name)
            && self.event_type.as_ref().is_none_or(|wanted| is_of(data, wanted))
            && self.action.is_none_or(|action| data.action == action)
            && self.reason.is_none_or(|reason| reason_of(data) == Some(reason))
            && self.domain.as_ref().is_none_or(|domain| is_in(data, domain))
            && self.tag.as_ref().is_none_or(|tag| has_tag(data, tag))
            && self.is_in_period(stored)
    }

    /// Whether an event was received between --since and --until.
    pub(crate) fn is_in_period(&self, stored: &StoredEvent) -> bool {
        self.since.is_none_or(|since| stored.received_at >= since)
            && self.until.is_none_or(|until| stored.received_at < until)
    }

    /// Whether the options select by more than the provider.
    pub(crate) fn is_narrow(&self) -> bool {
        Self { provider: None, ..self.clone() } != Self::default()
    }
}

fn is_of(data: &EventData, wanted: &str) -> bool {
    data.event_type.as_str() == wanted || data.provider_type.as_deref() == Some(wanted)
}

fn reason_of(data: &EventData) -> Option<BounceReason> {
    data.bounce.as_ref()?.reason
}

fn is_in(data: &EventData, domain: &str) -> bool {
    let domain = domain.trim().trim_start_matches('@');
    let of_recipient = data.recipient.as_deref().and_then(|recipient| Some(recipient.rsplit_once('@')?.1));
    of_recipient.is_some_and(|one| lookup_domain(one) == lookup_domain(domain))
}

fn has_tag(data: &EventData, tag: &str) -> bool {
    data.message.as_ref().is_some_and(|message| message.tags.iter().any(|one| one == tag))
}
