//! Every authentic body is stored completely: no panic, no rejection, no loss.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use mailhooks_tests::facts::facts;
use mailhooks_tests::schema::Schema;
use mailhooks_tests::sign::Scheme;
use mailhooks_tests::testbed::now;
use mailhooks_tests::{files, promises, sign};
use normalization::{
    ProviderName, SigningSecrets, Webhook, bare_addresses, lookup_form, normalize, parse_time, verify,
};
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// The maximum length of a text of an event, in bytes of JSON with its quotes.
const MAX_TEXT: usize = 2_050;

/// Values from the sender are copied unchanged: their total size is limited, but not each text.
const AS_IT_CAME: &[&str] =
    &["/data/message/metadata", "/data/contact/changes", "/data/domain/records", "/data/domain/changes"];

/// The properties of every event that consumers rely on.
static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::new(normalization::schema::event().to_value()));

/// The normalized records of a body, after checking every promise that holds for all bodies.
fn check(provider: ProviderName, body: &[u8]) {
    let headers = sign::headers(provider, body, now());
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    let webhook = Webhook::new(headers, body, now());
    let secrets: SigningSecrets = files::signing_secret(provider).parse().unwrap();
    let verified = match verify(provider.provider(), &webhook, &secrets) {
        Ok(verified) => verified,
        // The provider's file documents the one exception and its reason.
        Err(reason) => {
            assert!(Scheme::of(provider)[0].only_json);
            assert_eq!(reason.to_string(), "body_not_json");
            return;
        }
    };
    let records = promises::check(provider.provider(), &verified);
    let is_empty_array =
        matches!(serde_json::from_slice(body), Ok(Value::Array(events)) if events.is_empty());
    assert_eq!(records.is_empty(), is_empty_array);
    for record in &records {
        let event = serde_json::to_value(&record.event).unwrap();
        assert_eq!(SCHEMA.refusal(&event), None);
        assert_eq!(too_long("", &event), [""; 0], "{provider}");
    }
}

fn provider() -> impl Strategy<Value = ProviderName> {
    prop::sample::select(ProviderName::ALL)
}

/// Names that the adapters look for, so that arbitrary JSON reaches the code behind them.
fn member() -> impl Strategy<Value = String> {
    static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let members = ProviderName::ALL.iter().flat_map(|provider| &facts(*provider).members);
        members.map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect()
    });
    prop_oneof![4 => prop::sample::select(&**NAMES).prop_map(str::to_owned), 1 => any::<String>()]
}

/// The name of a header that a provider signs or reads the time from.
fn header() -> impl Strategy<Value = &'static str> {
    let times =
        Scheme::all().flat_map(|one| &one.unsigned_headers).filter(|name| name.ends_with("-timestamp"));
    let names = Scheme::all().flat_map(Scheme::signed_headers).chain(times.map(String::as_str));
    prop::sample::select(names.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>())
}

fn word() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "outbound.bounced",
        "outbound.rejected",
        "outbound.virus",
        "outbound.clicked",
        "inbound.spam",
        "email.bounced",
        "email.complained",
        "email.spam",
        "email.received",
        "email.deleted",
        "email.loaded",
        "email.attempted",
        "email.suppressed",
        "contact.updated",
        "domain.verified",
        "domain.created",
        "hard",
        "soft",
        "550 5.1.1 User unknown",
        "a@example.com, B <b@example.com>",
        "2026-10-01T09:14:06Z",
    ];
    prop_oneof![3 => prop::sample::select(WORDS).prop_map(str::to_owned), 1 => any::<String>()]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => word().prop_map(Value::String),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(6, 200, 12, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            3 => prop::collection::vec((member(), inner), 0..12)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(provider in provider(), body in prop::collection::vec(any::<u8>(), 0..2_000)) {
        check(provider, &body);
    }

    #[test]
    fn arbitrary_json(provider in provider(), json in json()) {
        check(provider, json.to_string().as_bytes());
    }

    #[test]
    fn a_sample_with_one_part_overwritten(
        provider in provider(), sample in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let files = files::with_ending(&files::fixtures(provider).join("accepted"), "http");
        let mut body = files::fixture(provider, &files[sample.index(files.len())]).body;
        let at = at.index(body.len() + 1);
        let end = (at + bytes.len()).min(body.len());
        body.splice(at..end, bytes);
        check(provider, &body);
    }

    /// One bad value makes the whole text invalid JSON. It is then read by the other parser, which must give the same result.
    #[test]
    fn what_is_not_quite_json_reads_as_the_same_without_what_is_bad(
        provider in provider(), events in prop::collection::vec((word(), json()), 1..4), bad in prop::sample::select(BAD_VALUES),
    ) {
        let written = |tail: &str| {
            let events = events.iter().map(|(word, data)| {
                let mut event = json!({"id": "evt_1", "event_id": "evt_1", "type": word, "event": word, "data": data});
                // A place where Emailit's adapter looks, and the other adapters too.
                if provider == ProviderName::Emailit {
                    event["object"] = data.clone();
                }
                format!("{}{tail}}}", event.to_string().strip_suffix('}').unwrap())
            });
            format!("[{}]", events.collect::<Vec<_>>().join(","))
        };
        let (good, bad) = (written(""), written(&format!(",\"bad\":{bad}")));
        prop_assert!(serde_json::from_str::<&RawValue>(&bad).is_err());
        let (good, bad) = (events_of(provider, good.as_bytes()), events_of(provider, bad.as_bytes()));
        prop_assert_eq!(good, bad);
    }

    #[test]
    fn arbitrary_headers_are_refused_without_a_panic(
        provider in provider(),
        headers in prop::collection::vec((header(), prop::collection::vec(any::<u8>(), 0..100)), 0..6),
        body in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let headers = headers.iter().map(|(name, value)| (*name, value.as_slice()));
        let secrets: SigningSecrets = files::signing_secret(provider).parse().unwrap();
        let webhook = Webhook::new(headers, &body, now());
        prop_assert!(verify(provider.provider(), &webhook, &secrets).is_err());
    }

    #[test]
    fn arbitrary_addresses_and_times(text in prop_oneof![any::<String>(), address_like()]) {
        for address in bare_addresses(&text) {
            let (local, domain) = address.rsplit_once('@').unwrap();
            prop_assert!(!local.is_empty() && !domain.is_empty());
            prop_assert_eq!(bare_addresses(&address), [&*address], "an address is one, whole");
            prop_assert_eq!(bare_addresses(&format!("A, B <{address}>, \"C\" <{address}>")), [&*address, &*address]);
            let form = lookup_form(&address);
            prop_assert_eq!(&lookup_form(&form), &form);
        }
        if let Some(time) = parse_time(&text) {
            prop_assert_eq!(parse_time(&time.to_string()), Some(time));
        }
    }
}

/// Texts of the characters that occur in address fields.
fn address_like() -> impl Strategy<Value = String> {
    const PARTS: &[&str] = &[
        "ada",
        "@",
        "example.com",
        "exämple.de",
        ".",
        "\"",
        "\\",
        "<",
        ">",
        "(",
        ")",
        ",",
        ";",
        ":",
        "[",
        "]",
        " ",
        "'",
        "ü",
        "\n",
        "x.org",
    ];
    prop::collection::vec(prop::sample::select(PARTS), 0..24).prop_map(|parts| parts.concat())
}

const BAD_VALUES: &[&str] =
    &["NaN", "-Infinity", "undefined", "", "[NaN,{\"a\":nan}]", "\"\n\"", "\"\\x\"", "1,"];

fn events_of(provider: ProviderName, body: &[u8]) -> Vec<Value> {
    let headers = sign::headers(provider, body, now());
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    let secrets: SigningSecrets = files::signing_secret(provider).parse().unwrap();
    let verified = verify(provider.provider(), &Webhook::new(headers, body, now()), &secrets).unwrap();
    normalize(&verified).map(|record| serde_json::to_value(record.event.data).unwrap()).collect()
}

fn repeated(times: usize, part: impl Fn(usize) -> String) -> String {
    (0..times).map(part).collect::<Vec<_>>().concat()
}

fn bounce_of_many(recipients: usize) -> String {
    let to = repeated(recipients, |n| format!("\"recipient-{n}@mail.example.org\","));
    format!(r#"{{"type":"outbound.bounced","data":{{"to":[{to}""],"bounce_type":"hard"}}}}"#)
}

#[test]
fn no_message_id_leads_to_a_timeline_of_another_kind() {
    let key = |provider: ProviderName, name: &str, from: &str, to: &str| {
        let mut fixture = files::accepted(provider, name);
        let body = String::from_utf8(fixture.body).unwrap();
        assert!(body.contains(from), "{name}");
        fixture.body = body.replace(from, to).into();
        fixture.headers = sign::headers(fixture.provider, &fixture.body, fixture.now);
        files::with_records(&fixture, |records| records[0].key.partition.clone())
    };
    for (provider, outgoing, id) in [
        (ProviderName::JetEmail, "outbound-delivered", "19424fd2acd0004210"),
        (ProviderName::Jasni, "email-sent", "msg-0001@agents.example.org"),
        (ProviderName::GetMailer, "email-delivered", "clx1abc123def456"),
        (ProviderName::Emailit, "email-delivered", "em_2xGk7Lr3XcB8pQ1wYzK4dTfG9hJ"),
    ] {
        for kind in ["inbound", "contact", "domain", "message"] {
            let given = format!("{kind}/a@x.example/1");
            assert_eq!(key(provider, outgoing, id, &given), format!("{provider}#message/{given}"));
        }
        assert_eq!(key(provider, outgoing, id, "inbound"), format!("{provider}#inbound"));
    }
}

/// If the key changed, a provider's retry would be recorded a second time.
#[test]
fn an_id_stands_in_the_key_up_to_a_length() {
    let key = |bytes: usize| {
        let id = "m".repeat(bytes);
        let body = format!(r#"{{"type":"outbound.delivered","data":{{"uid":"{id}"}}}}"#);
        let mut fixture = files::accepted(ProviderName::JetEmail, "outbound-delivered");
        fixture.body = body.into_bytes();
        fixture.headers = sign::headers(fixture.provider, &fixture.body, fixture.now);
        files::with_records(&fixture, |records| records[0].key.partition.clone())
    };
    assert_eq!(key(1_024), format!("jetemail#{}", "m".repeat(1_024)));
    // A SHA-256 in hex.
    assert_eq!(key(1_025).len(), "jetemail#".len() + 64);
}

#[test]
fn recipients_are_told_apart_up_to_a_number_that_no_mail_has() {
    let records = |body: &str| {
        let mut fixture = files::accepted(ProviderName::JetEmail, "outbound-bounced");
        fixture.body = body.as_bytes().to_vec();
        fixture.headers = sign::headers(fixture.provider, &fixture.body, fixture.now);
        files::with_records(&fixture, |records| {
            records.iter().map(|record| record.event.data.clone()).collect::<Vec<_>>()
        })
    };
    let told_apart = records(&bounce_of_many(100));
    assert_eq!(told_apart.len(), 100);
    assert_eq!(told_apart[99].recipient.as_deref(), Some("recipient-99@mail.example.org"));
    let together = records(&bounce_of_many(101));
    assert_eq!(together.len(), 1);
    assert_eq!(together[0].recipient, None);
    assert_eq!(together[0].truncated, ["recipient"]);
    // Each of the events contains the whole report.
    let long = |recipients| bounce_of_many(recipients).replace("hard", &"x".repeat(2_000_000));
    assert_eq!(records(&long(4)).len(), 4);
    let together = records(&long(5));
    assert_eq!(together.len(), 1);
    assert!(together[0].truncated.contains(&"recipient".to_owned()));
    // A batch has at most a thousand events in total.
    let batch = vec![bounce_of_many(100); 10].join(",");
    assert_eq!(records(&format!("[{batch}]")).len(), 1_000);
    let batch = repeated(20, |_| bounce_of_many(100) + ",");
    assert_eq!(records(&format!("[{batch}{{}}]")).len(), 9 * 100 + 11 + 1);
}

/// Two hundred thousand levels.
fn deep(open: &str, close: &str) -> String {
    [open.repeat(200_000), close.repeat(200_000)].concat()
}

#[test]
fn bodies_made_to_hurt_that_are_not_quite_json() {
    for body in &[
        [deep("[{\"a\":", "}]").as_str(), ",NaN]"].concat(),
        format!("[NaN,{}]", deep("{\"data\":", "}")),
        format!(r#"{{"type":"outbound.bounced","data":{}NaN{}}}"#, "[".repeat(200_000), "]".repeat(200_000)),
    ] {
        for provider in ProviderName::ALL.iter().copied() {
            check(provider, body.as_bytes());
        }
    }
}

#[test]
fn bodies_made_to_hurt() {
    let many_keys = repeated(100_000, |n| format!("\"k{n}\":{n},"));
    let many_recipients = repeated(20_000, |n| format!("\"r{n}@example.org\","));
    for body in &[
        deep("[", "]"),
        deep("{\"data\":", "}"),
        format!("{{{many_keys}\"type\":\"outbound.bounced\"}}"),
        format!(r#"{{"type":"outbound.bounced","data":{{"to":[{many_recipients}"x@example.org"]}}}}"#),
        format!(r#"{{"type":"email.bounced","data":{{"to":[{many_recipients}"x@example.org"]}}}}"#),
        format!(r#"{{"event":"email.bounced","data":{{"to":"{}"}}}}"#, "a@b.c,".repeat(100_000)),
        format!("[{}1]", "1,".repeat(100_000)),
        format!("[{}1]", "1,".repeat(999)),
        format!("{{\"type\":\"{}\"}}", "\u{1}".repeat(500_000)),
        format!("[{}1]", repeated(400, |_| bounce_of_many(99) + ",")),
        format!(r#"{{"type":"outbound.bounced","created_at":1{},"data":{{}}}}"#, "0".repeat(100_000)),
        format!(r#"{{"type":"outbound.bounced","created_at":1e{},"data":{{}}}}"#, "9".repeat(1_000)),
        format!(r#"{{"type":"outbound.bounced","data":{{"response":"{}"}}}}"#, "550 ".repeat(250_000)),
        format!(r#"{{"type":"outbound.bounced","data":{{"subject":"{}"}}}}"#, "\\u0001".repeat(100_000)),
        format!(
            r#"{{"id":"{}","type":"outbound.bounced","data":{{"uid":"{}"}}}}"#,
            "i".repeat(1_000_000),
            "u".repeat(1_000_000)
        ),
        r#"{"type":"outbound.bounced","data":{"to":"\ud800","subject":"\udfff\ud800"}}"#.to_owned(),
    ] {
        for provider in ProviderName::ALL.iter().copied() {
            check(provider, body.as_bytes());
        }
    }
}

/// The paths of all texts that exceed the limit.
fn too_long(place: &str, value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if serde_json::to_vec(text).unwrap().len() > MAX_TEXT => {
            vec![place.to_owned()]
        }
        Value::Array(elements) => elements.iter().flat_map(|element| too_long(place, element)).collect(),
        Value::Object(_) if AS_IT_CAME.contains(&place) => Vec::new(),
        Value::Object(members) => {
            members.iter().flat_map(|(name, member)| too_long(&format!("{place}/{name}"), member)).collect()
        }
        _ => Vec::new(),
    }
}

/// Replaces every text with this one, except for words that identify the event.
fn overwrite(value: &mut Value, text: &str) {
    match value {
        Value::String(old) if !is_word(old) => text.clone_into(old),
        Value::Array(elements) => elements.iter_mut().for_each(|one| overwrite(one, text)),
        Value::Object(members) => members.values_mut().for_each(|one| overwrite(one, text)),
        _ => {}
    }
}

fn is_word(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || b"._-".contains(&byte);
    text.bytes().all(word) && !text.contains("example") && text.len() < 30
}

#[test]
fn a_text_of_20_kb_is_cut_wherever_it_stands() {
    let mut cut = HashSet::new();
    for provider in ProviderName::ALL.iter().copied() {
        for file in files::with_ending(&files::fixtures(provider).join("accepted"), "http") {
            let body = files::fixture(provider, &file).body;
            let Ok(mut body @ Value::Object(_)) = serde_json::from_slice(&body) else {
                continue;
            };
            for text in ["x".repeat(20_000), "x".repeat(20_000) + "@example.org"] {
                overwrite(&mut body, &text);
                let body = serde_json::to_vec(&body).unwrap();
                check(provider, &body);
                cut.extend(truncated(provider, body));
            }
        }
    }
    // Every object of an event must occur, so that the test proves the limits of all of them.
    for place in [
        "message.id",
        "message.subject",
        "message.to",
        "bounce.diagnostic",
        "engagement.url",
        "engagement.user_agent",
        "delivery.smtp_response",
        "inbound.uid",
        "inbound.attachments",
        "content_filter.rules",
        "contact.name",
        "domain.name",
    ] {
        assert!(cut.contains(place), "{place} in {cut:?}");
    }
}

/// The parts of the events that are truncated.
fn truncated(provider: ProviderName, body: Vec<u8>) -> Vec<String> {
    let mut fixture = files::with_ending(&files::fixtures(provider).join("accepted"), "http");
    let mut fixture = files::fixture(provider, &fixture.remove(0));
    fixture.headers = sign::headers(provider, &body, fixture.now);
    fixture.body = body;
    files::with_records(&fixture, |records| {
        records.iter().flat_map(|record| record.event.data.truncated.clone()).collect()
    })
}

/// The store keeps the parts of a raw payload beside its event, under the event's key with this suffix.
#[test]
fn an_event_key_that_names_a_part_of_a_payload_is_not_taken() {
    for (provider, name) in
        [(ProviderName::JetEmail, "id"), (ProviderName::GetMailer, "id"), (ProviderName::Emailit, "event_id")]
    {
        for (given, taken) in [
            ("evt_1#raw", true),
            ("evt_1#RAW/", true),
            ("#raw/", false),
            ("evt_1#raw/0123456789abcdef/1", false),
            ("evt_1.1#raw/", false),
        ] {
            let body = format!(r#"{{"{name}":"{given}","type":"email.sent","data":{{}}}}"#);
            let mut fixture = files::accepted(ProviderName::JetEmail, "outbound-bounced");
            fixture.provider = provider;
            fixture.headers = sign::headers(provider, body.as_bytes(), fixture.now);
            fixture.body = body.clone().into_bytes();
            let key = files::with_records(&fixture, |records| records[0].key.event.clone());
            let expected = if taken { given.to_owned() } else { normalization::digest(body.as_bytes()) };
            assert_eq!(key, expected, "{provider} {given}");
        }
    }
}
