//! The event that API Gateway's HTTP APIs and function URLs hand over, payload format 2.0
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>), read as far as a
//! webhook needs it. `lambda_http` reads all of it, builds a URL of the `Host` header and the query, and panics where that
//! is none; and one header that HTTP/1.1 would not allow loses it the whole request.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::uri::PathAndQuery;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use lambda_http::{Body, Request, Response};
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

/// A request, as it is handed over.
pub struct GatewayEvent(Members);

impl<'de> Deserialize<'de> for GatewayEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Members::deserialize(deserializer);
        // Without the words of the error, which may quote what was sent.
        let no_event = |_| D::Error::custom("it is no event of an HTTP API or a function URL");
        members.map(Self).map_err(no_event)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    raw_path: String,
    request_context: RequestContext,
    #[serde(default)]
    headers: Headers,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
struct RequestContext {
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    #[serde(deserialize_with = "method")]
    method: Method,
}

impl From<GatewayEvent> for Request {
    /// A path that is none becomes `/`, where nobody is.
    fn from(GatewayEvent(event): GatewayEvent) -> Self {
        let text = event.body.unwrap_or_default();
        let mut request = Self::new(if event.is_base64_encoded {
            // API Gateway has encoded it. Whatever else it is, no signature is right for nothing.
            Body::Binary(BASE64_STANDARD.decode(text).unwrap_or_default())
        } else {
            Body::Text(text)
        });
        let path = PathAndQuery::try_from(event.raw_path);
        *request.uri_mut() = path.map_or_else(|_| Uri::default(), Uri::from);
        *request.method_mut() = event.request_context.http.method;
        *request.headers_mut() = event.headers.0;
        request
    }
}

fn method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
    let name = String::deserialize(deserializer)?;
    Method::from_bytes(name.as_bytes()).map_err(Error::custom)
}

/// The headers that can be headers.
#[derive(Default)]
struct Headers(HeaderMap);

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lines;
        impl<'de> Visitor<'de> for Lines {
            type Value = Headers;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("headers by their names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut headers = HeaderMap::with_capacity(map.size_hint().unwrap_or_default());
                while let Some((name, value)) = map.next_entry::<String, String>()? {
                    let name = HeaderName::from_bytes(name.as_bytes());
                    if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
                        headers.append(name, value);
                    }
                }
                Ok(Headers(headers))
            }
        }
        deserializer.deserialize_map(Lines)
    }
}

/// An answer, as it is taken.
pub(crate) fn answer(response: Response<Body>) -> impl Serialize {
    let (head, body) = response.into_parts();
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = i64::from(head.status.as_u16());
    answer.headers = head.headers;
    answer.body = Some(body);
    answer
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(headers: &str, body: &str, is_base64: bool) -> Request {
        let body = json!(body);
        let event = format!(
            r#"{{"rawPath": "/", "requestContext": {{"http": {{"method": "POST"}}}}, "headers": {headers},
                "body": {body}, "isBase64Encoded": {is_base64}}}"#
        );
        serde_json::from_str::<GatewayEvent>(&event).unwrap().into()
    }

    /// A program before or behind this one may take the other: so a signature that comes twice must be seen twice.
    #[test]
    fn of_two_headers_of_one_name_both_are_kept() {
        for headers in [
            r#"{"x-signature": "one", "x-signature": "two"}"#,
            r#"{"X-Signature": "one", "x-signature": "two"}"#,
        ] {
            let request = request(headers, "", false);
            let values: Vec<_> = request.headers().get_all("x-signature").iter().collect();
            assert_eq!(values, ["one", "two"], "{headers}");
        }
    }

    #[test]
    fn a_body_that_is_not_the_base64_it_is_said_to_be_is_empty() {
        for text in [r#"{"id":"evt_1"}"#, "e30", "e30=\n", "e3 0=", "%%%%"] {
            assert_eq!(request("{}", text, true).body().as_ref(), b"", "{text}");
        }
        assert_eq!(request("{}", "e30=", true).body().as_ref(), b"{}");
        assert_eq!(request("{}", "e30=", false).body().as_ref(), b"e30=");
    }
}
