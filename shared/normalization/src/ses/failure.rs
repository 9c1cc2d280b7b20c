//! The reports that may stop mail to a recipient: bounces, complaints and delays.

use serde::Serialize;

use super::timestamp;
use crate::event::{self, Action, BounceReason, Event, FeedbackType};

/// Why mail was not delivered.
#[expect(clippy::struct_field_names, reason = "the names are those of SES")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Bounce {
    /// `Permanent` if the event's action is `suppress`: stop mailing the recipient. Otherwise `Transient`.
    bounce_type: BounceType,
    /// The reason, as far as SES has a word for it.
    bounce_sub_type: &'static str,
    /// The recipient that the event is about, and no other.
    bounced_recipients: [Recipient; 1],
    /// The time of the event, in UTC with milliseconds.
    timestamp: String,
    /// The id of the event: deduplicate on it.
    feedback_id: String,
}

/// Whether to stop mailing the recipient of a bounce.
#[derive(Clone, Copy, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
enum BounceType {
    /// Stop mailing the recipient.
    Permanent,
    /// Do not stop because of this bounce alone.
    Transient,
}

/// A recipient of a mail that was not delivered, or not yet.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Recipient {
    /// The address.
    email_address: String,
    /// `failed` on a bounce.
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    /// The enhanced status code (RFC 3463), unless its class contradicts the type of the bounce: some software stops mail after any
    /// code of the class 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// The server's reply after `smtp; `, or the provider's explanation.
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnostic_code: Option<String>,
}

/// A recipient's complaint.
#[expect(clippy::struct_field_names, reason = "the names are those of SES")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Complaint {
    /// The recipient that complained.
    complained_recipients: [Complainant; 1],
    /// The time of the event, in UTC with milliseconds.
    timestamp: String,
    /// The id of the event: deduplicate on it.
    feedback_id: String,
    /// Always null: no provider reports that it did not send because of an earlier complaint.
    complaint_sub_type: (),
    /// The type of the complaint (RFC 5965).
    #[serde(skip_serializing_if = "Option::is_none")]
    complaint_feedback_type: Option<FeedbackType>,
}

/// A recipient that complained.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Complainant {
    /// The address.
    email_address: String,
}

/// A delivery attempt failed temporarily.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct DeliveryDelay {
    /// The time of the event, in UTC with milliseconds.
    timestamp: String,
    /// The reason, as far as SES has a word for it.
    delay_type: &'static str,
    /// The recipient that the event is about, and no other.
    delayed_recipients: [Recipient; 1],
}

impl Bounce {
    pub(super) fn new(event: &Event, recipient: &str) -> Self {
        let bounce = event.data.bounce.clone().unwrap_or_default();
        let is_permanent = event.data.action == Action::Suppress;
        let bounce_type = if is_permanent { BounceType::Permanent } else { BounceType::Transient };
        let failed = Recipient { action: Some("failed"), ..Recipient::new(recipient, &bounce, bounce_type) };
        Self {
            bounce_type,
            bounce_sub_type: sub_type(event.data.action, bounce.reason),
            bounced_recipients: [failed],
            timestamp: timestamp(event.time),
            feedback_id: event.id.clone(),
        }
    }
}

/// The word of SES for the reason of a bounce.
fn sub_type(action: Action, reason: Option<BounceReason>) -> &'static str {
    match (action, reason) {
        (Action::Suppress, _) => "General",
        (Action::Investigate, Some(BounceReason::MessageTooLarge)) => "MessageTooLarge",
        (Action::Investigate, Some(BounceReason::Virus)) => "AttachmentRejected",
        (Action::Investigate, _) => "ContentRejected",
        (_, Some(BounceReason::MailboxFull)) => "MailboxFull",
        // Not `General`: some software takes that for permanent if the text says that the time ran out.
        (_, Some(BounceReason::Expired)) => "CustomTimeoutExceeded",
        _ => "General",
    }
}

impl Recipient {
    fn new(recipient: &str, bounce: &event::Bounce, bounce_type: BounceType) -> Self {
        let class = if bounce_type == BounceType::Permanent { '5' } else { '4' };
        let status = bounce.enhanced_code.clone().filter(|code| code.starts_with(class));
        let text = bounce.diagnostic.clone();
        let diagnostic_code = match bounce.smtp_code {
            Some(code) => Some(format!("smtp; {}", text.unwrap_or_else(|| code.to_string()))),
            None => text,
        };
        Self { email_address: recipient.to_owned(), action: None, status, diagnostic_code }
    }
}

impl Complaint {
    pub(super) fn new(event: &Event, recipient: &str) -> Self {
        Self {
            complained_recipients: [Complainant { email_address: recipient.to_owned() }],
            timestamp: timestamp(event.time),
            feedback_id: event.id.clone(),
            complaint_sub_type: (),
            complaint_feedback_type: event
                .data
                .complaint
                .as_ref()
                .and_then(|complaint| complaint.feedback_type),
        }
    }
}

impl DeliveryDelay {
    pub(super) fn new(event: &Event, recipient: &str) -> Self {
        let bounce = event.data.bounce.clone().unwrap_or_default();
        Self {
            timestamp: timestamp(event.time),
            delay_type: delay_type(bounce.reason),
            delayed_recipients: [Recipient::new(recipient, &bounce, BounceType::Transient)],
        }
    }
}

/// The word of SES for the reason of a delay.
fn delay_type(reason: Option<BounceReason>) -> &'static str {
    match reason {
        Some(BounceReason::MailboxFull) => "MailboxFull",
        Some(BounceReason::SpamContent) => "SpamDetected",
        Some(BounceReason::SpamReputation) => "IPFailure",
        Some(BounceReason::Network) => "TransientCommunicationFailure",
        Some(BounceReason::Unknown) | None => "Undetermined",
        Some(_) => "General",
    }
}
