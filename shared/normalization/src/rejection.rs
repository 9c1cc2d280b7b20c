//! Why a webhook is refused.

use thiserror::Error;

/// Why a webhook is refused. Always the sender's fault, or that of whoever set the signing secret; the text
/// names no value that the sender sent. For the log and the metric, never for the caller.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
pub enum Rejection {
    /// The body does not begin like JSON, where a text that another scheme signs would verify as a body.
    #[error("body_not_json")]
    BodyNotJson,
    /// The signature header is there and not of the provider's form, or is there twice; or another header that the
    /// signature covers is missing, or there twice.
    #[error("signature_malformed")]
    SignatureMalformed,
    /// The signature is of the right form and made with another secret, or over another body.
    #[error("signature_mismatch")]
    SignatureMismatch,
    /// There is no signature header.
    #[error("signature_missing")]
    SignatureMissing,
    /// The signed timestamp is not a number of seconds, or is there twice.
    #[error("timestamp_malformed")]
    TimestampMalformed,
    /// There is no timestamp where the provider signs one.
    #[error("timestamp_missing")]
    TimestampMissing,
    /// The signature is right, and older or newer than the tolerance.
    #[error("timestamp_stale")]
    TimestampStale,
}
