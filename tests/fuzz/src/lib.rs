//! Shared parts of the fuzz targets: a receiver with an AWS simulation without sockets, and the promises that hold for every
//! input. An input is a finding if it breaks a promise, causes a panic, or takes too much time or memory.

#![allow(
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a promise that does not hold ends the run"
)]

#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "a part of the tests' support, which uses all of it"
)]
#[path = "../../support/aws/mod.rs"]
mod aws;
mod bench;
mod facts;
mod forgery;
mod gateway;
#[expect(unreachable_pub, reason = "a file of the tests' support, where it is reached")]
#[path = "../../support/noise.rs"]
mod noise;
mod plan;
#[expect(unreachable_pub, reason = "a file of the tests' support, where it is reached")]
#[path = "../../support/promises.rs"]
mod promises;
mod receive;
mod request;

pub use gateway::http;
pub use receive::receive;
