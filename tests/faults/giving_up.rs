//! A service is unavailable for the first attempts, or for all attempts of the provider.

use mailhooks_tests::aws::{Fault, FaultTiming, Kind, Service, Target};
use mailhooks_tests::invariants::Broken;
use mailhooks_tests::retry_schedule::attempts;
use mailhooks_tests::sign::Scheme;
use normalization::ProviderName;

use crate::scenario::{Scenario, Signing};
use crate::suite::Suite;
use crate::workload::{Workload, start};

/// The table is unavailable for every number of attempts with a quick error, and for all attempts with the other faults. The
/// topics need not recover for a webhook to be acknowledged: the redrive announces its events.
pub(crate) async fn after(suite: &Suite, workload: &'static Workload) {
    let all = attempts(workload.provider, start()).len();
    let mut runs = Vec::new();
    for service in [Service::DynamoDb, Service::Sns] {
        for signing in signings(workload.provider) {
            let quick = (1..=all).map(|attempts| (attempts, Kind::Refuse));
            for (attempts, kind) in quick.chain(Kind::RETRIED.map(|kind| (all, kind))) {
                let dead = Fault::always(Target::Service(service), FaultTiming::BeforeEffect, kind);
                let scenario =
                    Scenario { first: (attempts, vec![dead]), signing: *signing, ..Scenario::of(workload) };
                runs.push((1, run(scenario, service, attempts, all)));
            }
        }
    }
    suite.each(runs).await;
}

async fn run(scenario: Scenario, service: Service, dead: usize, all: usize) -> Result<(), Broken> {
    let trace = scenario.run().await?;
    // Without its table a receiver records nothing; without its topics it records everything in the first attempt.
    let answers = match service {
        Service::DynamoDb => [vec![503; dead], vec![200; usize::from(dead < all)]].concat(),
        _ => vec![200],
    };
    let gave_up = dead == all && service == Service::DynamoDb;
    let recorded = if gave_up { 0 } else { scenario.workload.expected.len() };
    let redriven = service == Service::Sns;
    if (&trace.answers, trace.recorded) == (&answers, recorded) && trace.redrives.is_empty() != redriven {
        return Ok(());
    }
    let (answers, recorded) = (trace.answers, trace.recorded);
    Err(format!("{scenario}: answers {answers:?}, {recorded} recorded"))
}

/// With a signed timestamp each attempt is signed at its own time. For other schemes this is unknown, so both are tested.
fn signings(provider: ProviderName) -> &'static [Signing] {
    if Scheme::of(provider)[0].signs_a_timestamp() {
        &[Signing::Fresh]
    } else {
        &[Signing::Identical, Signing::Fresh]
    }
}
