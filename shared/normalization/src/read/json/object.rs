//! Objects, and access to their members in every spelling and form.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Json, has_carried_size};
use crate::limits::ENTRIES_READ;
use crate::read::time::parse_time;

/// The members of a JSON object. Names are compared without case and underscores, because providers publish the same
/// format with `emailId` and with `email_id`. The exact name takes precedence, and the last of a repeated name
/// counts; null is absent.
#[derive(Default)]
pub(crate) struct Object<'a>(pub(super) Vec<(Cow<'a, str>, Json<'a>)>);

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

    /// A text that identifies something. White space and angle brackets alone do not: `<>` is the rest of a missing
    /// Message-ID.
    pub(crate) fn id(&self, name: &str) -> Option<String> {
        self.owned(name).filter(|id| is_id(id))
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

    /// A finite number of a plausible size, written as a number or as text.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        // The number is a spam score. Larger ones make no sense, although DynamoDB could store them.
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
        parse_time(&self.text(name)?)
    }

    /// The first of these members that can be read as a time.
    pub(crate) fn first_time(&self, names: &[&str]) -> Option<Timestamp> {
        names.iter().find_map(|name| self.time(name))
    }

    /// The whole content of a member that is an object.
    pub(crate) fn map(&self, name: &str) -> Option<Map<String, Value>> {
        match self.get(name)?.value(MAX_LEVELS, &mut (1 + ENTRIES_READ)) {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }
}

/// Levels of a value that are read: more than any event may have. Deeper values are read as null.
const MAX_LEVELS: usize = 32;

pub(crate) fn is_id(text: &str) -> bool {
    text.contains(|character: char| !character.is_whitespace() && !matches!(character, '<' | '>'))
}

fn same_name(given: &str, wanted: &str) -> bool {
    let letters = |name| str::bytes(name).filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase());
    Iterator::eq(letters(given), letters(wanted))
}
