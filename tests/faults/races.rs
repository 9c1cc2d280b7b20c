//! The same webhook several times at once, with concurrent redrives.

use futures_util::future::{join, join_all};
use jiff::SignedDuration;
use mailhooks_tests::Testbed;
use mailhooks_tests::aws::{Fault, FaultTiming, Kind, Target};
use mailhooks_tests::invariants::{Broken, Invariants};

use crate::scenario::REDRIVE_TIME;
use crate::suite::Suite;
use crate::workload::{Workload, start};

/// Concurrent deliveries.
const DELIVERIES: usize = 6;
/// Concurrent redrives. Their clocks are ahead, so events recorded a moment ago have waited long enough.
const REDRIVES: usize = 2;
/// The numbers of the throttled calls; a webhook makes more than twice as many.
const THROTTLED: usize = 24;

/// Runs once without faults, and once with each of the first calls throttled: that call in one attempt, and the call
/// after the next one in all attempts.
pub(crate) async fn of(suite: &Suite, workload: &'static Workload) {
    let throttle = |number: usize| {
        let at = |number| Target::Number(number);
        let timing = FaultTiming::ALL[number % 2];
        vec![
            Fault::once(at(number), timing, Kind::Throttle),
            Fault::always(at(number + 2), timing, Kind::Throttle),
        ]
    };
    let faults = std::iter::once(Vec::new()).chain((0..THROTTLED).step_by(2).map(throttle));
    let places = 4 * workload.places;
    suite.each(faults.map(|faults| (places, race(workload, faults)))).await;
}

async fn race(workload: &'static Workload, faults: Vec<Fault>) -> Result<(), Broken> {
    let testbed = Testbed::start_in_virtual_time(start()).await;
    let testbed = if workload.announce_all { testbed.announcing_all() } else { testbed };
    testbed.aws.arm();
    let is_quiet = faults.is_empty();
    for fault in faults {
        testbed.aws.inject(fault);
    }
    let deliver = async || {
        let status = testbed.post(workload.provider, &workload.body).await.status().as_u16();
        if status == 200 {
            Invariants::new(&workload.expected).hold(&testbed).await?;
        }
        Ok::<_, Broken>(status)
    };
    let later = start() + SignedDuration::from_mins(2);
    let redrives = join_all((0..REDRIVES).map(async |_| {
        let redrive = testbed.redrive(later);
        // One redrive runs too early; the other finds the remaining events.
        redrive.run(REDRIVE_TIME).await;
        redrive.run(REDRIVE_TIME).await;
    }));
    let (answers, _) = join(join_all((0..DELIVERIES).map(|_| deliver())), redrives).await;
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    if is_quiet && answers.iter().any(|status| *status != 200) {
        return Err(format!("answers {answers:?}, and nothing was wrong"));
    }
    testbed.aws.calm();
    let mut invariants = Invariants::new(&workload.expected);
    if answers.contains(&200) {
        invariants.hold(&testbed).await?;
    } else if deliver().await? != 200 {
        return Err("not acknowledged in the end".to_owned());
    }
    invariants.holds(&testbed).await?;
    testbed.redrive(later).run(REDRIVE_TIME).await;
    invariants.holds(&testbed).await?;
    invariants.is_kept_in_the_end(&testbed)
}
