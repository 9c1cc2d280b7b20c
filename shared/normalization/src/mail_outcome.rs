//! The results of mails, for counts and rates.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::vocabulary;
use crate::{Action, BounceClass, EventData, EventType};

vocabulary! {
    /// The result of a mail that an event reports.
    MailOutcome {
        /// The recipient's server accepted it.
        Delivered = "delivered",
        /// It bounced, and a retry cannot help.
        HardBounced = "hard_bounced",
        /// It bounced, and a later mail may arrive.
        SoftBounced = "soft_bounced",
        /// The recipient complained.
        Complained = "complained",
        /// The recipient unsubscribed.
        Unsubscribed = "unsubscribed",
    }
}

impl MailOutcome {
    /// The outcome that an event reports; `None` if it reports none of these.
    pub fn of(data: &EventData) -> Option<Self> {
        let class = data.bounce.as_ref().and_then(|bounce| bounce.class);
        match data.event_type {
            EventType::EmailDelivered => Some(Self::Delivered),
            EventType::EmailBounced if class == Some(BounceClass::Permanent) => Some(Self::HardBounced),
            EventType::EmailBounced => Some(Self::SoftBounced),
            // A complaint that was taken back requires no action.
            EventType::EmailComplained => (data.action == Action::Suppress).then_some(Self::Complained),
            EventType::EmailUnsubscribed => Some(Self::Unsubscribed),
            _ => None,
        }
    }
}
