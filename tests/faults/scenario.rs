//! One scenario: a provider that makes its documented attempts, faults at given calls, and a redrive.

use std::fmt;
use std::time::Duration;

use ingestion::RedriveReport;
use jiff::{SignedDuration, Timestamp};
use mailhooks_tests::aws::{Call, Fault};
use mailhooks_tests::invariants::{Broken, Invariants};
use mailhooks_tests::retry_schedule::{attempts, is_sent_again};
use mailhooks_tests::{Testbed, sign, testbed};

use crate::workload::{Workload, start};

/// The time limit of a redrive: longer than any test redrive takes, even if every call hangs once.
pub(crate) const REDRIVE_TIME: Duration = Duration::from_mins(2);

pub(crate) struct Scenario {
    pub(crate) workload: &'static Workload,
    /// Faults that apply when their call arrives, in an attempt or in the redrive.
    pub(crate) faults: Vec<Fault>,
    /// Faults that end with the last attempt.
    pub(crate) meanwhile: Vec<Fault>,
    /// Faults that end after this number of first attempts.
    pub(crate) first: (usize, Vec<Fault>),
    pub(crate) patience: Patience,
    pub(crate) signing: Signing,
}

/// How often the provider tries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Patience {
    Documented,
    /// Only once: the provider was told to stop, or lost the event.
    Once,
}

/// The form of a retry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Signing {
    /// The same bytes with the same headers.
    Identical,
    /// Signed at the time of the retry.
    Fresh,
}

/// The result of a scenario that kept the invariants.
pub(crate) struct Trace {
    pub(crate) attempts: Vec<Vec<Call>>,
    /// The calls of the redrives, if any event waited.
    pub(crate) redrives: Vec<Vec<Call>>,
    pub(crate) answers: Vec<u16>,
    pub(crate) recorded: usize,
}

impl Scenario {
    /// A scenario without faults.
    pub(crate) fn of(workload: &'static Workload) -> Self {
        // A signed timestamp has a tolerance, so each attempt is signed at its own time.
        let is_timed = sign::Scheme::of(workload.provider)[0].signs_a_timestamp();
        Self {
            workload,
            faults: Vec::new(),
            meanwhile: Vec::new(),
            first: (0, Vec::new()),
            patience: Patience::Documented,
            signing: if is_timed { Signing::Fresh } else { Signing::Identical },
        }
    }

    /// Runs the scenario. An error describes the broken invariant and the scenario.
    pub(crate) async fn run(&self) -> Result<Trace, Broken> {
        self.run_to_end().await.map_err(|broken| format!("{self}: {broken}"))
    }

    async fn run_to_end(&self) -> Result<Trace, Broken> {
        let mut testbed = Testbed::start_in_virtual_time(start()).await;
        if self.workload.announce_all {
            testbed = testbed.announcing_all();
        }
        testbed.aws.arm();
        let mut invariants = Invariants::new(&self.workload.expected);
        let (attempts, answers) = self.deliver(&testbed, &mut invariants).await?;
        let redrives = self.redrive(&testbed, &mut invariants, attempts.len()).await?;
        invariants.is_kept_in_the_end(&testbed)?;
        Ok(Trace { attempts, redrives, answers, recorded: invariants.recorded() })
    }

    async fn deliver(
        &self,
        testbed: &Testbed,
        invariants: &mut Invariants<'_>,
    ) -> Result<(Vec<Vec<Call>>, Vec<u16>), Broken> {
        let (mut calls, mut answers) = (Vec::new(), Vec::new());
        for (number, now) in self.times().into_iter().enumerate() {
            self.set_faults(testbed, number);
            let before = testbed.aws.calls().len();
            testbed.set_clock(now);
            let answer = self.attempt(testbed, now).await;
            calls.push(testbed.aws.calls().split_off(before));
            answers.push(answer);
            match answer {
                200 => invariants.hold(testbed).await?,
                503 => invariants.holds(testbed).await?,
                other => return Err(format!("answered {other}")),
            }
            if !is_sent_again(self.workload.provider, answer) {
                break;
            }
        }
        Ok((calls, answers))
    }

    /// The times of the provider's attempts.
    fn times(&self) -> Vec<Timestamp> {
        let mut times = attempts(self.workload.provider, start());
        if self.patience == Patience::Once {
            times.truncate(1);
        }
        times
    }

    /// Injects the faults before the attempt with this number.
    fn set_faults(&self, testbed: &Testbed, number: usize) {
        let (attempts, first) = &self.first;
        let all = |faults: &[Fault]| {
            for fault in faults {
                testbed.aws.inject(fault.clone());
            }
        };
        if number == 0 {
            all(&self.faults);
            all(&self.meanwhile);
            if *attempts > 0 {
                all(first);
            }
        } else if number == *attempts {
            testbed.aws.calm();
        }
    }

    async fn attempt(&self, testbed: &Testbed, now: Timestamp) -> u16 {
        let Workload { provider, body, .. } = self.workload;
        let headers = match self.signing {
            Signing::Identical => sign::headers(*provider, body, start()),
            Signing::Fresh => sign::fresh_headers(*provider, body, now),
        };
        let path = format!("/webhooks/{provider}");
        testbed.receive(*provider, testbed::request("POST", &path, &headers, body)).await.status().as_u16()
    }

    /// One redrive if any event waits, and one more after each that had a fault.
    async fn redrive(
        &self,
        testbed: &Testbed,
        invariants: &mut Invariants<'_>,
        attempts: usize,
    ) -> Result<Vec<Vec<Call>>, Broken> {
        if self.first.0 > 0 || !self.meanwhile.is_empty() {
            // Only faults for a call of the redrive are left.
            testbed.aws.calm();
            for fault in &self.faults {
                testbed.aws.inject(fault.clone());
            }
        }
        let mut calls = Vec::new();
        let mut now = self.times()[attempts - 1] + SignedDuration::from_secs(61);
        while invariants.waiting() > 0 {
            let (before, strikes) = (testbed.aws.calls().len(), testbed.aws.strikes());
            let report = testbed.redrive(now).run(REDRIVE_TIME).await;
            calls.push(testbed.aws.calls().split_off(before));
            invariants.holds(testbed).await?;
            if testbed.aws.strikes() == strikes {
                finished(&report, invariants.waiting())?;
                break;
            }
            now += SignedDuration::from_mins(1);
        }
        Ok(calls)
    }
}

/// The expected report of a redrive without faults.
fn finished(report: &RedriveReport, waiting: usize) -> Result<(), Broken> {
    if report.finished && report.failures.is_empty() && waiting == 0 {
        return Ok(());
    }
    Err(format!("{waiting} events wait after {report:?}"))
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.workload.name;
        write!(formatter, "{name}, {:?}, {:?}", self.patience, self.signing)?;
        let (attempts, first) = &self.first;
        for (when, faults) in [("at", &self.faults), ("meanwhile", &self.meanwhile), ("first", first)] {
            for fault in faults {
                write!(formatter, ", {when} {fault}")?;
            }
        }
        if *attempts > 0 {
            write!(formatter, ", {attempts} attempts long")?;
        }
        Ok(())
    }
}
