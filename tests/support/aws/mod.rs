//! AWS for tests: an HTTP client for the SDK that numbers the calls, applies the injected faults, and sends all other calls
//! to a backend. It opens no socket itself. The fuzzer uses the same client.
//!
//! Calls are numbered in the order in which they arrive, over all services, since the journal was last reset. All attempts
//! that the SDK makes of one call count as one call: they carry the same `amz-sdk-invocation-id`.

mod call;
mod entries;
mod fault;
mod journal;
mod memory;

use std::sync::{Arc, Mutex, MutexGuard};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use tokio::sync::watch;

pub use call::{Call, Service};
pub use fault::{Fault, FaultTiming, Gate, Kind, Target};
use journal::Journal;
pub use memory::{Item, Memory, State, TABLE, Table, Topics, event_of};

/// The backend, which executes all calls without a fault.
pub trait Backend: HttpConnector + 'static {
    /// Checks a request that the backend will not receive against the rules of its service.
    fn check(&self, _: &HttpRequest) {}
}

/// The services. Clones are the same ones.
#[derive(Debug)]
pub struct Aws<B = Memory>(Arc<Shared<B>>);

#[derive(Debug)]
struct Shared<B> {
    backend: B,
    journal: Mutex<Journal>,
    answered: watch::Sender<usize>,
}

impl<B> Aws<B> {
    /// The services of a backend.
    pub fn over(backend: B) -> Self {
        Self(Arc::new(Shared { backend, journal: Mutex::default(), answered: watch::Sender::default() }))
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.0.journal.lock().unwrap()
    }

    /// Forgets all previous calls, and numbers from 0 again.
    pub fn arm(&self) {
        self.journal().arm();
        self.0.answered.send_replace(0);
    }

    /// Waits until the backend has answered this number of calls since the journal was last reset.
    pub async fn answered(&self, calls: usize) {
        let mut answered = self.0.answered.subscribe();
        drop(answered.wait_for(|count| *count >= calls).await.unwrap());
    }

    /// Injects a fault into later calls.
    pub fn inject(&self, fault: Fault) {
        self.journal().faults.push(fault);
    }

    /// Removes the faults that were injected and are not used up.
    pub fn calm(&self) {
        self.journal().faults.clear();
    }

    /// The number of attempts that failed by a fault since the journal was last reset.
    pub fn strikes(&self) -> usize {
        self.journal().strikes
    }

    /// The calls since the journal was last reset, by number.
    pub fn calls(&self) -> Vec<Call> {
        self.journal().calls.clone()
    }

    /// The operations of a service that were called since then, in order.
    pub fn operations(&self, service: Service) -> Vec<String> {
        self.calls().into_iter().filter(|call| call.service == service).map(|call| call.operation).collect()
    }

    /// The number of calls of a service since then.
    pub fn count(&self, service: Service) -> usize {
        self.operations(service).len()
    }

    /// The number of calls with this operation and subject that took effect since then.
    pub fn effects(&self, operation: &str, subject: &str) -> usize {
        let meant = |call: &&Call| call.operation == operation && call.subject == subject;
        self.journal().effects.iter().filter(meant).count()
    }
}

impl<B: Backend> Aws<B> {
    async fn carry_out(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let (call, fault) = self.journal().receive(&request);
        let at = |timing| fault.as_ref().filter(|fault| fault.timing == timing).map(|fault| &fault.kind);
        let (before, after) = (at(FaultTiming::BeforeEffect), at(FaultTiming::AfterEffect));
        if let Some(kind) = before {
            self.0.backend.check(&request);
            if let Some(answer) = kind.spoil(call.service).await {
                return answer;
            }
        }
        let service = call.service;
        let mut response = self.ask(call, request, before).await?;
        match after {
            Some(Kind::Rewrite(rewrite)) => *response.body_mut() = rewrite(text(response.body())).into(),
            Some(kind) => {
                if let Some(answer) = kind.spoil(service).await {
                    return answer;
                }
            }
            None => {}
        }
        Ok(response)
    }

    /// Sends a call to the backend, except the entries of a batch that must fail.
    async fn ask(
        &self,
        call: Call,
        mut request: HttpRequest,
        kind: Option<&Kind>,
    ) -> Result<HttpResponse, ConnectorError> {
        let divided = kind.and_then(|kind| kind.divide(&call, text(request.body())));
        let response = match divided {
            None => self.0.backend.call(request).await?,
            Some(divided) => {
                let whole = match divided.rest.clone() {
                    Some(rest) => {
                        request.headers_mut().insert("content-length", rest.len().to_string());
                        *request.body_mut() = rest.into();
                        self.0.backend.call(request).await?
                    }
                    None => answer(200, entries::NONE),
                };
                answer(200, divided.answer(text(whole.body())))
            }
        };
        self.0.answered.send_modify(|count| *count += 1);
        if response.status().as_u16() == 200 {
            self.journal().effects.push(call);
        }
        Ok(response)
    }
}

fn text(body: &SdkBody) -> &str {
    let body = body.bytes().expect("nothing here is a stream");
    std::str::from_utf8(body).expect("JSON, forms and XML are text")
}

fn answer(status: u16, body: impl Into<SdkBody>) -> HttpResponse {
    HttpResponse::new(status.try_into().expect("a status of ours is one"), body.into())
}

impl<B> Clone for Aws<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B: Backend> HttpConnector for Aws<B> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().carry_out(request))
    }
}

impl<B: Backend> HttpClient for Aws<B> {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
