//! What a phrase or a code says. The constants are the words of the second column of `phrases.tsv`.

use crate::vocabulary::{Attribution, BounceReason as Reason};

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

pub(super) const GREYLISTED: Signal = cause(Reason::Greylisted, Infrastructure, Weight::Passes);
pub(super) const RATE_LIMITED: Signal = cause(Reason::RateLimited, Sender, Weight::Passes);
pub(super) const MAILBOX_FULL: Signal = cause(Reason::MailboxFull, Recipient, Weight::Passes);
pub(super) const VIRUS: Signal = cause(Reason::Virus, Content, Weight::Fault);
pub(super) const AUTH_FAILURE: Signal = cause(Reason::AuthFailure, Sender, Weight::Fault);
pub(super) const SPAM_REPUTATION: Signal = cause(Reason::SpamReputation, Sender, Weight::Fault);
pub(super) const SPAM_CONTENT: Signal = cause(Reason::SpamContent, Content, Weight::Fault);
pub(super) const RELAY_DENIED: Signal = cause(Reason::RelayDenied, Infrastructure, Weight::Fault);
pub(super) const MESSAGE_TOO_LARGE: Signal = cause(Reason::MessageTooLarge, Content, Weight::Fault);
/// A message that breaks the rules of the format.
pub(super) const MALFORMED: Signal = cause(Reason::Syntax, Infrastructure, Weight::Fault);
pub(super) const POLICY: Signal = cause(Reason::Policy, Sender, Weight::Policy);
/// The mail goes round in circles: does not pass.
pub(super) const LOOP: Signal = cause(Reason::Network, Infrastructure, Weight::Policy);
pub(super) const EXPIRED: Signal = cause(Reason::Expired, Infrastructure, Weight::Network);
pub(super) const NETWORK: Signal = cause(Reason::Network, Infrastructure, Weight::Network);
pub(super) const SENDER: Signal = cause(Reason::Policy, Sender, Weight::Sender);
pub(super) const USER_UNKNOWN: Signal = cause(Reason::UserUnknown, Recipient, Weight::Dead);
pub(super) const DOMAIN_UNKNOWN: Signal = cause(Reason::DomainUnknown, Recipient, Weight::Dead);
pub(super) const MAILBOX_DISABLED: Signal = cause(Reason::MailboxDisabled, Recipient, Weight::Dead);
pub(super) const SYNTAX: Signal = cause(Reason::Syntax, Infrastructure, Weight::Protocol);
/// Something at the other server, or between the servers.
pub(super) const INFRASTRUCTURE: Signal = cause(Reason::Other, Infrastructure, Weight::Protocol);
/// Something about the content.
pub(super) const CONTENT: Signal = cause(Reason::Other, Content, Weight::Protocol);
/// A mail address that is not well formed.
pub(super) const ADDRESS_SYNTAX: Signal = cause(Reason::Syntax, Recipient, Weight::Unclear);
/// Says that something failed, and not what.
pub(super) const OTHER: Signal = cause(Reason::Other, Unknown, Weight::Unclear);
pub(super) const TEMPORARY: Signal = Signal::Temporary;
pub(super) const AUTOMATIC_REPLY: Signal = Signal::AutomaticReply;
pub(super) const WRAPPER: Signal = Signal::Wrapper;
pub(super) const NOTHING: Signal = Signal::Nothing;
