//! Tests all pairs of refused calls: a first call, and each call that comes after it, in the same attempt, in a retry or in
//! the redrive.
//!
//! Calls that are in flight together have no order, so each pair of them is run once. The queries of a redrive are left
//! out: they change nothing, and each of them is refused alone.

use mailhooks_tests::aws::{Call, Fault, Kind, Target};

use crate::scenario::{Patience, Scenario, Trace};
use crate::singles::{timings, waiting};
use crate::suite::Suite;
use crate::workload::Workload;

/// The first call fails in the first attempt; the provider then retries as documented.
pub(crate) async fn in_attempts(suite: &Suite, workload: &'static Workload) {
    pairs(suite, 0, || Scenario::of(workload)).await;
}

/// The first call fails in the only attempt; the redrive must do the rest.
pub(crate) async fn of_attempt_and_redrive(suite: &Suite, workload: &'static Workload) {
    let once = || Scenario { patience: Patience::Once, ..Scenario::of(workload) };
    pairs(suite, 0, once).await;
}

/// The first call fails in the first of up to three redrives, after an attempt that announced nothing.
pub(crate) async fn in_redrives(suite: &Suite, workload: &'static Workload) {
    pairs(suite, 1, || waiting(workload)).await;
}

async fn pairs(suite: &Suite, first_stage: usize, scenario: impl Fn() -> Scenario) {
    let with = |faults: Vec<Fault>| Scenario { faults, ..scenario() };
    let learned = suite.run([scenario()]).await;
    let calls = learned.iter().flat_map(|(_, trace)| stages(trace));
    let first = calls.filter(|(stage, _)| *stage == first_stage);
    let first = first.flat_map(|(_, call)| refusals(call));
    let learned = suite.run(first.map(|fault| with(vec![fault]))).await;
    let mut both = Vec::new();
    for (scenario, trace) in &learned {
        let first = &scenario.faults[0];
        let Target::Call(spoiled) = &first.target else { panic!("the faults of pairs name their calls") };
        let spoiled = order(first_stage, spoiled);
        let later = stages(trace).filter(|(stage, call)| order(*stage, call) > spoiled);
        for second in later.flat_map(|(_, call)| refusals(call)) {
            both.push(with(vec![first.clone(), second]));
        }
    }
    suite.run(both).await;
}

/// Every call with the attempt or redrive that it belongs to.
fn stages(trace: &Trace) -> impl Iterator<Item = (usize, &Call)> {
    let stages = trace.attempts.iter().chain(&trace.redrives).enumerate();
    stages
        .flat_map(|(stage, calls)| calls.iter().map(move |call| (stage, call)))
        .filter(|(_, call)| call.operation != "Query")
}

fn refusals(call: &Call) -> impl Iterator<Item = Fault> {
    timings(call).iter().map(|timing| Fault::once(Target::Call(call.clone()), *timing, Kind::Refuse))
}

/// The position of a call in a fixed order, so that the pairs are the same in every run.
fn order(stage: usize, call: &Call) -> (usize, usize, &Call) {
    (stage, call.step(), call)
}
