//! The fault suite: tests every call that a webhook causes with every fault that it can meet. It enumerates the cases;
//! none is random.
//!
//! It shows that no webhook is acknowledged before its events are recorded, each with the outbox mark if it is due and not
//! announced yet. After the provider's documented attempts and a redrive, every event is recorded exactly once, and
//! announced at least once if it is due. The attempts arrive at their documented times under the time limits of
//! production. The clock is simulated, so no test waits.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot continue fails, and says what it did"
)]

use std::pin::Pin;

use libtest_mimic::{Arguments, Trial};

mod crashes;
mod entries;
mod giving_up;
mod meanwhile;
mod outbox;
mod pairs;
mod poison;
mod races;
mod redrives;
mod scenario;
mod singles;
mod suite;
mod workload;

use suite::{check, trial};

/// A scenario with its own assertions.
type Check = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Trials that run at the same time. The number of scenarios is limited separately.
const TRIALS_AT_A_TIME: usize = 8;

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(TRIALS_AT_A_TIME);
    let mut trials = Vec::new();
    add_crashes(&mut trials);
    add_enumerations(&mut trials);
    add_races(&mut trials);
    add_redrives(&mut trials);
    let conclusion = libtest_mimic::run(&arguments, trials);
    suite::tell();
    conclusion.exit();
}

fn add_enumerations(trials: &mut Vec<Trial>) {
    for (name, workload) in workload::ALL {
        let workload = workload::make(workload);
        trials.push(trial("single faults attempts", name, async move |suite| {
            singles::in_attempts(suite, workload).await;
        }));
        trials.push(trial("pairs of refusals attempts", name, async move |suite| {
            pairs::in_attempts(suite, workload).await;
        }));
        if ["bounce", "batch"].contains(&name) {
            trials.push(trial("single faults redrives", name, async move |suite| {
                singles::in_redrives(suite, workload, name == "bounce").await;
            }));
        }
        if ["bounce", "split", "every_topic"].contains(&name) {
            trials.push(trial("pairs of refusals attempts redrives", name, async move |suite| {
                pairs::of_attempt_and_redrive(suite, workload).await;
            }));
        }
        if ["bounce", "every_topic"].contains(&name) {
            trials.push(trial("pairs of refusals redrives", name, async move |suite| {
                pairs::in_redrives(suite, workload).await;
            }));
        }
        trials.push(trial("entries that fail", name, async move |suite| {
            entries::of(suite, workload).await;
        }));
    }
    for (name, workload) in workload::OF_PROVIDERS {
        let workload = workload::make(workload);
        trials.push(trial("services that are dead", name, async move |suite| {
            giving_up::after(suite, workload).await;
        }));
    }
}

fn add_races(trials: &mut Vec<Trial>) {
    for (name, workload) in workload::ALL {
        let workload = workload::make(workload);
        trials.push(trial("races", name, async move |suite| {
            races::of(suite, workload).await;
        }));
    }
}

/// The real binaries.
fn add_crashes(trials: &mut Vec<Trial>) {
    for (name, workload) in workload::ALL {
        let workload = workload::make(workload);
        trials.push(trial("crashes of receivers", name, async move |suite| {
            crashes::of_receiver(suite, workload).await;
        }));
        if name == "bounce" {
            trials.push(trial("crashes of redrives", name, async move |suite| {
                crashes::of_redrive(suite, workload).await;
            }));
        }
    }
}

/// Tests of the redrive alone.
fn add_redrives(trials: &mut Vec<Trial>) {
    let mut add = |name: String, run: Check| trials.push(check("redrives", &name, run));
    for same in [false, true] {
        add(format!("two at once, one process: {same}"), Box::pin(redrives::two_at_once(same)));
        let name = format!("continues in the page, the first event gone: {same}");
        add(name, Box::pin(redrives::goes_on_in_the_page(same)));
        add(format!("gone meanwhile, deleted: {same}"), Box::pin(meanwhile::gone_meanwhile(same)));
    }
    for shard in [0, 7, 15] {
        add(format!("continues in shard {shard}"), Box::pin(redrives::goes_on_in_the_shard(shard)));
    }
    for poison in poison::POISONS {
        add(format!("poison: {}", poison.name), Box::pin(poison::among_good_ones(*poison)));
    }
    for code in poison::BLAMES {
        add(format!("blamed: {code}"), Box::pin(poison::blamed(code)));
    }
    let others: [(&str, Check); 12] = [
        ("without time", Box::pin(redrives::without_time())),
        ("the young are left alone", Box::pin(redrives::the_young_are_left_alone())),
        ("every shard", Box::pin(meanwhile::every_shard())),
        ("large events", Box::pin(redrives::large_events())),
        ("a page that cannot be read", Box::pin(meanwhile::a_page_that_cannot_be_read())),
        ("an oldest that cannot be read", Box::pin(meanwhile::an_oldest_that_cannot_be_read())),
        ("a table that is dead", Box::pin(meanwhile::a_table_that_is_dead())),
        ("topics that are still dead", Box::pin(meanwhile::topics_that_are_still_dead())),
        ("the line of the log", Box::pin(meanwhile::the_line_of_the_log())),
        ("poison: more than a page", Box::pin(poison::more_than_a_page())),
        ("poison: in every shard", Box::pin(poison::in_every_shard())),
        ("poison: odd keys", Box::pin(poison::odd_keys())),
    ];
    for (name, run) in others {
        add(name.to_owned(), run);
    }
}
