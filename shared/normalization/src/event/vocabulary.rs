//! The closed vocabulary of events, with the meaning of every word. A provider's word without an equivalent here
//! becomes [`EventType::Unknown`], never an error.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares an enum whose variants are words, as used in JSON, DynamoDB and SNS.
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

pub(crate) use vocabulary;

vocabulary! {
    /// What happened.
    #[cfg_attr(feature = "schema", schemars(transform = super::open_words::open))]
    EventType {
        /// The provider accepted the mail and will try to deliver it.
        EmailQueued = "email.queued",
        /// The mail is scheduled for a time that the sender chose.
        EmailScheduled = "email.scheduled",
        /// A scheduled or queued mail was canceled.
        EmailCanceled = "email.canceled",
        /// The provider holds the mail for review.
        EmailHeld = "email.held",
        /// The mail left the provider.
        EmailSent = "email.sent",
        /// The recipient's server accepted the mail.
        EmailDelivered = "email.delivered",
        /// A delivery attempt failed temporarily; the provider will retry.
        EmailDeferred = "email.deferred",
        /// Delivery failed permanently, or the provider reports a failed attempt as a bounce.
        EmailBounced = "email.bounced",
        /// The provider refused to send the mail.
        EmailRejected = "email.rejected",
        /// The provider's spam filter stopped outgoing mail.
        EmailSpam = "email.spam",
        /// The mail was not sent: the recipient is on a suppression list.
        EmailSuppressed = "email.suppressed",
        /// The mail was not sent: an error occurred at the provider.
        EmailFailed = "email.failed",
        /// The recipient (or a machine) loaded the images of the mail.
        EmailOpened = "email.opened",
        /// The recipient (or a machine) followed a link.
        EmailClicked = "email.clicked",
        /// The recipient reported the mail as spam.
        EmailComplained = "email.complained",
        /// The recipient unsubscribed.
        EmailUnsubscribed = "email.unsubscribed",
        /// The recipient subscribed again.
        EmailResubscribed = "email.resubscribed",
        /// A stored mail was deleted.
        EmailDeleted = "email.deleted",
        /// Incoming mail was received.
        InboundReceived = "inbound.received",
        /// Incoming mail was delivered to its mailbox.
        InboundDelivered = "inbound.delivered",
        /// Incoming mail was marked as spam.
        InboundSpam = "inbound.spam",
        /// Incoming mail was rejected.
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
        /// An address was added to the provider's suppression list.
        SuppressionCreated = "suppression.created",
        /// An address was removed from the provider's suppression list.
        SuppressionDeleted = "suppression.deleted",
        /// An authentic event that is not in this vocabulary. The raw payload has the details.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// What the sender should do about an event.
    Action {
        /// Stop mailing this recipient.
        Suppress = "suppress",
        /// A temporary bounce: count it, and stop mailing the recipient at a number that the sender chooses.
        Count = "count",
        /// The sender's content, reputation or setup is at fault: investigate.
        Investigate = "investigate",
        /// Nothing to do.
        None = "none",
    }
}

vocabulary! {
    /// Whether a retry to the same recipient can help.
    BounceClass {
        /// A retry cannot help.
        Permanent = "permanent",
        /// A retry can help.
        Transient = "transient",
        /// Not known.
        Undetermined = "undetermined",
    }
}

vocabulary! {
    /// Why mail was not delivered.
    #[cfg_attr(feature = "schema", schemars(transform = super::open_words::open))]
    BounceReason {
        /// The mailbox does not exist.
        UserUnknown = "user_unknown",
        /// The domain does not exist or accepts no mail.
        DomainUnknown = "domain_unknown",
        /// The mailbox is over its quota.
        MailboxFull = "mailbox_full",
        /// The mailbox exists but is disabled.
        MailboxDisabled = "mailbox_disabled",
        /// A policy of the receiver or of the provider forbids the mail.
        Policy = "policy",
        /// The content of the mail looks like spam.
        SpamContent = "spam_content",
        /// The sender has a bad reputation or is on a block list.
        SpamReputation = "spam_reputation",
        /// SPF, DKIM, DMARC or reverse DNS failed.
        AuthFailure = "auth_failure",
        /// The mail is larger than the receiver accepts.
        MessageTooLarge = "message_too_large",
        /// The mail contains a virus.
        Virus = "virus",
        /// The sender sent too much mail at once.
        RateLimited = "rate_limited",
        /// The time for delivery attempts ran out.
        Expired = "expired",
        /// The receiving server could not be reached, or closed the connection.
        Network = "network",
        /// The receiver deliberately defers first attempts.
        Greylisted = "greylisted",
        /// The receiver does not accept mail for that domain from this sender.
        RelayDenied = "relay_denied",
        /// An address or a command is malformed.
        Syntax = "syntax",
        /// The given reason is not in this list.
        Other = "other",
        /// No reason is given.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// Who is responsible for the failure.
    #[cfg_attr(feature = "schema", schemars(transform = super::open_words::open))]
    Attribution {
        /// The recipient's address or mailbox.
        Recipient = "recipient",
        /// The sender's name, setup or behaviour.
        Sender = "sender",
        /// The content of the mail.
        Content = "content",
        /// The servers and networks between sender and recipient.
        Infrastructure = "infrastructure",
        /// Not known.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// The type of a complaint: the feedback types of RFC 5965, section 7.3.
    #[cfg_attr(feature = "schema", schemars(transform = super::open_words::open))]
    FeedbackType {
        /// Unwanted mail.
        Abuse = "abuse",
        /// Phishing or other fraud.
        Fraud = "fraud",
        /// A virus was found in the mail.
        Virus = "virus",
        /// The recipient says that the mail is not spam after all.
        NotSpam = "not-spam",
        /// Anything else.
        Other = "other",
    }
}

vocabulary! {
    /// Who refused a mail.
    #[cfg_attr(feature = "schema", schemars(transform = super::open_words::open))]
    RejectedBy {
        /// The provider, before a delivery attempt.
        Provider = "provider",
        /// The recipient's server.
        Remote = "remote",
    }
}

vocabulary! {
    /// Why a recipient is on a suppression list.
    #[cfg_attr(feature = "schema", schemars(transform = super::open_words::open))]
    SuppressionCause {
        /// An earlier mail bounced.
        Bounce = "bounce",
        /// The recipient complained.
        Complaint = "complaint",
        /// The recipient unsubscribed.
        Unsubscribe = "unsubscribe",
        /// The entry was made by hand.
        Manual = "manual",
        /// The provider gives no cause.
        Unknown = "unknown",
    }
}

impl EventType {
    /// Whether the event reports on outgoing mail, and so is about one recipient.
    pub fn is_outgoing(self) -> bool {
        self.as_str().starts_with("email.") && self != Self::EmailDeleted
    }

    /// Whether the event reports on incoming mail.
    pub fn is_incoming(self) -> bool {
        self.as_str().starts_with("inbound.")
    }
}
