//! The receivers of all providers behind one HTTP server, as API Gateway serves them at one address.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::TryStreamExt;
use ingestion::log::Log;
use ingestion::secrets::Secrets;
use ingestion::{Handled, Receiver, RedriveReport};
use normalization::ProviderName;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::page::{self, Door, Page, Sources};
use crate::token::Token;

/// Most bytes kept of a body: more than a receiver accepts, so that the receiver itself rejects it. The rest is read and
/// discarded, because a client that is still sending does not read the answer.
const KEPT_BODY: usize = 6 * 1024 * 1024 + 1024;

/// Time limit for requests in progress when the server stops: that of a webhook's three calls.
const STOPPING: Duration = Duration::from_secs(10);

/// An occurrence on the stack.
pub enum Happened<'a> {
    /// A receiver handled a request.
    Request(&'a Handled),
    /// A request to a path without a receiver. The path is often a misspelled webhook URL, so it is given, unless it could
    /// contain an address.
    Stray {
        /// The status of the answer.
        status: u16,
        /// The path, if it can be shown.
        path: Option<&'a str>,
    },
    /// A redrive announced waiting events, or failed to.
    Redrive(&'a RedriveReport),
}

/// A callback for everything that happens on the stack.
pub type Observer = Arc<dyn Fn(&Happened<'_>) + Send + Sync>;

/// The parts of the receivers and the page.
pub(crate) struct Parts {
    pub(crate) sources: Sources,
    pub(crate) observer: Observer,
    pub(crate) page_token: Token,
}

/// The running server. It stops when this is dropped.
pub(crate) struct Receivers {
    pub(crate) url: String,
    pub(crate) page_url: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Receivers {
    /// Serves on this port of 127.0.0.1; 0 chooses a free one.
    pub(crate) async fn start(port: u16, parts: Parts) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.with_context(|| {
            format!("cannot listen on 127.0.0.1:{port}: choose another --port, or 0 for any free port")
        })?;
        let address = listener.local_addr()?;
        let url = format!("http://{address}");
        let Parts { sources, observer, page_token } = parts;
        let door = Door { port: address.port(), token: page_token };
        let page_url = door.page_url();
        let receivers = ProviderName::ALL.iter().map(|&name| (name, receiver(name, &sources)));
        let receivers = receivers.collect();
        let page = Arc::new(Page::new(url.clone(), None, sources));
        let state = Arc::new(Routes { receivers, observer, page: Arc::clone(&page) });
        // A POST to `/` is a webhook with a missing path.
        let router = Router::new()
            .route("/", page::index(&door).fallback(receive))
            .fallback(receive)
            .with_state(state)
            .merge(page::router(Arc::clone(&page), &door));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            let server = axum::serve(listener, router).with_graceful_shutdown(async move {
                // Also resolves when `stop` is dropped.
                drop(stopped.await);
                page.stop();
            });
            // Runs until shutdown and never returns an error.
            drop(server.await);
        });
        Ok(Self { url, page_url, stop, serving })
    }

    /// Accepts no more requests, and waits for those in progress.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        drop(tokio::time::timeout(STOPPING, self.serving).await);
    }
}

struct Routes {
    receivers: BTreeMap<ProviderName, Receiver>,
    observer: Observer,
    page: Arc<Page>,
}

impl Routes {
    /// The receiver for a path that ends with `/webhooks/<provider>`.
    fn receiver(&self, path: &str) -> Option<&Receiver> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let (before, provider) = path.rsplit_once('/')?;
        let provider = before.ends_with("/webhooks").then_some(provider)?;
        self.receivers.get(&provider.parse().ok()?)
    }

    /// Answers a request to a path without a receiver.
    fn stray(&self, request: &lambda_http::Request) -> lambda_http::Response<lambda_http::Body> {
        let status = StatusCode::NOT_FOUND;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_.-".contains(&byte);
        let path = Some(request.uri().path()).filter(|path| path.bytes().all(is_plain));
        (self.observer)(&Happened::Stray { status: status.as_u16(), path });
        self.page.observe_stray(self.page.sources.clock.now(), status.as_u16(), path, request);
        let body = json!({"error": "no webhook is received at this path"});
        let mut response = lambda_http::Response::new(lambda_http::Body::Text(body.to_string()));
        *response.status_mut() = status;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}

/// The receiver of a provider. It writes no log, because the observer reports its results.
fn receiver(provider: ProviderName, sources: &Sources) -> Receiver {
    Receiver::new(
        provider.provider(),
        sources
            .local
            .as_ref()
            .and_then(|local| local.secrets.get(&provider))
            .cloned()
            .unwrap_or_else(|| Secrets::fixed("")),
        sources.store.clone(),
        sources.notifier.clone(),
        sources.clock.clone(),
        Log::from(|_: &Value| {}),
    )
    .without_time_limits()
}

async fn receive(State(routes): State<Arc<Routes>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = lambda_http::Body::Binary(read(body).await);
    let request = lambda_http::Request::from_parts(head, body);
    let Some(receiver) = routes.receiver(request.uri().path()) else {
        return routes.stray(&request).map(Body::new);
    };
    let handled = receiver.handle(&request).await;
    (routes.observer)(&Happened::Request(&handled));
    routes.page.observe(&request, &handled).await;
    handled.respond().map(Body::new)
}

/// Reads a body. Returns an incomplete one as it is, because its signature cannot match.
async fn read(body: Body) -> Vec<u8> {
    let mut chunks = body.into_data_stream();
    let mut kept = Vec::new();
    while let Ok(Some(chunk)) = chunks.try_next().await {
        let room = KEPT_BODY.saturating_sub(kept.len()).min(chunk.len());
        kept.extend_from_slice(chunk.get(..room).unwrap_or_default());
    }
    kept
}
