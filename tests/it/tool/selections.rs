//! A selection that cannot match any event is an error, because an empty result would look like good news.

use mailhooks_tests::tool::{Folder, run, stderr};

/// Invalid arguments, and parts of the error message.
const MISTAKES: &[(&[&str], &[&str])] = &[
    (
        &["reconcile", "emailit", "--since", "1d", "--event", "email.bouncd"],
        &["--event email.bouncd", "email.bounced, ", "w:NAME"],
    ),
    (
        &["reconcile", "jetemail", "--since", "1d", "--event", "email.bounced"],
        &["JetEmail documents no such type", "outbound.bounced, "],
    ),
    (&["reconcile", "jetemail", "--since", "1d", "--event", "outbound.spam,"], &["--event : "]),
    (&["reconcile", "emailit", "--since", "2999-01-01"], &["--since", "the time is in the future"]),
    (
        &["renormalize", "--type", "nonsense"],
        &["--type nonsense", "email.bounced, ", "unknown", "--provider NAME"],
    ),
    (
        &["renormalize", "--type", "Email.Bounced", "--provider", "jasni"],
        &["email.bounced, ", "of jasni: domain.verified, email.bounced"],
    ),
    (&["renormalize", "--provider", "jasni", "--type", "outbound.bounced"], &["--type outbound.bounced"]),
    (&["renormalize", "--since", "1d", "--until", "2d"], &["--until: it must be later than --since"]),
    (&["renormalize", "--since", "2026-01-01", "--until", "2026-01-01"], &["--until"]),
    (&["renormalize", "--since", "2999-01-01"], &["the time is in the future"]),
    (&["events", "--since", "2999-01-01"], &["the time is in the future"]),
    (&["events", "--follow", "--since", "2999-01-01"], &["the time is in the future"]),
    (&["events", "--type", "nonsense"], &["--type nonsense", "email.bounced, "]),
    (&["events", "--action", "stop"], &["stop", "suppress"]),
    (&["events", "--reason", "full"], &["full", "mailbox_full"]),
    (&["events", "--since", "1d", "--until", "2d"], &["--until: it must be later than --since"]),
    (&["events", "--limit", "0"], &["--limit", "at least 1"]),
    (&["events", "--limit", "-1"], &["-1"]),
    (&["events", "--recipient", "ada"], &["--recipient", "ada@example.com"]),
    (&["events", "--recipient", "Ada <ada@example.com>"], &["--recipient"]),
    (&["events", "--recipient", "a@example.com,b@example.com"], &["--recipient"]),
    (&["events", "--recipient", "@example.com"], &["--recipient"]),
    (&["events", "--message", " "], &["--message", "it is empty"]),
    (&["events", "--id", ""], &["--id"]),
    (&["events", "--provider", "nextmail"], &["nextmail"]),
    (&["doctor", "--post", "--table", "events"], &["--post"]),
];

#[test]
fn what_nothing_can_be_in_is_a_usage_error() {
    let data = &Folder::default();
    for (arguments, expected) in MISTAKES {
        let output = run(data, arguments);
        assert!(output.stdout.is_empty(), "{arguments:?}: {output:?}");
        let said = stderr(&output, 2);
        for part in *expected {
            assert!(said.contains(part), "{arguments:?}: {part}: {said}");
        }
    }
}

#[test]
fn what_something_can_be_in_is_none() {
    let data = &Folder::default();
    for arguments in [
        &["reconcile", "emailit", "--since", "1d", "--event", "w:order,email.bounced"][..],
        &["reconcile", "jetemail", "--since", "0s", "--event", "outbound.queued"],
        &["renormalize", "--type", "unknown"],
        &["renormalize", "--type", "outbound.bounced", "--since", "2d", "--until", "1d"],
        &["renormalize", "--type", "subscriber.updated", "--provider", "emailit"],
        &["events", "--recipient", "\"john doe\"@example.com", "--limit", "1"][..3],
        &["events", "--limit", "1"],
    ] {
        let output = run(data, arguments);
        assert_ne!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    }
}
