//! The meanings of reply codes and enhanced codes. The registry of enhanced codes: RFC 5248,
//! <https://www.iana.org/assignments/smtp-enhanced-status-codes>.

use super::reply::EnhancedCode;
use super::signals::{
    ADDRESS_SYNTAX, AUTH_FAILURE, CONTENT, DOMAIN_UNKNOWN, EXPIRED, INFRASTRUCTURE, LOOP, MAILBOX_DISABLED,
    MAILBOX_FULL, MESSAGE_TOO_LARGE, NETWORK, OTHER, POLICY, RATE_LIMITED, SENDER, SPAM_REPUTATION, SYNTAX,
    Signal, USER_UNKNOWN, hint,
};

/// The meaning of an enhanced code: a hint if its definition is broad, or if servers also use it for other things.
/// `None` for codes that only tell success from failure.
pub(super) fn enhanced(code: EnhancedCode) -> Option<Signal> {
    match (code.class, code.subject) {
        (4 | 5, 1) => address(code.detail),
        (4 | 5, 2) => mailbox(code),
        (4 | 5, 3) => Some(system(code)),
        (4 | 5, 4) => Some(network(code)),
        (4 | 5, 5) => Some(protocol(code.detail)),
        (4 | 5, 6) => Some(content(code.detail)),
        (4 | 5, 7) => Some(security(code.detail)),
        _ => None,
    }
}

/// The meaning of a reply code by itself (RFC 5321, section 4.2.2). Most codes from 500 on only say that the command
/// failed: 550 is "mailbox not found, no access, or command rejected for policy reasons", 552 is used for full
/// mailboxes and for large mails (RFC 1870, section 6.1), 521 for hosts that accept no mail (RFC 7504, section 3) and
/// for block lists.
pub(super) fn smtp(code: u16) -> Option<Signal> {
    let signal = match code {
        // Commands and parameters: RFC 5321, section 4.2.2.
        500..=504 | 555 => SYNTAX,
        // Courier's checks of MAIL FROM: <https://www.courier-mta.org/courier.html>.
        517 => return Some(SENDER),
        // Authentication and encryption: RFC 4954, section 6; RFC 3207, section 4.
        530 => POLICY,
        534 | 535 | 538 => AUTH_FAILURE,
        // "Domain does not accept mail": RFC 7504, section 4.
        556 => DOMAIN_UNKNOWN,
        _ => return None,
    };
    Some(hint(signal))
}

/// X.1.x: RFC 3463, section 3.2.
fn address(detail: u16) -> Option<Signal> {
    match detail {
        // The mailbox does not exist, or has moved without a new address.
        1 | 6 => Some(USER_UNKNOWN),
        2 => Some(DOMAIN_UNKNOWN),
        3 => Some(ADDRESS_SYNTAX),
        // The sender's own address, and its domain.
        7 | 8 => Some(POLICY),
        // A null MX (RFC 7505, section 6). Microsoft uses it for an unknown recipient.
        10 => Some(hint(DOMAIN_UNKNOWN)),
        _ => None,
    }
}

/// X.2.x: RFC 3463, section 3.3.
fn mailbox(code: EnhancedCode) -> Option<Signal> {
    match (code.class, code.detail) {
        // Only a hint: servers use 4.2.1 for any temporary condition.
        (4, 1) => Some(hint(MAILBOX_DISABLED)),
        (_, 1) => Some(MAILBOX_DISABLED),
        (_, 2) => Some(MAILBOX_FULL),
        (_, 3) => Some(MESSAGE_TOO_LARGE),
        // More mail than the recipient accepts per hour: Microsoft,
        // <https://learn.microsoft.com/exchange/troubleshoot/email-delivery/ndr/non-delivery-reports-in-exchange-online>.
        (_, 121 | 122) => Some(RATE_LIMITED),
        _ => None,
    }
}

/// X.3.x: RFC 3463, section 3.4. The mail system is full, lacks a feature, or is misconfigured.
fn system(code: EnhancedCode) -> Signal {
    match (code.class, code.detail) {
        (_, 2) => hint(NETWORK),
        (_, 4) => MESSAGE_TOO_LARGE,
        (4, _) => hint(OTHER),
        _ => hint(INFRASTRUCTURE),
    }
}

/// X.4.x: RFC 3463, section 3.5. Most are "useful only as a persistent transient error", so a permanent one means
/// something else: Microsoft's 5.4.1 is an unknown recipient, Postfix's 5.4.4 an unknown domain, and the text
/// explains Microsoft's 5.4.310 and similar codes.
fn network(code: EnhancedCode) -> Signal {
    match (code.class, code.detail) {
        (_, 7) => EXPIRED,
        (_, 6 | 14) => LOOP,
        (4, 1..=5) => NETWORK,
        _ => hint(NETWORK),
    }
}

/// X.5.x: RFC 3463, section 3.6. Servers use these codes for any kind of refusal.
fn protocol(detail: u16) -> Signal {
    match detail {
        // Too many recipients: "should normally result in the segmentation of the message".
        3 => RATE_LIMITED,
        _ => hint(SYNTAX),
    }
}

/// X.6.x: RFC 3463, section 3.7; non-ASCII addresses: RFC 6531, section 3.5.
fn content(detail: u16) -> Signal {
    match detail {
        7..=10 => hint(SYNTAX),
        _ => hint(CONTENT),
    }
}

/// X.7.x: RFC 3463, section 3.8. The sender has to investigate these. X.7.0 and X.7.1 only say "refused".
fn security(detail: u16) -> Signal {
    match detail {
        // X.7.13 is ambiguous too: the disabled account is the sender's (RFC 5248, according to the registry) or, for
        // some servers, the recipient's.
        0 | 1 | 13 => hint(POLICY),
        // Credentials: RFC 4954, section 6. DKIM, SPF, reverse DNS: RFC 7372, section 3. DMARC, and "does not meet the required
        // authentication level": Microsoft,
        // <https://learn.microsoft.com/exchange/troubleshoot/email-delivery/ndr/non-delivery-reports-in-exchange-online>.
        8 | 20..=26 | 509 | 515 => AUTH_FAILURE,
        // Too large for its priority: RFC 6710, according to the registry.
        16 => MESSAGE_TOO_LARGE,
        // The owner of the mailbox or domain has changed since the sender confirmed it: RFC 7293, according to the
        // registry.
        17 | 18 => hint(USER_UNKNOWN),
        // "Mail flood detected": in the registry without a document.
        28 => RATE_LIMITED,
        // Banned senders and addresses: the page of Microsoft above.
        511 | 606..=649 | 708 => SPAM_REPUTATION,
        _ => POLICY,
    }
}
