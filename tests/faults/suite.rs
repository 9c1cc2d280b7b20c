//! Runs scenarios concurrently and counts them.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use libtest_mimic::{Failed, Trial};
use mailhooks_tests::invariants::Broken;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use crate::scenario::{Patience, Scenario, Trace};

/// Scenarios that run at the same time, over all trials.
const AT_A_TIME: usize = 32;

/// The maximum number of broken promises that a trial prints.
const MAX_TOLD: usize = 5;

/// Threads: more than processors, so that no scenario waits for one that compresses or signs a large body.
const THREADS: usize = 8;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(THREADS).enable_all().build().unwrap());

static TALLY: Mutex<BTreeMap<&str, usize>> = Mutex::new(BTreeMap::new());

static PLACES: Semaphore = Semaphore::const_new(AT_A_TIME);

/// The results of the scenarios of a trial.
pub(crate) struct Suite {
    group: &'static str,
    broken: Mutex<Vec<Broken>>,
}

pub(crate) fn trial<R>(group: &'static str, name: &str, run: R) -> Trial
where
    R: AsyncFnOnce(&Suite) + Send + 'static,
{
    Trial::test(format!("{group}/{name}"), move || {
        let suite = Suite { group, broken: Mutex::default() };
        RUNTIME.block_on(run(&suite));
        suite.verdict()
    })
}

/// A trial of one scenario with its own assertions.
pub(crate) fn check<F>(group: &'static str, name: &str, run: F) -> Trial
where
    F: Future<Output = ()> + Send + 'static,
{
    trial(group, name, async move |suite| {
        let run = async move {
            run.await;
            Ok(())
        };
        drop(suite.each([(1, run)]).await);
    })
}

impl Suite {
    /// Runs scenarios and returns each with its trace. A provider that tries as documented must receive a 200.
    pub(crate) async fn run(&self, scenarios: impl IntoIterator<Item = Scenario>) -> Vec<(Scenario, Trace)> {
        let run = async |scenario: Scenario| {
            let trace = scenario.run().await?;
            let documented = scenario.patience == Patience::Documented;
            if documented && trace.answers.last() != Some(&200) {
                return Err(format!("{scenario}: never acknowledged"));
            }
            Ok((scenario, trace))
        };
        self.each(scenarios.into_iter().map(|scenario| (scenario.workload.places, run(scenario)))).await
    }

    /// Runs scenarios of any kind, each with its weight in permits and its own paused clock, so no time limit
    /// expires because the machine is slow. Broken invariants are reported at the end.
    pub(crate) async fn each<T, F>(&self, runs: impl IntoIterator<Item = (u32, F)>) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Broken>> + Send + 'static,
    {
        let virtually = |run: F| {
            let mut runtime = Builder::new_current_thread();
            runtime.enable_all().start_paused(true).build().unwrap().block_on(run)
        };
        let runs = runs.into_iter().map(|(places, run)| {
            let run = async move {
                let run = tokio::task::spawn_blocking(move || virtually(run));
                run.await.unwrap_or_else(|panic| Err(panic.to_string()))
            };
            (places, run)
        });
        self.each_in_real_time(runs).await
    }

    /// Runs scenarios without a paused clock, because they start processes.
    pub(crate) async fn each_in_real_time<T, F>(&self, runs: impl IntoIterator<Item = (u32, F)>) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Broken>> + Send + 'static,
    {
        let runs = runs.into_iter().map(|(places, run)| {
            tokio::spawn(async move {
                let _places = PLACES.acquire_many(places).await.unwrap();
                run.await
            })
        });
        let mut done = Vec::new();
        let mut count = 0;
        for run in runs.collect::<Vec<_>>() {
            count += 1;
            match run.await {
                Ok(Ok(run)) => done.push(run),
                Ok(Err(broken)) => self.broken.lock().unwrap().push(broken),
                Err(panic) => self.broken.lock().unwrap().push(panic.to_string()),
            }
        }
        *TALLY.lock().unwrap().entry(self.group).or_default() += count;
        done
    }

    fn verdict(&self) -> Result<(), Failed> {
        let broken = self.broken.lock().unwrap();
        if broken.is_empty() {
            return Ok(());
        }
        let told: Vec<_> = broken.iter().take(MAX_TOLD).cloned().collect();
        Err(format!("{} scenarios failed:\n{}", broken.len(), told.join("\n")).into())
    }
}

/// Prints the number of scenarios.
pub(crate) fn tell() {
    let tally = TALLY.lock().unwrap();
    for (group, count) in tally.iter() {
        println!("{count:>6} scenarios: {group}");
    }
    println!("{:>6} scenarios in all", tally.values().sum::<usize>());
}
