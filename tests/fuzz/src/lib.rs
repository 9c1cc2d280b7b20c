//! What the fuzz targets share: a receiver over an AWS without sockets, and the promises that hold whatever
//! comes in. An input is a finding when a promise does not hold, when anything panics, or when it takes too long
//! or too much memory.

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
