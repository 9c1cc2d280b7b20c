//! The edge: what stands between a provider's HTTP request and the event in the table and on its topic.
//!
//! A webhook takes seven steps in one direction (see [`Receiver`]): receive, verify, normalize, record,
//! announce, settle, respond. If an event cannot be recorded, the answer is a status that makes the provider send the
//! webhook again, and it starts anew at the first step. If a recorded event cannot be announced, the redrive does it.

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

// For their features alone, which leave out what nobody reads.
use {::log as _, tracing as _};

pub use failure::Failure;
pub use handled::{EventOutcome, Handled, HandledEvent};
pub use lambda::{GatewayEvent, Unreadable, redrive, serve};
pub use receiver::Receiver;
pub use redrive::{Redrive, RedriveFailure, RedriveReport};
