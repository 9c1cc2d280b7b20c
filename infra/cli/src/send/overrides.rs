//! `--set`: replaces one value in a body without changing any other byte.

use std::collections::HashMap;
use std::ops::Range;
use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use serde_json::value::RawValue;

/// A path and its new value, such as `data.to=ada@example.com` or `[0].object.email.tags[1]="receipt"`.
#[derive(Clone)]
pub(super) struct Override {
    path: Vec<Step>,
    /// JSON.
    value: String,
}

#[derive(Clone)]
enum Step {
    Member(String),
    Element(usize),
}

impl FromStr for Override {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (path, value) = text.split_once('=').context("expected PATH=VALUE")?;
        let value = match serde_json::from_str::<&RawValue>(value) {
            Ok(json) => json.get().to_owned(),
            Err(_) => serde_json::to_string(value)?,
        };
        Ok(Self { path: steps(path)?, value })
    }
}

/// Parses a path such as `data.to[0]`.
fn steps(path: &str) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, indexes) = part.split_at(part.find('[').unwrap_or(part.len()));
        // The path may begin with an index, because a body may be an array.
        ensure!(
            !name.is_empty() || (steps.is_empty() && !indexes.is_empty()),
            "missing name in the path {path}"
        );
        if !name.is_empty() {
            steps.push(Step::Member(name.to_owned()));
        }
        let unclear = || format!("{part} is not a name followed by an index such as [0]");
        ensure!(indexes.is_empty() || indexes.ends_with(']'), unclear());
        for index in indexes.split_terminator(']') {
            let index = index.strip_prefix('[').and_then(|text| text.parse().ok());
            steps.push(Step::Element(index.with_context(unclear)?));
        }
    }
    Ok(steps)
}

impl Override {
    /// The path as text.
    pub(super) fn path(&self) -> String {
        written(&self.path)
    }

    /// Sets the value in a body.
    pub(super) fn apply(&self, body: Vec<u8>) -> Result<Vec<u8>> {
        let mut text = String::from_utf8(body).context("the body is not UTF-8")?;
        let whole: &RawValue = serde_json::from_str(&text).context("the body is not JSON")?;
        let begin = offset(&text, whole.get());
        let (place, name) = self.place(whole.get())?;
        let place = begin + place.start..begin + place.end;
        text.replace_range(place, &format!("{name}{}", self.value));
        Ok(text.into_bytes())
    }

    /// The bytes to replace with the value, and the text to insert before it.
    fn place(&self, json: &str) -> Result<(Range<usize>, String)> {
        let mut here = json;
        for (depth, step) in self.path.iter().enumerate() {
            let walked = written(self.path.get(..depth).unwrap_or_default());
            let found = match step {
                Step::Element(index) => {
                    let elements: Vec<&RawValue> = serde_json::from_str(here)
                        .ok()
                        .with_context(|| format!("{walked} is not an array"))?;
                    *elements
                        .get(*index)
                        .with_context(|| format!("{walked} has {} elements", elements.len()))?
                }
                Step::Member(name) => {
                    // If a member is repeated, the last one counts.
                    let members: HashMap<String, &RawValue> =
                        serde_json::from_str(here).ok().with_context(|| no_object(&walked, here))?;
                    let found = members.get(name).copied();
                    if found.is_none() && depth + 1 == self.path.len() {
                        // A new member goes after the others.
                        let end = offset(json, here) + here.len() - 1;
                        let comma = if members.is_empty() { "" } else { "," };
                        return Ok((end..end, format!("{comma}{}:", serde_json::to_string(name)?)));
                    }
                    let reached = self.path.get(..=depth).unwrap_or_default();
                    found.with_context(|| format!("no such path: {}", written(reached)))?
                }
            };
            here = found.get();
        }
        let begin = offset(json, here);
        Ok((begin..begin + here.len(), String::new()))
    }
}

fn no_object(walked: &str, json: &str) -> String {
    if json.starts_with('[') {
        format!("{walked} is an array: select an element, such as [0]")
    } else {
        format!("{walked} is not an object")
    }
}

/// The offset of a part within its text.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr().addr() - text.as_ptr().addr()
}

/// The steps as a path.
fn written(steps: &[Step]) -> String {
    if steps.is_empty() {
        return "the body".to_owned();
    }
    let written = steps.iter().enumerate().map(|(position, step)| match step {
        Step::Member(name) if position == 0 => name.clone(),
        Step::Member(name) => format!(".{name}"),
        Step::Element(index) => format!("[{index}]"),
    });
    written.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(body: &str, over: &str) -> Result<String> {
        let over: Override = over.parse()?;
        Ok(String::from_utf8(over.apply(body.as_bytes().to_vec())?)?)
    }

    #[test]
    fn one_value_changes_and_no_other_byte() {
        let body = r#" {"b": 1.0e99, "data":{ "to" : ["x", {"n":null}]}, "a":[] , "\u0065":2} "#;
        for (over, expected) in [
            ("b=2", body.replace("1.0e99", "2")),
            ("data.to[0]=ada@example.com", body.replace("\"x\"", "\"ada@example.com\"")),
            ("data.to[1].n={\"deep\": true}", body.replace("null", "{\"deep\": true}")),
            ("data.to=\"12\"", body.replace("[\"x\", {\"n\":null}]", "\"12\"")),
            ("e=3", body.replace(":2}", ":3}")),
            ("new=", body.replace(":2}", ":2,\"new\":\"\"}")),
        ] {
            assert_eq!(set(body, over).unwrap(), expected, "{over}");
        }
        assert_eq!(set("{}", "a=1").unwrap(), r#"{"a":1}"#);
        assert_eq!(set("[[1]]", "[0][0]=2").unwrap(), "[[2]]");
    }

    #[test]
    fn what_is_not_there_is_named() {
        let body = r#"{"data":{"to":["x"]}}"#;
        for (over, said) in [
            ("data.bounce.type=hard", "no such path: data.bounce"),
            ("data.to.x=1", "data.to is an array: select an element"),
            ("data.to[0].x=1", "data.to[0] is not an object"),
            ("data.to[1]=1", "data.to has 1 elements"),
            ("data[0]=1", "data is not an array"),
            ("[0]=1", "the body is not an array"),
            ("data", "expected PATH=VALUE"),
            ("data..to=1", "missing name in the path data..to"),
            ("=1", "missing name in the path "),
            ("data.to[x]=1", "to[x] is not a name followed by an index"),
            ("data.to[0=1", "to[0 is not a name followed by an index"),
        ] {
            let error = set(body, over).unwrap_err();
            assert!(error.to_string().starts_with(said), "{over}: {error}");
        }
        assert!(set("no json", "a=1").is_err());
    }
}
