//! A proxy in front of the DynamoDB engine that can refuse calls before or after they take effect.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use tokio::net::TcpListener;

/// What goes wrong with one call.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The operation, such as `PutItem`.
    pub operation: &'static str,
    /// What the body of the request must contain.
    pub containing: String,
    /// Whether the call takes effect all the same.
    pub after_effect: bool,
}

/// A running proxy.
pub struct DynamoDbProxy {
    endpoint: String,
    state: Arc<Proxy>,
    server: tokio::task::JoinHandle<()>,
}

struct Proxy {
    target: String,
    agent: ureq::Agent,
    faults: Mutex<VecDeque<Fault>>,
    calls: Mutex<Vec<String>>,
}

impl DynamoDbProxy {
    /// Starts a proxy for the engine at `target`.
    pub async fn start(target: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build();
        let state = Arc::new(Proxy {
            target: target.to_owned(),
            agent: config.new_agent(),
            faults: Mutex::default(),
            calls: Mutex::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(forward)
            .with_state(Arc::clone(&state));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            endpoint,
            state,
            server,
        }
    }

    /// Its address.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Makes a later call fail, once.
    pub fn inject(&self, fault: Fault) {
        self.state.faults.lock().unwrap().push_back(fault);
    }

    /// The operations that were called, in order.
    pub fn calls(&self) -> Vec<String> {
        self.state.calls.lock().unwrap().clone()
    }

    /// How many calls there were.
    pub fn count(&self) -> usize {
        self.state.calls.lock().unwrap().len()
    }
}

impl Drop for DynamoDbProxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn forward(
    State(proxy): State<Arc<Proxy>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let target = headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    proxy.calls.lock().unwrap().push(operation.clone());
    let fault = proxy.take_fault(&operation, &body);
    if fault.as_ref().is_some_and(|fault| !fault.after_effect) {
        return refusal();
    }
    let answer = tokio::task::spawn_blocking(move || proxy.ask(&headers, &body))
        .await
        .unwrap();
    if fault.is_some() { refusal() } else { answer }
}

impl Proxy {
    fn take_fault(&self, operation: &str, body: &[u8]) -> Option<Fault> {
        let body = String::from_utf8_lossy(body);
        let mut faults = self.faults.lock().unwrap();
        let index = faults
            .iter()
            .position(|fault| fault.operation == operation && body.contains(&fault.containing))?;
        faults.remove(index)
    }

    fn ask(&self, headers: &HeaderMap, body: &[u8]) -> Response<Body> {
        let mut request = self.agent.post(&self.target);
        for name in [
            "x-amz-target",
            "content-type",
            "authorization",
            "x-amz-date",
        ] {
            if let Some(value) = headers.get(name) {
                request = request.header(name, value.to_str().unwrap());
            }
        }
        let mut answer = request.send(body).unwrap();
        let status = answer.status();
        let bytes = answer
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_vec()
            .unwrap();
        let response = Response::builder().status(status);
        response
            .header("content-type", "application/x-amz-json-1.0")
            .body(Body::from(bytes))
            .unwrap()
    }
}

/// An error that the SDK does not try again, so that a test need not wait for it to give up.
fn refusal() -> Response<Body> {
    let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#AccessDeniedException","message":"injected"}"#;
    Response::builder()
        .status(400)
        .body(Body::from(body))
        .unwrap()
}
