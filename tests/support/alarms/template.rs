//! Reads the templates as CloudFormation does: parameters, conditions and the functions that the definitions of alarms use.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use std::collections::BTreeMap;
use std::fs;

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value, json};

use crate::files;

/// The member of a value that a template leaves out.
const NO_VALUE: &str = "AWS::NoValue";

/// A template with the values of its parameters.
pub(super) struct Template {
    body: Value,
    parameters: BTreeMap<String, Value>,
}

impl Template {
    /// The template in this file. Parameters that are not given have their defaults.
    pub(super) fn read(file: &str, given: &[(&str, Value)]) -> Self {
        let text = fs::read_to_string(files::root().join(file)).unwrap();
        let body = parse(&text);
        let mut parameters = BTreeMap::new();
        for (name, declared) in body["Parameters"].as_object().unwrap() {
            let value = given.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone());
            let value = value.or_else(|| declared.get("Default").cloned());
            let value = value.unwrap_or_else(|| panic!("{file} needs the parameter {name}"));
            if let Some(allowed) = declared["AllowedValues"].as_array() {
                assert!(allowed.iter().any(|allowed| text_of(allowed) == text_of(&value)), "{name}={value}");
            }
            let is_list = declared["Type"] == "CommaDelimitedList";
            let value = if is_list { text_of(&value).split(',').collect() } else { value };
            parameters.insert(name.clone(), value);
        }
        for (name, _) in given {
            assert!(parameters.contains_key(*name), "{file} has no parameter {name}");
        }
        Self { body, parameters }
    }

    /// The resources of this type that exist with these parameters: their names and properties.
    pub(super) fn resources(&self, of_type: &str) -> Vec<(String, Value)> {
        let resources = self.body["Resources"].as_object().unwrap().iter();
        let exist = resources.filter(|(_, resource)| {
            let exists = resource.get("Condition").is_none_or(|name| self.holds(name.as_str().unwrap()));
            resource["Type"] == of_type && exists
        });
        exist.map(|(name, resource)| (name.clone(), self.resolve(&resource["Properties"]))).collect()
    }

    fn holds(&self, condition: &str) -> bool {
        self.is_true(&self.body["Conditions"][condition])
    }

    fn is_true(&self, condition: &Value) -> bool {
        let (function, argument) = function(condition).unwrap_or_else(|| panic!("no condition: {condition}"));
        let mut each = argument.as_array().into_iter().flatten();
        match function {
            "Condition" => self.holds(argument.as_str().unwrap()),
            "Fn::Not" => !self.is_true(&argument[0]),
            "Fn::And" => each.all(|one| self.is_true(one)),
            "Fn::Or" => each.any(|one| self.is_true(one)),
            "Fn::Equals" => text_of(&self.resolve(&argument[0])) == text_of(&self.resolve(&argument[1])),
            other => panic!("the function {other} of a condition"),
        }
    }

    fn resolve(&self, value: &Value) -> Value {
        if let Some((function, argument)) = function(value) {
            return self.call(function, argument);
        }
        let is_value = |value: &Value| value != NO_VALUE;
        match value {
            Value::Array(items) => items.iter().map(|item| self.resolve(item)).filter(is_value).collect(),
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| (name.clone(), self.resolve(value)));
                Value::Object(members.filter(|(_, value)| is_value(value)).collect())
            }
            other => other.clone(),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Value {
        match function {
            "Ref" => self.reference(argument.as_str().unwrap()),
            // A name stands for the attribute: the alarms only compare it.
            "Fn::GetAtt" => argument.clone(),
            "Fn::If" => {
                let chosen = if self.holds(argument[0].as_str().unwrap()) { 1 } else { 2 };
                self.resolve(&argument[chosen])
            }
            "Fn::Join" => {
                let parts = self.resolve(&argument[1]);
                let parts: Vec<_> = parts.as_array().unwrap().iter().map(text_of).collect();
                parts.join(argument[0].as_str().unwrap()).into()
            }
            "Fn::Sub" => self.substitute(argument).into(),
            other => panic!("the function {other}"),
        }
    }

    fn reference(&self, name: &str) -> Value {
        match name {
            "AWS::StackName" => "stack".into(),
            "AWS::Region" => "eu-central-1".into(),
            // The name of a resource stands for what CloudFormation calls it.
            _ => self.parameters.get(name).cloned().unwrap_or_else(|| name.into()),
        }
    }

    fn substitute(&self, argument: &Value) -> String {
        let (text, own) = match argument {
            Value::String(text) => (text.as_str(), Value::Null),
            _ => (argument[0].as_str().unwrap(), self.resolve(&argument[1])),
        };
        let mut parts = text.split("${");
        let mut made = parts.next().unwrap().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap();
            match (name.strip_prefix('!'), own.get(name)) {
                (Some(literal), _) => made += &["${", literal, "}"].concat(),
                (None, Some(value)) => made += &text_of(value),
                (None, None) => made += &text_of(&self.reference(name)),
            }
            made += rest;
        }
        made
    }
}

/// A value as the text that it is in a parameter.
pub(super) fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn function(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (name, argument) = members.iter().next()?;
    let is_function = name.starts_with("Fn::") || name == "Ref" || name == "Condition";
    is_function.then_some((name.as_str(), argument))
}

fn parse(text: &str) -> Value {
    let mut events = Parser::new_from_str(text).map(|event| event.unwrap().0);
    let begins = events.find(|event| matches!(event, Event::MappingStart(..))).unwrap();
    node(begins, &mut events)
}

fn node<'y>(event: Event<'y>, events: &mut impl Iterator<Item = Event<'y>>) -> Value {
    let (value, tag) = match event {
        Event::Scalar(text, style, _, tag) => {
            let plain = style == ScalarStyle::Plain && tag.is_none();
            let read = plain.then(|| serde_json::from_str::<Value>(&text).ok()).flatten();
            (read.unwrap_or_else(|| text.into_owned().into()), tag)
        }
        Event::SequenceStart(_, _, tag) => {
            let mut items = Vec::new();
            while let Some(next) = following(events, &Event::SequenceEnd) {
                items.push(node(next, events));
            }
            (Value::Array(items), tag)
        }
        Event::MappingStart(_, _, tag) => {
            let mut members = Map::new();
            while let Some(name) = following(events, &Event::MappingEnd) {
                let name = text_of(&node(name, events));
                let value = events.next().unwrap();
                members.insert(name, node(value, events));
            }
            (Value::Object(members), tag)
        }
        other => panic!("{other:?}"),
    };
    match tag.as_ref().map(|tag| tag.suffix()) {
        None => value,
        Some(short @ ("Ref" | "Condition")) => json!({ short: value }),
        Some(short) => json!({ format!("Fn::{short}"): value }),
    }
}

/// The next node of a collection; `None` at its end.
fn following<'y>(events: &mut impl Iterator<Item = Event<'y>>, end: &Event<'_>) -> Option<Event<'y>> {
    events.next().filter(|event| event != end)
}
