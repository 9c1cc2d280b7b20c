//! One event in our words, and what the adapters of all providers need to make it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::bounce::Classification;
use crate::event::{Attachment, Bounce, Complaint, EventData};
use crate::limits::ENTRIES_READ;
use crate::read::address::addresses_in;
use crate::read::json::{Json, Object};
use crate::{Action, Attribution, BounceClass, BounceReason, EventType, FeedbackType, ProviderName};

/// One event in our words, before its identity is found.
pub(crate) struct Translation {
    pub(crate) data: EventData,
    pub(crate) occurred_at: Option<Timestamp>,
    /// The addresses, in lookup form, that the reply names. Read only where the event lists several.
    pub(crate) named: BTreeSet<String>,
}

impl Translation {
    /// `replies` are the members of `details` in which a mail server or the provider says why a mail failed.
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

    /// Of what is no object.
    pub(crate) fn unknown(provider: ProviderName) -> Self {
        Self { data: EventData::new(provider, EventType::Unknown), occurred_at: None, named: BTreeSet::new() }
    }
}

/// An event of the type that the provider's table has for its word, with what the type alone says to do.
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

/// `None` for a part of the event that says nothing.
pub(crate) fn part<T: Default + PartialEq>(part: T) -> Option<T> {
    (part != T::default()).then_some(part)
}

/// The `bounce` of an `email.bounced`: class, reason and attribution are always said, if only as unknown.
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

/// Sets the `bounce` of an `email.bounced`, and what to do.
pub(crate) fn set_bounce(data: &mut EventData, classified: Classification) {
    data.action = classified.action;
    data.bounce = Some(bounce(classified, None));
}

/// Sets the `complaint` of an `email.complained` by its word in RFC 5965's vocabulary; somebody who says that it is no spam
/// takes a complaint back.
pub(crate) fn set_complaint(data: &mut EventData, word: Option<&str>) {
    let feedback_type = word.map(feedback_type);
    if feedback_type == Some(FeedbackType::NotSpam) {
        data.action = Action::None;
    }
    data.complaint = part(Complaint { feedback_type });
}

/// The `bounce` of another type of event: only what is known.
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

/// The attachments of incoming mail; their content is not in the webhook.
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
