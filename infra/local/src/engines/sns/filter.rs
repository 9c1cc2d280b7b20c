//! Filter policies of subscriptions, over message attributes
//! (<https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html>, string values).
//!
//! The attributes of announcements are strings. Policies that match anything else are refused, never ignored.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Most keys, and most combinations of values, of a policy
/// (<https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html>).
const MAX_KEYS: usize = 5;
const MAX_COMBINATIONS: usize = 150;

/// A filter policy: for each attribute, the rules of which one must match. The empty one matches every announcement.
#[derive(Default, Eq, PartialEq)]
pub(super) struct Filter(BTreeMap<String, Vec<Rule>>);

#[derive(Eq, PartialEq)]
enum Rule {
    AnythingBut(Vec<Text>),
    Exists(bool),
    Text(Text),
}

#[derive(Eq, PartialEq)]
enum Text {
    EqualsIgnoreCase(String),
    Is(String),
    Prefix(String),
    Suffix(String),
}

impl Filter {
    /// Parses a policy. The error says what is wrong with it.
    pub(super) fn parse(policy: &str) -> Result<Self, String> {
        let Ok(Value::Object(keys)) = serde_json::from_str(policy) else {
            return Err("failed to parse JSON: it must be an object".to_owned());
        };
        if keys.len() > MAX_KEYS {
            return Err(format!("Filter policy can not have more than {MAX_KEYS} keys"));
        }
        let filter: BTreeMap<_, _> = keys.into_iter().map(rules).collect::<Result<_, _>>()?;
        let combinations = filter.values().map(Vec::len).try_fold(1, usize::checked_mul);
        if combinations.is_none_or(|count| count > MAX_COMBINATIONS) {
            return Err("Filter policy is too complex".to_owned());
        }
        Ok(Self(filter))
    }

    /// Whether a message with these attributes passes.
    pub(super) fn takes(&self, attributes: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|(key, rules)| {
            let value = attributes.get(key).map(String::as_str);
            rules.iter().any(|rule| rule.takes(value))
        })
    }
}

fn rules((key, values): (String, Value)) -> Result<(String, Vec<Rule>), String> {
    let Value::Array(values) = values else {
        return Err(format!("{key:?} must be an array"));
    };
    if values.is_empty() {
        return Err("Empty arrays are not allowed".to_owned());
    }
    let rules: Option<Vec<_>> = values.into_iter().map(Rule::parse).collect();
    let rules = rules.ok_or_else(|| {
        format!(
            "the stand-in matches strings and the operators anything-but, equals-ignore-case, exists, prefix and suffix only, \
             and in anything-but strings and prefix, but {key:?} has another value"
        )
    })?;
    Ok((key, rules))
}

impl Rule {
    fn parse(value: Value) -> Option<Self> {
        let Value::Object(operator) = value else {
            return Text::parse(value).map(Self::Text);
        };
        let (name, operand) = only(operator)?;
        match (name.as_str(), operand) {
            ("exists", operand) => operand.as_bool().map(Self::Exists),
            ("anything-but", Value::Array(texts)) => {
                let texts: Option<Vec<_>> = texts.into_iter().map(Text::parse).collect();
                texts.filter(|texts| !texts.is_empty()).map(Self::AnythingBut)
            }
            // SNS refuses the other operators here
            // (<https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html>).
            ("anything-but", Value::Object(operator)) => {
                let prefix = Some(only(operator)?).filter(|(name, _)| name == "prefix");
                Some(Self::AnythingBut(vec![Text::operator(prefix?)?]))
            }
            ("anything-but", text) => Some(Self::AnythingBut(vec![Text::parse(text)?])),
            (_, operand) => Text::operator((name, operand)).map(Self::Text),
        }
    }

    fn takes(&self, value: Option<&str>) -> bool {
        match self {
            Self::AnythingBut(texts) => {
                value.is_some_and(|value| !texts.iter().any(|text| text.takes(value)))
            }
            Self::Exists(exists) => value.is_some() == *exists,
            Self::Text(text) => value.is_some_and(|value| text.takes(value)),
        }
    }
}

impl Text {
    fn parse(value: Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Is(text)),
            _ => None,
        }
    }

    fn operator((name, operand): (String, Value)) -> Option<Self> {
        let Value::String(text) = operand else { return None };
        match name.as_str() {
            "equals-ignore-case" => Some(Self::EqualsIgnoreCase(text.to_lowercase())),
            "prefix" => Some(Self::Prefix(text)),
            "suffix" => Some(Self::Suffix(text)),
            _ => None,
        }
    }

    fn takes(&self, value: &str) -> bool {
        match self {
            Self::EqualsIgnoreCase(text) => value.to_lowercase() == *text,
            Self::Is(text) => value == text,
            Self::Prefix(text) => value.starts_with(text),
            Self::Suffix(text) => value.ends_with(text),
        }
    }
}

/// The only member of an object.
fn only(object: Map<String, Value>) -> Option<(String, Value)> {
    let mut members = object.into_iter();
    members.next().filter(|_| members.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(policy: &str, action: Option<&str>) -> bool {
        let action = action.map(|action| ("action".to_owned(), action.to_owned()));
        let attributes =
            action.into_iter().chain([("type".to_owned(), "email.bounced".to_owned())]).collect();
        Filter::parse(policy).unwrap_or_else(|error| panic!("{policy}: {error}")).takes(&attributes)
    }

    #[test]
    fn policies_match() {
        // The policy, and whether it takes the actions `suppress`, `count` and none.
        for (policy, expected) in [
            ("{}", [true, true, true]),
            (r#"{"action": ["suppress"]}"#, [true, false, false]),
            (r#"{"action": ["SUPPRESS"]}"#, [false, false, false]),
            (r#"{"action": ["suppress", "count"]}"#, [true, true, false]),
            (r#"{"action": [{"anything-but": "count"}]}"#, [true, false, false]),
            (r#"{"action": [{"anything-but": ["count", "suppress"]}]}"#, [false, false, false]),
            (r#"{"action": [{"anything-but": {"prefix": "sup"}}]}"#, [false, true, false]),
            (r#"{"action": [{"prefix": "sup"}]}"#, [true, false, false]),
            (r#"{"action": [{"suffix": "unt"}]}"#, [false, true, false]),
            (r#"{"action": [{"equals-ignore-case": "Suppress"}]}"#, [true, false, false]),
            (r#"{"action": [{"exists": true}]}"#, [true, true, false]),
            (r#"{"action": [{"exists": false}]}"#, [false, false, true]),
            (r#"{"action": [{"exists": false}, "count"]}"#, [false, true, true]),
            (r#"{"action": ["suppress"], "type": ["email.bounced"]}"#, [true, false, false]),
            (r#"{"action": ["suppress"], "type": ["email.opened"]}"#, [false, false, false]),
        ] {
            let taken = [Some("suppress"), Some("count"), None].map(|action| takes(policy, action));
            assert_eq!(taken, expected, "{policy}");
        }
    }

    #[test]
    fn what_cannot_be_matched_is_refused() {
        let many = |count: usize| vec!["\"x\""; count].join(",");
        let keys: Vec<_> = (0..6).map(|key| format!(r#""k{key}": ["x"]"#)).collect();
        for (policy, reason) in [
            ("", "JSON"),
            ("[]", "JSON"),
            (r#"{"action": "suppress"}"#, "array"),
            (r#"{"data": {"action": ["suppress"]}}"#, "array"),
            (r#"{"action": []}"#, "Empty"),
            (r#"{"action": [1]}"#, "strings"),
            (r#"{"action": [null]}"#, "strings"),
            (r#"{"action": [{"numeric": ["=", 1]}]}"#, "strings"),
            (r#"{"action": [{"wildcard": "*"}]}"#, "strings"),
            (r#"{"action": [{"exists": "true"}]}"#, "strings"),
            (r#"{"action": [{"prefix": "a", "suffix": "b"}]}"#, "strings"),
            (r#"{"action": [{"anything-but": []}]}"#, "strings"),
            (r#"{"action": [{"anything-but": {"suffix": "unt"}}]}"#, "strings"),
            (r#"{"action": [{"anything-but": {"equals-ignore-case": "count"}}]}"#, "strings"),
            (r#"{"action": [{"anything-but": {"prefix": ["sup"]}}]}"#, "strings"),
            (r#"{"action": [{"anything-but": [1]}]}"#, "strings"),
            (&format!("{{{}}}", keys.join(",")), "5 keys"),
            (&format!(r#"{{"a": [{}]}}"#, many(151)), "complex"),
            (&format!(r#"{{"a": [{}], "b": [{}]}}"#, many(76), many(2)), "complex"),
        ] {
            let error = Filter::parse(policy).err().unwrap_or_else(|| panic!("{policy} is accepted"));
            assert!(error.contains(reason), "{policy}: {error}");
        }
        assert!(Filter::parse(&format!(r#"{{"a": [{}], "b": [{}]}}"#, many(75), many(2))).is_ok());
    }
}
