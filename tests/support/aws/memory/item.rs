//! The rules of DynamoDB for items.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use super::dynamodb::Item;

const MAX_ITEM: usize = 400 * 1024;
const MAX_PARTITION_KEY: usize = 2_048;
const MAX_SORT_KEY: usize = 1_024;
const MAX_LEVELS: usize = 32;
const MAX_DIGITS: usize = 38;
/// 9.9E+125, 1E-130.
const MAGNITUDES: std::ops::RangeInclusive<f64> = 1e-130..=9.99e125;

/// An attribute that is a text.
pub(super) fn text(item: &Item, name: &str) -> String {
    let text = item[name]["S"].as_str();
    text.unwrap_or_else(|| panic!("{name} is no text")).to_owned()
}

/// Checks the sizes of both parts of a primary key.
pub(super) fn check_key(partition_key: &str, sort_key: &str) {
    assert!((1..=MAX_PARTITION_KEY).contains(&partition_key.len()));
    assert!((1..=MAX_SORT_KEY).contains(&sort_key.len()));
}

/// Checks an item against every rule.
pub(super) fn check(item: &Item) {
    let size: usize = item.iter().map(|(name, value)| name.len() + size_of(value, 1)).sum();
    assert!(size <= MAX_ITEM, "an item of {size} bytes");
    // The keys of the indexes. Such an attribute may be absent, but not empty.
    for (name, limit) in [
        ("recipient", MAX_PARTITION_KEY),
        ("outbox", MAX_PARTITION_KEY),
        ("occurred_at", MAX_SORT_KEY),
        ("received_at", MAX_SORT_KEY),
    ] {
        if item.contains_key(name) {
            assert!((1..=limit).contains(&text(item, name).len()), "{name}");
        }
    }
    assert_eq!(
        item.contains_key("recipient"),
        item.contains_key("occurred_at"),
        "an index has what has both of its keys"
    );
    let expires_at: i64 = item["expires_at"]["N"].as_str().unwrap().parse().unwrap();
    assert!(expires_at > 0);
}

fn size_of(value: &Value, level: usize) -> usize {
    let (kind, value) = value.as_object().filter(|typed| typed.len() == 1).unwrap().iter().next().unwrap();
    match kind.as_str() {
        "S" => value.as_str().unwrap().len(),
        "N" => number_size(value.as_str().unwrap()),
        "B" => BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap().len(),
        "BOOL" => {
            assert!(value.is_boolean());
            1
        }
        "NULL" => {
            assert_eq!(value, true);
            1
        }
        "L" => list_size(value.as_array().unwrap(), level),
        "M" => map_size(value.as_object().unwrap(), level),
        other => panic!("a type {other}"),
    }
}

fn list_size(elements: &[Value], level: usize) -> usize {
    assert!(level < MAX_LEVELS, "nested too deeply");
    3 + elements.iter().map(|element| 1 + size_of(element, level + 1)).sum::<usize>()
}

fn map_size(members: &Map<String, Value>, level: usize) -> usize {
    assert!(level < MAX_LEVELS, "nested too deeply");
    let sizes = members.iter().map(|(name, value)| {
        assert!(!name.is_empty(), "a member without a name");
        1 + name.len() + size_of(value, level + 1)
    });
    3 + sizes.sum::<usize>()
}

fn number_size(spelling: &str) -> usize {
    let number: f64 = spelling.parse().unwrap_or_else(|_| panic!("{spelling}"));
    assert!(number == 0.0 || MAGNITUDES.contains(&number.abs()), "{spelling} is out of range");
    let mantissa = spelling.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    // Leading and trailing zeros only affect the exponent.
    let significant = digits.trim_matches('0').len();
    assert!(significant <= MAX_DIGITS, "{spelling} has too many digits");
    significant / 2 + 2
}
