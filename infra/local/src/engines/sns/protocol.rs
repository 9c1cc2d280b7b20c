//! Answers in the format of SNS: the XML of the AWS query protocol
//! (<https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>).

use std::fmt::Display;

use axum::http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// An error answer. The code determines the HTTP status.
pub(super) struct Refusal {
    code: &'static str,
    message: String,
}

impl Refusal {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The error for an invalid parameter without a specific error code.
    pub(super) fn parameter(reason: impl Display) -> Self {
        Self::new("InvalidParameter", format!("Invalid parameter: {reason}"))
    }

    fn status(&self) -> StatusCode {
        match self.code {
            "InvalidClientTokenId" | "SubscriptionLimitExceeded" => StatusCode::FORBIDDEN,
            "NotFound" => StatusCode::NOT_FOUND,
            "RequestEntityTooLarge" => StatusCode::PAYLOAD_TOO_LARGE,
            "InternalFailure" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let fault = if status.is_server_error() { "Receiver" } else { "Sender" };
        let body = format!(
            "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{fault}</Type><Code>{}</Code>\
             <Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
            self.code,
            escape(&self.message),
            Uuid::new_v4(),
        );
        xml(status, body)
    }
}

/// The answer to a batch whose entries were all published: the id of each entry with the id of its message.
pub(super) fn published<'a>(ids: impl Iterator<Item = (&'a String, &'a String)>) -> Response {
    let members = ids
        .map(|(id, message_id)| format!("<member><Id>{id}</Id><MessageId>{message_id}</MessageId></member>"));
    let body = format!(
        "<PublishBatchResponse xmlns=\"{NAMESPACE}\"><PublishBatchResult><Successful>{}</Successful>\
         <Failed></Failed></PublishBatchResult><ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>\
         </PublishBatchResponse>",
        members.collect::<String>(),
        Uuid::new_v4(),
    );
    xml(StatusCode::OK, body)
}

/// The answer to a call, with the elements of its result.
pub(super) fn answered(action: &str, result: &str) -> Response {
    let body = format!(
        "<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>{result}</{action}Result><ResponseMetadata>\
         <RequestId>{}</RequestId></ResponseMetadata></{action}Response>",
        Uuid::new_v4(),
    );
    xml(StatusCode::OK, body)
}

/// An element with a text.
pub(super) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

fn xml(status: StatusCode, body: String) -> Response {
    (status, [(CONTENT_TYPE, HeaderValue::from_static("text/xml"))], body).into_response()
}

/// Escapes a text for XML. Replaces control characters, which XML does not allow.
fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace(char::is_control, "\u{fffd}")
}
