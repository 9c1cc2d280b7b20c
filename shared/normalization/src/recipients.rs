//! Determines the recipient of an event, and which of several recipients a report concerns.

use std::collections::BTreeSet;

use crate::event::{Bounce, EventData};
use crate::read::address::lookup_form;
use crate::{Action, Attribution, BounceClass, BounceReason, EventType, Provider};

/// Sets the address that the event is about. If a report on outgoing mail lists several recipients, at most `most`,
/// it becomes one event per recipient: their addresses are returned.
pub(crate) fn find_recipient(data: &mut EventData, most: usize) -> Vec<String> {
    let to = data.message.as_ref().map(|message| message.to.as_slice()).unwrap_or_default();
    if is_incoming(data) {
        let account = data.inbound.as_ref().and_then(|inbound| inbound.account.clone());
        data.recipient = account.or_else(|| single(to));
    } else if data.event_type.is_outgoing() {
        if (2..=most).contains(&to.len()) {
            return to.to_vec();
        }
        if to.len() > 1 {
            data.truncated.push("recipient".to_owned());
        }
        data.recipient = single(to);
    } else if data.event_type == EventType::Unknown {
        data.recipient = single(to);
    }
    Vec::new()
}

/// Whether the event reports on incoming mail. An event of unknown type does if it has details of incoming mail.
pub(crate) fn is_incoming(data: &EventData) -> bool {
    let is_unknown = data.event_type == EventType::Unknown;
    data.event_type.is_incoming() || is_unknown && data.inbound.is_some()
}

fn single(addresses: &[String]) -> Option<String> {
    match addresses {
        [address] => Some(address.clone()),
        _ => None,
    }
}

/// The listed addresses that the reply names, in lookup form. If there are any, the reply concerns only them.
/// `recipients` are the addresses that get one event each. If neither the reply nor the provider says which addresses
/// a bounce concerns, it suppresses none of them.
pub(crate) fn concerned(
    provider: &Provider,
    data: &mut EventData,
    recipients: &[String],
    mut named: BTreeSet<String>,
) -> BTreeSet<String> {
    if !named.is_empty() {
        let listed: BTreeSet<_> = recipients.iter().map(|one| lookup_form(one)).collect();
        named.retain(|address| listed.contains(address));
    }
    let lists_several = data.message.as_ref().is_some_and(|message| message.to.len() > 1);
    let is_bounce = data.event_type == EventType::EmailBounced;
    let is_said = !named.is_empty() || provider.concerns_each.contains(&data.event_type);
    if is_bounce && lists_several && !is_said && data.action == Action::Suppress {
        data.action = Action::Count;
    }
    named
}

/// Removes the details of a failure from the event of a recipient that the reply does not name, if it names others.
pub(crate) fn take_out_others(named: &BTreeSet<String>, data: &mut EventData) {
    let is_named = |recipient: &String| named.contains(&lookup_form(recipient));
    if named.is_empty() || data.recipient.as_ref().is_none_or(is_named) {
        return;
    }
    match data.event_type {
        EventType::EmailBounced => {
            data.action = Action::None;
            data.bounce = Some(Bounce {
                class: Some(BounceClass::Undetermined),
                reason: Some(BounceReason::Unknown),
                attribution: Some(Attribution::Unknown),
                ..Bounce::default()
            });
        }
        EventType::EmailDeferred => data.bounce = None,
        _ => {}
    }
}
