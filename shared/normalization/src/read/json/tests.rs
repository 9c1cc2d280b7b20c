use serde_json::json;

use super::*;
use crate::limits::MAX_ENTRIES;

fn object(text: &str) -> Object<'_> {
    Json::of(text.as_bytes()).unwrap().object().unwrap()
}

#[test]
fn names_in_every_spelling() {
    let data = object(r#"{"email_id": 1, "bounceType": "hard", "USER_AGENT": true, "x": null, "x_": ""}"#);
    assert_eq!(data.text("emailId").as_deref(), Some("1"));
    assert_eq!(data.text("bounce_type").as_deref(), Some("hard"));
    assert_eq!(data.text("userAgent").as_deref(), Some("true"));
    assert!(data.text("x").is_none() && data.text("y").is_none());
}

#[test]
fn the_exact_name_counts_before_another_spelling_of_it() {
    let data = object(r#"{"id": "evt_1", "_id": "row 7", "id_": "x"}"#);
    assert_eq!(data.text("id").as_deref(), Some("evt_1"));
    assert_eq!(object(r#"{"id": "first", "id": "last"}"#).text("id").as_deref(), Some("last"));
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
    let numbered =
        |part: &dyn Fn(usize) -> String| (0..3 * ENTRIES_READ).map(part).collect::<Vec<_>>().concat();
    let members = numbered(&|n| format!("\"{n}\":{n},"));
    for (value, least) in [
        (many("1,"), ENTRIES_READ - 10),
        (many("[1],"), ENTRIES_READ / 2 - 10),
        (many(r#"{"a":1},"#), ENTRIES_READ / 2 - 10),
        (format!(r#"{{{members}"a":1}}"#), ENTRIES_READ - 10),
    ] {
        let data = format!(r#"{{"meta": {{"a": {value}}}}}"#);
        let map = object(&data).map("meta").unwrap();
        let read = map["a"].as_array().map_or_else(|| map["a"].as_object().unwrap().len(), Vec::len);
        assert!((least..ENTRIES_READ).contains(&read), "{read}");
        assert!(values(&Value::Object(map)) > MAX_ENTRIES, "the excess is detected");
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
