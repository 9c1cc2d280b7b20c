//! What the codes mean. The registry of enhanced codes: RFC 5248,
//! <https://www.iana.org/assignments/smtp-enhanced-status-codes>.

use super::Sign;
use super::reply::EnhancedCode;
use crate::vocabulary::{Attribution, BounceReason as Reason};

/// How much a code says.
pub(super) enum Meaning {
    /// This reason.
    Precise(Sign),
    /// This reason, unless anything says more: the code is defined widely, or servers use it for other
    /// things too.
    Vague(Sign),
}

/// What an enhanced code means. None for those that say no more than success or failure.
pub(super) fn enhanced(code: EnhancedCode) -> Option<Meaning> {
    let reason = match (code.class, code.subject) {
        (4 | 5, 1) => return address(code.detail),
        (4 | 5, 2) => mailbox(code.detail)?,
        (4 | 5, 3) => return system(code.detail),
        (4 | 5, 4) => return network(code),
        (4 | 5, 5) => return protocol(code.detail),
        (4 | 5, 6) => return Some(Meaning::Vague(content(code.detail))),
        (4 | 5, 7) => security(code.detail),
        _ => return None,
    };
    Some(Meaning::Precise(Sign::of(reason)))
}

/// What a reply code means by itself (RFC 5321, section 4.2.2). Most of the 500s only say that it failed:
/// 550 is "mailbox not found, no access, or command rejected for policy reasons", 552 stands for full
/// mailboxes and for large mails (RFC 1870, section 6.1), 521 for hosts without mail (RFC 7504, section 3)
/// and for block lists.
pub(super) fn smtp(code: u16) -> Option<Meaning> {
    let reason = match code {
        // Commands and parameters: RFC 5321, section 4.2.2.
        500..=504 | 555 => Reason::Syntax,
        // Authentication and encryption: RFC 4954, section 6; RFC 3207, section 4.
        530 | 534 | 535 | 538 => Reason::Policy,
        // "Domain does not accept mail": RFC 7504, section 4.
        556 => Reason::DomainUnknown,
        _ => return None,
    };
    Some(Meaning::Vague(Sign::of(reason)))
}

/// A mail address that is not well formed: not a matter between servers, as other syntax is.
pub(super) const ADDRESS_SYNTAX: Sign = Sign {
    reason: Reason::Syntax,
    attribution: Attribution::Recipient,
};

/// X.1.x: RFC 3463, section 3.2.
fn address(detail: u16) -> Option<Meaning> {
    let sign = match detail {
        // Not there; moved, and left no address.
        1 | 6 => Sign::of(Reason::UserUnknown),
        2 => Sign::of(Reason::DomainUnknown),
        3 => ADDRESS_SYNTAX,
        // The sender's own address and domain.
        7 | 8 => Sign::of(Reason::Policy),
        // A null MX (RFC 7505, section 6). Microsoft means an unknown recipient.
        10 => return Some(Meaning::Vague(Sign::of(Reason::DomainUnknown))),
        _ => return None,
    };
    Some(Meaning::Precise(sign))
}

/// X.2.x: RFC 3463, section 3.3.
fn mailbox(detail: u16) -> Option<Reason> {
    match detail {
        1 => Some(Reason::MailboxDisabled),
        2 => Some(Reason::MailboxFull),
        3 => Some(Reason::MessageTooLarge),
        _ => None,
    }
}

/// X.3.x: RFC 3463, section 3.4.
fn system(detail: u16) -> Option<Meaning> {
    match detail {
        // No room on the whole system, features missing, wrong configuration.
        1 | 3 | 5 => Some(Meaning::Vague(Sign::of(Reason::Other))),
        2 => Some(Meaning::Vague(Sign::of(Reason::Network))),
        4 => Some(Meaning::Precise(Sign::of(Reason::MessageTooLarge))),
        _ => None,
    }
}

/// X.4.x: RFC 3463, section 3.5. Most are "useful only as a persistent transient error", so a permanent one
/// says something else: Microsoft's 5.4.1 is an unknown recipient, Postfix's 5.4.4 an unknown domain, and
/// its 5.4.310 and the like are explained in the text.
fn network(code: EnhancedCode) -> Option<Meaning> {
    match (code.class, code.detail) {
        (_, 0) => None,
        (_, 7) => Some(Meaning::Precise(Sign::of(Reason::Expired))),
        (4, 1..=6) | (5, 6) => Some(Meaning::Precise(Sign::of(Reason::Network))),
        _ => Some(Meaning::Vague(Sign::of(Reason::Network))),
    }
}

/// X.5.x: RFC 3463, section 3.6. Servers answer with 5.5.1 and 5.5.4 to whatever they refuse.
fn protocol(detail: u16) -> Option<Meaning> {
    match detail {
        0 => None,
        // Too many recipients: "should normally result in the segmentation of the message".
        3 => Some(Meaning::Precise(Sign::of(Reason::RateLimited))),
        _ => Some(Meaning::Vague(Sign::of(Reason::Syntax))),
    }
}

/// X.6.x: RFC 3463, section 3.7; non-ASCII addresses: RFC 6531, section 3.5.
fn content(detail: u16) -> Sign {
    match detail {
        7..=10 => Sign::of(Reason::Syntax),
        _ => Sign {
            reason: Reason::Other,
            attribution: Attribution::Content,
        },
    }
}

/// X.7.x: RFC 3463, section 3.8. Always the sender's to look into, so never less than a policy.
fn security(detail: u16) -> Reason {
    match detail {
        // DKIM, SPF, reverse DNS: RFC 7372, section 3. DMARC, and "does not meet the required
        // authentication level": Microsoft,
        // <https://learn.microsoft.com/exchange/troubleshoot/email-delivery/ndr/non-delivery-reports-in-exchange-online>.
        20..=26 | 509 | 515 => Reason::AuthFailure,
        // Too large for its priority: RFC 6710, by the registry.
        16 => Reason::MessageTooLarge,
        // "Mail flood detected": in the registry without a document.
        28 => Reason::RateLimited,
        // Banned senders and addresses: the same page.
        511 | 606..=649 | 708 => Reason::SpamReputation,
        _ => Reason::Policy,
    }
}
