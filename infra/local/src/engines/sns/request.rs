//! Requests: forms of the AWS query protocol, with lists as `name.member.1` and maps as
//! `name.entry.1.Name` (<https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>).

use std::collections::BTreeMap;

use super::protocol::Refusal;

/// A call of `PublishBatch`. A missing string is empty.
pub(super) struct Batch {
    pub(super) topic_arn: String,
    pub(super) entries: Vec<Entry>,
}

/// A message to be published.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) message: String,
    /// The attributes by their number in the request.
    pub(super) attributes: BTreeMap<u32, Attribute>,
}

#[derive(Default)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) data_type: String,
    pub(super) value: String,
}

impl Batch {
    pub(super) fn parse(form: &[u8]) -> Result<Self, Refusal> {
        let mut has_action = false;
        let mut topic_arn = String::new();
        // Members may come in any order.
        let mut entries = BTreeMap::<u32, Entry>::new();
        for (key, value) in form_urlencoded::parse(form) {
            let value = value.into_owned();
            match key.as_ref() {
                "Action" if value == "PublishBatch" => has_action = true,
                "Action" => {
                    let message = format!("the stand-in has no action {value:?}");
                    return Err(Refusal::new("InvalidAction", message));
                }
                "TopicArn" => topic_arn = value,
                "Version" => {}
                // SDKs send this for an empty list.
                "PublishBatchRequestEntries" if value.is_empty() => {}
                key => set(&mut entries, key, value)
                    .ok_or_else(|| Refusal::parameter(format_args!("{key} is unknown to the stand-in")))?,
            }
        }
        if !has_action {
            return Err(Refusal::new("MissingAction", "Action is missing"));
        }
        Ok(Self { topic_arn, entries: entries.into_values().collect() })
    }
}

/// Sets a member of an entry; `None` if the member is unknown.
fn set(entries: &mut BTreeMap<u32, Entry>, key: &str, value: String) -> Option<()> {
    let (number, member) = numbered(key, "PublishBatchRequestEntries.member.")?;
    let entry = entries.entry(number).or_default();
    match member {
        "Id" => entry.id = value,
        "Message" => entry.message = value,
        member => {
            let (number, part) = numbered(member, "MessageAttributes.entry.")?;
            let attribute = entry.attributes.entry(number).or_default();
            match part {
                "Name" => attribute.name = value,
                "Value.DataType" => attribute.data_type = value,
                "Value.StringValue" => attribute.value = value,
                _ => return None,
            }
        }
    }
    Some(())
}

/// Splits `<prefix><number>.<rest>`.
fn numbered<'a>(key: &'a str, prefix: &str) -> Option<(u32, &'a str)> {
    let (number, rest) = key.strip_prefix(prefix)?.split_once('.')?;
    Some((number.parse().ok()?, rest))
}
