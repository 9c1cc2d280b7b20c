//! Checks every log line that the tests cause.
//!
//! It has two independent checks. The first is a closed list of allowed members, each with a closed form. The second
//! searches each line for the received data: no line may contain a text of a request, a secret or an `@`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Mutex;
use std::thread;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ingestion::log::NAMESPACE;
use ingestion::metric::Metric;
use ingestion::secrets::{SecretsError, Unusable};
use jiff::Timestamp;
use lambda_http::Request;
use normalization::ProviderName;
use serde_json::{Map, Value};

use crate::facts::facts;
use crate::files;
use crate::testbed::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};

/// All allowed members of a log line. A new member must be added here, with the narrowest form that fits; metrics come
/// from their own list.
const MEMBERS: &[(&str, Form)] = &[
    ("_aws", Form::Directive),
    ("provider", Form::Text(is_provider)),
    ("outcome", Form::Text(|text| OUTCOMES.contains(&text))),
    ("status", Form::Number),
    ("duration_us", Form::Number),
    ("reason", Form::Text(is_reason)),
    ("request_id", Form::Text(is_request_id)),
    ("events", Form::EventIds),
    ("location", Form::Text(is_location)),
    ("finished", Form::Truth),
    ("failures", Form::Failures),
];

const OUTCOMES: &[&str] = &[
    "accepted",
    "refused",
    "unsigned",
    "unavailable",
    "unreadable",
    "too_large",
    "not_found",
    "method_not_allowed",
    "panicked",
    "redriven",
    "watched",
];

const REASONS: &[&str] = &[
    "body_not_json",
    "signature_malformed",
    "signature_mismatch",
    "signature_missing",
    "timestamp_malformed",
    "timestamp_missing",
    "timestamp_stale",
    "no signing secret is set",
    "out of time",
    "the event cannot be read: a receiver takes those of an HTTP API in payload format 2.0 and of a function URL, not \
     those of a REST API (format 1.0) or a load balancer",
];

/// Members of a stored event that a reason may name as unreadable.
const STORED: &[&str] = &["event", "id", "pk", "raw", "received_at", "sk", "time"];

/// Words and units of the embedded metric format.
const DIRECTIVE: &[&str] =
    &["Timestamp", "CloudWatchMetrics", "Namespace", "Dimensions", "Metrics", "Name", "Unit", NAMESPACE];
const UNITS: &[&str] = &["Count", "Seconds"];

/// The maximum number of event ids in one line.
const MAX_IDS: usize = 100;

/// The minimum length in bytes of a text that is searched for. Shorter texts occur in our fixed wording.
const SHORTEST: usize = 6;

/// The length in bytes of the parts of a text that are searched for, such as a truncated subject or a slice of a body.
const PART: usize = 12;

/// The length in bytes from which the parts of a text are not stored, but searched for in it.
const LONG: usize = 100_000;

/// The form of a member.
#[derive(Clone, Copy)]
enum Form {
    Directive,
    EventIds,
    /// Events that could not be announced, by id if they have one, and the reason.
    Failures,
    Number,
    Text(fn(&str) -> bool),
    Truth,
}

impl Form {
    fn takes(self, value: &Value) -> bool {
        match self {
            Self::Directive => is_directive(value),
            Self::EventIds => value.as_array().is_some_and(|ids| {
                let is_id = |id: &Value| id.as_str().is_some_and(is_event_id);
                ids.len() <= MAX_IDS && ids.iter().all(is_id)
            }),
            Self::Failures => value.as_array().is_some_and(|failures| failures.iter().all(is_failure)),
            Self::Number => value.is_u64(),
            Self::Truth => value.is_boolean(),
            Self::Text(takes) => value.as_str().is_some_and(takes),
        }
    }
}

fn form_of(name: &str) -> Option<Form> {
    let of_member = MEMBERS.iter().find(|(member, _)| *member == name).map(|(_, form)| *form);
    of_member.or_else(|| is_metric(name).then_some(Form::Number))
}

fn is_metric(name: &str) -> bool {
    Metric::ALL.iter().any(|metric| metric.as_str() == name)
}

fn is_provider(text: &str) -> bool {
    text.parse::<ProviderName>().is_ok()
}

fn is_request_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && consists_of(text, "-")
}

fn is_failure(failure: &Value) -> bool {
    members(failure, ["event", "reason"]).is_some_and(|[event, reason]| {
        let is_known = |text: &str| is_event_id(text) || is_hashed_id(text);
        (event.is_null() || event.as_str().is_some_and(is_known)) && reason.as_str().is_some_and(is_reason)
    })
}

/// The placeholder for an id that none of our providers made.
fn is_hashed_id(text: &str) -> bool {
    let digits = text.strip_prefix("unknown:sha256-");
    digits.is_some_and(|digits| digits.len() == 32 && consists_of(digits, ""))
}

/// The reason that a value cannot be a signing secret.
const UNUSABLE: [Unusable; 7] = [
    Unusable::Binary,
    Unusable::NotPlain,
    Unusable::NotString,
    Unusable::Placeholder,
    Unusable::Punctuation,
    Unusable::Short,
    Unusable::WhiteSpace,
];

/// A word, or `<Service> <Operation>: <Code>`.
fn is_reason(text: &str) -> bool {
    let mut unusable = UNUSABLE.iter().copied().map(SecretsError::Unusable);
    if REASONS.contains(&text) || unusable.any(|error| error.to_string() == text) {
        return true;
    }
    let Some((call, code)) = text.split_once(": ") else {
        return false;
    };
    if let ("DynamoDB item", Some(name)) = (call, code.strip_suffix(" is not as mailhooks writes it")) {
        return STORED.contains(&name);
    }
    let operation =
        ["DynamoDB ", "SNS ", "SecretsManager "].iter().find_map(|service| call.strip_prefix(service));
    let is_name = |name: &str| (1..=64).contains(&name.len());
    operation.is_some_and(|name| is_name(name) && consists_of(name, ""))
        && is_name(code)
        && consists_of(code, ".")
}

/// `<provider>:<key>`, with the characters that occur in ids.
fn is_event_id(text: &str) -> bool {
    text.split_once(':').is_some_and(|(provider, key)| {
        is_provider(provider) && (1..=520).contains(&key.len()) && consists_of(key, "_.:-")
    })
}

/// A place in the code: `<file>:<line>:<column>`.
fn is_location(text: &str) -> bool {
    let mut parts = text.rsplitn(3, ':');
    let mut is_number = || {
        let part = parts.next().unwrap_or_default();
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    is_number()
        && is_number()
        && parts
            .next()
            .is_some_and(|file| file.contains(".rs") && file.len() < 256 && consists_of(file, "/\\_.:+-"))
}

fn consists_of(text: &str, others: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

fn is_directive(value: &Value) -> bool {
    let Some([timestamp, metrics]) = members(value, ["Timestamp", "CloudWatchMetrics"]) else {
        return false;
    };
    let all = |list: &Value, takes: &dyn Fn(&Value) -> bool| {
        list.as_array().is_some_and(|list| list.iter().all(takes))
    };
    let is_text = |value: &Value, takes: &dyn Fn(&str) -> bool| value.as_str().is_some_and(takes);
    let is_dimension = |name: &Value| is_text(name, &|name| form_of(name).is_some());
    let is_metric = |metric: &Value| {
        members(metric, ["Name", "Unit"]).is_some_and(|[name, unit]| {
            is_text(name, &is_metric) && is_text(unit, &|unit| UNITS.contains(&unit))
        })
    };
    let is_set = |set: &Value| {
        members(set, ["Namespace", "Dimensions", "Metrics"]).is_some_and(
            |[namespace, dimensions, metrics]| {
                namespace == NAMESPACE
                    && all(dimensions, &|set| all(set, &is_dimension))
                    && all(metrics, &is_metric)
            },
        )
    };
    timestamp.is_i64() && all(metrics, &is_set)
}

/// The members of an object that has exactly these members.
fn members<'v, const N: usize>(value: &'v Value, names: [&str; N]) -> Option<[&'v Value; N]> {
    let object = value.as_object().filter(|object| object.len() == N)?;
    let found: Option<Vec<&Value>> = names.iter().map(|name| object.get(*name)).collect();
    found?.try_into().ok()
}

/// Checks lines against the registered texts.
pub struct Watch {
    known: Mutex<Known>,
    violations: Mutex<Vec<String>>,
}

#[derive(Default)]
struct Known {
    /// Received texts, and secrets.
    texts: HashSet<String>,
    /// The parts of shorter texts.
    parts: HashSet<[u8; PART]>,
    /// Texts with too many parts to store them.
    long: Vec<String>,
    /// Keys of events, which a line names on purpose.
    keys: HashSet<String>,
}

impl Known {
    fn add(&mut self, text: &str) {
        if text.len() < SHORTEST || !self.texts.insert(text.to_owned()) {
            return;
        }
        if text.len() > LONG {
            self.long.push(text.to_owned());
        } else {
            self.parts.extend(parts(text));
        }
    }

    /// Finds received data in this text.
    fn find(&self, text: &str) -> Option<String> {
        let bytes = text.as_bytes();
        let mut found = (SHORTEST..PART)
            .flat_map(|length| bytes.windows(length))
            .map(String::from_utf8_lossy)
            .filter(|slice| self.texts.contains(slice.as_ref()))
            .map(Cow::into_owned);
        let part = || {
            let mut parts = parts(text).map(|part| (part, String::from_utf8_lossy(&part).into_owned()));
            let found = parts.find(|(part, shown)| {
                self.parts.contains(part) || self.long.iter().any(|long| long.contains(shown))
            });
            found.map(|(_, shown)| shown)
        };
        found.next().or_else(part)
    }
}

fn parts(text: &str) -> impl Iterator<Item = [u8; PART]> {
    text.as_bytes().windows(PART).filter_map(|window| window.try_into().ok())
}

impl Default for Watch {
    /// Registers every secret of the fixtures, and the testbed's credentials.
    fn default() -> Self {
        let watch = Self { known: Mutex::default(), violations: Mutex::default() };
        for provider in ProviderName::ALL {
            watch.secret(&files::signing_secret(*provider));
        }
        watch.secret(ACCESS_KEY_ID);
        watch.secret(SECRET_ACCESS_KEY);
        watch
    }
}

impl Watch {
    /// Registers a text that no line may contain.
    pub fn secret(&self, text: &str) {
        self.known.lock().unwrap().add(text);
    }

    /// Registers a request: no line may contain a text of its path, headers or body.
    pub fn request(&self, provider: ProviderName, request: &Request) {
        self.secret(&request.uri().to_string());
        for (name, value) in request.headers() {
            self.header(provider, name.as_str(), value.as_bytes());
        }
        self.body(provider, request.body());
    }

    /// Registers a header: no line may contain its value, unless it identifies the event.
    pub fn header(&self, provider: ProviderName, name: &str, value: &[u8]) {
        let text = String::from_utf8_lossy(value);
        let mut known = self.known.lock().unwrap();
        if facts(provider).event_key_header.as_deref() == Some(name) {
            known.keys.insert(text.to_string());
        }
        known.add(&text);
    }

    /// Registers the texts of an API Gateway event, as for a request.
    pub fn event(&self, provider: ProviderName, event: &Value) {
        let mut known = self.known.lock().unwrap();
        for literal in literals(&event.to_string()) {
            if literal.name.is_some() && literal.name == facts(provider).event_key_header {
                known.keys.insert(literal.text.clone());
            }
            known.add(&literal.text);
        }
        drop(known);
        let body = event["body"].as_str().unwrap_or_default();
        if event["isBase64Encoded"] == true {
            self.body(provider, &BASE64_STANDARD.decode(body).unwrap_or_default());
        } else {
            self.body(provider, body.as_bytes());
        }
    }

    /// Registers a body: no line may contain a text of it, except for the keys of its events.
    pub fn body(&self, provider: ProviderName, body: &[u8]) {
        let body = String::from_utf8_lossy(body);
        let mut known = self.known.lock().unwrap();
        known.add(&body);
        let event_key = facts(provider).event_key.as_deref();
        let level = 1 + usize::from(body.trim_start_matches('\u{feff}').trim_start().starts_with('['));
        for literal in literals(&body) {
            let named = literal.name.as_deref().zip(event_key);
            let is_key = named.is_some_and(|(name, key)| plain_name(name) == plain_name(key));
            if literal.level == level && is_key {
                known.keys.insert(literal.text.clone());
            }
            known.add(&literal.text);
        }
    }

    /// Checks a line of a function, and records a violation if it is not allowed.
    pub fn line(&self, line: &Value) {
        if let Err(violation) = self.examine(line) {
            self.report(violation);
        }
    }

    /// Checks a line of the local stack, as passed on directly or as shown by `mailhooks dev --json`.
    pub fn line_of_dev(&self, line: &Value) {
        let mut of_function = Map::new();
        for (name, value) in line.as_object().into_iter().flatten() {
            let text = value.as_str().unwrap_or_default();
            let is_fine = match name.as_str() {
                "kind" => ["webhook", "redrive"].contains(&text),
                "time" => text.parse::<Timestamp>().is_ok(),
                "path" => !text.is_empty() && consists_of(text, "/_.-"),
                _ => {
                    let is_it = |metric: &&Metric| metric.as_str().to_ascii_lowercase() == *name;
                    let metric = Metric::ALL.iter().find(is_it);
                    let name = metric.map_or(name.as_str(), |metric| metric.as_str());
                    of_function.insert(name.to_owned(), value.clone());
                    true
                }
            };
            if !is_fine {
                self.report(format!("{name} is not of its form: {line}"));
            }
        }
        self.line(&Value::Object(of_function));
    }

    /// Checks a line about a delivery of the local stack: it has these members only, and no received data.
    pub fn delivery(&self, line: &Value) {
        const MEMBERS: [&str; 11] = [
            "attempt",
            "endpoint",
            "error",
            "event",
            "kind",
            "message_id",
            "outcome",
            "retry_in_seconds",
            "status",
            "time",
            "topic",
        ];
        for (name, value) in line.as_object().into_iter().flatten() {
            let text = value.as_str().unwrap_or_default();
            let is_fine = match name.as_str() {
                "event" => is_event_id(text),
                "endpoint" => text.starts_with("http://127.0.0.1:"),
                name => MEMBERS.contains(&name),
            };
            if !is_fine {
                self.report(format!("{name} is not of its form: {line}"));
            }
            self.text(text);
        }
    }

    /// Checks a text without a fixed form: it is only searched.
    pub fn text(&self, text: &str) {
        if let Err(violation) = self.search(text) {
            self.report(violation);
        }
    }

    /// Records a violation.
    pub fn report(&self, violation: String) {
        self.violations.lock().unwrap().push(violation);
    }

    /// All violations.
    pub fn violations(&self) -> Vec<String> {
        self.violations.lock().unwrap().clone()
    }

    /// Fails the test if there was a violation, unless it fails already.
    pub fn verify(&self) {
        let violations = self.violations.lock().unwrap().clone();
        if !thread::panicking() {
            assert!(violations.is_empty(), "{}", violations.join("\n"));
        }
    }

    /// Whether a line contains only allowed members and no received data.
    pub fn examine(&self, line: &Value) -> Result<(), String> {
        let object = line.as_object().ok_or("a line is an object")?;
        if !object.contains_key("outcome") {
            return Err(format!("a line has an outcome: {line}"));
        }
        for (name, value) in object {
            match form_of(name) {
                Some(form) if form.takes(value) => {}
                Some(_) => return Err(format!("{name} is not of its form: {line}")),
                None => return Err(format!("{name} is no member of a line: {line}")),
            }
        }
        let whole = line.to_string();
        if ["@", "%40"].iter().any(|sign| whole.contains(sign)) {
            return Err(format!("a line holds an address: {line}"));
        }
        let mut texts = Vec::new();
        collect(line, &mut texts);
        texts
            .into_iter()
            .filter(|text| !is_word(text))
            .try_for_each(|text| self.search(text))
            .map_err(|violation| format!("{violation}: {line}"))
    }

    fn search(&self, text: &str) -> Result<(), String> {
        if text.contains('@') {
            return Err(format!("{text:?} holds an address"));
        }
        let known = self.known.lock().unwrap();
        let key =
            text.split_once(':').filter(|(provider, _)| is_provider(provider)).map_or(text, |(_, key)| key);
        let without_number = |key, sign: char| match str::rsplit_once(key, sign) {
            Some((rest, number)) if number.parse::<u32>().is_ok() => rest,
            _ => key,
        };
        // A report on several recipients becomes one event per recipient: `<key>.1`, `<key>.2` … An array whose key is a
        // header becomes one event per element: `<key>:0`, `<key>:1` …
        let whole = without_number(key, '.');
        if [key, whole, without_number(whole, ':')].iter().any(|key| known.keys.contains(*key)) {
            return Ok(());
        }
        known.find(key).map_or(Ok(()), |found| Err(format!("{text:?} holds {found:?}, which came in")))
    }
}

/// Every text in a value, including the names of members.
fn collect<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(elements) => elements.iter().for_each(|one| collect(one, texts)),
        Value::Object(members) => {
            for (name, value) in members {
                texts.push(name);
                collect(value, texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a text is one of our fixed words.
fn is_word(text: &str) -> bool {
    let lists = [OUTCOMES, REASONS, DIRECTIVE, UNITS];
    form_of(text).is_some() || is_provider(text) || lists.iter().any(|words| words.contains(&text))
}

/// A string of JSON.
struct Literal {
    text: String,
    /// The name of the member whose value it is.
    name: Option<String>,
    /// The number of objects and lists around it.
    level: usize,
}

/// A name normalized for comparison: `eventId` becomes `event_id`.
fn plain_name(name: &str) -> String {
    name.replace('_', "").to_ascii_lowercase()
}

/// Every string in a text that may be JSON, damaged JSON, or nested more deeply than parsers allow.
fn literals(text: &str) -> Vec<Literal> {
    let mut found = Vec::new();
    let mut name = None;
    let mut level: usize = 0;
    let mut rest = text;
    while let Some(at) = rest.find(['"', '{', '}', '[', ']', ',']) {
        let sign = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match sign {
            b'{' | b'[' => level += 1,
            b'}' | b']' => level = level.saturating_sub(1),
            _ => {}
        }
        if sign != b'"' {
            name = None;
            continue;
        }
        let (inside, after) = rest.split_at(end_of_string(rest));
        rest = after.strip_prefix('"').unwrap_or(after);
        let text: String =
            serde_json::from_str(&format!("\"{inside}\"")).unwrap_or_else(|_| inside.to_owned());
        let next = rest.trim_start().starts_with(':').then(|| text.clone());
        found.push(Literal { text, name, level });
        name = next;
    }
    found
}

fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}
