//! What a phrase or a code says. The names of the signals are the words of the second column of `phrases.tsv`.

use crate::event::{Attribution, BounceReason as Reason};

/// What one phrase or one code says.
#[derive(Clone, Copy)]
pub(super) enum Signal {
    /// Names the reason.
    Cause(Cause),
    /// Hints at the reason: counts only if nothing names one.
    Hint(Cause),
    /// The failure passes.
    Temporary,
    /// No server refused the mail: somebody is away.
    AutomaticReply,
    /// A relaying server wrote it around the reply that it quotes: says nothing beside that reply.
    Wrapper,
    /// Says nothing, and hides what shorter phrases in it would say.
    Nothing,
}

/// Why the mail was not delivered.
#[derive(Clone, Copy)]
pub(super) struct Cause {
    pub(super) reason: Reason,
    pub(super) attribution: Attribution,
    pub(super) weight: Weight,
}

/// How much a cause weighs: the heaviest one decides, among equals the first. It is the order of the rules.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Weight {
    /// No word on whose fault it is.
    Unclear,
    /// The servers did not understand each other.
    Protocol,
    /// The address takes no mail, now or ever.
    Dead,
    /// About the sender: turns "does not exist" into a matter of the sender's.
    Sender,
    /// The network, or a server that is away: passes.
    Network,
    /// A general policy, a loop.
    Policy,
    /// Something particular about the sender, the content or the infrastructure.
    Fault,
    /// Passes by itself whatever the code says.
    Passes,
}

impl Cause {
    /// Which of several causes of one weight a text means, the highest one: what could be mistaken for another one
    /// comes before it.
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

/// The same as a hint.
pub(super) const fn hint(signal: Signal) -> Signal {
    match signal {
        Signal::Cause(cause) => Signal::Hint(cause),
        other => other,
    }
}

use Attribution::{Content, Infrastructure, Recipient, Sender, Unknown};

/// Declares the signals, and the look-up by name.
macro_rules! signals {
    ($($(#[$about:meta])* $name:ident = $signal:expr,)+) => {
        $($(#[$about])* pub(super) const $name: Signal = $signal;)+

        /// The signal of a word in the second column of `phrases.tsv`, in capitals; with `?` behind it, as a hint.
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
    /// A message that breaks the rules of the format.
    MALFORMED = cause(Reason::Syntax, Infrastructure, Weight::Fault),
    POLICY = cause(Reason::Policy, Sender, Weight::Policy),
    /// The mail goes round in circles: does not pass.
    LOOP = cause(Reason::Network, Infrastructure, Weight::Policy),
    EXPIRED = cause(Reason::Expired, Infrastructure, Weight::Network),
    NETWORK = cause(Reason::Network, Infrastructure, Weight::Network),
    SENDER = cause(Reason::Policy, Sender, Weight::Sender),
    USER_UNKNOWN = cause(Reason::UserUnknown, Recipient, Weight::Dead),
    DOMAIN_UNKNOWN = cause(Reason::DomainUnknown, Recipient, Weight::Dead),
    MAILBOX_DISABLED = cause(Reason::MailboxDisabled, Recipient, Weight::Dead),
    SYNTAX = cause(Reason::Syntax, Infrastructure, Weight::Protocol),
    /// Something at the other server, or between the servers.
    INFRASTRUCTURE = cause(Reason::Other, Infrastructure, Weight::Protocol),
    /// Something about the content.
    CONTENT = cause(Reason::Other, Content, Weight::Protocol),
    /// A mail address that is not well formed.
    ADDRESS_SYNTAX = cause(Reason::Syntax, Recipient, Weight::Unclear),
    /// Says that something failed, and not what.
    OTHER = cause(Reason::Other, Unknown, Weight::Unclear),
    TEMPORARY = Signal::Temporary,
    AUTOMATIC_REPLY = Signal::AutomaticReply,
    WRAPPER = Signal::Wrapper,
    NOTHING = Signal::Nothing,
}
