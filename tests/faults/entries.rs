//! SNS accepts a batch but fails one of its entries.

use mailhooks_tests::aws::Fault;
use mailhooks_tests::invariants::Broken;

use crate::scenario::Scenario;
use crate::suite::Suite;
use crate::workload::Workload;

/// The number of announcing rounds in which an entry may fail: the webhook's own round, and redrives.
const MAX_ROUNDS: usize = 4;

/// Each entry fails once, twice and so on, on all its topics. The webhook is acknowledged at once; each failed round needs
/// one more redrive.
pub(crate) async fn of(suite: &Suite, workload: &'static Workload) {
    let mut runs = Vec::new();
    for expected in &workload.expected {
        let topics = expected.topics.len();
        for times in 1..=MAX_ROUNDS * topics {
            let fault = Fault::of_entry(&format!("\"{}\"", expected.id()), times);
            let scenario = Scenario { faults: vec![fault], ..Scenario::of(workload) };
            runs.push((workload.places, run(scenario, times.div_ceil(topics))));
        }
    }
    suite.each(runs).await;
}

async fn run(scenario: Scenario, redrives: usize) -> Result<(), Broken> {
    let trace = scenario.run().await?;
    if (trace.answers.as_slice(), trace.redrives.len()) == (&[200], redrives) {
        return Ok(());
    }
    let (answers, made) = (trace.answers, trace.redrives.len());
    Err(format!("{scenario}: answered {answers:?}, {made} redrives"))
}
