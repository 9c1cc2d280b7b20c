//! Shared parts of the tests: fixtures read from the checkout, a stack in memory with real engines behind it, a Lambda
//! Runtime API for the real binaries, signatures made independently of the code under test, and a watch over all log
//! lines.

#![allow(
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot continue fails"
)]

pub mod alarms;
pub mod api_gateway;
pub mod aws;
pub mod cloudformation;
pub mod cloudwatch;
pub mod corpus;
pub mod deployed;
pub mod engines;
pub mod facts;
pub mod files;
pub mod http;
pub mod invariants;
pub mod lambda;
pub mod load;
pub mod noise;
pub mod privacy;
pub mod promises;
pub mod provider_api;
pub mod relay;
pub mod retry_schedule;
pub mod schema;
pub mod secrets_manager;
pub mod server;
pub mod sign;
pub mod sqs;
pub mod subscriber;
pub mod target;
pub mod terminal;
pub mod testbed;
pub mod tls;
pub mod tool;
pub mod topics;
pub mod write_units;

pub use testbed::Testbed;
