//! The scenarios.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ingestion::clock::{self, Stopwatch};
use jiff::{SignedDuration, Timestamp};
use normalization::ProviderName::{self, Emailit, JetEmail};

use crate::Testbed;
use crate::load::Plan;
use crate::load::bombs;
use crate::load::fleet::{Answered, Fleet};
use crate::load::ledger::Ledger;
use crate::load::posts::{Post, Seal, batch, bounce};
use crate::load::report::Report;
use crate::relay::{Conduct, Relay};

/// The number of times that `JetEmail` retries an unacknowledged webhook (`fixtures/jetemail/README.md`). Emailit retries
/// ten times.
const RETRIES: usize = 5;

/// The time limit of the final redrive: longer than it takes on any machine.
const REDRIVE_TIME: Duration = Duration::from_hours(24);

/// Bounces of `JetEmail`, one in ten of them delivered a second time.
pub async fn sustained(plan: &Plan) -> Vec<Report> {
    let mut stage = Stage::set(JetEmail, plan).await;
    let again = |number: usize| if number % 10 == 9 { number - 5 } else { number };
    stage.load((0..plan.webhooks).map(move |number| bounce(again(number)))).await;
    vec![stage.finish("single bounces, one in ten sent twice").await]
}

/// Batches of a hundred. In every other one all events are announced, in the rest one in ten.
pub async fn batches(plan: &Plan) -> Vec<Report> {
    let mut stage = Stage::set(Emailit, plan).await;
    let again = |number: usize| if number % 10 == 9 { number - 5 } else { number };
    stage.load((0..plan.batches).map(move |number| hundred(again(number)))).await;
    vec![stage.finish("batches of 100, one in ten sent twice").await]
}

/// Bounces that arrive one each millisecond, for which Lambda starts sandboxes.
pub async fn burst(plan: &Plan) -> Vec<Report> {
    let mut stage = Stage::set(JetEmail, &Plan { sandboxes: 0, ..plan.clone() }).await;
    let posts = (0..plan.burst).map(|number| Arc::new(bounce(number))).collect();
    let stopwatch = Stopwatch::start();
    let answers = stage.fleet.burst(posts, plan.most_sandboxes).await;
    stage.elapsed += stopwatch.elapsed();
    stage.ledger.enter(&answers);
    stage.answers.extend(answers);
    vec![stage.finish(&format!("burst of {} bounces, one each millisecond", plan.burst)).await]
}

/// A table that delays each call.
pub async fn slow_table(plan: &Plan) -> Vec<Report> {
    let mut reports = Vec::new();
    let wait = format!("table held {} ms", plan.slowness.as_millis());
    let mut stage = Stage::set(JetEmail, plan).await;
    stage.dynamodb.set(Conduct::Hold(plan.slowness));
    stage.load((0..plan.slow_webhooks).map(bounce)).await;
    reports.push(stage.finish(&format!("{wait}: single bounces")).await);
    let mut stage = Stage::set(Emailit, plan).await;
    stage.dynamodb.set(Conduct::Hold(plan.slowness));
    stage.load((0..plan.slow_webhooks.div_ceil(6)).map(hundred)).await;
    reports.push(stage.finish(&format!("{wait}: batches of 100")).await);
    reports
}

/// A topic that fails in two ways and recovers, followed by the redrive.
pub async fn dead_topic(plan: &Plan) -> Vec<Report> {
    let mut stage = Stage::set(Emailit, plan).await;
    let mut reports = Vec::new();
    let mut first = 0;
    let refusal = (Conduct::Refuse, "topic answers 500: batches of 10");
    let silence = (Conduct::Silence, "topic does not answer: batches of 10");
    // Without time limits a function waits forever for a topic that does not answer.
    let ways = if plan.time_limits { vec![refusal, silence] } else { vec![refusal] };
    for (conduct, name) in ways {
        stage.sns.set(conduct);
        let numbers = first..first + plan.outage_webhooks;
        first = numbers.end;
        // One batch in five has nothing to announce, so its events never wait.
        stage.load(numbers.map(|number| batch(number, 10, if number % 5 == 0 { 11 } else { 1 }))).await;
        reports.push(stage.report(name).await);
    }
    stage.sns.set(Conduct::Pass);
    reports.push(stage.finish("topic is back: the redrive").await);
    reports
}

/// Nine forged webhooks for each genuine one; one in ten of the forged has a megabyte.
pub async fn forgeries(plan: &Plan) -> Vec<Report> {
    let mut stage = Stage::set(Emailit, &plan.of_whole_processors()).await;
    let posts = (0..plan.webhooks).map(|number| {
        let genuine = batch(number, 1, 1);
        let seal = match number % 10 {
            0 => return genuine,
            1 | 2 => Seal::Missing,
            3 | 4 => Seal::Malformed,
            5 => Seal::Stale,
            _ => Seal::OfAnotherBody,
        };
        let mut body = genuine.body;
        if number % 10 == 9 {
            body.resize(1_000_000, b' ');
        }
        Post::forged(body, seal)
    });
    stage.load(posts).await;
    vec![stage.finish("9 forged webhooks to 1 genuine").await]
}

/// Correctly signed bodies that are expensive to process. All of them are sent, however long it takes.
pub async fn explosives(plan: &Plan) -> Vec<Report> {
    let mut reports = Vec::new();
    for provider in [JetEmail, Emailit] {
        let mut stage = Stage::set(provider, &plan.of_whole_processors()).await;
        let bombs: Vec<Arc<Post>> = bombs::all(provider, plan).into_iter().map(Arc::new).collect();
        for _ in 0..plan.rounds {
            stage.send(bombs.clone().into_iter()).await;
        }
        reports.push(stage.finish(&format!("JSON bombs at {provider}")).await);
    }
    reports
}

fn hundred(number: usize) -> Post {
    batch(number, 100, if number.is_multiple_of(2) { 1 } else { 10 })
}

/// The setup of a scenario: separate engines, relays in front of them, sandboxes, and the ledger.
struct Stage {
    fleet: Fleet,
    dynamodb: Relay,
    sns: Relay,
    testbed: Testbed,
    ledger: Ledger,
    patience: Duration,
    most_memory: u64,
    /// The answers since the last report, and the time they took.
    answers: Vec<Answered>,
    elapsed: Duration,
    /// The totals at the last report.
    stored: usize,
    calls: BTreeMap<String, usize>,
}

impl Stage {
    async fn set(provider: ProviderName, plan: &Plan) -> Self {
        let testbed = Testbed::start(Timestamp::UNIX_EPOCH).await;
        let dynamodb = Relay::start(testbed.local.dynamodb.endpoint()).await;
        let sns = Relay::start(testbed.local.sns.endpoint()).await;
        for relay in [&dynamodb, &sns] {
            relay.set(Conduct::after(plan.call_time));
        }
        let fleet = Fleet::start(provider, plan, &testbed, [&dynamodb, &sns]).await;
        Self {
            fleet,
            dynamodb,
            sns,
            testbed,
            ledger: Ledger::default(),
            patience: plan.patience,
            most_memory: plan.most_memory,
            answers: Vec::new(),
            elapsed: Duration::ZERO,
            stored: 0,
            calls: BTreeMap::new(),
        }
    }

    /// Sends these webhooks until the time is up.
    async fn load(&mut self, posts: impl Iterator<Item = Post> + Send + 'static) {
        let (stopwatch, patience) = (Stopwatch::start(), self.patience);
        self.send(posts.take_while(move |_| stopwatch.elapsed() < patience).map(Arc::new)).await;
    }

    async fn send(&mut self, posts: impl Iterator<Item = Arc<Post>> + Send + 'static) {
        let stopwatch = Stopwatch::start();
        let answers = self.fleet.take(posts).await;
        self.elapsed += stopwatch.elapsed();
        self.ledger.enter(&answers);
        self.answers.extend(answers);
    }

    /// The last report, after the provider's retries and a redrive: every genuine event must have arrived.
    async fn finish(mut self, name: &str) -> Report {
        for _ in 0..RETRIES {
            let again = self.ledger.unacknowledged();
            if again.is_empty() {
                break;
            }
            self.send(again.into_iter()).await;
        }
        let stopwatch = Stopwatch::start();
        Box::pin(self.testbed.redrive(clock::now() + SignedDuration::from_mins(2)).run(REDRIVE_TIME)).await;
        self.elapsed += stopwatch.elapsed();
        let mut report = self.report(name).await;
        if self.testbed.stored().await.iter().any(|event| event.unannounced) {
            report.problems.push("events still wait to be announced".to_owned());
        }
        for post in self.ledger.unacknowledged() {
            report.problems.push(format!("never acknowledged: {}", post.name));
        }
        report
    }

    async fn report(&mut self, name: &str) -> Report {
        let findings = self.ledger.compare(&self.testbed).await;
        let mut report = Report::new(name, self.elapsed, &self.answers, &findings);
        let told = report.recorded;
        report.recorded = findings.stored - self.stored;
        // The answers may count fewer: an answer of 503 has no counts, and a write that took effect after its time-out is a
        // duplicate when the SDK retries.
        if told > report.recorded {
            report.problems.push(format!("{told} recorded by the answers, {}", report.recorded));
        }
        report.sandboxes = self.fleet.len();
        report.enter_memory(self.fleet.peak_memory(), self.most_memory);
        report.problems.extend(self.fleet.problems());
        let mut calls = self.dynamodb.calls();
        calls.extend(self.sns.calls());
        for (operation, count) in &calls {
            let new = count - self.calls.get(operation).unwrap_or(&0);
            if new > 0 {
                report.calls.insert(operation.clone(), new);
            }
        }
        self.calls = calls;
        self.stored = findings.stored;
        self.answers.clear();
        self.elapsed = Duration::ZERO;
        report
    }
}
