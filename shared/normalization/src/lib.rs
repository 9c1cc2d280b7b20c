//! Verifies signed webhooks of email providers and turns them into normalized events.
//!
//! This crate is pure: no IO, no clock, no environment, no async and nothing of AWS. The caller passes in the time of
//! receipt and the signing secrets. A webhook goes through two functions, in the only order that the types allow:
//!
//! ```
//! use normalization::providers::JETEMAIL;
//! use normalization::{SigningSecrets, Webhook, normalize, verify};
//!
//! let secrets: SigningSecrets = "whsec_test123".parse()?;
//! let body = br#"{"type":"outbound.delivered","data":{}}"#;
//! let headers = [(
//!     "x-webhook-signature",
//!     "sha256=9aac8d38a6d53a39c49a7b37ee7757fee09f2ba106f4ed4ee4f5fbc95e1ea281".as_bytes(),
//! )];
//! let webhook = Webhook::new(headers, body, "2026-03-01T12:00:00Z".parse()?);
//!
//! let verified = verify(&JETEMAIL, &webhook, &secrets)?;
//! let records: Vec<_> = normalize(&verified).collect();
//! assert_eq!(records[0].event.data.event_type.as_str(), "email.delivered");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Verification can reject a webhook; normalization cannot fail. An event that is not understood has the type
//! `unknown`, and its raw bytes are kept beside it.

pub mod bounce;
pub mod event;
mod limits;
mod mail_outcome;
mod normalize;
mod provider;
pub mod providers;
mod read;
mod recipients;
mod redacted;
mod rejection;
mod scheme;
mod secret;
pub mod ses;
mod signature;
pub mod state;
pub mod suppression;
mod translation;
mod truncate;
mod webhook;

pub use event::{
    Action, Attribution, BounceClass, BounceReason, Event, EventData, EventType, FeedbackType, Key,
    ProviderName, RAW_PART, RejectedBy, SuppressionCause, UnknownProvider, digest, id_for_log,
};
pub use limits::MAX_ADDRESS;
pub use mail_outcome::MailOutcome;
pub use normalize::{Record, mail_partition, normalize, renormalize};
pub use provider::{EventKey, Headers, Provider};
pub use read::address::{bare_addresses, lookup_domain, lookup_form};
pub use read::time::parse_time;
pub use redacted::Redacted;
pub use rejection::Rejection;
pub use scheme::{DigestEncoding, Form, KeyEncoding, Part, Scheme};
pub use secret::{EmptySecret, SigningSecret, SigningSecrets};
pub use signature::{SIGNED_TIMESTAMP_TOLERANCE_SECONDS, Verified, sign, sign_with, verify};
pub use webhook::Webhook;

#[cfg(feature = "schema")]
pub use event::schema;
