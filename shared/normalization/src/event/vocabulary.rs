//! The closed vocabulary of events: every word, defined. A provider's word that has no place here becomes
//! [`EventType::Unknown`], never an error.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares an enum whose variants are words: what JSON, DynamoDB and SNS carry.
macro_rules! vocabulary {
    ($(#[$about:meta])* $name:ident { $($(#[$meaning:meta])* $variant:ident = $word:literal,)+ }) => {
        #[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        $(#[$about])*
        pub enum $name { $($(#[$meaning])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// Every word of this vocabulary.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word itself.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(self.as_str())
            }
        }
    };
}

pub(super) use vocabulary;

vocabulary! {
    /// What happened.
    EventType {
        /// The provider accepted the mail and will try to deliver it.
        EmailQueued = "email.queued",
        /// The mail waits for a time that the sender chose.
        EmailScheduled = "email.scheduled",
        /// A scheduled or queued mail was taken back.
        EmailCanceled = "email.canceled",
        /// The provider holds the mail until somebody acts.
        EmailHeld = "email.held",
        /// The mail left the provider.
        EmailSent = "email.sent",
        /// The recipient's server took the mail.
        EmailDelivered = "email.delivered",
        /// An attempt failed for now; another follows.
        EmailDeferred = "email.deferred",
        /// Delivery failed for good, or this is how the provider reports a failed attempt.
        EmailBounced = "email.bounced",
        /// The provider refused to send the mail.
        EmailRejected = "email.rejected",
        /// The provider's own filter stopped outgoing mail as spam.
        EmailSpam = "email.spam",
        /// Not sent: the recipient is on a suppression list.
        EmailSuppressed = "email.suppressed",
        /// Not sent: something broke at the provider.
        EmailFailed = "email.failed",
        /// The recipient (or a machine) loaded the mail's images.
        EmailOpened = "email.opened",
        /// The recipient (or a machine) followed a link.
        EmailClicked = "email.clicked",
        /// The recipient called the mail spam.
        EmailComplained = "email.complained",
        /// The recipient wants no more mail.
        EmailUnsubscribed = "email.unsubscribed",
        /// The recipient wants mail again.
        EmailResubscribed = "email.resubscribed",
        /// A stored mail was deleted.
        EmailDeleted = "email.deleted",
        /// Mail came in.
        InboundReceived = "inbound.received",
        /// Incoming mail reached its mailbox.
        InboundDelivered = "inbound.delivered",
        /// Incoming mail was marked as spam.
        InboundSpam = "inbound.spam",
        /// Incoming mail was turned away.
        InboundBlocked = "inbound.blocked",
        /// A contact was added.
        ContactCreated = "contact.created",
        /// A contact was changed.
        ContactUpdated = "contact.updated",
        /// A contact was removed.
        ContactDeleted = "contact.deleted",
        /// A sending domain was added.
        DomainCreated = "domain.created",
        /// A sending domain was changed.
        DomainUpdated = "domain.updated",
        /// A sending domain was removed.
        DomainDeleted = "domain.deleted",
        /// A sending domain passed its DNS checks.
        DomainVerified = "domain.verified",
        /// Authentic, and not in this vocabulary: the raw payload says what it is.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// What the sender should do about an event.
    Action {
        /// Stop mailing this recipient.
        Suppress = "suppress",
        /// A temporary bounce: count it, and stop at a number of the sender's choice.
        Count = "count",
        /// The sender's content, reputation or set-up is at fault: look into it.
        Investigate = "investigate",
        /// Nothing.
        None = "none",
    }
}

vocabulary! {
    /// Whether trying the same recipient again can help.
    BounceClass {
        /// It cannot.
        Permanent = "permanent",
        /// It can.
        Transient = "transient",
        /// Nothing says which.
        Undetermined = "undetermined",
    }
}

vocabulary! {
    /// Why mail was not delivered.
    BounceReason {
        /// There is no such mailbox.
        UserUnknown = "user_unknown",
        /// There is no such domain, or it takes no mail.
        DomainUnknown = "domain_unknown",
        /// The mailbox is over its quota.
        MailboxFull = "mailbox_full",
        /// The mailbox exists and is switched off.
        MailboxDisabled = "mailbox_disabled",
        /// A rule of the receiver, or of the provider, forbids it.
        Policy = "policy",
        /// What the mail says looks like spam.
        SpamContent = "spam_content",
        /// Who sends it has a bad name: a block list, a reputation.
        SpamReputation = "spam_reputation",
        /// SPF, DKIM, DMARC or reverse DNS failed.
        AuthFailure = "auth_failure",
        /// The mail is larger than the receiver takes.
        MessageTooLarge = "message_too_large",
        /// The mail carries a virus.
        Virus = "virus",
        /// Too much mail at once.
        RateLimited = "rate_limited",
        /// The time for trying ran out.
        Expired = "expired",
        /// The receiving server could not be reached, or broke off.
        Network = "network",
        /// The receiver turns first attempts away on purpose.
        Greylisted = "greylisted",
        /// The receiver does not take mail for that domain from us.
        RelayDenied = "relay_denied",
        /// An address or a command is not well formed.
        Syntax = "syntax",
        /// A reason is given, and none of these.
        Other = "other",
        /// No reason is given.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// At whose door the reason lies.
    Attribution {
        /// The recipient's address or mailbox.
        Recipient = "recipient",
        /// The sender's name, set-up or behaviour.
        Sender = "sender",
        /// What the mail contains.
        Content = "content",
        /// Servers and networks between the two.
        Infrastructure = "infrastructure",
        /// Nothing says.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// What a complaint is about: the feedback types of RFC 5965, section 7.3.
    FeedbackType {
        /// Unwanted mail.
        Abuse = "abuse",
        /// Phishing or other fraud.
        Fraud = "fraud",
        /// A virus was found.
        Virus = "virus",
        /// The recipient says that the mail is not spam after all.
        NotSpam = "not-spam",
        /// Anything else.
        Other = "other",
    }
}

vocabulary! {
    /// Who refused a mail.
    RejectedBy {
        /// The provider, before it tried.
        Provider = "provider",
        /// The recipient's server.
        Remote = "remote",
    }
}

vocabulary! {
    /// Why a recipient is on a suppression list.
    SuppressionCause {
        /// An earlier mail bounced.
        Bounce = "bounce",
        /// The recipient complained.
        Complaint = "complaint",
        /// The recipient unsubscribed.
        Unsubscribe = "unsubscribe",
        /// Somebody put it there.
        Manual = "manual",
        /// The provider does not say.
        Unknown = "unknown",
    }
}

impl EventType {
    /// Whether the event reports on mail that we sent, and so is about one recipient.
    pub fn is_outgoing(self) -> bool {
        self.as_str().starts_with("email.") && self != Self::EmailDeleted
    }

    /// Whether the event reports on mail that somebody sent us.
    pub fn is_incoming(self) -> bool {
        self.as_str().starts_with("inbound.")
    }
}
