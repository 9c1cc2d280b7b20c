//! Answers as the service writes them: the XML of the AWS query protocol
//! (<https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>).

use axum::http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use uuid::Uuid;

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// An error answer.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    /// HTTP 400: the sender is at fault.
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    /// The code for most parameters.
    pub(super) fn parameter(reason: impl std::fmt::Display) -> Self {
        Self::new("InvalidParameter", format!("Invalid parameter: {reason}"))
    }

    /// The code for values of message attributes.
    pub(super) fn attribute(message: impl Into<String>) -> Self {
        Self::new("ParameterValueInvalid", message)
    }

    /// HTTP 500: the service is at fault.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code: "InternalFailure", message: message.into() }
    }

    /// HTTP 403: the sender may not do this.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, code: "InvalidClientTokenId", message: message.into() }
    }

    pub(super) fn response(&self) -> Response {
        let fault = if self.status.is_server_error() { "Receiver" } else { "Sender" };
        let body = format!(
            "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{fault}</Type><Code>{}</Code>\
             <Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
            self.code,
            escape(&self.message),
            Uuid::new_v4(),
        );
        xml(self.status, body)
    }
}

/// The answer of an action that succeeded, with this result.
pub(super) fn success(action: &str, result: &str) -> Response {
    let body = format!(
        "<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>{result}</{action}Result>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></{action}Response>",
        Uuid::new_v4(),
    );
    xml(StatusCode::OK, body)
}

fn xml(status: StatusCode, body: String) -> Response {
    (status, [(CONTENT_TYPE, HeaderValue::from_static("text/xml"))], body).into_response()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // XML knows no control characters.
            control if control.is_control() => escaped.push(char::REPLACEMENT_CHARACTER),
            other => escaped.push(other),
        }
    }
    escaped
}
