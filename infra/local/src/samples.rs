//! Samples of webhooks: the exact requests of the fixtures, and the same with ids that nobody has used.

mod fixture;
mod new_ids;

pub use fixture::{Fixture, samples};
pub use new_ids::{Sample, freshen, suffix};
