//! Who may use the page: a browser on this machine, and no page of another site in it.
//!
//! The server listens on 127.0.0.1 only. Strangers come near it all the same: through a tunnel that hands webhooks
//! on, through a name of theirs that resolves to 127.0.0.1, and through scripts of other pages in the same browser.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// What proxies and tunnels add, also those that put a local name into `Host`.
const FORWARDED: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
    "cf-connecting-ip",
];

/// Lets only those through who may.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    match objection(request.method(), request.headers()) {
        None => next.run(request).await,
        Some(objection) => (StatusCode::FORBIDDEN, format!("{objection}\n")).into_response(),
    }
}

fn objection(method: &Method, headers: &HeaderMap) -> Option<&'static str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST)
        .filter(|_| headers.get_all(header::HOST).iter().count() == 1)
        .filter(|host| is_this_machine(host));
    let Some(host) = host else {
        return Some(
            "The page is for this machine only: open it under http://127.0.0.1, with the port that mailhooks dev names.",
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
    // A browser names the origin of everything that is no mere reading.
    if method != Method::GET && method != Method::HEAD {
        return Some("Only the page itself may do this.");
    }
    // Following a link is fine: what it shows, the other site does not see.
    let followed = text(header::HeaderName::from_static("sec-fetch-mode")) == Some("navigate");
    let from = text(header::HeaderName::from_static("sec-fetch-site"));
    let own = matches!(from, None | Some("same-origin" | "none"));
    (!own && !followed).then_some(foreign)
}

/// Whether the name in a `Host` header can only mean this machine, whatever a name server says.
fn is_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    !host.contains('@')
        && (name.eq_ignore_ascii_case("localhost") || ["127.0.0.1", "[::1]"].contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8787",
            "localhost:1",
            "LOCALHOST",
            "[::1]:80",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "127.0.0.1.example.com",
            "localhost.example.com:8787",
            "a@localhost",
            "localhost:8787@example.com",
            "localhost/",
            "0.0.0.0",
            "10.0.0.1:8787",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
