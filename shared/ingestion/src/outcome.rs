//! The result of a request. Only this module chooses status codes.

use lambda_http::http::header::{ALLOW, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use normalization::Rejection;
use serde_json::Value;

use crate::secrets::SecretsError;

/// Value of `Retry-After`: longer than throttling or a secret rotation takes, shorter than the first retry of most providers.
const RETRY_AFTER_SECONDS: &str = "30";

/// The result of a request.
#[derive(Debug)]
pub enum Outcome {
    /// Every event is recorded, now or before. An event that is due but not announced carries the outbox mark.
    Accepted,
    /// The signature is invalid.
    Refused {
        /// The reason, for the log and never for the caller.
        reason: Rejection,
        /// Whether the provider discards events on a 4xx. The answer is then 503, because our secret may be wrong.
        drops_on_4xx: bool,
    },
    /// The request has no signature, as those of scanners and health checks. The answer is that of any other rejection.
    Unsigned {
        /// As in `Refused`.
        drops_on_4xx: bool,
    },
    /// No signing secret is set or readable, so nothing can be verified.
    NoSigningSecret(SecretsError),
    /// At least one event is not recorded: the table failed or the time was up.
    Unavailable,
    /// The body is larger than Lambda accepts.
    TooLarge,
    /// The method is not POST.
    MethodNotAllowed,
}

impl Outcome {
    /// The name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused { .. } => "refused",
            Self::Unsigned { .. } => "unsigned",
            Self::NoSigningSecret(_) | Self::Unavailable => "unavailable",
            Self::TooLarge => "too_large",
            Self::MethodNotAllowed => "method_not_allowed",
        }
    }

    /// The status code.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Accepted => StatusCode::OK,
            Self::Refused { drops_on_4xx: false, .. } | Self::Unsigned { drops_on_4xx: false } => {
                StatusCode::UNAUTHORIZED
            }
            Self::Refused { drops_on_4xx: true, .. }
            | Self::Unsigned { drops_on_4xx: true }
            | Self::NoSigningSecret(_)
            | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// The error in the answer, which reveals nothing to an unauthenticated caller.
    pub(crate) fn error(&self) -> Option<&'static str> {
        match self.status() {
            StatusCode::UNAUTHORIZED => Some("not authenticated"),
            StatusCode::SERVICE_UNAVAILABLE => Some("try again later"),
            StatusCode::PAYLOAD_TOO_LARGE => Some("the body is larger than 6 MB"),
            StatusCode::METHOD_NOT_ALLOWED => Some("a webhook is a POST request"),
            _ => None,
        }
    }

    /// A response with this body.
    pub(crate) fn respond(&self, body: &Value) -> Response<Body> {
        let mut response = Response::new(Body::Text(body.to_string()));
        let status = self.status();
        *response.status_mut() = status;
        let mut header = |name: HeaderName, value| {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        };
        header(CONTENT_TYPE, "application/json");
        match status {
            StatusCode::SERVICE_UNAVAILABLE => header(RETRY_AFTER, RETRY_AFTER_SECONDS),
            StatusCode::METHOD_NOT_ALLOWED => header(ALLOW, "POST"),
            _ => {}
        }
        response
    }
}
