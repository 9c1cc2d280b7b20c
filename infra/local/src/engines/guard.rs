//! Access control of the engines: they accept programs that send their token, and reject web pages.
//!
//! The engines listen on 127.0.0.1, which every user and every web page of the machine can reach. A call therefore carries the
//! token as its access key id, so that a user who can read `stack.json` can use any AWS client.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::token::Token;

/// The guard's state.
#[derive(Clone)]
pub(super) struct Guard {
    token: Token,
    /// Makes the answer to a rejected call, with status 403, in the engine's protocol.
    refuse: fn(&'static str) -> Response,
    /// Whether a URL contains a secret, so that a program that received the URL can open it without the token.
    is_link: Arc<dyn Fn(&Uri) -> bool + Send + Sync>,
}

impl Guard {
    /// A guard that requires the token of every caller.
    pub(super) fn new(token: &Token, refuse: fn(&'static str) -> Response) -> Self {
        Self { token: token.clone(), refuse, is_link: Arc::new(|_| false) }
    }

    /// Also accepts a `GET` of these URLs.
    pub(super) fn with_links(self, is_link: impl Fn(&Uri) -> bool + Send + Sync + 'static) -> Self {
        Self { is_link: Arc::new(is_link), ..self }
    }
}

/// Passes allowed calls on and rejects all others. Reads only the headers.
pub(super) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let objection = foreign(request.headers()).or_else(|| {
        let is_link = request.method() == Method::GET && (guard.is_link)(request.uri());
        if is_link { None } else { without_token(request.headers(), &guard.token) }
    });
    match objection {
        None => next.run(request).await,
        Some(objection) => (guard.refuse)(objection),
    }
}

/// The objection to a call from a web page, or under a name of another machine.
fn foreign(headers: &HeaderMap) -> Option<&'static str> {
    if headers.contains_key(header::ORIGIN) {
        return Some("The local stack does not answer web pages.");
    }
    if host_of_this_machine(headers).is_none() {
        return Some("The local stack answers under 127.0.0.1 and localhost only.");
    }
    None
}

fn without_token(headers: &HeaderMap, token: &Token) -> Option<&'static str> {
    let access_key = headers.get(header::AUTHORIZATION).and_then(|value| access_key_id(value.to_str().ok()?));
    if access_key.is_some_and(|given| token.is(given)) {
        return None;
    }
    Some(
        "The access key id is not the token of the local stack, which stack.json in its data folder has as \"token\".",
    )
}

/// The access key id of a request with an AWS Signature Version 4
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>). The rest of the signature is
/// ignored: the token is the secret.
fn access_key_id(authorization: &str) -> Option<&str> {
    let signature = authorization.strip_prefix("AWS4-HMAC-SHA256 ")?;
    signature.split([',', ' ']).find_map(|part| part.strip_prefix("Credential="))?.split('/').next()
}

/// The `Host` of a request, if it names this machine without DNS. This rejects pages whose domain resolves to
/// 127.0.0.1, since their requests carry that domain. The port is ignored, because an SSH tunnel may use another one.
pub(crate) fn host_of_this_machine(headers: &HeaderMap) -> Option<&str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    (hosts.next().is_none() && names_this_machine(host)).then_some(host)
}

fn names_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    !host.contains('@') && (name.eq_ignore_ascii_case("localhost") || ["127.0.0.1", "[::1]"].contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine() {
        for host in ["127.0.0.1", "127.0.0.1:8787", "localhost:1", "LOCALHOST", "[::1]:80"] {
            assert!(names_this_machine(host), "{host}");
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
            assert!(!names_this_machine(host), "{host}");
        }
    }

    #[test]
    fn the_access_key_id_is_the_token() {
        let token = Token::from("c0ffee");
        let refused = |authorization: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
            without_token(&headers, &token).is_some()
        };
        let rest = "20261101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00";
        assert!(!refused(&format!("AWS4-HMAC-SHA256 Credential=c0ffee/{rest}")));
        for wrong in [
            String::new(),
            "c0ffee".to_owned(),
            "Bearer c0ffee".to_owned(),
            format!("AWS4-HMAC-SHA256 Credential=/{rest}"),
            format!("AWS4-HMAC-SHA256 Credential=C0FFEE/{rest}"),
            format!("AWS4-HMAC-SHA256 Credential=local/{rest}, Credential=c0ffee/{rest}"),
        ] {
            assert!(refused(&wrong), "{wrong}");
        }
    }
}
