//! Samples of webhooks: the exact requests of the fixtures, and copies of them with new ids.

mod facts;
mod fixture;
mod new_ids;

pub use facts::{ToolFacts, tool_facts};
pub use fixture::{Fixture, bounce, doctor, samples};
pub use new_ids::{Sample, freshen, identify, suffix};
