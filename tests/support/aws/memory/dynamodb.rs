//! The operations of DynamoDB that a receiver uses, on one table.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html>

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

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

    /// All items that are events, without the parts of raw payloads.
    pub fn events(&self) -> impl Iterator<Item = &Item> {
        self.items.values().filter(|item| item.contains_key("event"))
    }

    pub(super) fn call(&mut self, operation: &str, body: &str) -> Answer {
        let (request, keys) = checked(operation, body);
        match operation {
            "PutItem" => self.put(&request, keys),
            "GetItem" => self.read(&keys),
            _ => self.settle(&keys),
        }
    }

    fn put(&mut self, request: &Value, keys: (String, String)) -> Answer {
        if let (Some(_), Some(old)) = (request.get("ConditionExpression"), self.items.get(&keys)) {
            return condition_failed(Some(old));
        }
        self.items.insert(keys, item_of(request, "Item").clone());
        (200, "{}".to_owned())
    }

    fn read(&self, keys: &(String, String)) -> Answer {
        let answer = self.items.get(keys).map(|item| json!({"Item": item}));
        (200, answer.unwrap_or_else(|| json!({})).to_string())
    }

    fn settle(&mut self, keys: &(String, String)) -> Answer {
        let Some(item) = self.items.get_mut(keys) else {
            return condition_failed(None);
        };
        item.remove("outbox");
        (200, "{}".to_owned())
    }
}

/// A valid request, and the keys that it names.
pub(super) fn checked(operation: &str, body: &str) -> (Value, (String, String)) {
    let request: Value = serde_json::from_str(body).expect("a request is JSON");
    assert_eq!(request["TableName"], TABLE);
    let sent = item_of(&request, if operation == "PutItem" { "Item" } else { "Key" });
    let keys = (item::text(sent, "pk"), item::text(sent, "sk"));
    item::check_key(&keys.0, &keys.1);
    match operation {
        "PutItem" => {
            item::check(sent);
            let condition = request.get("ConditionExpression");
            assert_eq!(keys.1.contains("#raw/"), condition.is_none());
            if let Some(condition) = condition {
                assert_eq!(condition, "attribute_not_exists(pk)");
                assert_eq!(request["ReturnValuesOnConditionCheckFailure"], "ALL_OLD");
            }
        }
        "GetItem" => assert_eq!(request["ConsistentRead"], true),
        "UpdateItem" => {
            assert_eq!(request["UpdateExpression"], "REMOVE outbox");
            assert_eq!(request["ConditionExpression"], "attribute_exists(pk)");
        }
        other => panic!("a receiver does not call {other}"),
    }
    (request, keys)
}

fn item_of<'r>(request: &'r Value, name: &str) -> &'r Item {
    request[name].as_object().expect("attributes")
}

/// The id and the type of the event in an item.
pub fn event_of(item: &Item) -> (&str, &str) {
    let event = &item["event"]["M"];
    let text = |name: &str| event[name]["S"].as_str().expect("every event has it");
    (text("id"), text("type"))
}

fn condition_failed(old: Option<&Item>) -> Answer {
    let mut body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "The conditional request failed",
    });
    if let Some(old) = old {
        body["Item"] = json!(old);
    }
    (400, body.to_string())
}
