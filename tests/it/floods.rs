//! The scenarios of the load test (`tests/load`) with small numbers, over the binaries of the tests: nothing is lost,
//! and memory stays bounded.

use mailhooks_tests::load::report::Report;
use mailhooks_tests::load::{Plan, scenarios};

fn assert_sound(reports: &[Report]) {
    for report in reports {
        assert!(report.problems.is_empty(), "{report:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_events() {
    assert_sound(&scenarios::sustained(&Plan::smoke()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst() {
    assert_sound(&scenarios::burst(&Plan::smoke()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches() {
    assert_sound(&scenarios::batches(&Plan::smoke()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_table() {
    assert_sound(&scenarios::slow_table(&Plan::smoke()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_dies_and_comes_back() {
    assert_sound(&scenarios::dead_topic(&Plan::smoke()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nine_forged_requests_to_each_genuine_one() {
    assert_sound(&scenarios::forgeries(&Plan::smoke()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_made_to_hurt() {
    assert_sound(&scenarios::explosives(&Plan::smoke()).await);
}
