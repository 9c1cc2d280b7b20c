//! Repairs text that is almost JSON: `NaN` and other invalid words, control characters and unknown escapes in
//! strings, extra commas. Only the value that contains the error is affected. Reads the text once and without
//! recursion.

use std::fmt::Write as _;

use serde_json::value::RawValue;

/// The elements of an array, split by its quotes, brackets and commas alone. `None` if it has no end, or if text
/// follows its end.
pub(super) fn elements(text: &[u8]) -> Option<Vec<&[u8]>> {
    let mut elements = Vec::new();
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut start = 1;
    for (index, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b',' if depth == 1 => {
                elements.push(text.get(start..index)?.trim_ascii());
                start = index + 1;
            }
            b']' | b'}' if depth == 1 => {
                elements.push(text.get(start..index)?.trim_ascii());
                elements.retain(|element| !element.is_empty());
                let is_end = *byte == b']' && index + 1 == text.len();
                return (is_end && !elements.is_empty()).then_some(elements);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The text as valid JSON, without the invalid values. `None` if its structure is not that of JSON.
pub(super) fn mend(text: &str) -> Option<String> {
    let mut mended = String::with_capacity(text.len());
    let mut open = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if let Some(after) = open.last().and_then(|close| rest.strip_prefix(*close)) {
            mended.extend(open.pop());
            rest = after;
        } else {
            let start = mended.len();
            if !(mended.is_empty() || mended.ends_with(['{', '['])) {
                mended.push(',');
            }
            if open.last() == Some(&'}') {
                rest = string(rest, &mut mended)?.trim_start().strip_prefix(':')?;
                rest = rest.trim_start();
                mended.push(':');
            }
            match rest.chars().next()? {
                opening @ ('{' | '[') => {
                    open.push(if opening == '{' { '}' } else { ']' });
                    mended.push(opening);
                    rest = rest.strip_prefix(opening)?;
                    continue;
                }
                '"' => rest = string(rest, &mut mended)?,
                _ => {
                    let (word, after) = rest.split_at(rest.find([',', ']', '}'])?);
                    rest = after;
                    if serde_json::from_str::<&RawValue>(word).is_ok() {
                        mended.push_str(word);
                    } else {
                        mended.truncate(start);
                    }
                }
            }
        }
        rest = rest.trim_start();
        match (open.last(), rest.strip_prefix(',')) {
            (None, _) => return rest.is_empty().then_some(mended),
            (Some(_), Some(after)) => rest = after,
            (Some(close), None) if rest.starts_with(*close) => {}
            (Some(_), None) => return None,
        }
    }
}

/// Writes the string at the start, and returns the text after it.
fn string<'a>(text: &'a str, mended: &mut String) -> Option<&'a str> {
    let mut rest = text.strip_prefix('"')?;
    mended.push('"');
    loop {
        let is_special = |character| character == '"' || character == '\\' || character < ' ';
        let (plain, after) = rest.split_at(rest.find(is_special)?);
        mended.push_str(plain);
        let special = after.chars().next()?;
        rest = after.strip_prefix(special)?;
        match special {
            '"' => {
                mended.push('"');
                return Some(rest);
            }
            '\\' => rest = escape(rest, mended),
            control => write!(mended, "\\u{:04x}", u32::from(control)).ok()?,
        }
    }
}

/// Writes the escape whose backslash was read, and returns the text after it. A backslash that does not begin an
/// escape is written as itself.
fn escape<'a>(text: &'a str, mended: &mut String) -> &'a str {
    let is_escape = match text.as_bytes() {
        [b'u', digits @ ..] => digits.get(..4).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
        [first, ..] => b"\"\\/bfnrt".contains(first),
        [] => false,
    };
    mended.push('\\');
    let (escaped, rest) = match text.split_at_checked(1) {
        Some((escaped, rest)) if is_escape => (escaped, rest),
        _ => ("\\", text),
    };
    mended.push_str(escaped);
    rest
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_is_wrong_costs_the_value_that_it_is_in() {
        for (text, expected) in [
            (r#"{"a": NaN, "b": 1}"#, json!({"b": 1})),
            (r#"{"b": 1, "a": -Infinity}"#, json!({"b": 1})),
            (r#"{"a": undefined}"#, json!({})),
            (r#"{"a": [1, NaN, {"b": nan, "c": "d"}, ], }"#, json!({"a": [1, {"c": "d"}]})),
            (r#"{"a": 01, "b": +1, "c": .5, "d": 0x1f, "e": 1.5e3, "f": True}"#, json!({"e": 1.5e3})),
            (r#"{"a": , "b": [,,1,,]}"#, json!({"b": [1]})),
            ("{\"a\": \"b\tc\u{1}\nd\", \"e\": \"\u{fffd}\"}", json!({"a": "b\tc\u{1}\nd", "e": "\u{fffd}"})),
            (r#"{"a": "\x41 \' \u12 \\ \" \u0041", "b": NaN}"#, json!({"a": "\\x41 \\' \\u12 \\ \" A"})),
            (
                r#"{"a": {"b": {"c": NaN}, "d": "}]{["}, "e": null}"#,
                json!({"a": {"b": {}, "d": "}]{["}, "e": null}),
            ),
            (r#"{"a": "}", "b": x y, "c": [[], {}, [NaN]]}"#, json!({"a": "}", "c": [[], {}, []]})),
        ] {
            let mended = mend(text).unwrap();
            let value: Value = serde_json::from_str(&mended).expect(&mended);
            assert_eq!(value, expected, "{text}");
        }
    }

    #[test]
    fn what_has_no_structure_is_not_mended() {
        for text in [
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":\"b",
            "{\"a\":\"b\\",
            "{\"a\":[1}",
            "{a:1}",
            "{'a':1}",
            "{\"a\" 1}",
            "{\"a\":\"b\" \"c\"}",
            "{\"a\":1} x",
            "{\"a\":1}{}",
            "{,}",
            "",
            "NaN",
        ] {
            assert_eq!(mend(text), None, "{text}");
        }
    }

    #[test]
    fn an_array_is_taken_apart_by_its_structure() {
        let parts = |text: &'static str| {
            elements(text.as_bytes()).map(|parts| {
                parts.into_iter().map(|part| std::str::from_utf8(part).unwrap()).collect::<Vec<_>>()
            })
        };
        assert_eq!(
            parts(r#"[ {"a": NaN}, {"b": [1, "],\"["]} ,x,]"#).unwrap(),
            [r#"{"a": NaN}"#, r#"{"b": [1, "],\"["]}"#, "x"]
        );
        for text in ["[", "[1", "[1}", "[1] 2", "[\"1]", "[]", "[,]", "[{]"] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn depth_and_length_cost_no_more_than_the_text() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[NaN,", "]"), ("[\"\u{1}\",", "]")] {
            let text = [&open.repeat(200_000), "NaN", &close.repeat(200_000)].concat();
            assert!(mend(&text).is_some() && elements(text.as_bytes()).is_some() == text.starts_with('['));
            assert!(mend(&open.repeat(200_000)).is_none());
        }
    }
}
