use crate::bare_addresses;

fn check(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(bare_addresses(text), *expected, "{text}");
        let around = format!(" \r\n{text}\t");
        assert_eq!(bare_addresses(&around), *expected, "{around:?}");
    }
}

#[test]
fn forms_of_addresses() {
    check(&[
        ("ada@example.com", &["ada@example.com"]),
        ("<ada@example.com>", &["ada@example.com"]),
        ("Ada <ada@example.com>", &["ada@example.com"]),
        ("\"Lovelace, Ada\" <ada@example.com>", &["ada@example.com"]),
        ("Lovelace, Ada <ada@example.com>", &["ada@example.com"]),
        ("ada@example.com <ada@example.com>", &["ada@example.com"]),
        ("ada@example.com (Ada)", &["ada@example.com"]),
        ("Ada\r\n <ada@example.com>", &["ada@example.com"]),
        ("=?utf-8?q?Ad=C3=A4?= <ada@example.com>", &["ada@example.com"]),
        ("jürgen@exämple.de", &["jürgen@exämple.de"]),
        ("o'brien@example.com", &["o'brien@example.com"]),
        ("john..doe.@docomo.example", &["john..doe.@docomo.example"]),
        ("a+b=c/d!e@x_y.example", &["a+b=c/d!e@x_y.example"]),
        ("ada@[192.0.2.1]", &["ada@[192.0.2.1]"]),
        ("<ada@[IPv6:2001:db8::1]>", &["ada@[IPv6:2001:db8::1]"]),
        ("ada @ example.com", &["ada@example.com"]),
        ("<@relay.example,@b.example:ada@example.com>", &["ada@example.com"]),
        ("rfc822; ada@example.com", &["ada@example.com"]),
        ("mailto:ada@example.com", &["ada@example.com"]),
    ]);
}

#[test]
fn lists_and_groups() {
    check(&[
        ("a@x.org, B <b@x.org>,, c@x.org", &["a@x.org", "b@x.org", "c@x.org"]),
        ("a@x.org; b@x.org", &["a@x.org", "b@x.org"]),
        ("<a@x.org> <b@x.org>", &["a@x.org", "b@x.org"]),
        ("team: a@x.org, b@x.org;", &["a@x.org", "b@x.org"]),
        ("one: a@x.org; two: \"b,c\"@x.org, (x@x.org) d@x.org;", &["a@x.org", "\"b,c\"@x.org", "d@x.org"]),
        ("undisclosed-recipients:;", &[]),
        (" , ", &[]),
        ("", &[]),
    ]);
}

#[test]
fn a_quoted_local_part_is_kept_whole() {
    for local in [
        "\"john..doe\"",
        "\"abc@def\"",
        "\"a, b; c: <d>\"",
        "\"(no comment)\"",
        "\"a \\\" b \\\\\"",
        "\"a\".b.\"c d\"",
        "\".leading\"",
        "\"ü\"",
        "\"\"",
    ] {
        let address = format!("{local}@docomo.example");
        for field in [
            address.clone(),
            format!("<{address}>"),
            format!("\"John \\\" Doe\" <{address}>"),
            format!("(John) {address} (Doe)"),
        ] {
            assert_eq!(bare_addresses(&field), [&*address], "{field}");
            let list = format!("a@x.org, {field}, b@x.org");
            assert_eq!(bare_addresses(&list), ["a@x.org", &address, "b@x.org"], "{list}");
            let group = format!("team: {field};");
            assert_eq!(bare_addresses(&group), [&*address], "{group}");
        }
    }
}

#[test]
fn comments_are_removed() {
    check(&[
        ("ada(the (first) one)@example.com", &["ada@example.com"]),
        ("ada@(at)example.com", &["ada@example.com"]),
        ("(a@x.org) ada@example.com", &["ada@example.com"]),
        ("ada@example.com (a \\) b@x.org)", &["ada@example.com"]),
        ("ada@example.com (a, b@x.org", &["ada@example.com", "b@x.org"]),
        ("(a) <ada(b)@example.com> (c)", &["ada@example.com"]),
    ]);
}

#[test]
fn stray_marks_around_an_address() {
    for field in [
        "<<ada@example.com>>",
        "ada@example.com\u{202b}\\",
        "{<\u{200b}ada@example.com\u{202b}\\>",
        "<ada@example.com",
        "ada@example.com>",
        "< ada@example.com >",
        "'ada@example.com'",
        "\"ada@example.com\"",
        "'<ada@example.com>'",
        "<'ada@example.com'>",
        "\"'ada@example.com'\"",
        "\"<ada@example.com>\"",
        "ada@example.com'",
        "\"ada@example.com",
        "ada@example.com\"",
        "[ada@example.com]",
        "{ada@example.com}",
        "(ada@example.com)",
        "`ada@example.com`",
        "“ada@example.com”",
        "\\\"ada@example.com\\\"",
        "\u{feff}ada@example.com\u{200b}",
        "Ada\" <ada@example.com>",
        "\"Ada <ada@example.com>",
        "[ada@example.com](mailto:ada@example.com)",
        ", ada@example.com;,",
    ] {
        assert_eq!(bare_addresses(field), ["ada@example.com"], "{field}");
    }
    assert_eq!(bare_addresses("\"\\\"a@b\\\"@x.org\""), ["\"a@b\"@x.org"]);
}

#[test]
fn what_cannot_be_read_as_one_address_is_none() {
    for field in [
        "postmaster",
        "not an address",
        "@docomo.example",
        "ada@",
        "@",
        "a@b@example.com",
        "ada lovelace@example.com",
        "Ada ada@example.com",
        "a@x.org b@x.org",
        "\"Ada\"ada@example.com",
        "ada\"x\"@example.com",
        "ada@exam ple.com",
        "ada@example.com:25",
        "ada@exa/mple.com",
        "ada@\"example.com\"",
        "ada@example.com&gt",
        "ada@...",
        "ada@[192.0.2.1",
        "\"ada lovelace\" @",
        "ada\\@example.com",
        "\"line\nend\"@example.com",
        "ada@example.com <>",
        "Ada <postmaster>",
        "\"a@x.org, b@x.org\"",
    ] {
        assert!(bare_addresses(field).is_empty(), "{field}: {:?}", bare_addresses(field));
    }
}

#[test]
fn long_fields_take_work_in_proportion() {
    for part in ["(", ")", "\"", "\\\"", "<", ":", "@:", "[", "@[", "{[", "\\", "<@,", "a\"\".", "(\\"] {
        let many = part.repeat(100_000);
        for field in [format!("@{many}"), format!("{many}@")] {
            assert!(bare_addresses(&field).is_empty(), "{part}");
        }
    }
}
