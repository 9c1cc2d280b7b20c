//! What an event says about an address.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::{is_absent, vocabulary};
use crate::{
    Action, BounceReason, Event, EventType, FeedbackType, ProviderName, SuppressionCause, id_for_log,
};

vocabulary! {
    /// What a piece of evidence says about an address.
    Kind {
        /// A mail bounced, and the address is dead.
        Bounce = "bounce",
        /// A mail bounced temporarily.
        Soft = "soft",
        /// The recipient complained.
        Complaint = "complaint",
        /// The recipient took a complaint back.
        NotSpam = "not_spam",
        /// The recipient unsubscribed.
        Unsubscribe = "unsubscribe",
        /// The recipient subscribed again.
        Resubscribe = "resubscribe",
        /// The provider has the address on its own list, because of a bounce or a complaint.
        Listed = "listed",
        /// The provider removed the address from its own list.
        Unlisted = "unlisted",
        /// A person suppressed the address.
        Manual = "manual",
        /// A person released the address: no evidence up to this time counts.
        Released = "released",
    }
}

/// One piece of evidence. Of two pieces of one kind the greater is newer: it is compared by time, then by id.
#[derive(Clone, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Evidence {
    /// When it happened.
    pub time: Timestamp,
    /// The id of the event, or of the action of a person.
    pub event: String,
    /// The provider that reported it; `None` for an action of a person.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub provider: Option<ProviderName>,
    /// Why the mail bounced.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub reason: Option<BounceReason>,
    /// What a person noted.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub note: Option<String>,
}

impl fmt::Debug for Evidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = id_for_log(&self.event);
        formatter
            .debug_struct("Evidence")
            .field("time", &self.time)
            .field("event", &id)
            .finish_non_exhaustive()
    }
}

/// The evidence of an event about its recipient; `None` if it says nothing about whether the address may be mailed. An event
/// with the action `investigate` never does: the fault is the sender's.
pub fn evidence_of(event: &Event) -> Option<(Kind, Evidence)> {
    let data = &event.data;
    data.recipient.as_ref()?;
    let kind = match (data.event_type, data.action) {
        (EventType::EmailBounced, Action::Suppress) => Kind::Bounce,
        (EventType::EmailBounced, Action::Count) => Kind::Soft,
        (EventType::EmailComplained, Action::Suppress) => Kind::Complaint,
        (EventType::EmailComplained, _) => {
            let feedback = data.complaint.as_ref()?.feedback_type;
            (feedback == Some(FeedbackType::NotSpam)).then_some(Kind::NotSpam)?
        }
        (EventType::EmailUnsubscribed, _) => Kind::Unsubscribe,
        (EventType::EmailResubscribed, _) => Kind::Resubscribe,
        (EventType::EmailSuppressed | EventType::SuppressionCreated, _) => {
            let cause = data.suppression.as_ref()?.cause;
            let counts = matches!(cause, Some(SuppressionCause::Bounce | SuppressionCause::Complaint));
            counts.then_some(Kind::Listed)?
        }
        (EventType::SuppressionDeleted, _) => Kind::Unlisted,
        _ => return None,
    };
    let evidence = Evidence {
        time: event.time,
        event: event.id.clone(),
        provider: Some(data.provider),
        reason: data.bounce.as_ref().and_then(|bounce| bounce.reason),
        note: None,
    };
    Some((kind, evidence))
}
