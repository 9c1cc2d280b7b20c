//! AWS without sockets: it answers at once, keeps what it is told, and holds every request to the rules of the
//! service that would get it.

mod dynamodb;
mod item;
mod sns;

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use ingestion::aws::{Access, Clients};

use crate::plan::{Fault, Plan};

pub(crate) use dynamodb::{Item, TABLE, Table, event_of};
pub(crate) use sns::Topics;

/// The services. Clones are the same ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aws(Arc<Mutex<State>>);

/// What the services know.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The table of events.
    pub(crate) table: Table,
    /// What was announced.
    pub(crate) topics: Topics,
    /// How many calls there were.
    pub(crate) calls: usize,
    /// How many of them met a fault.
    pub(crate) faults: usize,
    plan: Option<Plan>,
}

/// What a service says: the status, and the body.
type Answer = (u16, String);

impl Aws {
    /// Clients of these services, as the receivers have them.
    pub(crate) fn clients(&self) -> Clients {
        let endpoint = |name: &str| Some(format!("http://{name}"));
        let access = Access {
            region: "eu-central-1".to_owned(),
            access_key_id: "fuzz".to_owned(),
            secret_access_key: "fuzz".to_owned(),
            session_token: None,
            dynamodb_endpoint: endpoint("dynamodb"),
            sns_endpoint: endpoint("sns"),
            secrets_manager_endpoint: endpoint("secretsmanager"),
            time_limits: true,
        };
        Clients::over(&access, self.clone())
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) {
        *self.state() = State::default();
    }

    /// Counts calls and faults anew, with the faults of this plan, if any.
    pub(crate) fn expect_calls(&self, plan: Option<Plan>) {
        let mut state = self.state();
        state.calls = 0;
        state.faults = 0;
        state.plan = plan;
    }

    /// What the services know now.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl HttpClient for Aws {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Aws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut state = self.state();
        let fault = state.plan.and_then(|plan| plan.fault(state.calls));
        state.calls += 1;
        state.faults += usize::from(fault.is_some());
        match fault {
            Some(Fault::Silent) => return HttpConnectorFuture::new(pending()),
            Some(Fault::Lost) => return HttpConnectorFuture::ready(Err(lost())),
            _ => {}
        }
        let answer = state.answer(&request, fault);
        HttpConnectorFuture::ready(match fault {
            Some(Fault::LostAnswer) => Err(lost()),
            Some(Fault::Garbled) => Ok(response((200, "{\"<".to_owned()))),
            _ => Ok(response(answer)),
        })
    }
}

impl State {
    fn answer(&mut self, request: &HttpRequest, fault: Option<Fault>) -> Answer {
        let body = request.body().bytes().expect("the SDK sends no stream");
        let body = std::str::from_utf8(body).expect("JSON and forms are text");
        match request.headers().get("x-amz-target") {
            Some(target) => {
                let operation = target.strip_prefix("DynamoDB_20120810.");
                self.table.call(operation.expect("DynamoDB"), body, fault)
            }
            None => self.topics.call(body, fault),
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
