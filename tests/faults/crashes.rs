//! The real binaries, killed with SIGKILL at each of their calls, before and after its effect. Then a new process
//! receives the provider's retry, or the redrive announces what is left.

use ingestion::clock;
use jiff::SignedDuration;
use mailhooks_tests::api_gateway::{self, Encoding};
use mailhooks_tests::aws::{Call, Fault, FaultTiming, Gate, Kind, Service, Target};
use mailhooks_tests::invariants::{Broken, Invariants};
use mailhooks_tests::lambda::Function;
use mailhooks_tests::relay::Relay;
use mailhooks_tests::{Testbed, sign};
use serde_json::{Value, json};

use crate::scenario::Scenario;
use crate::singles::{timings, waiting};
use crate::suite::Suite;
use crate::workload::Workload;

/// Unoptimized binaries start slowly.
const PLACES: u32 = 4;

/// Longer than the time that a redrive leaves to a webhook that may still be in progress.
const AGE: SignedDuration = SignedDuration::from_mins(2);

/// The process that continues after a crash.
#[derive(Clone, Copy, Debug)]
enum Successor {
    Retry,
    Redrive,
}

pub(crate) async fn of_receiver(suite: &Suite, workload: &'static Workload) {
    let learned = suite.run([Scenario::of(workload)]).await;
    let mut runs = Vec::new();
    let calls: Vec<&Call> = learned.iter().flat_map(|(_, trace)| &trace.attempts[0]).collect();
    for call in &calls {
        // The calls in flight together are all answered when the receiver dies, except the one that kills it.
        let together = calls.iter().filter(|one| one.step() <= call.step()).count();
        for timing in FaultTiming::ALL {
            let answered = together - usize::from(timing == FaultTiming::BeforeEffect);
            for successor in [Successor::Retry, Successor::Redrive] {
                runs.push((PLACES, Crash::at(workload, call, timing).of_receiver(answered, successor)));
            }
        }
    }
    suite.each_in_real_time(runs).await;
}

/// A redrive dies, and the next one continues its work.
pub(crate) async fn of_redrive(suite: &Suite, workload: &'static Workload) {
    let learned = suite.run([waiting(workload)]).await;
    let mut runs = Vec::new();
    for call in learned.iter().flat_map(|(_, trace)| &trace.redrives[0]) {
        for timing in timings(call) {
            runs.push((PLACES, Crash::at(workload, call, *timing).of_redrive()));
        }
    }
    suite.each_in_real_time(runs).await;
}

type Variables = Vec<(&'static str, String)>;

struct Crash {
    workload: &'static Workload,
    call: Call,
    timing: FaultTiming,
}

impl Crash {
    fn at(workload: &'static Workload, call: &Call, timing: FaultTiming) -> Self {
        let call = call.clone();
        Self { workload, call, timing }
    }

    async fn of_receiver(self, answered: usize, successor: Successor) -> Result<(), Broken> {
        let told = |broken| format!("{self}, then {successor:?}: {broken}");
        let testbed = self.testbed().await;
        let relays = testbed.relays().await;
        let variables = self.variables(&testbed, &relays);
        let mut invariants = Invariants::new(&self.workload.expected);
        let receiver = self.receiver(&variables).await;
        testbed.aws.arm();
        self.hold(&receiver, self.webhook(), &testbed).await.map_err(told)?;
        testbed.aws.answered(answered).await;
        receiver.kill().await;
        invariants.holds(&testbed).await.map_err(told)?;
        match successor {
            Successor::Retry => {
                let answer = self.receiver(&variables).await.invoke(self.webhook()).await.unwrap();
                if answer["statusCode"] != 200 {
                    return Err(told(format!("the retry was answered {answer}")));
                }
                invariants.hold(&testbed).await.map_err(told)?;
            }
            Successor::Redrive => {
                testbed.age(AGE).await;
                invariants.age(AGE);
                redrive(&variables).await;
                invariants.holds(&testbed).await.map_err(told)?;
            }
        }
        invariants.is_kept_in_the_end(&testbed).map_err(told)
    }

    async fn of_redrive(self) -> Result<(), Broken> {
        let told = |broken| format!("the redrive, {self}: {broken}");
        let testbed = self.testbed().await;
        testbed.set_clock(clock::now() - AGE);
        let mut invariants = Invariants::new(&self.workload.expected);
        testbed.aws.arm();
        testbed.aws.inject(Fault::dead(Service::Sns));
        testbed.post(self.workload.provider, &self.workload.body).await;
        testbed.aws.calm();
        let relays = testbed.relays().await;
        let variables = self.variables(&testbed, &relays);
        let first = Function::start("redrive", &variables).await;
        first.ready().await;
        self.hold(&first, json!({}), &testbed).await.map_err(told)?;
        first.kill().await;
        invariants.holds(&testbed).await.map_err(told)?;
        redrive(&variables).await;
        invariants.holds(&testbed).await.map_err(told)?;
        if invariants.recorded() < self.workload.expected.len() {
            return Err(told("not everything was recorded".to_owned()));
        }
        invariants.is_kept_in_the_end(&testbed).map_err(told)
    }

    async fn testbed(&self) -> Testbed {
        let testbed = Testbed::start(clock::now()).await;
        if self.workload.announce_all { testbed.announcing_all() } else { testbed }
    }

    /// A started receiver, so that all later calls belong to the webhook.
    async fn receiver(&self, variables: &Variables) -> Function {
        let receiver = Function::start(self.workload.provider, variables).await;
        receiver.ready().await;
        receiver
    }

    /// The environment of a function whose calls can be held.
    fn variables(&self, testbed: &Testbed, relays: &[(&'static str, Relay)]) -> Variables {
        let mut variables = testbed.variables(self.workload.provider);
        variables.extend(relays.iter().map(|(name, relay)| (*name, relay.endpoint().to_owned())));
        variables
    }

    /// Invokes a function, and holds the call.
    async fn hold(&self, function: &Function, event: Value, testbed: &Testbed) -> Result<(), Broken> {
        let gate = Gate::default();
        let target = Target::Call(self.call.clone());
        testbed.aws.inject(Fault::once(target, self.timing, Kind::Hold(gate.clone())));
        tokio::select! {
            () = gate.reached() => {}
            answer = function.invoke(event) => return Err(format!("answered {answer:?}: never held")),
        }
        Ok(())
    }

    fn webhook(&self) -> Value {
        let Workload { provider, body, .. } = self.workload;
        let headers = sign::headers(*provider, body, clock::now());
        let path = format!("/webhooks/{provider}");
        api_gateway::event("POST", &path, &headers, body, Encoding::Base64)
    }
}

impl std::fmt::Display for Crash {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { workload, call, timing } = self;
        write!(formatter, "{}, killed at {call} {timing:?}", workload.name)
    }
}

async fn redrive(variables: &Variables) {
    let redrive = Function::start("redrive", variables).await;
    redrive.invoke(json!({})).await.unwrap();
}
