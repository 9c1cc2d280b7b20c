//! SNS takes a batch and fails an entry of it.

use mailhooks_tests::promise::Broken;
use mailhooks_tests::schedule::attempts;

use crate::scenario::Scenario;
use crate::suite::Suite;
use crate::workload::{Workload, start};

/// Each entry fails once, twice and so on, up to all attempts on all its topics; then the redrive must do it.
pub(crate) async fn of(suite: &Suite, workload: &'static Workload) {
    let attempts = attempts(workload.provider, start()).len();
    let mut runs = Vec::new();
    for expected in &workload.expected {
        let topics = expected.topics.len();
        for times in 1..=attempts * topics {
            let failed = times.div_ceil(topics);
            let answers = [vec![503; failed], vec![200]].concat();
            let scenario = Scenario {
                entry: Some((format!("\"{}\"", expected.id()), times)),
                ..Scenario::of(workload)
            };
            let answers = answers[..attempts.min(failed + 1)].to_vec();
            runs.push((workload.places, run(scenario, answers)));
        }
    }
    suite.each(runs).await;
}

async fn run(scenario: Scenario, answers: Vec<u16>) -> Result<(), Broken> {
    let trace = scenario.run().await?;
    if trace.answers == answers {
        return Ok(());
    }
    Err(format!("{scenario}: answered {:?}", trace.answers))
}
