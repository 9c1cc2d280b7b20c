//! Requests as providers send them.

use jiff::Timestamp;
use lambda_http::http::{HeaderName, HeaderValue};
use lambda_http::{Body, Request};
use normalization::{Provider, SigningSecrets, sign_with};

use crate::facts::scheme;
use crate::plan::Plan;

pub(crate) type Headers = Vec<(String, Vec<u8>)>;

/// The headers that a provider would send with a body.
pub(crate) fn signed(
    provider: &'static Provider,
    plan: Plan,
    secret: &str,
    body: &[u8],
    at: Timestamp,
) -> Headers {
    let secrets: SigningSecrets = secret.parse().unwrap();
    let other = provider.schemes.last().filter(|_| scheme(provider.name, plan).1);
    let scheme = other.unwrap_or(provider.documented_scheme());
    let headers = sign_with(provider, scheme, secrets.current(), body, at);
    headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())).collect()
}

pub(crate) fn at_its_path(
    provider: &'static Provider,
    headers: &Headers,
    body: &[u8],
    as_text: bool,
) -> Request {
    let mut request = Request::new(match std::str::from_utf8(body) {
        Ok("") => Body::Empty,
        Ok(text) if as_text => Body::Text(text.to_owned()),
        _ => Body::Binary(body.to_vec()),
    });
    *request.method_mut() = "POST".parse().unwrap();
    *request.uri_mut() = format!("/webhooks/{}", provider.name).parse().unwrap();
    for (name, value) in headers {
        // An HTTP server does not accept invalid names.
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            request.headers_mut().append(name, value);
        }
    }
    request
}

/// The request line, the header lines and the body of a text in the format of a request.
pub(crate) fn parse(text: &[u8]) -> Option<(String, Headers, &[u8])> {
    let end = text.windows(2).position(|pair| pair == b"\n\n")?;
    let (head, body) = (&text[..end], &text[end + 2..]);
    let mut lines = head.split(|byte| *byte == b'\n');
    let request_line = String::from_utf8_lossy(lines.next()?).into_owned();
    let headers = lines.filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
        Some((name, line[colon + 1..].trim_ascii().to_vec()))
    });
    Some((request_line, headers.collect(), body))
}
