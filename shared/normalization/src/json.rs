//! Reading JSON that may hold anything. A member is looked at only when somebody asks for it, so what nobody
//! asks for cannot be wrong; what is asked for is taken in every form that makes sense, else is absent.

mod deserialize;

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use crate::address::{bare_addresses, distinct};
use crate::limits;
use crate::time::read_time;
use deserialize::Text;

/// Entries of a list, and values of an object that is passed on, that are read: more than fit into an event, so that
/// `limits` sees that there are too many. What the largest body makes of itself in memory is bounded by it.
pub(crate) const ENTRIES_READ: usize = limits::MAX_ENTRIES + 1;

/// A text that is read as JSON when somebody asks for what it holds, and holds nothing if it is none. What lies in it
/// is scanned then, but not read: that keeps no stack, so nesting may be of any depth.
#[derive(Clone, Copy)]
pub(crate) struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// `None` if `bytes` are not UTF-8. A byte order mark in front is passed over, as RFC 8259, section 8.1, allows.
    pub(crate) fn of(bytes: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Some(Self(text.trim_matches([' ', '\t', '\n', '\r'])))
    }

    /// The value as it was written.
    pub(crate) fn raw(self) -> &'a str {
        self.0
    }

    pub(crate) fn object(self) -> Option<Object<'a>> {
        self.beginning(b'{')
    }

    pub(crate) fn elements(self) -> Option<Vec<Json<'a>>> {
        let elements: Vec<&RawValue> = self.beginning(b'[')?;
        let elements = elements.into_iter().map(RawValue::get);
        Some(elements.map(Self).collect())
    }

    /// The text of a string, and only of a string. A lone surrogate becomes U+FFFD.
    pub(crate) fn string(self) -> Option<Cow<'a, str>> {
        let text = self.raw().strip_prefix('"')?.strip_suffix('"');
        match text.filter(|text| !text.contains('\\')) {
            // What almost every string is.
            Some(as_written) => Some(Cow::Borrowed(as_written)),
            _ => self.beginning::<Text>(b'"').map(|text| text.0),
        }
    }

    /// To try another kind and fail would cost more than to succeed: an error is put into words.
    fn beginning<T: Deserialize<'a>>(self, first: u8) -> Option<T> {
        let is_of_kind = self.raw().as_bytes().first() == Some(&first);
        is_of_kind.then(|| serde_json::from_str(self.raw()).ok())?
    }

    /// A string, or the spelling of a number or truth value; `None` if there is nothing to see in it.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        let text = match self.raw().as_bytes().first()? {
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' | b't' | b'f' => Cow::Borrowed(self.raw()),
            _ => return None,
        };
        (!text.trim().is_empty()).then_some(text)
    }

    /// A list of texts, or one text that holds several separated by commas.
    fn texts(self) -> Vec<String> {
        match self.elements() {
            Some(elements) => elements
                .into_iter()
                .filter_map(Self::text)
                .map(Cow::into_owned)
                .take(ENTRIES_READ)
                .collect(),
            None => self.text().map_or_else(Vec::new, |text| {
                text.split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .map(str::to_owned)
                    .take(ENTRIES_READ)
                    .collect()
            }),
        }
    }

    /// The distinct addresses in a string, an object with the member `address` or `email`, or a list of either.
    fn addresses(self) -> Vec<String> {
        match self.elements() {
            Some(elements) => distinct(elements.into_iter().flat_map(Self::addresses_of_one)),
            None => distinct(self.addresses_of_one()),
        }
    }

    /// The value as it is, to be passed on. A number that is too large or too long to be carried becomes its
    /// own spelling, a lone surrogate U+FFFD. What lies deeper than `levels` is read as null, and what comes when
    /// there is no `room` for more values is not read.
    fn value(self, levels: usize, room: &mut usize) -> Value {
        *room = room.saturating_sub(1);
        match (self.raw().as_bytes().first(), levels.checked_sub(1)) {
            (Some(b'{'), Some(levels)) => {
                let mut members = Map::new();
                // From the back: of a repeated member the last counts, and the others are not read.
                for (name, value) in self.object().unwrap_or_default().0.into_iter().rev() {
                    if *room > 0 && !members.contains_key(name.as_ref()) {
                        members.insert(name.into_owned(), value.value(levels, room));
                    }
                }
                Value::Object(members)
            }
            (Some(b'['), Some(levels)) => {
                let elements = self.elements().unwrap_or_default().into_iter();
                elements
                    .map_while(|element| (*room > 0).then(|| element.value(levels, room)))
                    .collect()
            }
            (Some(b'{' | b'['), None) => Value::Null,
            (Some(b'-' | b'0'..=b'9'), _) => number(self.raw()),
            (Some(b'"'), _) => self
                .string()
                .map_or(Value::Null, |text| text.into_owned().into()),
            _ => serde_json::from_str(self.raw()).unwrap_or_default(),
        }
    }

    fn addresses_of_one(self) -> Vec<String> {
        let text = match self.object() {
            Some(object) => object.text("address").or_else(|| object.text("email")),
            None => self.text(),
        };
        text.map_or_else(Vec::new, |text| bare_addresses(&text))
    }
}

/// The members of a JSON object. Names are compared without case and underscores: providers publish one and
/// the same shape as `emailId` and `email_id`. The exact name counts first, and of a repeated one the last; null
/// is absent.
#[derive(Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<Json<'a>> {
        let backwards = || self.0.iter().rev();
        let (_, value) = backwards()
            .find(|(given, _)| given == name)
            .or_else(|| backwards().find(|(given, _)| same_name(given, name)))?;
        (value.raw() != "null").then_some(*value)
    }

    pub(crate) fn object(&self, name: &str) -> Option<Object<'a>> {
        self.get(name)?.object()
    }

    pub(crate) fn elements(&self, name: &str) -> Vec<Json<'a>> {
        self.get(name).and_then(Json::elements).unwrap_or_default()
    }

    pub(crate) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name)?.text()
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(Cow::into_owned)
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.get(name).map_or_else(Vec::new, Json::texts)
    }

    pub(crate) fn address(&self, name: &str) -> Option<String> {
        self.addresses(name).into_iter().next()
    }

    /// The distinct addresses of a field, in the order given.
    pub(crate) fn addresses(&self, name: &str) -> Vec<String> {
        self.get(name).map_or_else(Vec::new, Json::addresses)
    }

    pub(crate) fn whole_number(&self, name: &str) -> Option<u64> {
        self.text(name)?.trim().parse().ok()
    }

    /// A finite number of a size that means something, written as number or as text.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        // A spam score; beyond this DynamoDB's numbers end long after sense does.
        const LARGEST: f64 = 1e9;
        self.text(name)?
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.abs() <= LARGEST && has_carried_size(*number))
    }

    pub(crate) fn truth(&self, name: &str) -> Option<bool> {
        match self.text(name)?.as_ref() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    pub(crate) fn time(&self, name: &str) -> Option<Timestamp> {
        read_time(&self.text(name)?)
    }

    /// The first of these members that can be read as a time.
    pub(crate) fn first_time(&self, names: &[&str]) -> Option<Timestamp> {
        names.iter().find_map(|name| self.time(name))
    }

    /// A member that is an object, whole.
    pub(crate) fn map(&self, name: &str) -> Option<Map<String, Value>> {
        match self.get(name)?.value(MAX_LEVELS, &mut (1 + ENTRIES_READ)) {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }
}

/// Levels of a value that are read, more than any event may carry; what lies deeper is read as null.
const MAX_LEVELS: usize = 32;

/// The size of numbers that can be carried: DynamoDB keeps magnitudes from 1E-130 to 9.9E+125.
const NUMBERS: std::ops::Range<f64> = 1e-100..1e100;

fn number(spelling: &str) -> Value {
    let number: Option<Number> = serde_json::from_str(spelling).ok();
    let carried = number.filter(|number| {
        let is_fraction = spelling.contains(['.', 'e', 'E']);
        let size = number.as_f64().unwrap_or_default();
        // A whole number of more than 64 bits would be rounded.
        (is_fraction || !number.is_f64()) && has_carried_size(size)
    });
    carried.map_or_else(|| spelling.into(), Value::Number)
}

fn has_carried_size(number: f64) -> bool {
    number == 0.0 || NUMBERS.contains(&number.abs())
}

fn same_name(given: &str, wanted: &str) -> bool {
    let letters = |name| {
        str::bytes(name)
            .filter(|byte| *byte != b'_')
            .map(|byte| byte.to_ascii_lowercase())
    };
    Iterator::eq(letters(given), letters(wanted))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(text: &str) -> Object<'_> {
        Json::of(text.as_bytes()).unwrap().object().unwrap()
    }

    #[test]
    fn names_in_every_spelling() {
        let data = object(
            r#"{"email_id": 1, "bounceType": "hard", "USER_AGENT": true, "x": null, "x_": ""}"#,
        );
        assert_eq!(data.text("emailId").as_deref(), Some("1"));
        assert_eq!(data.text("bounce_type").as_deref(), Some("hard"));
        assert_eq!(data.text("userAgent").as_deref(), Some("true"));
        assert!(data.text("x").is_none() && data.text("y").is_none());
    }

    #[test]
    fn the_exact_name_counts_before_another_spelling_of_it() {
        let data = object(r#"{"id": "evt_1", "_id": "row 7", "id_": "x"}"#);
        assert_eq!(data.text("id").as_deref(), Some("evt_1"));
        assert_eq!(
            object(r#"{"id": "first", "id": "last"}"#)
                .text("id")
                .as_deref(),
            Some("last")
        );
    }

    #[test]
    fn texts_and_addresses_in_every_form() {
        let data = object(
            r#"{"rules": "A, B,,C", "list": ["A", 1, null, {}], "to": [{"address": "a@x.org", "name": "A"}, "B <b@x.org>",
                "a@x.org", ""], "one": {"email": "c@x.org"}, "none": {}}"#,
        );
        assert_eq!(data.texts("rules"), ["A", "B", "C"]);
        assert_eq!(data.texts("list"), ["A", "1"]);
        assert_eq!(data.addresses("to"), ["a@x.org", "b@x.org"]);
        assert_eq!(data.address("one").as_deref(), Some("c@x.org"));
        assert!(data.addresses("none").is_empty());
    }

    #[test]
    fn a_number_is_read_if_it_can_be_carried() {
        let data = object(
            r#"{"a": 12.5, "b": "-0.5", "c": 0, "d": 1e-90, "e": 1e-200, "f": -1e10, "g": "inf", "h": "NaN"}"#,
        );
        let read = ["a", "b", "c", "d"].map(|name| data.number(name));
        assert_eq!(read, [Some(12.5), Some(-0.5), Some(0.0), Some(1e-90)]);
        for name in ["e", "f", "g", "h"] {
            assert_eq!(data.number(name), None, "{name}");
        }
    }

    #[test]
    fn a_map_is_passed_on_as_it_is() {
        let data = object(
            r#"{"meta": {"a": null, "b": [1, -2.5, true], "c": {"d": "\ud800"}, "e": 1e999, "f": 123456789012345678901234,
                "g": 18446744073709551615, "h": 1e200}}"#,
        );
        let expected = json!({
            "a": null, "b": [1, -2.5, true], "c": {"d": "\u{fffd}\u{fffd}\u{fffd}"}, "e": "1e999",
            "f": "123456789012345678901234", "g": 18_446_744_073_709_551_615_u64, "h": "1e200",
        });
        assert_eq!(data.map("meta").map(Value::Object), Some(expected));
        assert_eq!(object(r#"{"meta": []}"#).map("meta"), None);
        let data = object(r#"{"meta": {"a": {"b": 1}, "c": 2, "a": [3], "c": 4}}"#);
        let expected = json!({"a": [3], "c": 4});
        assert_eq!(data.map("meta").map(Value::Object), Some(expected));
    }

    fn values(value: &Value) -> usize {
        match value {
            Value::Array(elements) => elements.iter().map(|one| 1 + values(one)).sum(),
            Value::Object(members) => members.values().map(|one| 1 + values(one)).sum(),
            _ => 0,
        }
    }

    #[test]
    fn no_more_is_read_than_could_be_carried() {
        let many = |part: &str| format!("[{}1]", part.repeat(3 * ENTRIES_READ));
        let numbered = |part: &dyn Fn(usize) -> String| {
            (0..3 * ENTRIES_READ).map(part).collect::<Vec<_>>().concat()
        };
        let members = numbered(&|n| format!("\"{n}\":{n},"));
        for (value, least) in [
            (many("1,"), ENTRIES_READ - 10),
            (many("[1],"), ENTRIES_READ / 2 - 10),
            (many(r#"{"a":1},"#), ENTRIES_READ / 2 - 10),
            (format!(r#"{{{members}"a":1}}"#), ENTRIES_READ - 10),
        ] {
            let data = format!(r#"{{"meta": {{"a": {value}}}}}"#);
            let map = object(&data).map("meta").unwrap();
            let read = map["a"]
                .as_array()
                .map_or_else(|| map["a"].as_object().unwrap().len(), Vec::len);
            assert!((least..ENTRIES_READ).contains(&read), "{read}");
            assert!(
                values(&Value::Object(map)) > limits::MAX_ENTRIES,
                "it is seen to be too large"
            );
            let data = format!(r#"{{"to": {value}}}"#);
            assert!(object(&data).texts("to").len() <= ENTRIES_READ);
        }
        let list = numbered(&|n| format!("\"{n}@x\","));
        let text = numbered(&|n| format!("{n}@x,"));
        for to in [format!("[{list}0]"), format!("\"{text}\"")] {
            let data = format!(r#"{{"to": {to}}}"#);
            assert_eq!(object(&data).texts("to").len(), ENTRIES_READ);
            assert_eq!(object(&data).addresses("to").len(), ENTRIES_READ);
        }
    }
}
