//! The one place where an outcome becomes a status code.

use lambda_http::http::header::{ALLOW, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use normalization::Rejection;
use serde_json::json;

use crate::ingest::Report;
use crate::secrets::SecretsError;

/// Seconds after which a sender that honours `Retry-After` may come again: longer than a throttled table or a
/// rotated secret needs, shorter than the first retry of most providers.
const RETRY_AFTER_SECONDS: &str = "30";

/// What came of a request.
#[derive(Debug)]
pub enum Outcome {
    /// Every event is recorded, now or before. One that is due and not announced yet carries the outbox mark, and the
    /// redrive announces it.
    Accepted(Report),
    /// The signature does not convince. `drops_on_4xx` says that the provider throws away what is answered
    /// with a 4xx: then the answer is 503, since it may be our secret that is wrong.
    Refused {
        /// Why: for the log, never for the caller.
        reason: Rejection,
        /// Whether the provider would discard the event.
        drops_on_4xx: bool,
    },
    /// There is no signature at all, as in what scanners and health checks send. The answer is that of any other refusal.
    Unsigned {
        /// Whether the provider would discard the event.
        drops_on_4xx: bool,
    },
    /// No signing secret is set, or nobody tells which: nothing can be verified.
    NoSigningSecret(SecretsError),
    /// At least one event is not recorded: the table failed, or there was no time left.
    Unavailable(Report),
    /// The body is larger than Lambda takes.
    TooLarge,
    /// Not POST.
    MethodNotAllowed,
}

impl Outcome {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Accepted(_) => StatusCode::OK,
            Self::Refused { drops_on_4xx: false, .. } | Self::Unsigned { drops_on_4xx: false } => {
                StatusCode::UNAUTHORIZED
            }
            Self::Refused { drops_on_4xx: true, .. }
            | Self::Unsigned { drops_on_4xx: true }
            | Self::NoSigningSecret(_)
            | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// The answer. Says nothing about us that a stranger could use.
    #[must_use]
    pub fn respond(&self) -> Response<Body> {
        let body = match self {
            Self::Accepted(report) => json!({
                "received": report.received(),
                "recorded": report.recorded,
                "duplicates": report.duplicates,
            }),
            Self::Refused { drops_on_4xx: false, .. } | Self::Unsigned { drops_on_4xx: false } => {
                json!({"error": "not authenticated"})
            }
            Self::Refused { .. }
            | Self::Unsigned { .. }
            | Self::NoSigningSecret(_)
            | Self::Unavailable(_) => json!({"error": "try again later"}),
            Self::TooLarge => json!({"error": "the body is larger than 6 MB"}),
            Self::MethodNotAllowed => json!({"error": "a webhook is a POST request"}),
        };
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
