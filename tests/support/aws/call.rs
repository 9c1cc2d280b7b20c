//! The identity of a call.

use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

use super::text;

/// A service.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Service {
    /// DynamoDB: the table.
    DynamoDb,
    /// SNS: the topics.
    Sns,
    /// Secrets Manager: the signing secrets.
    SecretsManager,
}

/// A call, identified by its content rather than its order: calls that are in flight together may arrive in any order.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Call {
    /// The service that receives it.
    pub service: Service,
    /// The operation, such as `PutItem`.
    pub operation: String,
    /// The subject: an item's keys, a topic, or a shard.
    pub subject: String,
    /// The number of calls with this operation and subject so far, including this one.
    pub occurrence: usize,
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, subject, occurrence, .. } = self;
        write!(formatter, "{operation} [{subject}] #{occurrence}")
    }
}

impl Call {
    /// The first call that asks for this.
    pub(super) fn read(request: &HttpRequest) -> Self {
        let body = text(request.body());
        let (service, operation) = target(request);
        let (operation, subject) = match service {
            Service::DynamoDb => (operation.to_owned(), item_or_shard(operation, body)),
            Service::Sns => {
                let topic = field(body, "TopicArn").rsplit("%3A").next().unwrap_or_default();
                (field(body, "Action").to_owned(), topic.to_owned())
            }
            Service::SecretsManager => (operation.to_owned(), String::new()),
        };
        Self { service, operation, subject, occurrence: 1 }
    }

    /// Whether the call only reads.
    pub fn reads(&self) -> bool {
        ["GetItem", "Query", "Scan"].contains(&self.operation.as_str())
    }

    /// The step of a webhook that it belongs to. Calls of one step are in flight together.
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

/// The service that a request is sent to, and the operation that a header names.
pub(super) fn target(request: &HttpRequest) -> (Service, &str) {
    match request.headers().get("x-amz-target").and_then(|target| target.split_once('.')) {
        Some(("DynamoDB_20120810", operation)) => (Service::DynamoDb, operation),
        Some((_, operation)) => (Service::SecretsManager, operation),
        None => (Service::Sns, ""),
    }
}

fn item_or_shard(operation: &str, body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let keys = |item: &Value| {
        let text = |name: &str| item[name]["S"].as_str().unwrap_or_default();
        format!("{} {}", text("pk"), text("sk"))
    };
    match operation {
        "PutItem" => keys(&body["Item"]),
        "GetItem" | "UpdateItem" | "DeleteItem" => keys(&body["Key"]),
        "Query" => {
            let shard = body["ExpressionAttributeValues"][":shard"]["S"].as_str();
            let shard: usize = shard.and_then(|shard| shard.parse().ok()).unwrap_or(99);
            let limit = body["Limit"].as_u64().unwrap_or_default();
            format!("shard {shard:02} limit {limit:03}")
        }
        _ => String::new(),
    }
}

/// A field of a URL-encoded form.
fn field<'f>(form: &'f str, name: &str) -> &'f str {
    let value = form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_default()
}
