//! The suppression list: whether an address may be mailed, from everything that was reported about it.
//!
//! Events arrive late, twice and out of order, and several functions write the same entry. So an entry keeps [`Slots`]: for
//! each kind of evidence the newest, which does not depend on the order in which evidence is added. Whether the address is
//! suppressed is a function of the slots, the [`Policy`] and the present time.

mod evidence;
mod policy;
mod slots;

pub use evidence::{Evidence, Kind, evidence_of};
pub use policy::{Policy, Reason, Suppression};
pub use slots::Slots;
