//! A stand-in for SQS: the two calls that the tool makes, in its JSON protocol. Any other action or parameter is refused.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html>,
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::server::Server;

/// The ARN of the only queue.
pub const QUEUE_ARN: &str = "arn:aws:sqs:eu-west-1:123456789012:new-consumer";

/// The URL of the queue.
const QUEUE_URL: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/new-consumer";

/// Entries of one call.
const MAX_ENTRIES: usize = 10;

/// Bytes of all messages and attributes of one call: 1 MiB.
const MAX_BYTES: usize = 1_048_576;

/// A running stand-in.
pub struct Sqs {
    server: Server,
    state: Arc<Mutex<Queue>>,
}

/// The queue, and what it does with messages.
#[derive(Default)]
pub struct Queue {
    /// The messages that it took, in order.
    pub messages: Vec<Message>,
    /// The number of entries of each call that it took.
    pub batches: Vec<usize>,
    /// Texts: the next entry whose body contains one fails.
    pub fails: Vec<String>,
    /// Texts: a call with an entry whose body contains one is refused as a whole.
    pub spoils: Vec<String>,
}

/// A message in the queue.
pub struct Message {
    /// The body as JSON.
    pub body: Value,
    /// The message attributes by name.
    pub attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GetQueueUrl {
    queue_name: String,
    queue_owner_a_w_s_account_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct SendMessageBatch {
    queue_url: String,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Entry {
    id: String,
    message_body: String,
    message_attributes: BTreeMap<String, Attribute>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Attribute {
    string_value: String,
    data_type: String,
}

impl Sqs {
    /// Starts a stand-in with an empty queue.
    pub async fn start() -> Self {
        let state: Arc<Mutex<Queue>> = Arc::default();
        let server = Server::start(Router::new().fallback(answer).with_state(Arc::clone(&state))).await;
        Self { server, state }
    }

    /// Its address.
    pub fn endpoint(&self) -> &str {
        self.server.endpoint()
    }

    /// The queue.
    pub fn queue(&self) -> MutexGuard<'_, Queue> {
        self.state.lock().unwrap()
    }
}

async fn answer(State(state): State<Arc<Mutex<Queue>>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let operation = headers["x-amz-target"].to_str().unwrap();
    let outcome = match operation {
        "AmazonSQS.GetQueueUrl" => read(&body).and_then(|request| find(&request)),
        "AmazonSQS.SendMessageBatch" => {
            read(&body).and_then(|request| send(&mut state.lock().unwrap(), request))
        }
        _ => Err("InvalidAction"),
    };
    let (status, answer) = match outcome {
        Ok(answer) => (200, answer),
        Err(code) => (400, json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": "refused"})),
    };
    let answer = Body::from(answer.to_string());
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .body(answer)
        .unwrap()
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, &'static str> {
    serde_json::from_slice(body).map_err(|_| "InvalidParameterValue")
}

fn find(request: &GetQueueUrl) -> Result<Value, &'static str> {
    let GetQueueUrl { queue_name, queue_owner_a_w_s_account_id: account } = request;
    let is_ours = QUEUE_ARN.ends_with(&format!(":{account}:{queue_name}"));
    is_ours.then(|| json!({"QueueUrl": QUEUE_URL})).ok_or("QueueDoesNotExist")
}

fn send(queue: &mut Queue, request: SendMessageBatch) -> Result<Value, &'static str> {
    let SendMessageBatch { queue_url, entries } = request;
    check(&queue_url, &entries)?;
    if entries.iter().any(|entry| queue.spoils.iter().any(|text| entry.message_body.contains(text))) {
        return Err("InvalidMessageContents");
    }
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    queue.batches.push(entries.len());
    for Entry { id, message_body, message_attributes } in entries {
        if let Some(at) = queue.fails.iter().position(|text| message_body.contains(text)) {
            queue.fails.remove(at);
            failed.push(
                json!({"Id": id, "SenderFault": false, "Code": "InternalError", "Message": "injected"}),
            );
            continue;
        }
        let attributes = message_attributes.into_iter().map(|(name, value)| (name, value.string_value));
        queue.messages.push(Message {
            body: serde_json::from_str(&message_body).unwrap(),
            attributes: attributes.collect(),
        });
        // The client of the SDK does not compare the digest.
        successful
            .push(json!({"Id": id, "MessageId": queue.messages.len().to_string(), "MD5OfMessageBody": "-"}));
    }
    Ok(json!({"Successful": successful, "Failed": failed}))
}

fn check(queue_url: &str, entries: &[Entry]) -> Result<(), &'static str> {
    let is_allowed = |c: char| !c.is_control() && c != '\u{fffe}' && c != '\u{ffff}' || "\t\n\r".contains(c);
    let ids: BTreeSet<_> = entries.iter().map(|entry| &entry.id).collect();
    let attributes = || entries.iter().flat_map(|entry| &entry.message_attributes);
    let bodies = entries.iter().map(|entry| entry.message_body.len()).sum::<usize>();
    let of_attributes =
        attributes().map(|(name, value)| name.len() + value.data_type.len() + value.string_value.len());
    let code = match () {
        () if queue_url != QUEUE_URL => "QueueDoesNotExist",
        () if entries.is_empty() => "EmptyBatchRequest",
        () if entries.len() > MAX_ENTRIES => "TooManyEntriesInBatchRequest",
        () if ids.len() < entries.len() => "BatchEntryIdsNotDistinct",
        () if bodies + of_attributes.sum::<usize>() > MAX_BYTES => "BatchRequestTooLong",
        () if entries.iter().any(|entry| !entry.message_body.chars().all(is_allowed)) => {
            "InvalidMessageContents"
        }
        () if attributes().any(|(_, value)| value.string_value.is_empty() || value.data_type != "String") => {
            "InvalidParameterValue"
        }
        () => return Ok(()),
    };
    Err(code)
}
