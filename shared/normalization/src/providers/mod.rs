//! The providers, one file each, with two roles: is it really from the provider, and what does it say.

pub mod emailit;
pub mod getmailer;
pub mod jasni;
pub mod jetemail;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address::addresses_in;
use crate::bounce::{Severity, Verdict};
use crate::details::{Attachment, Bounce};
use crate::event::EventData;
use crate::json::{ENTRIES_READ, Json, Object};
use crate::{
    Action, Attribution, BounceClass, BounceReason, Claim, EventType, FeedbackType, Rejection, SigningSecret,
    Webhook,
};

/// Makes of the list of providers their names, and the way from a name to an adapter.
macro_rules! providers {
    ($($module:ident::$adapter:ident,)+) => {
        /// The name of a provider, as it stands in ids, paths and folders.
        #[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(rename_all = "lowercase")]
        pub enum ProviderName {
            $(#[doc = concat!("[`", stringify!($module), "`]")] $adapter,)+
        }

        impl ProviderName {
            /// Every provider.
            pub const ALL: &'static [Self] = &[$(Self::$adapter,)+];

            /// The name, in lower case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$adapter => stringify!($module),)+ }
            }

            /// Calls the visitor with the provider's adapter, for a caller that knows the name only at run
            /// time. A receiver names its adapter as a type, and so carries no other.
            pub fn visit<V: ProviderVisitor>(self, visitor: V) -> V::Output {
                match self { $(Self::$adapter => visitor.visit::<$module::$adapter>(),)+ }
            }
        }
    };
}

providers! {
    jetemail::JetEmail,
    jasni::Jasni,
    getmailer::GetMailer,
    emailit::Emailit,
}

impl std::fmt::Display for ProviderName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl std::str::FromStr for ProviderName {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        Self::ALL.iter().copied().find(|name| name.as_str() == text).ok_or(UnknownProvider)
    }
}

/// No provider has this name.
#[derive(Clone, Copy, Debug, Eq, thiserror::Error, PartialEq)]
#[error("no such provider; there are {}", ProviderName::ALL.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", "))]
pub struct UnknownProvider;

/// What somebody does with a provider that is known by name only.
pub trait ProviderVisitor {
    /// What comes of it.
    type Output;

    /// Does it.
    fn visit<P: Provider>(self) -> Self::Output;
}

/// An adapter: everything that is peculiar to one provider.
pub trait Provider: Send + Sync + 'static {
    /// Its name.
    const NAME: ProviderName;

    /// The member that identifies an event and stays the same over retries, if the provider sends one.
    const EVENT_KEY: Option<&'static str>;

    /// Whether the provider discards an event that is answered with a 4xx status, instead of sending it again.
    const REFUSAL_IS_FINAL: bool;

    /// The types of events whose `to` has only addresses that the event is about, as the provider documents. Of other
    /// bounces that list several addresses, nobody but the reply can say whom they are about.
    const CONCERNS_EACH: &'static [EventType];

    /// How long the provider waits for an answer before it counts the delivery as failed.
    const TIMEOUT: Duration;

    /// What the request claims about its signature. Looks at headers only.
    fn claim<'w>(webhook: &Webhook<'w>) -> Result<Claim<'w>, Rejection>;

    /// What one event says, in our words.
    fn translate(event: &Object<'_>) -> Translation;

    /// The headers with which the provider would send `body` at `now`: for the tool and for tests.
    fn headers(secret: &SigningSecret, body: &[u8], now: Timestamp) -> Vec<(&'static str, String)>;
}

/// One event in our words, before its identity is found.
pub struct Translation {
    pub(crate) data: EventData,
    pub(crate) occurred_at: Option<Timestamp>,
    /// The addresses, in lookup form, that the reply names. Read only where the event lists several.
    pub(crate) named: BTreeSet<String>,
}

impl Translation {
    /// `replies` are the members of `details` in which a mail server or the provider says why a mail failed.
    fn new(data: EventData, occurred_at: Option<Timestamp>, details: &Object<'_>, replies: &[&str]) -> Self {
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
fn event_of<P: Provider>(table: &[(&str, EventType)], word: Option<String>) -> EventData {
    let known = table.iter().find(|(theirs, _)| Some(*theirs) == word.as_deref());
    let mut data = EventData::new(P::NAME, known.map_or(EventType::Unknown, |(_, ours)| *ours));
    data.provider_type = word;
    data.action = match data.event_type {
        EventType::EmailComplained | EventType::EmailUnsubscribed => Action::Suppress,
        EventType::EmailRejected | EventType::EmailSpam => Action::Investigate,
        _ => Action::None,
    };
    data
}

/// The digest in `sha256=<hex>`, the form that GitHub made common.
fn after_sha256(signature: &str) -> Result<&str, Rejection> {
    signature.strip_prefix("sha256=").ok_or(Rejection::SignatureMalformed)
}

/// `None` for a part of the event that says nothing.
fn part<T: Default + PartialEq>(part: T) -> Option<T> {
    (part != T::default()).then_some(part)
}

/// The `bounce` of an `email.bounced`: class, reason and attribution are always said, if only as unknown.
fn bounce(verdict: Verdict, remote_mta: Option<String>) -> Bounce {
    Bounce {
        class: Some(verdict.class),
        reason: Some(verdict.reason),
        attribution: Some(verdict.attribution),
        smtp_code: verdict.smtp_code,
        enhanced_code: verdict.enhanced_code,
        diagnostic: verdict.diagnostic,
        remote_mta,
    }
}

/// The `bounce` of another type of event: only what is known.
fn known(bounce: Bounce) -> Option<Bounce> {
    part(Bounce {
        class: bounce.class.filter(|class| *class != BounceClass::Undetermined),
        reason: bounce.reason.filter(|reason| *reason != BounceReason::Unknown),
        attribution: bounce.attribution.filter(|attribution| *attribution != Attribution::Unknown),
        ..bounce
    })
}

/// The provider's word for how final a bounce is.
fn severity(word: Option<&str>) -> Option<Severity> {
    word.and_then(Severity::of_word)
}

/// A complaint's word in RFC 5965's vocabulary.
fn feedback_type(word: &str) -> FeedbackType {
    let word = word.trim().to_ascii_lowercase().replace('_', "-");
    let known = FeedbackType::ALL.iter().find(|known| known.as_str() == word);
    known.copied().unwrap_or(FeedbackType::Other)
}

/// The attachments of incoming mail; their content is not in the webhook.
fn attachments(details: &Object<'_>) -> Vec<Attachment> {
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

fn full_name(first: Option<Cow<'_, str>>, last: Option<Cow<'_, str>>) -> Option<String> {
    let names: Vec<_> = first.into_iter().chain(last).collect();
    part(names.join(" "))
}

/// A Message-ID without its angle brackets.
fn bare_message_id(details: &Object<'_>, name: &str) -> Option<String> {
    let text = details.id(name)?;
    let text = text.trim();
    let bare = text.strip_prefix('<').and_then(|inner| inner.strip_suffix('>'));
    Some(bare.unwrap_or(text).to_owned())
}
