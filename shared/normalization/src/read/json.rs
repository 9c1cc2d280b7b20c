//! Reads JSON with any content, and text that is almost JSON. A member is parsed only on access, so invalid members
//! that are not used do no harm. A value is accepted in every form that makes sense, and is otherwise absent.

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

/// Unparsed JSON. A value is parsed on access; invalid JSON has no members. Nested values are scanned, not parsed,
/// which needs no stack: nesting may be of any depth.
#[derive(Clone, Copy)]
pub(crate) struct Json<'a>(&'a str);

/// The elements of the array in `bytes`, unparsed. An invalid array is split too; [`object`] reads the invalid
/// element.
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

/// The object in `bytes`. An invalid object is first written to `mended`, without the invalid values.
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

/// The bytes without a leading byte order mark, which RFC 8259, section 8.1, allows readers to ignore.
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

    /// The text of a string; `None` for any other value. A lone surrogate becomes U+FFFD.
    pub(crate) fn string(self) -> Option<Cow<'a, str>> {
        let text = self.raw().strip_prefix('"')?.strip_suffix('"');
        match text.filter(|text| !text.contains('\\')) {
            // Almost every string is without escapes.
            Some(as_written) => Some(Cow::Borrowed(as_written)),
            _ => self.beginning::<Text>(b'"').map(|text| text.0),
        }
    }

    /// Parses a value that begins with `first`. Trying another type and failing costs more than succeeding, because
    /// the error is formatted.
    fn beginning<T: Deserialize<'a>>(self, first: u8) -> Option<T> {
        let is_of_kind = self.raw().as_bytes().first() == Some(&first);
        is_of_kind.then(|| serde_json::from_str(self.raw()).ok())?
    }

    /// A string, or the spelling of a number or boolean. `None` for any other value, and for a blank string.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        let text = match self.raw().as_bytes().first()? {
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' | b't' | b'f' => Cow::Borrowed(self.raw()),
            _ => return None,
        };
        (!text.trim().is_empty()).then_some(text)
    }

    /// A list of texts, or one text with several parts separated by commas.
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

    /// The value unchanged, to be passed on. A number that is too large or too long to be stored becomes a string
    /// with its spelling; a lone surrogate becomes U+FFFD. Values deeper than `levels` are read as null, and values
    /// beyond `room` are not read.
    fn value(self, levels: usize, room: &mut usize) -> Value {
        *room = room.saturating_sub(1);
        match (self.raw().as_bytes().first(), levels.checked_sub(1)) {
            (Some(b'{'), Some(levels)) => {
                let mut members = Map::new();
                // In reverse: of a repeated member the last one counts, and the others are not read.
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

/// The magnitudes of numbers that are passed on: DynamoDB stores magnitudes from 1E-130 to 9.9E+125.
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
