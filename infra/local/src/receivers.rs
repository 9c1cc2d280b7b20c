//! The receivers of every provider behind one HTTP server, as API Gateway puts them behind one address.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::TryStreamExt;
use ingestion::Receiver;
use ingestion::clock::Clock;
use ingestion::log::Log;
use ingestion::notifier::{Notifier, Topics};
use ingestion::secrets::Secrets;
use ingestion::store::Store;
use normalization::ProviderName;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::engines::AnnouncementBook;
use crate::page::{self, Door, Page, Seen};
use crate::token::Token;

/// Bytes of a body that are kept: more than a receiver takes, so that the receiver itself says that it is too
/// much. What comes after them is read and dropped: who is still sending does not hear an answer.
const KEPT_BODY: usize = 6 * 1024 * 1024 + 1024;

/// How long requests that have begun may take when the server stops: as long as a webhook's three calls.
const STOPPING: Duration = Duration::from_secs(10);

/// Takes the log's lines: one JSON object for each request.
pub type Lines = Arc<dyn Fn(&Value) + Send + Sync>;

/// An answer, and the log's line about it.
type Answered = (lambda_http::Response<lambda_http::Body>, Value);
type Answering = Pin<Box<dyn Future<Output = Answered> + Send>>;
type Receive = Box<dyn Fn(lambda_http::Request) -> Answering + Send + Sync>;

/// What the receivers and their page are made of.
pub(crate) struct Parts {
    pub(crate) secrets: BTreeMap<ProviderName, Secrets>,
    pub(crate) store: Store,
    pub(crate) notifier: Notifier,
    pub(crate) topics: Topics,
    pub(crate) announced: AnnouncementBook,
    pub(crate) clock: Clock,
    pub(crate) lines: Lines,
    pub(crate) page_token: Token,
}

/// The running server. It stops when this is dropped.
pub(crate) struct Receivers {
    url: String,
    page_url: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Receivers {
    /// Serves on this port of 127.0.0.1; 0 is any free one.
    pub(crate) async fn start(port: u16, parts: Parts) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.with_context(|| {
            format!("cannot listen on 127.0.0.1:{port}: choose another port with --port, 0 for any free one")
        })?;
        let address = listener.local_addr()?;
        let url = format!("http://{address}");
        let door = Door::new(address.port(), parts.page_token.clone());
        let page_url = door.page_url();
        let page = Arc::new(parts.page(&url));
        // What is posted to `/` is a webhook whose path was forgotten.
        let router = Router::new()
            .route("/", page::index(&door).fallback(receive))
            .fallback(receive)
            .with_state(Arc::new(Routes::new(&parts, Arc::clone(&page))))
            .merge(page::router(Arc::clone(&page), &door));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            let server = axum::serve(listener, router).with_graceful_shutdown(async move {
                // Resolves also when the other half is dropped.
                drop(stopped.await);
                page.stop();
            });
            // It ends when it is told to, and has nothing to say then.
            drop(server.await);
        });
        Ok(Self { url, page_url, stop, serving })
    }

    pub(crate) fn page_url(&self) -> &str {
        &self.page_url
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Takes nothing new, and waits for what has begun.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        drop(tokio::time::timeout(STOPPING, self.serving).await);
    }
}

impl Parts {
    fn page(&self, url: &str) -> Page {
        Page::new(
            url.to_owned(),
            self.store.clone(),
            self.topics.clone(),
            self.announced.clone(),
            self.secrets.clone(),
            self.clock.clone(),
        )
    }
}

struct Routes {
    receivers: BTreeMap<ProviderName, Receive>,
    lines: Lines,
    clock: Clock,
    page: Arc<Page>,
}

impl Routes {
    fn new(parts: &Parts, page: Arc<Page>) -> Self {
        let receivers =
            ProviderName::ALL.iter().map(|&provider| (provider, receiver(provider, parts))).collect();
        Self { receivers, lines: Arc::clone(&parts.lines), clock: parts.clock.clone(), page }
    }

    /// The receiver of a path that ends with `/webhooks/<provider>`: here the path tells the providers apart.
    fn of(&self, path: &str) -> Option<(ProviderName, &Receive)> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let (before, provider) = path.rsplit_once('/')?;
        let provider = before.ends_with("/webhooks").then_some(provider)?;
        let provider = provider.parse().ok()?;
        Some((provider, self.receivers.get(&provider)?))
    }

    /// Answers a request that is for no receiver.
    fn stray(&self, path: &str) -> Answered {
        let line = stray(StatusCode::NOT_FOUND.as_u16(), path);
        (self.lines)(&line);
        let body = json!({"error": "no webhook is received at this path"});
        let mut response = lambda_http::Response::new(lambda_http::Body::Text(body.to_string()));
        *response.status_mut() = StatusCode::NOT_FOUND;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        (response, line)
    }
}

/// Makes the receiver of a provider.
fn receiver(provider: ProviderName, parts: &Parts) -> Receive {
    let Parts { secrets, store, notifier, clock, lines, .. } = parts;
    let secrets = secrets.get(&provider).cloned().unwrap_or_else(|| Secrets::fixed(""));
    let (store, notifier, clock) = (store.clone(), notifier.clone(), clock.clone());
    let lines = Arc::clone(lines);
    Box::new(move |request| {
        // One for each request, so that its line is known to be about this one.
        let said = Arc::new(OnceLock::new());
        let receiver = Receiver::new(
            provider.provider(),
            secrets.clone(),
            store.clone(),
            notifier.clone(),
            clock.clone(),
            log(Arc::clone(&lines), Arc::clone(&said)),
        )
        .without_time_limits();
        Box::pin(async move {
            let answer = receiver.receive(request).await;
            (answer, said.get().cloned().unwrap_or_default())
        })
    })
}

/// A log that also keeps the line of its only request.
fn log(lines: Lines, said: Arc<OnceLock<Value>>) -> Log {
    Log::from(move |line: &Value| {
        lines(line);
        said.get_or_init(|| line.clone());
    })
}

async fn receive(State(routes): State<Arc<Routes>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = read(body).await;
    let seen = Seen {
        at: routes.clock.now(),
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        headers: head.headers.clone(),
        body: body.clone(),
    };
    let (provider, (answer, line)) = match routes.of(head.uri.path()) {
        Some((provider, receive)) => {
            let body = lambda_http::Body::Binary(body);
            let request = lambda_http::Request::from_parts(head, body);
            (Some(provider), receive(request).await)
        }
        None => (None, routes.stray(head.uri.path())),
    };
    routes.page.observe(provider, &seen, &line).await;
    answer.map(Body::new)
}

/// The line of a request that is for no receiver. Its path is often one of ours with a mistake in it, so the line
/// names it; but not one that could hold an address.
fn stray(status: u16, path: &str) -> Value {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_.-".contains(&byte);
    if path.bytes().all(plain) {
        json!({"outcome": "not_found", "status": status, "path": path})
    } else {
        json!({"outcome": "not_found", "status": status})
    }
}

/// Reads a body. One that breaks off is handed on as far as it came: no signature is right for it.
async fn read(body: Body) -> Vec<u8> {
    let mut chunks = body.into_data_stream();
    let mut kept = Vec::new();
    while let Ok(Some(chunk)) = chunks.try_next().await {
        let room = KEPT_BODY.saturating_sub(kept.len()).min(chunk.len());
        kept.extend_from_slice(chunk.get(..room).unwrap_or_default());
    }
    kept
}
