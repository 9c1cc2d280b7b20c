//! A subscriber under development: an HTTP server that shows what it receives and answers with given statuses.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use tokio::sync::{Notify, mpsc};

use crate::server::Server;

/// The status of a subscriber that never answers.
pub const SILENT: u16 = 0;

/// The status of a subscriber that answers 200 when [`Subscriber::release`] is called.
pub const HELD: u16 = 1;

/// A running subscriber.
pub struct Subscriber {
    server: Server,
    received: mpsc::UnboundedReceiver<Received>,
    held: Arc<Notify>,
}

/// A request to a subscriber.
#[derive(Debug)]
pub struct Received {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

struct Script {
    statuses: Mutex<VecDeque<u16>>,
    received: mpsc::UnboundedSender<Received>,
    held: Arc<Notify>,
}

impl Subscriber {
    /// Starts one that answers with these statuses, then with 200.
    pub async fn start(statuses: &[u16]) -> Self {
        let (sender, received) = mpsc::unbounded_channel();
        let held = Arc::<Notify>::default();
        let statuses = Mutex::new(statuses.iter().copied().collect());
        let script = Script { statuses, received: sender, held: Arc::clone(&held) };
        let router = Router::new().fallback(receive).with_state(Arc::new(script));
        Self { server: Server::start(router).await, received, held }
    }

    /// Answers one request that is held.
    pub fn release(&self) {
        self.held.notify_one();
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("{}/sns", self.server.endpoint())
    }

    /// The next request.
    pub async fn next(&mut self) -> Received {
        self.received.recv().await.unwrap()
    }

    /// Whether it has received nothing more.
    pub fn is_empty(&self) -> bool {
        self.received.is_empty()
    }
}

impl Received {
    /// A header as text; empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

async fn receive(State(script): State<Arc<Script>>, request: Request) -> Response {
    assert_eq!(request.method(), "POST");
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let status = script.statuses.lock().unwrap().pop_front().unwrap_or(200);
    script.received.send(Received { headers: head.headers, body }).unwrap();
    if status == SILENT {
        return pending().await;
    }
    let status = if status == HELD {
        script.held.notified().await;
        200
    } else {
        status
    };
    // A redirect leads back here, where it would be received.
    (StatusCode::from_u16(status).unwrap(), [(LOCATION, "/moved")]).into_response()
}
