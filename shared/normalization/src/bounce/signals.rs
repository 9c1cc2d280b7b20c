//! The signals of phrases and codes. Their names are the words of the second column of `phrases.tsv`.

use crate::event::{Attribution, BounceReason as Reason};

/// The meaning of one phrase or one code.
#[derive(Clone, Copy)]
pub(super) enum Signal {
    /// Names the reason.
    Cause(Cause),
    /// Hints at the reason: counts only if nothing names a reason.
    Hint(Cause),
    /// The failure is temporary.
    Temporary,
    /// The reply is automatic, such as an absence notice: no server refused the mail.
    AutomaticReply,
    /// A relaying server wrote it around the reply that it quotes. Says nothing in addition to that reply.
    Wrapper,
    /// Says nothing, and hides the shorter phrases in it.
    Nothing,
}

/// Why the mail was not delivered.
#[derive(Clone, Copy)]
pub(super) struct Cause {
    pub(super) reason: Reason,
    pub(super) attribution: Attribution,
    pub(super) weight: Weight,
}

/// The weight of a cause: the heaviest cause decides, among equal ones the first. The order is that of the rules.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Weight {
    /// Nothing says who is responsible.
    Unclear,
    /// The servers did not understand each other.
    Protocol,
    /// The address accepts no mail, now or ever.
    Dead,
    /// About the sender: makes "does not exist" a statement about the sender.
    Sender,
    /// The network, or an unreachable server: temporary.
    Network,
    /// A general policy, or a loop.
    Policy,
    /// A specific problem with the sender, the content or the infrastructure.
    Fault,
    /// Temporary, whatever the code says.
    Passes,
}

impl Cause {
    /// Decides among causes of the same weight in one text: the highest rank counts. A cause that could be mistaken
    /// for another one ranks above it.
    pub(super) const fn rank(self) -> u8 {
        match self.reason {
            Reason::Greylisted | Reason::Virus | Reason::Expired | Reason::MailboxDisabled => 6,
            Reason::Syntax => 5,
            Reason::AuthFailure | Reason::RateLimited | Reason::DomainUnknown => 4,
            Reason::SpamReputation => 3,
            Reason::SpamContent => 2,
            Reason::RelayDenied => 1,
            _ => 0,
        }
    }
}

const fn cause(reason: Reason, attribution: Attribution, weight: Weight) -> Signal {
    Signal::Cause(Cause { reason, attribution, weight })
}

/// Turns a signal that names a cause into a hint.
pub(super) const fn hint(signal: Signal) -> Signal {
    match signal {
        Signal::Cause(cause) => Signal::Hint(cause),
        other => other,
    }
}

use Attribution::{Content, Infrastructure, Recipient, Sender, Unknown};

/// Declares the signals, and the lookup by name.
macro_rules! signals {
    ($($(#[$about:meta])* $name:ident = $signal:expr,)+) => {
        $($(#[$about])* pub(super) const $name: Signal = $signal;)+

        /// The signal with this name in the second column of `phrases.tsv`, in capitals; as a hint if `?` follows the
        /// name.
        pub(super) fn named(word: &str) -> Option<Signal> {
            let name = word.strip_suffix('?').unwrap_or(word);
            $(if name == stringify!($name) {
                return Some(if name == word { $name } else { hint($name) });
            })+
            None
        }
    };
}

signals! {
    GREYLISTED = cause(Reason::Greylisted, Infrastructure, Weight::Passes),
    RATE_LIMITED = cause(Reason::RateLimited, Sender, Weight::Passes),
    MAILBOX_FULL = cause(Reason::MailboxFull, Recipient, Weight::Passes),
    VIRUS = cause(Reason::Virus, Content, Weight::Fault),
    AUTH_FAILURE = cause(Reason::AuthFailure, Sender, Weight::Fault),
    SPAM_REPUTATION = cause(Reason::SpamReputation, Sender, Weight::Fault),
    SPAM_CONTENT = cause(Reason::SpamContent, Content, Weight::Fault),
    RELAY_DENIED = cause(Reason::RelayDenied, Infrastructure, Weight::Fault),
    MESSAGE_TOO_LARGE = cause(Reason::MessageTooLarge, Content, Weight::Fault),
    /// A message that violates the format.
    MALFORMED = cause(Reason::Syntax, Infrastructure, Weight::Fault),
    POLICY = cause(Reason::Policy, Sender, Weight::Policy),
    /// A mail loop, which does not end by itself.
    LOOP = cause(Reason::Network, Infrastructure, Weight::Policy),
    EXPIRED = cause(Reason::Expired, Infrastructure, Weight::Network),
    NETWORK = cause(Reason::Network, Infrastructure, Weight::Network),
    SENDER = cause(Reason::Policy, Sender, Weight::Sender),
    USER_UNKNOWN = cause(Reason::UserUnknown, Recipient, Weight::Dead),
    DOMAIN_UNKNOWN = cause(Reason::DomainUnknown, Recipient, Weight::Dead),
    MAILBOX_DISABLED = cause(Reason::MailboxDisabled, Recipient, Weight::Dead),
    SYNTAX = cause(Reason::Syntax, Infrastructure, Weight::Protocol),
    /// A problem of the other server, or between the servers.
    INFRASTRUCTURE = cause(Reason::Other, Infrastructure, Weight::Protocol),
    /// A problem with the content.
    CONTENT = cause(Reason::Other, Content, Weight::Protocol),
    /// A malformed mail address.
    ADDRESS_SYNTAX = cause(Reason::Syntax, Recipient, Weight::Unclear),
    /// Says that something failed, but not what.
    OTHER = cause(Reason::Other, Unknown, Weight::Unclear),
    TEMPORARY = Signal::Temporary,
    AUTOMATIC_REPLY = Signal::AutomaticReply,
    WRAPPER = Signal::Wrapper,
    NOTHING = Signal::Nothing,
}
