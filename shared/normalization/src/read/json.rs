//! Reading JSON that may hold anything, and what is not quite JSON. A member is looked at only when somebody asks for it, so what nobody
//! asks for cannot be wrong; what is asked for is taken in every form that makes sense, else is absent.

mod deserialize;
mod lenient;
mod object;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use crate::limits::ENTRIES_READ;
use crate::read::address::{bare_addresses, distinct};
use deserialize::Text;
pub(crate) use object::{Object, is_id};

/// A text that is read as JSON when somebody asks for what it holds, and holds nothing if it is none. What lies in it
/// is scanned then, but not read: that keeps no stack, so nesting may be of any depth.
#[derive(Clone, Copy)]
pub(crate) struct Json<'a>(&'a str);

/// The elements of the array that `bytes` are, each as it was written. An array that is not quite JSON is taken apart
/// too; the element at fault is read by [`object`].
pub(crate) fn elements(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let text = without_mark(bytes).trim_ascii();
    if text.first() != Some(&b'[') {
        return None;
    }
    match Json::of(text).and_then(Json::elements) {
        Some(elements) => Some(elements.into_iter().map(|one| one.0.as_bytes()).collect()),
        None => lenient::elements(text),
    }
}

/// The object that `bytes` are. One that is not quite JSON is written to `mended` first, without what is wrong in it.
pub(crate) fn object<'a>(bytes: &'a [u8], mended: &'a mut String) -> Option<Object<'a>> {
    if let Some(object) = Json::of(bytes).and_then(Json::object) {
        return Some(object);
    }
    let text = without_mark(bytes).trim_ascii();
    if text.first() != Some(&b'{') {
        return None;
    }
    *mended = lenient::mend(&String::from_utf8_lossy(text))?;
    Json(mended).object()
}

/// Whether a body begins like a JSON object or array.
pub(crate) fn begins_like_json(bytes: &[u8]) -> bool {
    matches!(without_mark(bytes).trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Without a byte order mark in front, which RFC 8259, section 8.1, lets a reader pass over.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

impl<'a> Json<'a> {
    /// `None` if `bytes` are not UTF-8.
    pub(crate) fn of(bytes: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(without_mark(bytes)).ok()?;
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
            Some(elements) => {
                elements.into_iter().filter_map(Self::text).map(Cow::into_owned).take(ENTRIES_READ).collect()
            }
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
                elements.map_while(|element| (*room > 0).then(|| element.value(levels, room))).collect()
            }
            (Some(b'{' | b'['), None) => Value::Null,
            (Some(b'-' | b'0'..=b'9'), _) => number(self.raw()),
            (Some(b'"'), _) => self.string().map_or(Value::Null, |text| text.into_owned().into()),
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

#[cfg(test)]
mod tests;
