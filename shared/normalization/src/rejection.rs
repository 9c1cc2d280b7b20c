//! The reasons for rejecting a webhook.

use thiserror::Error;

/// Why a webhook is rejected. The cause is always the sender or a wrong signing secret. The text contains no value
/// that the sender sent. It is for the log and the metric, never for the response.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
pub enum Rejection {
    /// The body does not begin like JSON, and the provider signs other texts that would verify as a body.
    #[error("body_not_json")]
    BodyNotJson,
    /// The signature header is malformed or repeated, or another header that the signature covers is missing or
    /// repeated.
    #[error("signature_malformed")]
    SignatureMalformed,
    /// The signature is well formed, but made with another secret or over another body.
    #[error("signature_mismatch")]
    SignatureMismatch,
    /// The signature header is missing.
    #[error("signature_missing")]
    SignatureMissing,
    /// The signed timestamp is not a number of seconds, or its header is repeated.
    #[error("timestamp_malformed")]
    TimestampMalformed,
    /// The timestamp is missing, and the provider's scheme signs one.
    #[error("timestamp_missing")]
    TimestampMissing,
    /// The signature is valid, but its timestamp is older or newer than the tolerance allows.
    #[error("timestamp_stale")]
    TimestampStale,
}
