//! Whom an event is about, and whom of several a report concerns.

use std::collections::BTreeSet;

use crate::event::{Bounce, EventData};
use crate::read::address::lookup_form;
use crate::{Action, Attribution, BounceClass, BounceReason, EventType, Provider};

/// Sets the one address that the event is about. A report on outgoing mail that lists several becomes one event for
/// each, if they are not more than `most`: then they are handed back.
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

/// Whether the event reports on mail that somebody sent us; of an unknown type, if it says so otherwise.
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

/// The listed addresses that the reply names, in lookup form; the reply is about these only. `recipients` are those who get
/// an event each. A bounce of which neither the reply nor the provider says whom it is about suppresses none of them.
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

/// Takes out of a recipient's event what the reply says of others, if it names any.
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
