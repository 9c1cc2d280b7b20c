//! Requests: forms of the AWS query protocol, with lists as `name.member.1` and maps as
//! `name.entry.1.Name` (<https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>).

use std::collections::BTreeMap;

use super::protocol::Refusal;

/// One call.
pub(super) struct Request {
    pub(super) action: Action,
    /// Empty if the call has none, as the other texts.
    pub(super) topic_arn: String,
    pub(super) name: String,
    /// Of `Publish`.
    pub(super) message: Message,
    /// Of `PublishBatch`, in order.
    pub(super) entries: Vec<Message>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Action {
    CreateTopic,
    GetTopicAttributes,
    ListTopics,
    Publish,
    PublishBatch,
}

#[derive(Default)]
pub(super) struct Message {
    /// Within a batch.
    pub(super) id: String,
    pub(super) text: String,
    pub(super) attributes: Vec<Attribute>,
}

#[derive(Default)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) data_type: String,
    pub(super) string_value: Option<String>,
    pub(super) binary_value: Option<String>,
}

impl Request {
    pub(super) fn parse(form: &[u8]) -> Result<Self, Refusal> {
        let mut action = None;
        let mut topic_arn = String::new();
        let mut name = String::new();
        let mut message = Parts::default();
        let mut entries = BTreeMap::<u32, Parts>::new();
        for (key, value) in form_urlencoded::parse(form) {
            let value = value.into_owned();
            match key.as_ref() {
                "Action" => action = Some(Action::parse(&value)?),
                "TopicArn" => topic_arn = value,
                "Name" => name = value,
                "Version" => {}
                // What an SDK writes for a list of none.
                "PublishBatchRequestEntries" if value.is_empty() => {}
                key => {
                    let (parts, member) = match numbered(key, "PublishBatchRequestEntries.member.") {
                        Some((number, member)) => (entries.entry(number).or_default(), member),
                        None => (&mut message, key),
                    };
                    parts.set(member, value)?;
                }
            }
        }
        Ok(Self {
            action: action.ok_or_else(|| Refusal::new("MissingAction", "Action is missing"))?,
            topic_arn,
            name,
            message: message.into(),
            entries: entries.into_values().map(Message::from).collect(),
        })
    }
}

impl Action {
    fn parse(name: &str) -> Result<Self, Refusal> {
        [Self::CreateTopic, Self::GetTopicAttributes, Self::ListTopics, Self::Publish, Self::PublishBatch]
            .into_iter()
            .find(|action| action.name() == name)
            .ok_or_else(|| Refusal::new("InvalidAction", format!("the stand-in has no action {name:?}")))
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CreateTopic => "CreateTopic",
            Self::GetTopicAttributes => "GetTopicAttributes",
            Self::ListTopics => "ListTopics",
            Self::Publish => "Publish",
            Self::PublishBatch => "PublishBatch",
        }
    }

    pub(super) fn publishes(self) -> bool {
        matches!(self, Self::Publish | Self::PublishBatch)
    }
}

/// A message while its parameters come in, in whatever order.
#[derive(Default)]
struct Parts {
    id: String,
    text: String,
    attributes: BTreeMap<u32, Attribute>,
}

impl Parts {
    fn set(&mut self, member: &str, value: String) -> Result<(), Refusal> {
        let unknown = || Refusal::parameter(format_args!("{member} is unknown to the stand-in"));
        match member {
            "Id" => self.id = value,
            "Message" => self.text = value,
            member => {
                let (number, part) = numbered(member, "MessageAttributes.entry.").ok_or_else(unknown)?;
                let attribute = self.attributes.entry(number).or_default();
                match part {
                    "Name" => attribute.name = value,
                    "Value.DataType" => attribute.data_type = value,
                    "Value.StringValue" => attribute.string_value = Some(value),
                    "Value.BinaryValue" => attribute.binary_value = Some(value),
                    _ => return Err(unknown()),
                }
            }
        }
        Ok(())
    }
}

impl From<Parts> for Message {
    fn from(parts: Parts) -> Self {
        Self { id: parts.id, text: parts.text, attributes: parts.attributes.into_values().collect() }
    }
}

/// Splits `<prefix><number>.<rest>`.
fn numbered<'a>(key: &'a str, prefix: &str) -> Option<(u32, &'a str)> {
    let (number, rest) = key.strip_prefix(prefix)?.split_once('.')?;
    Some((number.parse().ok()?, rest))
}
