//! The value of a Secrets Manager secret: the signing secrets that it lists, or why it cannot be used. Anything accepted here
//! becomes a key, and an attacker who guesses it can forge webhooks.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use thiserror::Error;

/// Fewest bytes of a signing secret. No provider documents a shorter form, and most ordinary words are shorter.
const MIN_BYTES: usize = 8;

/// Placeholders from examples and setup guides, in lower case and without `-` and `_`.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "password",
    "placeholder",
    "replaceme",
    "undefined",
    "yoursecret",
    "yoursecrethere",
    "yoursigningsecret",
];

/// Why a value cannot be used. Never contains the value itself.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Unusable {
    /// `SecretBinary` instead of `SecretString`.
    #[error("it is stored as binary data, not as text")]
    Binary,
    /// A JSON number, `true`, `false` or `null`.
    #[error("its JSON has a value that is not a string")]
    NotString,
    /// A comment, a sentence, or two secrets on one line.
    #[error("a line has white space in it")]
    WhiteSpace,
    /// Invalid JSON, part of a configuration file, or a comment.
    #[error("a line has a quote, a brace, a bracket or a # in it")]
    Punctuation,
    /// A masked secret, or one that an editor changed.
    #[error("a line has a control character or one that is not ASCII in it")]
    NotPlain,
    /// A word, or part of a secret.
    #[error("a line is shorter than 8 bytes")]
    Short,
    /// `changeme` and the like.
    #[error("a line is a placeholder, such as changeme")]
    Placeholder,
}

/// The signing secrets in a value, in order: one per line, or the strings of a JSON object, array or string. Empty if no
/// secret is set. Fails if any line or string cannot be a signing secret, since it may be a damaged one.
pub fn listed(value: &str) -> Result<Vec<String>, Unusable> {
    let text = value.strip_prefix('\u{feff}').unwrap_or(value);
    let texts = json_strings(text.trim())?.unwrap_or_else(|| vec![text.to_owned()]);
    let lines = texts.iter().flat_map(|text| text.split(['\n', '\r']));
    lines
        .map(|line| line.trim_matches([' ', '\t']))
        .filter(|line| !line.is_empty())
        .map(|line| check(line).map(|()| line.to_owned()))
        .collect()
}

fn check(line: &str) -> Result<(), Unusable> {
    let word = line.replace(['-', '_'], "").to_ascii_lowercase();
    let problems = [
        (line.contains([' ', '\t']), Unusable::WhiteSpace),
        (line.contains(|c: char| !c.is_ascii_graphic()), Unusable::NotPlain),
        (line.contains(|c| "\"'`{}[]#".contains(c)), Unusable::Punctuation),
        (line.len() < MIN_BYTES, Unusable::Short),
        (PLACEHOLDERS.contains(&word.as_str()), Unusable::Placeholder),
    ];
    problems.into_iter().find(|(found, _)| *found).map_or(Ok(()), |(_, reason)| Err(reason))
}

/// The strings of a JSON object, array or string, at any depth. `None` if the text is not JSON and is read as lines.
fn json_strings(text: &str) -> Result<Option<Vec<String>>, Unusable> {
    if !text.starts_with(['{', '[', '"']) {
        return Ok(None);
    }
    match serde_json::from_str(text) {
        Ok(Strings(strings)) => Ok(Some(strings)),
        Err(error) if error.is_data() => Err(Unusable::NotString),
        Err(_) => Ok(None),
    }
}

/// The strings of a JSON value in document order, which [`serde_json::Value`] does not keep. Excludes the names of
/// members.
struct Strings(Vec<String>);

impl<'de> Deserialize<'de> for Strings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Strings;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string, or an object or array of them")
            }

            fn visit_str<E>(self, text: &str) -> Result<Strings, E> {
                Ok(Strings(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Strings, A::Error> {
                let mut all = Vec::new();
                while let Some(Strings(strings)) = array.next_element()? {
                    all.extend(strings);
                }
                Ok(Strings(all))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Strings, A::Error> {
                let mut all = Vec::new();
                while let Some((IgnoredAny, Strings(strings))) = object.next_entry()? {
                    all.extend(strings);
                }
                Ok(Strings(all))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_line_or_a_string_of_json() {
        let cases: &[(&str, &[&str])] = &[
            ("whsec_abc", &["whsec_abc"]),
            ("abcdefgh", &["abcdefgh"]),
            ("12345678", &["12345678"]),
            ("whsec_new\nwhsec_old", &["whsec_new", "whsec_old"]),
            ("\r\nwhsec_new\r\n\r\n \t whsec_old\t \r\n", &["whsec_new", "whsec_old"]),
            ("whsec_new\rwhsec_old", &["whsec_new", "whsec_old"]),
            ("\u{feff}whsec_abc\n", &["whsec_abc"]),
            ("\u{feff}{\"a\":\"whsec_abc\"}", &["whsec_abc"]),
            ("v1,whsec_abc", &["v1,whsec_abc"]),
            (
                "a,b=c/d+e.f-g_h:i;j$k!l%m&n*o(p)q<r>s?t@u^v~w|x\\y",
                &["a,b=c/d+e.f-g_h:i;j$k!l%m&n*o(p)q<r>s?t@u^v~w|x\\y"],
            ),
            ("\"whsec_abc\"", &["whsec_abc"]),
            ("\"whsec_new\\nwhsec_old\"", &["whsec_new", "whsec_old"]),
            ("[\"whsec_new\", \"\", \"whsec_old\"]", &["whsec_new", "whsec_old"]),
            ("{\n  \"z\": \"whsec_new\",\n  \"a\": \"whsec_old\"\n}\n", &["whsec_new", "whsec_old"]),
            ("{\"a\":\"whsec_one\",\"a\":\"whsec_two\"}", &["whsec_one", "whsec_two"]),
            (
                "{\"a\":{\"b\":[\"whsec_one\",[\"whsec_two\"]]},\"c\":\"whsec_thr\\u0065e\"}",
                &["whsec_one", "whsec_two", "whsec_three"],
            ),
        ];
        for (value, expected) in cases {
            let expected = expected.iter().map(|&secret| secret.to_owned()).collect();
            assert_eq!(listed(value), Ok(expected), "{value:?}");
        }
    }

    #[test]
    fn an_empty_value_lists_none() {
        for value in ["", " ", "\n\r\n \t\n", "\u{feff}", "{}", "[]", "\"\"", "{\"a\":\"\",\"b\":[{}]}"] {
            assert_eq!(listed(value), Ok(Vec::new()), "{value:?}");
        }
    }

    #[test]
    fn one_bad_piece_makes_the_whole_value_unusable() {
        use Unusable::{NotPlain, NotString, Placeholder, Punctuation, Short, WhiteSpace};
        for (piece, reason) in [
            ("not set", WhiteSpace),
            ("whsec_old whsec_older", WhiteSpace),
            ("whsec_old\twhsec_older", WhiteSpace),
            ("# the old one", WhiteSpace),
            ("#whsec_old", Punctuation),
            ("whsec_old#old", Punctuation),
            ("'whsec_old'", Punctuation),
            ("`whsec_old`", Punctuation),
            ("SECRET=\"whsec_old\"", Punctuation),
            ("{whsec_old}", Punctuation),
            ("whsec_old}", Punctuation),
            ("[whsec_old]", Punctuation),
            ("whsec_old\u{7f}", NotPlain),
            ("whsec_old\u{0}", NotPlain),
            ("\u{b}whsec_old", NotPlain),
            ("whsec_old\u{a0}", NotPlain),
            ("whsec_öld", NotPlain),
            ("whsec_••••••••", NotPlain),
            ("\u{feff}whsec_old", NotPlain),
            ("x", Short),
            ("v1", Short),
            ("abcdefg", Short),
            ("changeme", Placeholder),
            ("Change_Me", Placeholder),
            ("PLACEHOLDER", Placeholder),
            ("your-secret-here", Placeholder),
        ] {
            let lines = [format!("whsec_abc\n{piece}"), format!("{piece}\r\nwhsec_abc")];
            // As a JSON string.
            let json = serde_json::json!({"a": [{"b": piece}], "c": "whsec_abc"}).to_string();
            for value in lines.into_iter().chain([piece.to_owned() + "\n", json]) {
                // A byte order mark at the start of the value is allowed.
                if !value.starts_with('\u{feff}') {
                    assert_eq!(listed(&value), Err(reason), "{value:?}");
                }
            }
        }
        for json in [
            "{\"a\":\"whsec_abc\",\"b\":12345678}",
            "[\"whsec_abc\",null]",
            "[true,\"whsec_abc\"]",
            "{\"a\":{\"b\":[1.5]}}",
        ] {
            assert_eq!(listed(json), Err(NotString), "{json}");
        }
    }

    #[test]
    fn what_only_looks_like_json_is_unusable() {
        let deep = format!("{}\"whsec_abc\"{}", "[".repeat(200), "]".repeat(200));
        for value in [
            "{\"a\":\"whsec_abc\"",
            "{\"a\":\"whsec_abc\",}",
            "{\n  \"a\": \"whsec_abc\"\n",
            "\"whsec_new\"\n\"whsec_old\"",
            "[\"whsec_abc\"] whsec_old",
            "{a: whsec_abc}",
            "\"{\\\"a\\\":\\\"whsec_abc\\\"}\"",
            "\"\\ud800whsec_abc\"",
            &deep,
        ] {
            let reason = listed(value).unwrap_err();
            assert!([Unusable::Punctuation, Unusable::WhiteSpace].contains(&reason), "{value}");
        }
    }
}
