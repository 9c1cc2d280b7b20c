//! The live page at `/`: webhooks as they arrive, and the stored events.
//!
//! The page only reads, sends samples and announces events again. Only browsers of the user who started the stack can open it ([`guard`]),
//! even if webhooks arrive through a tunnel.

mod advice;
mod announce;
mod entry;
mod event_detail;
mod feed;
mod find;
mod guard;
mod history;
mod refusals;
mod samples;
mod stream;
mod suppressions;
mod timeline;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use include_dir::{Dir, include_dir};
use ingestion::clock::Clock;
use ingestion::notifier::Notifier;
use ingestion::secrets::Secrets;
use ingestion::store::Store;
use ingestion::suppressions::Suppressions;
use jiff::Timestamp;
use normalization::{EventData, EventType, ProviderName};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::OnceCell;

use crate::engines::Announcements;
use crate::list::Progress;
use timeline::Timeline;

pub(crate) use guard::Door;
pub use guard::cookie_of;
pub use refusals::{PROBE, Refusals, Refused};

/// The files of `infra/local/page`: HTML, styles and scripts.
static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/page");

/// Content security policy: nothing from other origins, nothing inline, and no text turned into markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// Most entries in one answer.
const PAGE_OF_ENTRIES: usize = 1_000;

/// The data sources of the page.
pub(crate) struct Sources {
    pub(crate) store: Store,
    /// The suppression list, if the stack keeps one.
    pub(crate) list: Option<Suppressions>,
    pub(crate) notifier: Notifier,
    pub(crate) clock: Clock,
    /// What only the local stack has; `None` for a deployed one.
    pub(crate) local: Option<LocalSources>,
}

/// What the page knows of the local stack beside its tables.
pub(crate) struct LocalSources {
    pub(crate) list_progress: Progress,
    pub(crate) announced: Arc<Announcements>,
    pub(crate) secrets: BTreeMap<ProviderName, Secrets>,
}

/// The page of one stack.
pub(crate) struct Page {
    /// The name of a deployed stack; `None` for the local one.
    stack: Option<String>,
    url: String,
    pub(crate) sources: Sources,
    started: Timestamp,
    announced_at_start: usize,
    timeline: Arc<Timeline>,
    refused: refusals::Counted,
    history: OnceCell<()>,
}

impl Page {
    pub(crate) fn new(url: String, stack: Option<String>, sources: Sources) -> Self {
        let timeline = Arc::new(Timeline::default());
        let mut announced_at_start = 0;
        if let Some(LocalSources { announced, .. }) = &sources.local {
            announced_at_start = announced.count();
            tokio::spawn(feed::follow(Arc::clone(announced), announced_at_start, Arc::clone(&timeline)));
        }
        Self {
            stack,
            url,
            started: sources.clock.now(),
            sources,
            announced_at_start,
            timeline,
            refused: refusals::Counted::default(),
            history: OnceCell::new(),
        }
    }

    /// The names of the topics that take an event.
    fn due(&self, data: &EventData) -> Vec<String> {
        let topics = self.sources.notifier.topics().of(data);
        topics.map(|(topic, _)| topic.name().to_owned()).collect()
    }

    /// Ends the event streams of open browsers, which would otherwise keep the server running.
    pub(crate) fn stop(&self) {
        self.timeline.stop();
    }
}

/// The route of the page's HTML.
pub(crate) fn index<S: Clone + Send + Sync + 'static>(door: &Door) -> MethodRouter<S> {
    get(|| async { file("index.html") })
        .layer(from_fn_with_state(door.clone(), guard::guard))
        .layer(map_response(harden))
}

/// The routes of the page's assets and API.
pub(crate) fn router(page: Arc<Page>, door: &Door) -> Router {
    Router::new()
        .route("/page/{file}", get(asset))
        .route("/page/api/about", get(about))
        .route("/page/api/entries", get(entries))
        .route("/page/api/stream", get(stream::stream))
        .route("/page/api/event", get(event_detail::event))
        .route("/page/api/raw", get(event_detail::raw))
        .route("/page/api/announce", post(announce::again))
        .route("/page/api/find", get(find::find))
        .route("/page/api/request", get(request))
        .route("/page/api/refusals", get(refusals))
        .route("/page/api/suppressions", get(suppressions::list))
        .route("/page/api/suppression", get(suppressions::address))
        .route("/page/api/samples", get(samples::list))
        .route("/page/api/samples", post(samples::send))
        .layer(from_fn_with_state(door.clone(), guard::guard))
        .layer(map_response(harden))
        .with_state(page)
}

async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn asset(Path(name): Path<String>) -> Response {
    file(&name)
}

fn file(name: &str) -> Response {
    let Some(file) = FILES.get_file(name) else {
        return error::not_found("the page has no such file");
    };
    let kind = match name.rsplit_once('.') {
        Some((_, "html")) => "text/html; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "application/octet-stream",
    };
    ([(header::CONTENT_TYPE, kind)], file.contents()).into_response()
}

/// Returns the stack that the page is of, and all event types.
async fn about(State(page): State<Arc<Page>>) -> Response {
    let keeps_list = page.sources.list.is_some();
    axum::Json(json!({"stack": page.stack, "keeps_list": keeps_list, "types": EventType::ALL}))
        .into_response()
}

#[derive(Deserialize)]
struct Before {
    before: Option<i64>,
}

/// Returns entries, newest first.
async fn entries(State(page): State<Arc<Page>>, Query(query): Query<Before>) -> Response {
    page.read_history();
    let (entries, next, problem) = page.timeline.before(query.before, PAGE_OF_ENTRIES);
    axum::Json(json!({"entries": entries, "next": next, "problem": problem})).into_response()
}

#[derive(Deserialize)]
struct OfRequest {
    seq: i64,
}

/// Returns a request that was not accepted.
async fn request(State(page): State<Arc<Page>>, Query(query): Query<OfRequest>) -> Response {
    match page.timeline.request(query.seq) {
        Some(request) => axum::Json(request).into_response(),
        None => error::not_found("it is no longer kept: only the last requests are"),
    }
}

/// Returns the rejections since the stack started, for `mailhooks doctor`.
async fn refusals(State(page): State<Arc<Page>>) -> axum::Json<Refusals> {
    axum::Json(page.refused.all())
}

/// Error answers, as JSON.
mod error {
    use axum::http::StatusCode;
    use axum::response::{IntoResponse, Response};
    use serde_json::json;

    pub(super) fn not_found(what: &str) -> Response {
        answer(StatusCode::NOT_FOUND, what)
    }

    pub(super) fn failed(error: &dyn std::fmt::Display) -> Response {
        answer(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
    }

    fn answer(status: StatusCode, what: &str) -> Response {
        (status, axum::Json(json!({"error": what}))).into_response()
    }
}
