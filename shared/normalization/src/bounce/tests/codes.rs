//! What codes mean, with texts and by themselves, and where they are found.

use super::*;

#[test]
fn a_code_is_enough() {
    let cases = [
        ("500", SYNTAX),
        ("503", SYNTAX),
        ("555", SYNTAX),
        ("530", POLICY),
        ("534", AUTH),
        ("535", AUTH),
        ("538", AUTH),
        ("556", GONE),
        ("5.1.10", GONE),
        ("5.2.1", OFF),
        ("5.2.2", FULL),
        ("5.2.3", LARGE),
        ("5.2.121", RATE),
        ("5.2.122", RATE),
        ("4.3.2", NET),
        ("5.3.4", LARGE),
        ("5.4.6", LOOP),
        ("5.4.14", LOOP),
        ("5.5.1", SYNTAX),
        ("5.5.3", RATE),
        ("5.6.7", SYNTAX),
        ("5.6.10", SYNTAX),
        ("5.7.16", LARGE),
        ("5.7.26", AUTH),
        ("5.7.28", RATE),
        ("5.7.511", BLOCKED),
        ("5.7.606", BLOCKED),
        ("5.7.649", BLOCKED),
        ("5.7.708", BLOCKED),
        ("4.0.0", "transient unknown unknown count"),
        ("5.0.0", UNKNOWN),
    ];
    for (text, expected) in cases {
        assert_eq!(words(&reply(text)), expected, "{text}");
    }
}

#[test]
fn the_text_is_named_where_it_says_what_the_code_says() {
    let cases = [
        ("501 5.1.3 Bad recipient address syntax", "bad recipient address syntax"),
        ("550 5.2.1 User unknown", "user … unknown"),
        ("550 5.1.1 This account has been disabled", "5.1.1"),
        ("503 Whatever", "503"),
    ];
    for (text, expected) in cases {
        let decider = reply(text).decided_by.unwrap().to_string();
        assert_eq!(decider, expected, "{text}");
    }
}

#[test]
fn codes_and_texts_veto_each_other() {
    let cases = [
        ("550 5.1.1 Message blocked for spam", BLOCKED),
        (
            "550 5.7.1 <neko@example.org>: Recipient address rejected: User unknown",
            "permanent user_unknown recipient count",
        ),
        ("450 4.7.1 User unknown", "transient user_unknown recipient count"),
        ("550 5.1.1 Mailbox full", FULL),
        ("550 5.7.1 Mailbox full", FULL),
        ("550 5.1.1 User unknown, try again later", "transient user_unknown recipient count"),
        ("451 User unknown", "transient user_unknown recipient count"),
        ("450 5.1.1 User unknown", "transient user_unknown recipient count"),
        ("550 5.1.1 Greylisted", GREY),
        ("550 5.7.1 blocked using zen.spamhaus.org", BLOCKED),
        ("550 5.2.1 Account disabled: DMARC check failed", AUTH),
        ("550 5.1.1 connection timed out", NET),
        ("550 5.5.0 User unknown", DEAD),
        ("550 5.0.0 User unknown", DEAD),
        ("550 5.1.7 No such domain", POLICY),
        // Of two codes, the heavier one counts in either order.
        ("550 5.7.26 550 5.1.1", AUTH),
        ("550 5.1.1 550 5.7.26", AUTH),
        // Of two hints, the first one counts.
        ("503 5.7.1", POLICY),
        // 4.2.1 is only a hint, 4.4.1 is not.
        ("450 4.2.1 Peak SMTP relay limit exceeded for customer. This is a temporary error.", RATE),
        ("4.4.1 has been in the queue too long", NET),
    ];
    for (text, expected) in cases {
        assert_eq!(words(&reply(text)), expected, "{text}");
    }
}

#[test]
fn codes_are_found_in_every_place() {
    let cases = [
        ("550", Some(550), None),
        ("smtp; 550 5.1.1 User unknown", Some(550), Some("5.1.1")),
        ("smtp;550-5.1.1 User unknown", Some(550), Some("5.1.1")),
        ("550-5.1.1 first\r\n550 5.1.1 last", Some(550), Some("5.1.1")),
        ("550-Please turn on SMTP Authentication", Some(550), None),
        ("host mx.example.com[192.0.2.4] said: 451 4.7.1 later", Some(451), Some("4.7.1")),
        ("[421] busy", Some(421), None),
        ("(550) gone", Some(550), None),
        ("Sorry. (#5.1.1)", None, Some("5.1.1")),
        ("gone (5.1.1)", None, Some("5.1.1")),
        ("gone: 5.1.1.", None, Some("5.1.1")),
        ("Status: 5.7.606, banned", None, Some("5.7.606")),
        ("refused to talk to me: 421 Service", Some(421), None),
        ("SMTP error code 550", Some(550), None),
        ("returned '550 5.4.316 expired'", Some(550), Some("5.4.316")),
        ("minutes.<421 4.4.2 timed out>", Some(421), Some("4.4.2")),
        ("220-mx 421 4.2.0 Service refused", Some(421), Some("4.2.0")),
        ("250 2.0.0 OK", Some(250), Some("2.0.0")),
        ("250 2.1.5 OK\r\n550 5.7.1 no", Some(550), Some("5.7.1")),
        ("220-mx 400 4.2.0 no", Some(400), Some("4.2.0")),
        ("said: 400 later", Some(400), None),
        ("550 5.7.1 : refusée", Some(550), Some("5.7.1")),
        ("\u{200b}550 gone", Some(550), None),
        ("超过550 5.2.2用户配额", Some(550), Some("5.2.2")),
        ("錯誤550 5.1.1：用户", Some(550), Some("5.1.1")),
        ("메일550 5.1.1입니다", Some(550), Some("5.1.1")),
        ("大于500封邮件", None, None),
        ("500封邮件", Some(500), None),
    ];
    for (text, smtp_code, enhanced_code) in cases {
        let classified = reply(text);
        assert_eq!(classified.smtp_code, smtp_code, "{text}");
        assert_eq!(classified.enhanced_code.as_deref(), enhanced_code, "{text}");
    }
}

#[test]
fn other_numbers_are_not_codes() {
    for text in [
        "203.0.113.1 is listed",
        "550.1.2.3 is no address",
        "client [5.1.1.2] refused",
        "see mx5.1.1.example.org",
        "Exim 4.4.2 says no",
        "SpamAssassin/4.0.0",
        "5.10.1 is a version",
        "v5.1.2",
        "see 5.1.1_release",
        "see 5.1.1beta",
        "see mx-5.1.1",
        "connect to mx.example.org port: 587",
        "mx.example.org:587 refused",
        "more than 500 recipients",
        "555-1234 is a telephone",
        "5501 rejected",
        "1550 rejected",
        "650 rejected",
        "550rejected",
        "550% of the quota",
    ] {
        let classified = reply(text);
        assert_eq!(classified.smtp_code, None, "{text}");
        assert_eq!(classified.enhanced_code, None, "{text}");
    }
}

#[test]
fn codes_given_apart_win() {
    let classified = classify(&FailureReport {
        smtp_code: Some(554),
        enhanced_code: Some(" 5.7.1 (delivery not authorized)"),
        reply: Some("550 5.1.1 User unknown"),
        ..FailureReport::default()
    });
    assert_eq!(words(&classified), "permanent user_unknown recipient count");
    assert_eq!(classified.smtp_code, Some(554));
    assert_eq!(classified.enhanced_code.as_deref(), Some("5.7.1"));

    let nonsense = classify(&FailureReport {
        smtp_code: Some(999),
        enhanced_code: Some("five"),
        reply: Some("550 5.1.1 User unknown"),
        ..FailureReport::default()
    });
    assert_eq!(words(&nonsense), DEAD);
    assert_eq!(nonsense.smtp_code, Some(550));
    assert_eq!(nonsense.enhanced_code.as_deref(), Some("5.1.1"));
}
