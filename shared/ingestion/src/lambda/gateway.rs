//! The event of API Gateway's HTTP APIs and of function URLs, payload format 2.0
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>), read as far as a
//! webhook needs it. `lambda_http` reads all of it: it builds a URL from the `Host` header and the query, panics if the URL is
//! invalid, and rejects the whole request if one header is not allowed in HTTP/1.1.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, Method};
use lambda_http::{Body, Request, Response};
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An event from the runtime. Deserializing one never fails; [`Request::try_from`] fails if it is not a request.
pub struct GatewayEvent(Result<Members, Unreadable>);

impl<'de> Deserialize<'de> for GatewayEvent {
    /// Catches panics. The runtime deserializes events outside the code that catches panics of the handler, so a panic here
    /// would end the sandbox.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = catch_unwind(AssertUnwindSafe(|| Members::deserialize(deserializer)));
        // The error's message is dropped, because it may quote the request.
        let members = read.ok().and_then(Result::ok);
        Ok(Self(members.ok_or(Unreadable)))
    }
}

/// The event is not of a kind that a receiver accepts.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error(
    "the event cannot be read: a receiver takes those of an HTTP API in payload format 2.0 and of a function URL, not \
     those of a REST API (format 1.0) or a load balancer"
)]
pub struct Unreadable;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
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

impl TryFrom<GatewayEvent> for Request {
    type Error = Unreadable;

    /// Leaves out the path, because a receiver accepts any path.
    fn try_from(GatewayEvent(event): GatewayEvent) -> Result<Self, Unreadable> {
        let event = event?;
        let text = event.body.unwrap_or_default();
        let mut request = Self::new(if event.is_base64_encoded {
            // API Gateway encoded it. An invalid text becomes an empty body, for which no signature is valid.
            Body::Binary(BASE64_STANDARD.decode(text).unwrap_or_default())
        } else {
            Body::Text(text)
        });
        *request.method_mut() = event.request_context.http.method;
        *request.headers_mut() = event.headers.0;
        Ok(request)
    }
}

fn method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
    let name = String::deserialize(deserializer)?;
    Method::from_bytes(name.as_bytes()).map_err(Error::custom)
}

/// The valid headers of an event. Invalid ones are skipped.
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
                let mut headers = HeaderMap::new();
                while let Some((name, value)) = map.next_entry::<String, String>()? {
                    let name = HeaderName::from_bytes(name.as_bytes());
                    if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
                        // A map holds at most 32,768 headers; an HTTP API accepts 10,240 bytes of them.
                        let taken = headers.try_append(name, value);
                        taken.map_err(|_| A::Error::custom("too many headers"))?;
                    }
                }
                Ok(Headers(headers))
            }
        }
        deserializer.deserialize_map(Lines)
    }
}

/// An answer in the format that API Gateway expects.
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
    use serde::de::value::Error as Refusal;
    use serde::forward_to_deserialize_any;
    use serde_json::json;

    use super::*;

    /// A deserializer that panics, as a defect would.
    struct Panics;

    impl<'de> Deserializer<'de> for Panics {
        type Error = Refusal;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refusal> {
            panic!("a defect")
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
        }
    }

    fn request(headers: &str, body: &str, is_base64: bool) -> Request {
        let body = json!(body);
        let event = format!(
            r#"{{"rawPath": "/", "requestContext": {{"http": {{"method": "POST"}}}}, "headers": {headers},
                "body": {body}, "isBase64Encoded": {is_base64}}}"#
        );
        let event: GatewayEvent = serde_json::from_str(&event).unwrap();
        event.try_into().unwrap()
    }

    #[test]
    fn a_panic_in_reading_an_event_ends_nothing() {
        let event = GatewayEvent::deserialize(Panics).unwrap();
        assert_eq!(Request::try_from(event).err(), Some(Unreadable));
    }

    /// Both signature headers must be kept, because a program before or after this one may use the other one.
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
