//! The services as an HTTP client that answers by itself, in virtual time: real servers and a clock that stands
//! still do not go together. What it knows of DynamoDB is a put on the condition that there is nothing, and an update
//! that takes the mark away; the engines of the other tests judge the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::config::RuntimeComponents;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// How a service answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Answers {
    /// Not at all.
    Never,
    /// With 500.
    Failure,
    /// That it is asked too much.
    Throttled,
    /// As it should.
    Fine,
}

/// The three services.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    dynamodb: Answers,
    sns: Answers,
    secrets_manager: Answers,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    latency: Duration,
    hanging: Option<String>,
    items: BTreeMap<(String, String), Value>,
    announced: BTreeSet<String>,
    calls: usize,
}

impl Services {
    /// Services that answer so.
    pub(crate) fn answering(dynamodb: Answers, sns: Answers, secrets_manager: Answers) -> Self {
        Self { dynamodb, sns, secrets_manager, state: Arc::default() }
    }

    /// Each call takes so long, and has its effect half-way.
    pub(crate) fn take(&self, latency: Duration) {
        self.state.lock().unwrap().latency = latency;
    }

    /// Calls with this text in them are not answered, and have no effect.
    pub(crate) fn hang(&self, text: &str) {
        self.state.lock().unwrap().hanging = Some(text.to_owned());
    }

    /// How many calls were begun.
    pub(crate) fn calls(&self) -> usize {
        self.state.lock().unwrap().calls
    }

    /// How many events are in the table.
    pub(crate) fn recorded(&self) -> usize {
        self.state.lock().unwrap().items.len()
    }

    /// How many of them wait to be announced.
    pub(crate) fn waiting(&self) -> usize {
        let state = self.state.lock().unwrap();
        let waits = |item: &&Value| item.get("outbox").is_some();
        state.items.values().filter(waits).count()
    }

    /// How many different events were announced.
    pub(crate) fn announced(&self) -> usize {
        self.state.lock().unwrap().announced.len()
    }

    async fn answer(self, target: String, body: String) -> (u16, String) {
        let (service, operation) = target.rsplit_once('.').unwrap_or(("SNS", "PublishBatch"));
        let answers = match service {
            "DynamoDB_20120810" => self.dynamodb,
            "secretsmanager" => self.secrets_manager,
            _ => self.sns,
        };
        let (latency, hangs) = {
            let state = self.state.lock().unwrap();
            let hanging = state.hanging.as_ref();
            (state.latency, hanging.is_some_and(|text| body.contains(text)))
        };
        pass(latency / 2).await;
        let answer = match answers {
            _ if hangs => pending().await,
            Answers::Never => pending().await,
            Answers::Failure => (500, "{}".to_owned()),
            Answers::Throttled if service == "SNS" => (400, error_of_sns("Throttling")),
            Answers::Throttled => (400, json!({"__type": "ThrottlingException"}).to_string()),
            Answers::Fine => self.state.lock().unwrap().carry_out(operation, &body),
        };
        pass(latency / 2).await;
        answer
    }
}

/// Lets virtual time go by.
async fn pass(time: Duration) {
    drop(tokio::time::timeout(time, pending::<()>()).await);
}

fn error_of_sns(code: &str) -> String {
    format!("<ErrorResponse><Error><Code>{code}</Code><Message/></Error></ErrorResponse>")
}

impl State {
    fn carry_out(&mut self, operation: &str, body: &str) -> (u16, String) {
        let request: Value = serde_json::from_str(body).unwrap_or_default();
        let key = |item: &Value| {
            let text = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
            (text("pk"), text("sk"))
        };
        match operation {
            "PutItem" => {
                let item = request["Item"].clone();
                if let Some(old) = self.items.get(&key(&item)) {
                    let refusal = json!({"__type": "ConditionalCheckFailedException", "Item": old});
                    return (400, refusal.to_string());
                }
                self.items.insert(key(&item), item);
                (200, "{}".to_owned())
            }
            "UpdateItem" => {
                let item = self.items.get_mut(&key(&request["Key"])).unwrap();
                item.as_object_mut().unwrap().remove("outbox");
                (200, "{}".to_owned())
            }
            "PublishBatch" => (200, self.publish(body)),
            other => panic!("{other} is not expected"),
        }
    }

    /// Takes every entry. An event is told by its recipient, of which each has its own.
    fn publish(&mut self, body: &str) -> String {
        let mut successful = String::new();
        for (name, value) in form_urlencoded::parse(body.as_bytes()) {
            if name.ends_with(".Id") {
                let parts = ["<member><Id>", &value, "</Id><MessageId>m</MessageId></member>"];
                successful.extend(parts);
            } else if name.ends_with(".Message") {
                let message: Value = serde_json::from_str(&value).unwrap();
                let id = message["id"].as_str().unwrap().to_owned();
                self.announced.insert(id);
            }
        }
        format!(
            "<PublishBatchResponse><PublishBatchResult><Successful>{successful}</Successful><Failed/>\
             </PublishBatchResult></PublishBatchResponse>"
        )
    }
}

impl HttpConnector for Services {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let services = self.clone();
        self.state.lock().unwrap().calls += 1;
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let target = target.to_owned();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap()).into_owned();
        HttpConnectorFuture::new(async move {
            let (status, text) = services.answer(target, body).await;
            let status = StatusCode::try_from(status).unwrap();
            Ok(HttpResponse::new(status, SdkBody::from(text)))
        })
    }
}

impl HttpClient for Services {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
