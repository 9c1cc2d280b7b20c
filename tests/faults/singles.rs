//! Every call with every single fault: before and after its effect, in one attempt of the SDK and in all.

use mailhooks_tests::aws::{Call, Fault, FaultTiming, Kind, Service, Target};

use crate::scenario::{Patience, Scenario};
use crate::suite::Suite;
use crate::workload::Workload;

/// A fault in an attempt. The provider retries as documented.
pub(crate) async fn in_attempts(suite: &Suite, workload: &'static Workload) {
    let calls = suite.run([Scenario::of(workload)]).await;
    let calls = calls.iter().flat_map(|(_, trace)| &trace.attempts[0]);
    let scenarios =
        calls.flat_map(faults).map(|fault| Scenario { faults: vec![fault], ..Scenario::of(workload) });
    suite.run(scenarios).await;
}

/// The topics are unavailable in the only attempt, and then a fault occurs in the redrive. Its queries are the same for all
/// workloads, so they fail with one event only; each is refused, and has one other fault in turn.
pub(crate) async fn in_redrives(suite: &Suite, workload: &'static Workload, with_queries: bool) {
    let learned = suite.run([waiting(workload)]).await;
    let calls = learned.iter().flat_map(|(_, trace)| &trace.redrives[0]);
    let mut turns = 0;
    let mut scenarios = Vec::new();
    for call in calls {
        let mut faults = faults(call);
        if call.operation == "Query" {
            turns += 1;
            let turn = 1 + turns % (faults.len() - 1);
            faults.swap(1, turn);
            faults.truncate(if with_queries { 2 } else { 0 });
        }
        scenarios
            .extend(faults.into_iter().map(|fault| Scenario { faults: vec![fault], ..waiting(workload) }));
    }
    suite.run(scenarios).await;
}

/// When the redrive begins, everything is recorded and nothing announced.
pub(crate) fn waiting(workload: &'static Workload) -> Scenario {
    Scenario {
        meanwhile: vec![Fault::dead(Service::Sns)],
        patience: Patience::Once,
        ..Scenario::of(workload)
    }
}

/// The timings of a fault for a call. A read has no effect, so only one timing applies.
pub(crate) fn timings(call: &Call) -> &'static [FaultTiming] {
    if call.reads() { &[FaultTiming::BeforeEffect] } else { &FaultTiming::ALL }
}

fn faults(call: &Call) -> Vec<Fault> {
    let mut faults = Vec::new();
    for timing in timings(call) {
        let target = || Target::Call(call.clone());
        faults.push(Fault::once(target(), *timing, Kind::Refuse));
        for kind in Kind::RETRIED {
            faults.push(Fault::once(target(), *timing, kind.clone()));
            faults.push(Fault::always(target(), *timing, kind));
        }
    }
    faults
}
