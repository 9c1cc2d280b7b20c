//! A translated event, and helpers for the adapters of all providers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::bounce::Classification;
use crate::event::{Attachment, Bounce, Complaint, EventData};
use crate::limits::ENTRIES_READ;
use crate::read::address::addresses_in;
use crate::read::json::{Json, Object};
use crate::{Action, Attribution, BounceClass, BounceReason, EventType, FeedbackType, ProviderName};

/// One translated event, before its identity is determined.
pub(crate) struct Translation {
    pub(crate) data: EventData,
    pub(crate) occurred_at: Option<Timestamp>,
    /// The addresses in the reply, in lookup form. Read only if the event lists several recipients.
    pub(crate) named: BTreeSet<String>,
}

impl Translation {
    /// `replies` are the members of `details` in which a mail server or the provider explains why a mail failed.
    pub(crate) fn new(
        data: EventData,
        occurred_at: Option<Timestamp>,
        details: &Object<'_>,
        replies: &[&str],
    ) -> Self {
        let lists_several = data.message.as_ref().is_some_and(|message| message.to.len() > 1);
        let replies = replies.iter().filter(|_| lists_several);
        let texts = replies.filter_map(|member| details.text(member));
        let named = texts.flat_map(|text| addresses_in(&text)).collect();
        Self { data, occurred_at, named }
    }

    /// The translation of a payload that is not a JSON object.
    pub(crate) fn unknown(provider: ProviderName) -> Self {
        Self { data: EventData::new(provider, EventType::Unknown), occurred_at: None, named: BTreeSet::new() }
    }
}

/// An event of the type that the table gives for the provider's word, with the action that follows from the type
/// alone.
pub(crate) fn event_of(
    provider: ProviderName,
    table: &[(&str, EventType)],
    word: Option<String>,
) -> EventData {
    let known = table.iter().find(|(theirs, _)| Some(*theirs) == word.as_deref());
    let mut data = EventData::new(provider, known.map_or(EventType::Unknown, |(_, ours)| *ours));
    data.provider_type = word;
    data.action = match data.event_type {
        EventType::EmailComplained | EventType::EmailUnsubscribed => Action::Suppress,
        EventType::EmailRejected | EventType::EmailSpam => Action::Investigate,
        _ => Action::None,
    };
    data
}

/// The part, or `None` if it has no values.
pub(crate) fn part<T: Default + PartialEq>(part: T) -> Option<T> {
    (part != T::default()).then_some(part)
}

/// The `bounce` of an `email.bounced`: class, reason and attribution are always set, if necessary as unknown.
pub(crate) fn bounce(classified: Classification, remote_mta: Option<String>) -> Bounce {
    Bounce {
        class: Some(classified.class),
        reason: Some(classified.reason),
        attribution: Some(classified.attribution),
        smtp_code: classified.smtp_code,
        enhanced_code: classified.enhanced_code,
        diagnostic: classified.diagnostic,
        remote_mta,
    }
}

/// Sets the `bounce` and the action of an `email.bounced`.
pub(crate) fn set_bounce(data: &mut EventData, classified: Classification) {
    data.action = classified.action;
    data.bounce = Some(bounce(classified, None));
}

/// Sets the `complaint` of an `email.complained` from its feedback type (RFC 5965). The type `not-spam` withdraws an
/// earlier complaint.
pub(crate) fn set_complaint(data: &mut EventData, word: Option<&str>) {
    let feedback_type = word.map(feedback_type);
    if feedback_type == Some(FeedbackType::NotSpam) {
        data.action = Action::None;
    }
    data.complaint = part(Complaint { feedback_type });
}

/// The `bounce` of another type of event: only the values that are known.
pub(crate) fn known(bounce: Bounce) -> Option<Bounce> {
    part(Bounce {
        class: bounce.class.filter(|class| *class != BounceClass::Undetermined),
        reason: bounce.reason.filter(|reason| *reason != BounceReason::Unknown),
        attribution: bounce.attribution.filter(|attribution| *attribution != Attribution::Unknown),
        ..bounce
    })
}

fn feedback_type(word: &str) -> FeedbackType {
    let word = word.trim().to_ascii_lowercase().replace('_', "-");
    let known = FeedbackType::ALL.iter().find(|known| known.as_str() == word);
    known.copied().unwrap_or(FeedbackType::Other)
}

/// The attachments of incoming mail. The webhook does not contain their content.
pub(crate) fn attachments(details: &Object<'_>) -> Vec<Attachment> {
    let attachments = details.elements("attachments").into_iter();
    attachments
        .filter_map(Json::object)
        .map(|one| Attachment {
            filename: one.owned("filename"),
            content_type: one.owned("contentType"),
            size: one.whole_number("size"),
        })
        .take(ENTRIES_READ)
        .collect()
}

pub(crate) fn full_name(first: Option<Cow<'_, str>>, last: Option<Cow<'_, str>>) -> Option<String> {
    let names: Vec<_> = first.into_iter().chain(last).collect();
    part(names.join(" "))
}

/// A Message-ID without its angle brackets.
pub(crate) fn bare_message_id(details: &Object<'_>, name: &str) -> Option<String> {
    let text = details.id(name)?;
    let text = text.trim();
    let bare = text.strip_prefix('<').and_then(|inner| inner.strip_suffix('>'));
    Some(bare.unwrap_or(text).to_owned())
}
