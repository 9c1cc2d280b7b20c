//! What the service refuses, in its own words where they are known: as recorded from it in
//! <https://github.com/localstack/localstack/blob/main/tests/aws/services/sns/test_sns.snapshot.json>
//! (read 2026-11-22).

use std::collections::BTreeSet;

use axum::http::StatusCode;

use super::protocol::Refusal;
use super::request::{Attribute, Message};

/// Largest message, attributes included, and largest batch, all messages together, of a topic that
/// does not raise its `MaximumMessageSize`
/// (<https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html>).
const MAXIMUM_BYTES: usize = 262_144;

/// Most entries of a batch (<https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html>).
const MAXIMUM_ENTRIES: usize = 10;

/// Longest id of a batch entry
/// (<https://docs.aws.amazon.com/sns/latest/api/API_PublishBatchRequestEntry.html>).
const MAXIMUM_ID: usize = 80;

/// Longest name of a message attribute
/// (<https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html>).
const MAXIMUM_ATTRIBUTE_NAME: usize = 256;

/// Longest name of a topic (<https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html>).
const MAXIMUM_TOPIC_NAME: usize = 256;

const ARN_PREFIX: &str = "arn:aws:sns:us-east-1:000000000000:";

/// The ARN of the topic with this name.
pub(crate) fn topic_arn(name: &str) -> String {
    format!("{ARN_PREFIX}{name}")
}

/// The name of the topic with this ARN, which must exist.
pub(super) fn topic<'a>(topics: &BTreeSet<String>, arn: &'a str) -> Result<&'a str, Refusal> {
    let elements = arn.split(':').count();
    if elements < 6 {
        return Err(Refusal::parameter(format_args!(
            "TopicArn Reason: An ARN must have at least 6 elements, not {elements}"
        )));
    }
    arn.strip_prefix(ARN_PREFIX).filter(|name| topics.contains(*name)).ok_or_else(|| Refusal {
        status: StatusCode::NOT_FOUND,
        code: "NotFound",
        message: "Topic does not exist".to_owned(),
    })
}

pub(super) fn topic_name(name: &str) -> Result<(), Refusal> {
    if is_word(name, MAXIMUM_TOPIC_NAME) {
        return Ok(());
    }
    Err(Refusal::parameter("Topic Name"))
}

pub(super) fn message(message: &Message) -> Result<(), Refusal> {
    content(message)?;
    if size(message) > MAXIMUM_BYTES {
        return Err(Refusal::parameter("Message too long"));
    }
    Ok(())
}

pub(super) fn batch(entries: &[Message]) -> Result<(), Refusal> {
    if entries.is_empty() {
        return Err(Refusal::new("EmptyBatchRequest", "The batch request doesn't contain any entries."));
    }
    if entries.len() > MAXIMUM_ENTRIES {
        return Err(Refusal::new(
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.",
        ));
    }
    if !entries.iter().all(|entry| is_word(&entry.id, MAXIMUM_ID)) {
        return Err(Refusal::new(
            "InvalidBatchEntryId",
            "The Id of a batch entry in a batch request doesn't abide by the specification.",
        ));
    }
    if distinct(entries.iter().map(|entry| &entry.id)) < entries.len() {
        return Err(Refusal::new(
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        ));
    }
    // One bad message refuses the batch, as at the service: only its own faults fail single entries.
    entries.iter().try_for_each(content)?;
    if entries.iter().map(size).sum::<usize>() > MAXIMUM_BYTES {
        return Err(Refusal::new(
            "BatchRequestTooLong",
            "The length of all the messages put together is more than the limit.",
        ));
    }
    Ok(())
}

fn content(message: &Message) -> Result<(), Refusal> {
    if message.text.is_empty() {
        return Err(Refusal::parameter("Empty message"));
    }
    let attributes = &message.attributes;
    attributes.iter().try_for_each(|attribute| attribute_name(&attribute.name))?;
    if distinct(attributes.iter().map(|attribute| &attribute.name)) < attributes.len() {
        return Err(Refusal::attribute("Message attribute names must be distinct."));
    }
    attributes.iter().try_for_each(attribute_value)
}

/// All parts of an attribute count
/// (<https://docs.aws.amazon.com/sns/latest/api/API_MessageAttributeValue.html>), binary ones as they
/// are without Base64.
fn size(message: &Message) -> usize {
    let attributes = message.attributes.iter().map(|attribute| {
        let binary = attribute.binary_value.as_deref().unwrap_or_default();
        attribute.name.len()
            + attribute.data_type.len()
            + attribute.string_value.as_deref().unwrap_or_default().len()
            + binary.trim_end_matches('=').len() * 3 / 4
    });
    message.text.len() + attributes.sum::<usize>()
}

fn attribute_name(name: &str) -> Result<(), Refusal> {
    let lower = name.to_ascii_lowercase();
    let unusual = name
        .chars()
        .find(|character| !(character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.')));
    let message = if name.is_empty() {
        "The message attribute name must not be empty.".to_owned()
    } else if name.len() > MAXIMUM_ATTRIBUTE_NAME {
        "Length of message attribute name must be less than 256 bytes.".to_owned()
    } else if name.starts_with('.') {
        "Invalid message attribute name starting with character '.' was found.".to_owned()
    } else if name.ends_with('.') {
        "Invalid message attribute name ending with character '.' was found.".to_owned()
    } else if let Some(unusual) = unusual {
        format!(
            "Invalid non-alphanumeric character '#x{:X}' was found in the message attribute name. \
             Can only include alphanumeric characters, hyphens, underscores, or dots.",
            u32::from(unusual)
        )
    } else if name.contains("..") {
        "Message attribute name can not have successive '.' character.".to_owned()
    } else if lower.starts_with("aws.") || lower.starts_with("amazon.") {
        "Message attribute name starting with 'AWS.' or 'Amazon.' is reserved.".to_owned()
    } else {
        return Ok(());
    };
    Err(Refusal::attribute(message))
}

fn attribute_value(attribute: &Attribute) -> Result<(), Refusal> {
    let Attribute { name, data_type, string_value, binary_value } = attribute;
    let (field, value, other) = match data_type.as_str() {
        "Binary" => ("Binary", binary_value, string_value),
        "Number" | "String" | "String.Array" => ("String", string_value, binary_value),
        _ => {
            return Err(Refusal::attribute(format!(
                "The message attribute '{name}' has an invalid message attribute type, the set of \
                 supported type prefixes is Binary, Number, and String."
            )));
        }
    };
    let Some(value) = value.as_deref().filter(|value| !value.is_empty()) else {
        return Err(Refusal::attribute(if other.is_some() {
            format!("The message attribute '{name}' with type '{data_type}' must use field '{field}'.")
        } else {
            format!(
                "The message attribute '{name}' must contain non-empty message attribute value for \
                 message attribute type '{data_type}'."
            )
        }));
    };
    if data_type == "Number" && !value.parse::<f64>().is_ok_and(f64::is_finite) {
        return Err(Refusal::attribute(format!(
            "Could not cast message attribute '{name}' value to number."
        )));
    }
    Ok(())
}

/// Whether this is 1 to `longest` letters, digits, hyphens and underscores.
fn is_word(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn distinct<'a>(texts: impl Iterator<Item = &'a String>) -> usize {
    texts.collect::<BTreeSet<_>>().len()
}
