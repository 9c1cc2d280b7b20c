//! An authentic webhook is delivered while calls to AWS fail, and again without faults. When it is acknowledged, every event
//! must be in the table, and announced or marked; after the second delivery it must be announced.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::ZlibDecoder;
use ingestion::environment;
use ingestion::store::is_sample;
use lambda_http::Request;
use normalization::{Provider, ProviderName, Record, Webhook, verify};
use serde_json::Value;

use crate::aws::{Item, Service, State, event_of};
use crate::bench::{Answer, Bench, SECRETS, TOPICS, now};
use crate::facts::scheme;
use crate::forgery;
use crate::noise::noise;
use crate::plan::Plan;
use crate::promises;
use crate::request::{Headers, at_its_path, signed};

/// The maximum number of records that are also sent to AWS: the most that a receiver processes at a time. Larger bodies
/// only repeat this and would slow down the fuzzer.
const MAX_RECORDS: usize = 60;
/// The maximum total size of raw payloads in bytes, for the same reason: each record of a report on several recipients
/// has the whole body.
const MAX_RAW: usize = 2 * 1024 * 1024;
/// The number of records that are read back through the store.
const READ_BACK: usize = 1;
/// The maximum number of event ids in a line of the log.
const MAX_IDS: usize = 100;
/// The padding that makes a body too large for one item, and for one part of a raw payload.
const PADDING_BYTES: usize = 600 * 1024;

/// Sends an input to the receiver of the provider in the environment variable.
pub fn receive(input: &[u8]) {
    static PROVIDER: LazyLock<ProviderName> = LazyLock::new(|| {
        environment::variable("PROVIDER").expect("PROVIDER names the provider").parse().unwrap()
    });
    if let Some((plan, rest)) = Plan::read(input) {
        take(PROVIDER.provider(), plan, rest);
    }
}

fn take(provider: &'static Provider, plan: Plan, rest: &[u8]) {
    if let Some(forgery) = plan.forgery() {
        return forgery::check(provider, plan, forgery, rest);
    }
    let body = if plan.padded() { padded(rest) } else { rest.to_vec() };
    let headers = signed(provider, plan, SECRETS[usize::from(plan.older_secret())], &body, now());
    let request = || at_its_path(provider, &headers, &body, plan.as_text());
    Bench::with(|bench| deliver(provider, bench, plan, &headers, &body, request));
}

/// Delivers a signed request until it is acknowledged.
pub(crate) fn deliver(
    provider: &'static Provider,
    bench: &Bench,
    plan: Plan,
    headers: &Headers,
    body: &[u8],
    request: impl Fn() -> Request,
) {
    let lines = headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    let webhook = Webhook::new(lines, body, now());
    let secrets = SECRETS.join(",").parse().unwrap();
    let verified = match verify(provider, &webhook, &secrets) {
        Ok(verified) => verified,
        Err(reason) => {
            // The one exception; the provider's page documents the reason.
            let (scheme, _) = scheme(provider.name, plan);
            assert!(scheme.get("only_json").is_some_and(|only| only.as_bool() == Some(true)));
            assert_eq!(reason.to_string(), "body_not_json");
            return forgery::check_refused(provider, bench, request());
        }
    };
    let records = promises::check(provider, &verified);
    let raw: usize = records.iter().map(|record| record.raw.len()).sum();
    let is_small = records.len() <= MAX_RECORDS && raw <= MAX_RAW;
    if is_small && !plan.ends_with_records() {
        check_delivery(provider, bench, plan, &records, request);
    }
}

fn check_delivery(
    provider: &'static Provider,
    bench: &Bench,
    plan: Plan,
    records: &[Record<'_>],
    request: impl Fn() -> Request,
) {
    plan.faults().for_each(|fault| bench.aws.inject(fault));
    let first = bench.receive(provider, request(), plan.announces_all());
    let faults = bench.aws.strikes();
    bench.aws.calm();
    match first.status {
        200 => {
            let [_, recorded, _] = check_counts(&first, records);
            check_everything_is_recorded(bench, plan, records);
            if faults == 0 {
                check_everything_is_there(bench, plan, records, true);
                assert_eq!(recorded, by_key(records).len(), "each is recorded once");
            }
        }
        status => assert!(status == 503 && faults > 0, "an authentic webhook is answered {status}"),
    }
    let batches = bench.aws.count(Service::Sns);
    let waits = bench.aws.state().table.events().any(is_marked);
    let [_, recorded, _] = check_counts(&bench.receive(provider, request(), plan.announces_all()), records);
    check_everything_is_there(bench, plan, records, faults == 0);
    if first.status == 200 {
        assert_eq!(recorded, 0, "a retry records no event again");
        assert!(bench.aws.count(Service::Sns) == batches || waits, "nor does it announce what does not wait");
    }
}

/// The counts of an acceptance, in the answer and in the log.
fn check_counts(answer: &Answer, records: &[Record<'_>]) -> [usize; 3] {
    let counts = answer.counts();
    let [received, recorded, duplicates] = counts;
    assert_eq!(received, records.len());
    assert_eq!(received, recorded + duplicates);
    // The sample of the tool is no sign that the provider sends.
    let sent = records.iter().filter(|record| !is_sample(&record.key)).count();
    for (metric, count) in [("Received", sent), ("Recorded", recorded), ("Duplicates", duplicates)] {
        assert_eq!(answer.line[metric].as_u64().unwrap_or_default(), count as u64);
    }
    let ids = records.iter().map(|record| record.event.id_for_log());
    let logged = answer.line["events"].as_array().into_iter().flatten();
    assert!(logged.map(|id| id.as_str().unwrap()).eq(ids.take(MAX_IDS)));
    counts
}

/// The records with each pair of keys.
type ByKey<'r, 'w> = BTreeMap<(&'r str, &'r str), Vec<&'r Record<'w>>>;

fn by_key<'r, 'w>(records: &'r [Record<'w>]) -> ByKey<'r, 'w> {
    let mut by_key = ByKey::new();
    for record in records {
        by_key.entry((record.key.partition.as_str(), record.key.event.as_str())).or_default().push(record);
    }
    by_key
}

/// The guarantees for an acknowledged webhook, whatever failed: each event is in the table, and on each of its topics unless
/// it has the outbox mark.
fn check_everything_is_recorded(bench: &Bench, plan: Plan, records: &[Record<'_>]) {
    let state = bench.aws.state();
    let by_key = by_key(records);
    assert_eq!(state.table.events().count(), by_key.len());
    for (partition_key, event_key) in by_key.keys() {
        let item = state.table.get(partition_key, event_key).expect("it is recorded");
        let (id, _) = event_of(item);
        for topic in topics_of(plan, item) {
            let announced = state.topics.count(topic, id) > 0;
            assert!(announced || is_marked(item), "lost: {id}");
        }
    }
}

fn check_everything_is_there(bench: &Bench, plan: Plan, records: &[Record<'_>], once: bool) {
    let by_key = by_key(records);
    check_table(&bench.aws.state(), plan, &by_key, once);
    for record in by_key.values().filter(|same| same.len() == 1).flatten().take(READ_BACK) {
        let (event, raw) = bench.stored(record);
        assert!(raw == record.raw, "the exact bytes");
        assert!(same_event(&event.event, &record.event));
        assert_eq!((event.received_at, event.unannounced), (now(), false));
    }
}

/// Whether an event waits to be announced.
fn is_marked(item: &Item) -> bool {
    item.contains_key("outbox")
}

fn check_table(state: &State, plan: Plan, by_key: &ByKey<'_, '_>, once: bool) {
    assert_eq!(state.table.events().count(), by_key.len());
    // The same event id with two messages gives two events.
    let mut due: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for ((partition_key, event_key), same) in by_key {
        let item = state.table.get(partition_key, event_key).expect("it is recorded");
        assert!(!is_marked(item), "it is settled");
        if let Some(recorded) = item.get("raw") {
            let recorded = decompressed(recorded);
            assert!(same.iter().any(|record| record.raw == recorded));
        }
        let (id, _) = event_of(item);
        for topic in topics_of(plan, item) {
            *due.entry((topic, id)).or_default() += 1;
        }
    }
    let mut announced = 0;
    for ((topic, id), times) in due {
        let count = state.topics.count(topic, id);
        assert!(count == times || (count > times && !once), "announced {count} times, not {times}");
        announced += count;
    }
    assert_eq!(announced, state.topics.total(), "nothing else is announced");
}

/// The topics of a recorded event, as docs/reference.md lists them.
fn topics_of(plan: Plan, item: &Item) -> impl Iterator<Item = &'static str> {
    let [bounces, complaints, spam, actions, events] = TOPICS;
    let (_, event_type) = event_of(item);
    let event = &item["event"]["M"];
    let own = match event_type {
        "email.bounced" => Some(bounces),
        "email.complained" => Some(complaints),
        "email.spam" => Some(spam),
        _ => None,
    };
    let takes_back = match event_type {
        "email.resubscribed" | "email.suppressed" | "suppression.created" | "suppression.deleted" => true,
        "email.complained" => event["complaint"]["M"]["feedback_type"]["S"] == "not-spam",
        _ => false,
    };
    let is_actionable = event["action"]["S"] != "none" || takes_back;
    own.into_iter().chain(is_actionable.then_some(actions)).chain(plan.announces_all().then_some(events))
}

fn decompressed(attribute: &Value) -> Vec<u8> {
    let compressed = BASE64_STANDARD.decode(attribute["B"].as_str().unwrap());
    let mut bytes = Vec::new();
    let mut decoder = ZlibDecoder::new(compressed.as_deref().unwrap());
    decoder.read_to_end(&mut bytes).unwrap();
    bytes
}

/// Whether DynamoDB considers two events equal; it has only one type of number.
fn same_event(one: &normalization::Event, other: &normalization::Event) -> bool {
    let json = |event| serde_json::to_value(event).unwrap();
    same(&json(one), &json(other))
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_there = |(name, value)| other.get(name).is_some_and(|other| same(value, other));
            one.len() == other.len() && one.iter().all(is_there)
        }
        _ => one == other,
    }
}

/// A body with an additional member, which hardly compresses.
fn padded(body: &[u8]) -> Vec<u8> {
    static PADDING: LazyLock<Vec<u8>> = LazyLock::new(|| noise(PADDING_BYTES).into_bytes());
    match body.trim_ascii_end().strip_suffix(b"}") {
        Some(members) => [members, b",\"padding\":\"", &PADDING, b"\"}"].concat(),
        None => [body, &PADDING].concat(),
    }
}
