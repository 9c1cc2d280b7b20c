//! How a text is read: its words, its length, and which of its phrases count.

use super::*;

#[test]
fn what_follows_a_refusal_in_the_same_session_says_nothing_more() {
    for (refusal, classified) in [
        ("550 5.1.1 <ada@post.example>... User unknown", DEAD),
        ("550 5.1.1 Requested action not taken: mailbox unavailable", DEAD),
        ("552 5.2.2 Over quota", FULL),
        ("550 5.7.1 Client host [203.0.113.7] blocked using Spamhaus.", BLOCKED),
        ("554 No such domain", GONE),
    ] {
        for following in [
            "503 Bad sequence of commands",
            "503 5.0.0 Need RCPT (recipient)",
            "<<< 503 Need Rcpt command.",
            "503 Error: need RCPT command",
            "503 RCPT first",
            "554 5.5.1 Error: no valid recipients",
            "421 4.7.0 lpn-prd-vrin012 Error: too many errors",
        ] {
            let text = format!("{refusal}\r\n{following}");
            let classified = match classified.replace("permanent", "transient") {
                // If a temporary code follows, only the provider's word can tell.
                _ if !following.starts_with("421") => classified.to_owned(),
                passes => passes.replace("suppress", "count"),
            };
            assert_eq!(words(&reply(&text)), classified, "{text}");
            let hard = worded(Hard, &text);
            assert_eq!(hard, worded(Hard, refusal), "{text}");
        }
    }
    // Without a refusal before it, the second reply decides.
    for (text, classified) in [
        ("503 Bad sequence of commands", SYNTAX),
        ("503 5.5.1 Error: need RCPT command", SYNTAX),
        ("421 4.7.0 me.com Error: too many errors", RATE),
    ] {
        assert_eq!(words(&reply(text)), classified, "{text}");
    }
}

#[test]
fn mailboxes_whose_owner_changed_or_that_are_disabled() {
    for (text, bare, hard) in [
        ("550 sorry, no mailbox here by that name. (#5.7.17)", DEAD, DEAD),
        ("525 5.7.13 Disabled recipient address", OFF, OFF),
        ("535 5.7.13 Authentication failed", POLICY, POLICY),
    ] {
        assert_eq!(words(&reply(text)), bare, "{text}");
        assert_eq!(worded(Hard, text), hard, "{text}");
    }
}

#[test]
fn phrases_side_by_side_without_spaces_are_all_heard() {
    for (text, classified) in [
        ("550 屏蔽了您的邮件请稍后重试", BLOCKED_NOW),
        ("550 用户不存在或邮箱已满", FULL),
        ("550 メールボックスがいっぱいのため一時的な", FULL),
        ("550 收件人不存在因为发信ip被禁止", BLOCKED),
    ] {
        assert_eq!(words(&reply(text)), classified, "{text}");
    }
}

#[test]
fn words_in_the_opposite_sense_are_not_taken() {
    let cases = [
        // Names of hosts and addresses are not words of the server.
        ("host greylist.example.org[192.0.2.1] said: 550 5.1.1 User unknown", DEAD),
        ("host mx1.spamexperts.com [192.0.2.1]: 550 5.1.1 User unknown", DEAD),
        ("550 5.1.1 <spam@quota-exceeded.example>: User unknown", DEAD),
        ("550 5.1.1 User unknown (antivirus.example.org)", DEAD),
        ("550 5.1.1 User unknown, see www.example.org/spam/quota-exceeded", DEAD),
        ("550 5.1.1 User unknown (WWW.EXAMPLE.ORG/spam/quota-exceeded)", DEAD),
        // About the sender's account, domain or host.
        ("554 Your account has been suspended for sending spam", BLOCKED),
        ("550 Your account is disabled", POLICY),
        ("550 Sender domain does not exist", POLICY),
        ("550 Helo command rejected: Host not found", POLICY),
        ("550 too many unknown users from your host", BLOCKED),
        ("553 5.7.2 permanently deferred", BLOCKED),
        ("550 5.1.1 User unknown. This is not temporary.", DEAD),
    ];
    for (text, expected) in cases {
        assert_eq!(words(&reply(text)), expected, "{text}");
    }
}

#[test]
fn the_diagnostic_is_the_text_as_given() {
    let text = "  550 5.1.1\tÜser unknown’s \u{0}\r\n".repeat(500);
    assert_eq!(reply(&text).diagnostic.as_deref(), Some(text.as_str()));
    assert_eq!(reply("\n").diagnostic, None);
    assert_eq!(classify(&FailureReport::default()).diagnostic, None);
}

#[test]
fn both_ends_of_a_text_are_read() {
    // A veto after the first 2,048 bytes.
    let late = format!("550 5.1.1 User unknown{} spam detected", " ".repeat(5_000));
    assert_eq!(words(&reply(&late)), SPAM);
    let late = format!("550 5.1.1 User unknown{} spam detected", "x ".repeat(50_000));
    assert_eq!(words(&reply(&late)), SPAM);
    let middle = format!("550 5.1.1{0} spam detected {0}", " ".repeat(20_000));
    assert_eq!(words(&reply(&middle)), DEAD);
    // A text of twice 8,192 bytes is read in full, including its middle.
    let whole = format!("{:<8186}user unknown{}", "550", " ".repeat(8_186));
    assert_eq!(whole.len(), 16_384);
    assert_eq!(words(&reply(&whole)), DEAD);
    // Cut in the middle of a three-byte character.
    for shift in 0..4 {
        let text = format!("550 User unknown {0}{1}{0}", "x".repeat(shift), "€".repeat(9_000));
        assert_eq!(words(&reply(&text)), DEAD);
    }
}

#[test]
fn a_reply_is_read_as_plain_words() {
    let cases = [
        ("Příliš žluťoučký kůň úpěl ďábelské ódy", "prilis zlutoucky kun upel dabelske ody"),
        ("SEÑOR, Ţară Straße Ýmir", "senor tara strase ymir"),
        ("E-Mail eMail e-mails e mais tarde", "email email emails e mais tarde"),
        ("iCloud MailboxFull", "icloud mailbox full"),
        ("t4.'a.1", "t4 a 1"),
        ("T4.'A.1", "t4 a 1"),
    ];
    for (text, expected) in cases {
        assert_eq!(words::words(text).text, expected, "{text}");
    }
}

/// Pieces that the scanners treat specially.
const PIECES: [&str; 19] = [
    "5",
    "55",
    "550",
    ".",
    "-",
    "5.1.1",
    "@",
    "<",
    ">",
    " ",
    "\r\n",
    "€",
    "’",
    "host ",
    "user unknown",
    "\u{0}",
    "#",
    ":",
    "99999999999",
];

#[test]
fn very_long_texts_are_kept_and_not_read_to_the_end() {
    for piece in PIECES {
        let text = piece.repeat(1_000_000 / piece.len());
        assert_eq!(reply(&text).diagnostic.as_deref().unwrap_or(&text), text);
    }
}
