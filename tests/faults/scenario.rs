//! One scenario: a provider that keeps to its documented attempts, faults at given calls, and a redrive.

use std::fmt;
use std::time::Duration;

use ingestion::RedriveReport;
use jiff::{SignedDuration, Timestamp};
use mailhooks_tests::aws::{Call, Fault};
use mailhooks_tests::invariants::{Broken, Invariants};
use mailhooks_tests::retry_schedule::{attempts, is_sent_again};
use mailhooks_tests::{Testbed, sign, testbed};

use crate::workload::{Workload, start};

/// What a redrive is given: more than any of ours takes, with every call hanging once.
pub(crate) const REDRIVE_TIME: Duration = Duration::from_mins(2);

pub(crate) struct Scenario {
    pub(crate) workload: &'static Workload,
    /// Faults that strike when their call comes, in an attempt or in the redrive.
    pub(crate) faults: Vec<Fault>,
    /// Faults that end with the last attempt.
    pub(crate) meanwhile: Vec<Fault>,
    /// Faults that end with the first attempts, so many of them.
    pub(crate) first: (usize, Vec<Fault>),
    pub(crate) patience: Patience,
    pub(crate) signing: Signing,
}

/// How long the provider tries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Patience {
    Documented,
    /// Not a second time: it was told to stop, or lost the event.
    Once,
}

/// What an attempt after the first is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Signing {
    /// The same bytes with the same headers.
    Identical,
    /// Signed at its own time.
    Fresh,
}

/// The result of a scenario that kept the invariants.
pub(crate) struct Trace {
    pub(crate) attempts: Vec<Vec<Call>>,
    /// Those of the redrives, if anything waited.
    pub(crate) redrives: Vec<Vec<Call>>,
    pub(crate) answers: Vec<u16>,
    pub(crate) recorded: usize,
}

impl Scenario {
    /// Nothing goes wrong.
    pub(crate) fn of(workload: &'static Workload) -> Self {
        // A signed timestamp has a tolerance, so an attempt is signed at its own time.
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

    /// Runs it; an error says how the invariants was broken, and in which scenario.
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

    /// When the provider tries.
    fn times(&self) -> Vec<Timestamp> {
        let mut times = attempts(self.workload.provider, start());
        if self.patience == Patience::Once {
            times.truncate(1);
        }
        times
    }

    /// Before the attempt with this number.
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

    /// One redrive, if anything waits, and one more for each that met a fault.
    async fn redrive(
        &self,
        testbed: &Testbed,
        invariants: &mut Invariants<'_>,
        attempts: usize,
    ) -> Result<Vec<Vec<Call>>, Broken> {
        if self.first.0 > 0 || !self.meanwhile.is_empty() {
            // Only those are left that wait for a call of the redrive.
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

/// What a redrive must say that met no fault.
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
