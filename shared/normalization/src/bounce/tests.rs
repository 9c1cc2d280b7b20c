mod codes;
mod replies;
mod texts;

use super::*;
use Severity::{Hard, Soft};
use replies::REPLIES;

/// The four words of a classification.
fn words(classified: &Classification) -> String {
    format!("{} {} {} {}", classified.class, classified.reason, classified.attribution, classified.action)
}

fn reply(text: &str) -> Classification {
    classify(&FailureReport { reply: Some(text), ..FailureReport::default() })
}

fn worded(severity: Severity, text: &str) -> String {
    let severity = Some(severity);
    words(&classify(&FailureReport { severity, reply: Some(text), ..FailureReport::default() }))
}

const DEAD: &str = "permanent user_unknown recipient suppress";
const GONE: &str = "permanent domain_unknown recipient suppress";
const OFF: &str = "permanent mailbox_disabled recipient suppress";
const FULL: &str = "transient mailbox_full recipient count";
const GREY: &str = "transient greylisted infrastructure count";
const RATE: &str = "transient rate_limited sender count";
const NET: &str = "transient network infrastructure count";
const LATE: &str = "transient expired infrastructure count";
/// A loop is not temporary.
const LOOP: &str = "permanent network infrastructure investigate";
const POLICY: &str = "permanent policy sender investigate";
const POLICY_NOW: &str = "transient policy sender investigate";
const BLOCKED: &str = "permanent spam_reputation sender investigate";
const BLOCKED_NOW: &str = "transient spam_reputation sender investigate";
const SPAM: &str = "permanent spam_content content investigate";
const AUTH: &str = "permanent auth_failure sender investigate";
const AUTH_NOW: &str = "transient auth_failure sender investigate";
const RELAY: &str = "permanent relay_denied infrastructure investigate";
const LARGE: &str = "permanent message_too_large content investigate";
const VIRUS: &str = "permanent virus content investigate";
const SYNTAX: &str = "permanent syntax infrastructure investigate";
const OTHER: &str = "permanent other unknown count";
const OTHER_NOW: &str = "transient other unknown count";
const UNKNOWN: &str = "permanent unknown unknown count";

#[test]
fn the_providers_word_is_read_in_any_usual_spelling() {
    for word in ["hard", " Hard ", "Permanent", "hard_bounce", "HardBounce", "hard-bounce"] {
        assert_eq!(Severity::of_word(word), Some(Hard), "{word}");
    }
    for word in ["soft", "Transient", "soft-bounce", "SOFT_BOUNCE", "temporary"] {
        assert_eq!(Severity::of_word(word), Some(Soft), "{word}");
    }
    for word in ["", "block", "hardly", "unknown"] {
        assert_eq!(Severity::of_word(word), None, "{word}");
    }
}

#[test]
fn every_reason_is_reachable() {
    for reason in BounceReason::ALL {
        let found = REPLIES.iter().any(|(_, text, _)| reply(text).reason == *reason);
        assert!(found, "{reason}");
    }
}

#[test]
fn the_explanation_is_heard_beside_the_reply() {
    let vetoed = classify(&FailureReport {
        reply: Some("550 5.1.1"),
        explanation: Some("blocked using zen.spamhaus.org"),
        ..FailureReport::default()
    });
    assert_eq!(words(&vetoed), BLOCKED);
    assert_eq!(vetoed.diagnostic.as_deref(), Some("550 5.1.1"));

    let explained = classify(&FailureReport {
        reply: Some(" \r\n"),
        explanation: Some("550 5.1.1 User unknown"),
        ..FailureReport::default()
    });
    assert_eq!(words(&explained), DEAD);
    assert_eq!(explained.smtp_code, Some(550));
    assert_eq!(explained.enhanced_code.as_deref(), Some("5.1.1"));
    assert_eq!(explained.diagnostic.as_deref(), Some("550 5.1.1 User unknown"));
}

#[test]
fn a_soft_bounce_never_suppresses() {
    for (_, text, _) in REPLIES {
        let classified = worded(Soft, text);
        assert!(classified.starts_with("transient"), "{text}: {classified}");
        assert!(!classified.ends_with("suppress"), "{text}: {classified}");
    }
    assert_eq!(worded(Soft, "550 5.1.1 User unknown"), "transient user_unknown recipient count");
    assert_eq!(worded(Soft, "550 5.7.1 Rejected"), POLICY_NOW);
    assert_eq!(worded(Soft, ""), "transient unknown unknown count");
}

#[test]
fn a_hard_bounce_suppresses_unless_the_sender_can_mend_it_or_it_passes() {
    let cases = [
        ("", "permanent unknown unknown suppress"),
        ("550", "permanent unknown unknown suppress"),
        ("Delivery failed", "permanent unknown unknown suppress"),
        ("The dog ate it", "permanent other unknown suppress"),
        ("User unknown", DEAD),
        ("451 User unknown", "transient user_unknown recipient count"),
        ("550 5.7.1 User unknown", DEAD),
        ("550 5.1.3 bad address", "permanent syntax recipient suppress"),
        ("550 5.7.1 Rejected", POLICY),
        ("Message blocked as spam", SPAM),
        // A temporary code, whatever other code comes with it.
        ("4.0.0", "transient unknown unknown count"),
        ("400 5.0.0", "transient unknown unknown count"),
        ("450 5.1.1 User unknown", "transient user_unknown recipient count"),
        // Temporary words count unless a text or a code says that the address is dead.
        ("550 Failure sending mail. Try again later", OTHER_NOW),
        ("Deferred: No such file or directory", "transient other infrastructure count"),
        ("This account has been temporarily suspended", OFF),
        ("552 5.2.2 Mailbox full", FULL),
        ("Rate limit exceeded", RATE),
        ("Greylisted", GREY),
        ("Connection timed out", NET),
        ("Message expired", LATE),
    ];
    for (text, expected) in cases {
        assert_eq!(worded(Hard, text), expected, "{text}");
    }
}

#[test]
fn doubt_is_said_and_never_suppresses() {
    let cases = [
        ("", "undetermined unknown unknown count"),
        ("550", UNKNOWN),
        ("552", UNKNOWN),
        ("450", "transient unknown unknown count"),
        ("550 Rejected", UNKNOWN),
        ("Bounced", "undetermined unknown unknown count"),
        ("This is an autoreply", "transient unknown unknown count"),
        ("The dog ate it", "undetermined other unknown count"),
        ("550 The dog ate it", OTHER),
        ("Temporary failure", "transient unknown unknown count"),
        ("250 2.1.5 OK", "undetermined unknown unknown count"),
        ("550 <neko@example.jp>: Recipient address rejected.", OTHER),
        ("Message rejected due to policy", "undetermined policy sender investigate"),
    ];
    for (text, expected) in cases {
        assert_eq!(words(&reply(text)), expected, "{text}");
    }
}
