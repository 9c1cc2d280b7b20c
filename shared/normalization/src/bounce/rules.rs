//! The rules that derive class and action from the codes and texts. The first rule that applies decides.

use super::Severity::{self, Hard, Soft};
use super::findings::Findings;
use super::signals::Weight;
use crate::event::Action::{self, Count, Investigate, Suppress};
use crate::event::BounceClass::{self, Permanent, Transient, Undetermined};

/// The class and action of a failure whose heaviest cause has this weight.
#[expect(clippy::match_same_arms, reason = "the rules are in order")]
pub(super) fn decide(word: Option<Severity>, cause: Weight, findings: &Findings) -> (BounceClass, Action) {
    let class = class(word, cause, findings);
    let action = match cause {
        // 1. Full, greylisted, rate limited, away or expired: temporary, whatever code or word comes with it.
        Weight::Passes | Weight::Network => Count,
        // "Refused, please try later": if the cause is only hinted at, the failure is temporary too.
        _ if class == Transient && findings.passes_at_a_guess() => Count,
        // 2. The sender, the content or the infrastructure is at fault.
        Weight::Fault | Weight::Policy | Weight::Sender => Investigate,
        // 3. A temporary or automatic reply says nothing against the address. A permanent protocol error is the
        // sender's to investigate.
        Weight::Dead | Weight::Unclear | Weight::Protocol if class == Transient => Count,
        Weight::Protocol => Investigate,
        // 4. The provider says that the failure is permanent, or text and code agree that the address is dead.
        _ if word == Some(Hard) => Suppress,
        Weight::Dead if word.is_none() && findings.agrees_on_dead_address() => Suppress,
        // 5. In doubt, never suppress.
        Weight::Dead | Weight::Unclear => Count,
    };
    (class, action)
}

fn class(word: Option<Severity>, cause: Weight, findings: &Findings) -> BounceClass {
    let is_dead = cause == Weight::Dead;
    match word {
        _ if matches!(cause, Weight::Passes | Weight::Network) => Transient,
        // The provider's "soft" is never overruled.
        Some(Soft) => Transient,
        _ if findings.automatic_reply || findings.temporary_reply => Transient,
        // Whatever the code says: "550 Service refused, please try later" is temporary.
        _ if findings.temporary_words && !(is_dead && findings.names_cause()) => Transient,
        // If texts say both "temporary" and "dead", the provider's word decides.
        Some(Hard) => Permanent,
        None if findings.temporary_words || findings.temporary_code => Transient,
        None if is_dead || findings.permanent_code => Permanent,
        None => Undetermined,
    }
}
