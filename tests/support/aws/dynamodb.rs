//! The operations of DynamoDB that a receiver uses, on one table.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html>

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::fault::Fault;
use super::{Answer, item};

/// A table's name.
pub const TABLE: &str = "mailhooks";

/// Attributes by name, each in DynamoDB's JSON.
pub type Item = Map<String, Value>;

/// A table, by partition and sort key.
#[derive(Debug, Default)]
pub struct Table {
    items: BTreeMap<(String, String), Item>,
}

impl Table {
    /// The item with these keys.
    pub fn get(&self, partition_key: &str, sort_key: &str) -> Option<&Item> {
        self.items.get(&(partition_key.to_owned(), sort_key.to_owned()))
    }

    /// Every item that is an event, none that is a part of a raw payload.
    pub fn events(&self) -> impl Iterator<Item = &Item> {
        self.items.values().filter(|item| item.contains_key("event"))
    }

    pub(super) fn call(&mut self, operation: &str, body: &str, fault: Option<Fault>) -> Answer {
        let request: Value = serde_json::from_str(body).expect("a request is JSON");
        assert_eq!(request["TableName"], TABLE);
        let request_keys = match operation {
            "PutItem" => &request["Item"],
            _ => &request["Key"],
        };
        let sent = request_keys.as_object().expect("attributes");
        let keys = (item::text(sent, "pk"), item::text(sent, "sk"));
        item::check_key(&keys.0, &keys.1);
        match fault {
            Some(Fault::Refused) => return error(400, "AccessDeniedException"),
            Some(Fault::Throttled) => return error(400, "ProvisionedThroughputExceededException"),
            Some(Fault::Broken) => return error(500, "InternalServerError"),
            _ => {}
        }
        match operation {
            "PutItem" => self.put(&request, sent, keys, fault == Some(Fault::Partial)),
            "GetItem" => self.read(&request, &keys),
            "UpdateItem" => self.settle(&request, &keys),
            other => panic!("a receiver does not call {other}"),
        }
    }

    fn put(&mut self, request: &Value, sent: &Item, keys: (String, String), unreadable: bool) -> Answer {
        item::check(sent);
        let is_part = keys.1.contains("#raw/");
        assert_eq!(is_part, request.get("ConditionExpression").is_none());
        if let (false, Some(old)) = (is_part, self.items.get(&keys)) {
            assert_eq!(request["ConditionExpression"], "attribute_not_exists(pk)");
            assert_eq!(request["ReturnValuesOnConditionCheckFailure"], "ALL_OLD");
            let mut old = old.clone();
            if unreadable {
                old.insert("event".to_owned(), json!({"M": {"id": {"N": "1"}}}));
            }
            return condition_failed(Some(&old));
        }
        self.items.insert(keys, sent.clone());
        (200, "{}".to_owned())
    }

    fn read(&self, request: &Value, keys: &(String, String)) -> Answer {
        assert_eq!(request["ConsistentRead"], true);
        let answer = self.items.get(keys).map(|item| json!({"Item": item}));
        (200, answer.unwrap_or_else(|| json!({})).to_string())
    }

    fn settle(&mut self, request: &Value, keys: &(String, String)) -> Answer {
        assert_eq!(request["UpdateExpression"], "REMOVE outbox");
        assert_eq!(request["ConditionExpression"], "attribute_exists(pk)");
        let Some(item) = self.items.get_mut(keys) else {
            return condition_failed(None);
        };
        item.remove("outbox");
        (200, "{}".to_owned())
    }
}

/// The id and the type of the event in an item.
pub fn event_of(item: &Item) -> (&str, &str) {
    let event = &item["event"]["M"];
    let text = |name: &str| event[name]["S"].as_str().expect("every event has it");
    (text("id"), text("type"))
}

fn condition_failed(old: Option<&Item>) -> Answer {
    let (status, _) = error(400, "");
    let mut body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "The conditional request failed",
    });
    if let Some(old) = old {
        body["Item"] = json!(old);
    }
    (status, body.to_string())
}

fn error(status: u16, code: &str) -> Answer {
    let kind = format!("com.amazonaws.dynamodb.v20120810#{code}");
    let body = json!({"__type": kind, "message": "ada@example.com is repeated here"});
    (status, body.to_string())
}
