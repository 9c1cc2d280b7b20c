//! AWS without sockets: it answers at once, or after a time, keeps what it is told, and holds every request to the rules of
//! the service that would get it. The fuzzer has the same.

mod dynamodb;
mod fault;
mod item;
mod sns;

use std::fmt;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use ingestion::aws::{Access, Clients};
use serde_json::json;
use tokio::time::timeout;

pub use dynamodb::{Item, TABLE, Table, event_of};
pub use fault::{Call, Fault, Service};
pub use sns::Topics;

/// The services. Clones are the same ones.
#[derive(Clone, Default)]
pub struct Aws(Arc<Mutex<State>>);

/// What the services know.
#[derive(Default)]
pub struct State {
    /// The table of events.
    pub table: Table,
    /// What was announced.
    pub topics: Topics,
    /// How many calls there were.
    pub calls: usize,
    /// How many of them met a fault.
    pub faults: usize,
    latency: Duration,
    plan: Option<Plan>,
}

/// What each call meets.
type Plan = Box<dyn Fn(&Call<'_>) -> Option<Fault> + Send>;

/// What a service says: the status, and the body.
type Answer = (u16, String);

impl Aws {
    /// Clients of these services, as the receivers have them, with the time limits of production. They are in a region of
    /// their own, because the SDK limits retries for each region in a process.
    pub fn clients(&self) -> Clients {
        static REGIONS: AtomicUsize = AtomicUsize::new(1);
        let endpoint = |name: &str| Some(format!("http://{name}").into());
        let access = Access {
            region: format!("eu-central-{}", REGIONS.fetch_add(1, Ordering::Relaxed)),
            access_key_id: "access-key".to_owned().into(),
            secret_access_key: "secret-access-key".to_owned().into(),
            session_token: None.into(),
            dynamodb_endpoint: endpoint("dynamodb"),
            sns_endpoint: endpoint("sns"),
            secrets_manager_endpoint: endpoint("secretsmanager"),
            time_limits: true,
        };
        Clients::over(&access, self.clone())
    }

    /// Forgets everything.
    pub fn reset(&self) {
        *self.state() = State::default();
    }

    /// Counts calls and faults anew, without any fault.
    pub fn calm(&self) {
        let mut state = self.state();
        state.calls = 0;
        state.faults = 0;
        state.plan = None;
    }

    /// Counts calls and faults anew, with the faults of this plan.
    pub fn expect(&self, plan: impl Fn(&Call<'_>) -> Option<Fault> + Send + 'static) {
        self.calm();
        self.state().plan = Some(Box::new(plan));
    }

    /// Each call takes so long, and has its effect half-way.
    pub fn take(&self, latency: Duration) {
        self.state().latency = latency;
    }

    /// What the services know now.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl fmt::Debug for Aws {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Aws")
    }
}

impl HttpClient for Aws {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Aws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let aws = self.clone();
        let (fault, latency) = self.state().begin(&request);
        HttpConnectorFuture::new(async move {
            pass(latency / 2).await;
            match fault {
                Some(Fault::Silent) => return pending().await,
                Some(Fault::Lost) => return Err(lost()),
                _ => {}
            }
            let answer = aws.state().answer(&request, fault);
            pass(latency / 2).await;
            match fault {
                Some(Fault::LostAnswer) => Err(lost()),
                Some(Fault::Garbled) => Ok(response((200, "{\"<".to_owned()))),
                _ => Ok(response(answer)),
            }
        })
    }
}

/// Lets virtual time go by.
async fn pass(time: Duration) {
    if !time.is_zero() {
        drop(timeout(time, pending::<()>()).await);
    }
}

/// Whom a request goes to, and the operation that a header names.
fn target(request: &HttpRequest) -> (Service, &str) {
    match request.headers().get("x-amz-target").and_then(|target| target.split_once('.')) {
        Some(("DynamoDB_20120810", operation)) => (Service::DynamoDb, operation),
        Some((_, operation)) => (Service::SecretsManager, operation),
        None => (Service::Sns, ""),
    }
}

fn body(request: &HttpRequest) -> &str {
    let body = request.body().bytes().expect("the SDK sends no stream");
    std::str::from_utf8(body).expect("JSON and forms are text")
}

impl State {
    fn begin(&mut self, request: &HttpRequest) -> (Option<Fault>, Duration) {
        let (service, _) = target(request);
        let call = Call { number: self.calls, service, body: body(request) };
        let fault = self.plan.as_ref().and_then(|plan| plan(&call));
        self.calls += 1;
        self.faults += usize::from(fault.is_some());
        (fault, self.latency)
    }

    fn answer(&mut self, request: &HttpRequest, fault: Option<Fault>) -> Answer {
        match target(request) {
            (Service::DynamoDb, operation) => self.table.call(operation, body(request), fault),
            (Service::Sns, _) => self.topics.call(body(request), fault),
            (Service::SecretsManager, _) => match fault {
                Some(Fault::Throttled) => (400, json!({"__type": "ThrottlingException"}).to_string()),
                Some(_) => (500, "{}".to_owned()),
                None => panic!("it knows no secret"),
            },
        }
    }
}

fn lost() -> ConnectorError {
    ConnectorError::io("the connection is lost".into())
}

fn response((status, body): Answer) -> HttpResponse {
    let status = status.try_into().expect("a status of ours is one");
    HttpResponse::new(status, SdkBody::from(body))
}
