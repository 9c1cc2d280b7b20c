//! What a call is about.

use std::fmt;

use serde_json::Value;

use crate::aws::Service;

/// A call, by what it is and not by when it comes: of calls that are on their way together any may come first.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Call {
    /// Whom it goes to.
    pub service: Service,
    /// The operation, such as `PutItem`.
    pub operation: String,
    /// What it is about: an item's keys, a topic, a shard.
    pub subject: String,
    /// How many calls there were with this operation and subject, this one included.
    pub occurrence: usize,
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, subject, occurrence, .. } = self;
        write!(formatter, "{operation} [{subject}] #{occurrence}")
    }
}

impl Call {
    /// Whether it changes nothing.
    pub fn reads(&self) -> bool {
        ["GetItem", "Query", "Scan"].contains(&self.operation.as_str())
    }

    /// Which step of a webhook it is a part of. Calls of one step are on their way together.
    pub fn step(&self) -> usize {
        let is_part = self.subject.contains(normalization::RAW_PART);
        match self.operation.as_str() {
            "PutItem" if is_part => 1,
            "PutItem" => 2,
            "PublishBatch" => 3,
            "UpdateItem" => 4,
            _ => 0,
        }
    }
}

/// Operation and subject of a call to DynamoDB.
pub(super) fn of_dynamodb(target: &str, body: &[u8]) -> (String, String) {
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let keys = |item: &Value| {
        let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("pk"), text("sk"))
    };
    let subject = match operation.as_str() {
        "PutItem" => keys(&body["Item"]),
        "GetItem" | "UpdateItem" | "DeleteItem" => keys(&body["Key"]),
        "Query" => {
            let shard = body["ExpressionAttributeValues"][":shard"]["S"].as_str();
            let shard: usize = shard.and_then(|shard| shard.parse().ok()).unwrap_or(99);
            let limit = body["Limit"].as_u64().unwrap_or_default();
            format!("shard {shard:02} limit {limit:03}")
        }
        _ => String::new(),
    };
    (operation, subject)
}

/// Operation and subject of a call to SNS: forms of the AWS query protocol.
pub(super) fn of_sns(body: &[u8]) -> (String, String) {
    let form = String::from_utf8_lossy(body);
    let field = |name: &str| {
        let value = form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().to_owned()
    };
    let arn = field("TopicArn");
    let topic = arn.rsplit("%3A").next().unwrap_or_default().to_owned();
    (field("Action"), topic)
}
