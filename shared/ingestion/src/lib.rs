//! The I/O of the functions, from a provider's HTTP request to the event in the table and on its topics.
//!
//! A webhook passes through seven steps (see [`Receiver`]): receive, verify, normalize, record, announce, settle, respond.
//! If an event cannot be recorded, the status makes the provider send the webhook again, and all steps are repeated. If a
//! recorded event cannot be announced, the redrive announces it.

pub mod announce;
pub mod aws;
pub mod clock;
pub mod configuration;
pub mod environment;
mod failure;
mod handled;
mod ingest;
mod lambda;
pub mod log;
pub mod metric;
pub mod notifier;
pub mod outcome;
mod receiver;
mod redrive;
pub mod secrets;
pub mod store;
pub mod suppressions;
mod watch;

// Used only for their features, which remove unused traces at compile time.
use {::log as _, tracing as _};

pub use failure::Failure;
pub use handled::{EventOutcome, Handled, HandledEvent};
pub use lambda::{GatewayEvent, Unreadable, redrive, serve, suppress};
pub use receiver::Receiver;
pub use redrive::{Redrive, RedriveFailure, RedriveReport};
