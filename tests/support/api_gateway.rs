//! Events as API Gateway's HTTP API (payload format 2.0) hands them to a function.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// The encoding of a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// As text, which requires valid UTF-8.
    Text,
    /// In base64.
    Base64,
}

/// Builds an event. Header names are in lower case, and values of a repeated header are joined by commas.
pub fn event(
    method: &str,
    path: &str,
    headers: &[(String, Vec<u8>)],
    body: &[u8],
    encoding: Encoding,
) -> Value {
    let (raw_path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    joined.insert("host".to_owned(), "abc123.execute-api.eu-central-1.amazonaws.com".to_owned());
    joined.insert("x-forwarded-proto".to_owned(), "https".to_owned());
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value).trim().to_owned();
        joined
            .entry(name.to_ascii_lowercase())
            .and_modify(|known| *known = format!("{known},{value}"))
            .or_insert(value);
    }
    let (body, base64) = match encoding {
        Encoding::Text => (std::str::from_utf8(body).unwrap().to_owned(), false),
        Encoding::Base64 => (BASE64_STANDARD.encode(body), true),
    };
    json!({
        "version": "2.0",
        "routeKey": format!("{method} {raw_path}"),
        "rawPath": raw_path,
        "rawQueryString": query,
        "headers": joined,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "domainName": "abc123.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "abc123",
            "http": {
                "method": method,
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "test",
            },
            "requestId": "req-1",
            "routeKey": format!("{method} {raw_path}"),
            "stage": "$default",
            "time": "01/Mar/2026:12:00:00 +0000",
            "timeEpoch": 1_772_366_400_000_u64,
        },
        "body": body,
        "isBase64Encoded": base64,
    })
}
