//! The validation rules of SNS and their error codes, as recorded from the service in
//! <https://github.com/localstack/localstack/blob/main/tests/aws/services/sns/test_sns.snapshot.json>
//! (read 2026-11-22).

use std::collections::BTreeSet;

use super::protocol::Refusal;
use super::request::{Attribute, Entry};
use ingestion::notifier::Topic;

/// Largest batch in bytes, all messages with their attributes, for a topic with the default `MaximumMessageSize`
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

const ARN_PREFIX: &str = "arn:aws:sns:us-east-1:000000000000:";

/// The ARN of the topic with this name.
pub(crate) fn topic_arn(name: &str) -> String {
    format!("{ARN_PREFIX}{name}")
}

/// The name of the topic with this ARN, which must exist.
pub(super) fn topic(arn: &str) -> Result<&str, Refusal> {
    let elements = arn.split(':').count();
    if elements < 6 {
        return Err(Refusal::parameter(format_args!(
            "TopicArn Reason: An ARN must have at least 6 elements, not {elements}"
        )));
    }
    arn.strip_prefix(ARN_PREFIX)
        .filter(|name| Topic::ALL.iter().any(|topic| topic.name() == *name))
        .ok_or_else(|| Refusal::new("NotFound", "Topic does not exist"))
}

/// Checks the entries of a batch. One invalid message rejects the whole batch, as in SNS.
pub(super) fn entries(entries: &[Entry]) -> Result<(), Refusal> {
    let about_ids = [
        (entries.is_empty(), "EmptyBatchRequest", "The batch request doesn't contain any entries."),
        (
            entries.len() > MAXIMUM_ENTRIES,
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.",
        ),
        (
            !entries.iter().all(|entry| entry.id.len() <= MAXIMUM_ID && is_word(&entry.id)),
            "InvalidBatchEntryId",
            "The Id of a batch entry in a batch request doesn't abide by the specification.",
        ),
        (
            distinct(entries.iter().map(|entry| &entry.id)) < entries.len(),
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        ),
    ];
    if let Some((_, code, message)) = about_ids.into_iter().find(|(broken, ..)| *broken) {
        return Err(Refusal::new(code, message));
    }
    entries.iter().try_for_each(content)?;
    if entries.iter().map(size).sum::<usize>() > MAXIMUM_BYTES {
        return Err(Refusal::new(
            "BatchRequestTooLong",
            "The length of all the messages put together is more than the limit.",
        ));
    }
    Ok(())
}

fn content(entry: &Entry) -> Result<(), Refusal> {
    if entry.message.is_empty() {
        return Err(Refusal::parameter("Empty message"));
    }
    let names = entry.attributes.values().map(|attribute| &attribute.name);
    if distinct(names) < entry.attributes.len() {
        return Err(Refusal::new("ParameterValueInvalid", "Message attribute names must be distinct."));
    }
    entry.attributes.values().try_for_each(attribute)
}

/// The size of an entry in bytes. Every part of an attribute counts
/// (<https://docs.aws.amazon.com/sns/latest/api/API_MessageAttributeValue.html>).
fn size(entry: &Entry) -> usize {
    let attributes = entry.attributes.values();
    let attributes =
        attributes.map(|Attribute { name, data_type, value }| name.len() + data_type.len() + value.len());
    entry.message.len() + attributes.sum::<usize>()
}

/// Accepts the type `String` only: mailhooks uses no other type.
fn attribute(Attribute { name, data_type, value }: &Attribute) -> Result<(), Refusal> {
    let problem = if !is_attribute_name(name) {
        "its name is empty, too long or reserved, or has another character than letters, digits, '_', '-' and \
         single dots"
    } else if data_type != "String" {
        "the stand-in takes the type String only"
    } else if value.is_empty() {
        "it must contain a non-empty value"
    } else {
        return Ok(());
    };
    Err(Refusal::new("ParameterValueInvalid", format!("The message attribute '{name}': {problem}")))
}

fn is_attribute_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    name.len() <= MAXIMUM_ATTRIBUTE_NAME
        && !["aws.", "amazon."].iter().any(|reserved| lower.starts_with(reserved))
        // A leading, trailing or double dot makes an empty part.
        && name.split('.').all(is_word)
}

/// Whether the text has only letters, digits, hyphens and underscores, and at least one.
fn is_word(text: &str) -> bool {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.bytes().all(is_usual)
}

fn distinct<'a>(texts: impl Iterator<Item = &'a String>) -> usize {
    texts.collect::<BTreeSet<_>>().len()
}
