//! The calls since the journal was last reset, and the faults to inject.

use std::collections::HashMap;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

use super::call::Call;
use super::fault::{ALL_ATTEMPTS, Fault};
use super::text;

#[derive(Debug, Default)]
pub(super) struct Journal {
    /// The calls by number.
    pub(super) calls: Vec<Call>,
    /// The calls that the backend executed, in order of execution.
    pub(super) effects: Vec<Call>,
    pub(super) faults: Vec<Fault>,
    pub(super) strikes: usize,
    attempts: usize,
    numbers: HashMap<String, usize>,
}

impl Journal {
    pub(super) fn arm(&mut self) {
        *self = Self { faults: std::mem::take(&mut self.faults), ..Self::default() };
    }

    /// The call that an attempt belongs to, and the fault that applies to it.
    pub(super) fn receive(&mut self, request: &HttpRequest) -> (Call, Option<Fault>) {
        let number = self.number(request);
        let call = self.calls[number].clone();
        let attempt = self.attempts;
        self.attempts += 1;
        let body = text(request.body());
        let meets = |fault: &Fault| fault.meets(attempt, number, &call, body);
        let Some(index) = self.faults.iter().position(meets) else {
            return (call, None);
        };
        self.strikes += 1;
        let fault = &mut self.faults[index];
        let struck = fault.clone();
        if fault.attempts != ALL_ATTEMPTS {
            fault.attempts -= 1;
        }
        if fault.attempts == 0 {
            self.faults.remove(index);
        }
        (call, Some(struck))
    }

    fn number(&mut self, request: &HttpRequest) -> usize {
        let id = request.headers().get("amz-sdk-invocation-id").expect("every attempt names its call");
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let mut call = Call::read(request);
        let same = |one: &&Call| one.operation == call.operation && one.subject == call.subject;
        call.occurrence += self.calls.iter().filter(same).count();
        self.calls.push(call);
        self.numbers.insert(id.to_owned(), self.calls.len() - 1);
        self.calls.len() - 1
    }
}
