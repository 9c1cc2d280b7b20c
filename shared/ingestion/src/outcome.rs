//! The one place where an outcome becomes a status code.

use lambda_http::http::header::{ALLOW, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use normalization::Rejection;
use serde_json::Value;

use crate::secrets::SecretsError;

/// Seconds after which a sender that honours `Retry-After` may come again: longer than a throttled table or a
/// rotated secret needs, shorter than the first retry of most providers.
const RETRY_AFTER_SECONDS: &str = "30";

/// What came of a request.
#[derive(Debug)]
pub enum Outcome {
    /// Every event is recorded, now or before. One that is due and not announced yet carries the outbox mark, and the
    /// redrive announces it.
    Accepted,
    /// The signature does not convince.
    Refused {
        /// Why: for the log, never for the caller.
        reason: Rejection,
        /// Whether the provider throws away what is answered with a 4xx: then the answer is 503, since it may be our
        /// secret that is wrong.
        drops_on_4xx: bool,
    },
    /// There is no signature at all, as in what scanners and health checks send. The answer is that of any other refusal.
    Unsigned {
        /// As in `Refused`.
        drops_on_4xx: bool,
    },
    /// No signing secret is set, or nobody tells which: nothing can be verified.
    NoSigningSecret(SecretsError),
    /// At least one event is not recorded: the table failed, or there was no time left.
    Unavailable,
    /// The body is larger than Lambda takes.
    TooLarge,
    /// Not POST.
    MethodNotAllowed,
}

impl Outcome {
    /// Its name in the log.
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

    /// The status.
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

    /// What the answer says is wrong. Nothing about us that a stranger could use.
    pub(crate) fn error(&self) -> Option<&'static str> {
        match self.status() {
            StatusCode::UNAUTHORIZED => Some("not authenticated"),
            StatusCode::SERVICE_UNAVAILABLE => Some("try again later"),
            StatusCode::PAYLOAD_TOO_LARGE => Some("the body is larger than 6 MB"),
            StatusCode::METHOD_NOT_ALLOWED => Some("a webhook is a POST request"),
            _ => None,
        }
    }

    /// An answer with this body.
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
