//! Records an event in the table, and announces a bounce.

use std::collections::HashMap;
use std::io::Write;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use aws_sdk_sns::types::MessageAttributeValue;
use flate2::{Compression, write::ZlibEncoder};
use lambda_http::Error;
use serde_json::{Value, json};

const KEPT: Duration = Duration::from_secs(180 * 86_400);

pub struct Store {
    dynamodb: aws_sdk_dynamodb::Client,
    sns: aws_sdk_sns::Client,
    table: String,
    topics: [String; 2],
}

impl Store {
    pub fn new(config: &SdkConfig) -> Result<Self, Error> {
        Ok(Self {
            dynamodb: aws_sdk_dynamodb::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            table: std::env::var("TABLE_NAME")?,
            topics: [std::env::var("BOUNCES_TOPIC_ARN")?, std::env::var("ACTIONS_TOPIC_ARN")?],
        })
    }

    /// Returns whether the event is new. A known event that still has the outbox mark was not announced.
    pub async fn record(&self, webhook: &Value, raw: &[u8]) -> Result<bool, Error> {
        let data = &webhook["data"];
        let due = webhook["type"] == "outbound.bounced";
        let kind = if due { "email.bounced" } else { "email.delivered" };
        let id = text(&webhook["id"]);
        let event = json!({
            "id": format!("jetemail:{id}"), "type": kind, "time": webhook["created_at"], "recipient": data["to"],
            "subject": data["subject"], "from": data["from"],
        });
        let pk = AttributeValue::S(format!("jetemail#{}", text(&data["uid"])));
        let sk = AttributeValue::S(id.to_owned());
        let attributes: HashMap<_, _> = event
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, value)| value.is_string())
            .map(|(name, value)| (name.clone(), AttributeValue::S(text(value).to_owned())))
            .collect();
        let expires = (SystemTime::now() + KEPT).duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
        let put = self
            .dynamodb
            .put_item()
            .table_name(&self.table)
            .item("pk", pk.clone())
            .item("sk", sk.clone())
            .item("event", AttributeValue::M(attributes))
            .item("raw", AttributeValue::B(Blob::new(small(raw)?)))
            .item("expires_at", AttributeValue::N(expires.to_string()))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = if due { put.item("outbox", AttributeValue::S("1".to_owned())) } else { put };
        let is_new = match put.send().await.map_err(|error| error.into_service_error()) {
            Ok(_) => true,
            Err(error) if error.is_conditional_check_failed_exception() => {
                let known = match error {
                    aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(
                        known,
                    ) => known,
                    other => return Err(other.into()),
                };
                if !known.item.is_some_and(|item| item.contains_key("outbox")) {
                    return Ok(false);
                }
                false
            }
            Err(error) => return Err(error.into()),
        };
        if due {
            self.announce(&event, kind).await?;
            self.dynamodb
                .update_item()
                .table_name(&self.table)
                .key("pk", pk)
                .key("sk", sk)
                .update_expression("REMOVE outbox")
                .send()
                .await?;
        }
        Ok(is_new)
    }

    /// Publishes an event on both topics at the same time.
    async fn announce(&self, event: &Value, kind: &str) -> Result<(), Error> {
        let kind = MessageAttributeValue::builder().data_type("String").string_value(kind).build()?;
        futures::future::try_join_all(self.topics.iter().map(|topic| {
            self.sns
                .publish()
                .topic_arn(topic)
                .message(event.to_string())
                .message_attributes("type", kind.clone())
                .send()
        }))
        .await?;
        Ok(())
    }
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Compresses large payloads, because an item can have at most 400 KB.
fn small(raw: &[u8]) -> Result<Vec<u8>, Error> {
    if raw.len() <= 300_000 {
        return Ok(raw.to_vec());
    }
    let mut compressed = ZlibEncoder::new(Vec::new(), Compression::default());
    compressed.write_all(raw)?;
    Ok(compressed.finish()?)
}
