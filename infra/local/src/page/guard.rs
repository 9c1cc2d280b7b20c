//! Access control of the page: it is open to a browser that opened its URL, and closed to pages of other sites.
//!
//! The server listens only on 127.0.0.1, but others can reach it: users of the same machine, callers through a tunnel for
//! webhooks, domains that resolve to 127.0.0.1, and scripts of other pages in the same browser. The URL therefore contains a
//! token, which the server stores in a cookie.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::engines::host_of_this_machine;
use crate::token::Token;

/// Headers that proxies and tunnels add, even if they set a local name as `Host`.
const FORWARDED: [&str; 6] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "cf-connecting-ip"];

/// The port and the token of the page.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) port: u16,
    pub(crate) token: Token,
}

impl Door {
    pub(crate) fn page_url(&self) -> String {
        format!("http://127.0.0.1:{}/?token={}", self.port, self.token.text())
    }

    /// Removes the token from the address bar, where others could see it, and stores it in a cookie.
    fn open(&self) -> Response {
        let cookie = cookie(self.port, self.token.text());
        let headers = [
            (header::LOCATION, "/".to_owned()),
            (header::SET_COOKIE, format!("{cookie}; Path=/; HttpOnly; SameSite=Strict")),
        ];
        (StatusCode::SEE_OTHER, headers).into_response()
    }

    /// Whether one of the cookies has the token.
    fn knows(&self, headers: &HeaderMap) -> bool {
        let name = cookie(self.port, "");
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|cookies| cookies.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().strip_prefix(&name))
            .any(|token| self.token.is(token))
    }

    fn closed(&self) -> String {
        let page = format!("http://127.0.0.1:{}/?token=\u{2026}", self.port);
        format!(
            "The page is for those who started it. Open it with the URL that `mailhooks` printed, {page}. For a local \
             stack, it is also the \"page\" in stack.json in the data folder."
        )
    }
}

/// The cookie with which a program that knows the page's URL can call the page's API; `None` if the URL has no
/// token.
pub fn cookie_of(page: &Url) -> Option<String> {
    let (_, token) = page.query_pairs().find(|(name, _)| name == "token")?;
    Some(cookie(page.port_or_known_default()?, &token))
}

/// Browsers send a cookie to every port of a host, so the cookie's name contains the port.
fn cookie(port: u16, token: &str) -> String {
    format!("mailhooks-{port}={token}")
}

/// Passes allowed requests on and rejects all others.
pub(super) async fn guard(State(door): State<Door>, request: Request, next: Next) -> Response {
    if let Some(objection) = objection(request.method(), request.headers()) {
        return refuse(objection);
    }
    match token(request.uri()) {
        Some(token) if door.token.is(token) => door.open(),
        None if door.knows(request.headers()) => next.run(request).await,
        _ => refuse(&door.closed()),
    }
}

fn refuse(objection: &str) -> Response {
    (StatusCode::FORBIDDEN, format!("{objection}\n")).into_response()
}

/// The token in the page's URL.
fn token(uri: &Uri) -> Option<&str> {
    let query = uri.query().filter(|_| uri.path() == "/")?;
    query.split('&').find_map(|part| part.strip_prefix("token="))
}

fn objection(method: &Method, headers: &HeaderMap) -> Option<&'static str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = host_of_this_machine(headers) else {
        return Some(
            "The page is for this machine only: open it under http://127.0.0.1, with the port that mailhooks printed.",
        );
    };
    if FORWARDED.iter().any(|name| headers.contains_key(*name)) {
        return Some("The page is for this machine only, and this request came through a proxy.");
    }
    let foreign = "This request comes from a page of another site.";
    if let Some(origin) = headers.get(header::ORIGIN) {
        let own = format!("http://{host}");
        let same = origin.as_bytes().eq_ignore_ascii_case(own.as_bytes());
        return (!same).then_some(foreign);
    }
    // Browsers send `Origin` with every request except GET and HEAD.
    if method != Method::GET && method != Method::HEAD {
        return Some("Only the page itself may do this.");
    }
    // A followed link is harmless: the other site cannot read the answer, and the browser does not send the cookie.
    let followed = text(header::HeaderName::from_static("sec-fetch-mode")) == Some("navigate");
    let from = text(header::HeaderName::from_static("sec-fetch-site"));
    let own = matches!(from, None | Some("same-origin" | "none"));
    (!own && !followed).then_some(foreign)
}
