//! What has happened since the proxy was armed, and what is to go wrong.

use std::collections::HashMap;

use super::call::Call;
use super::entries::Failing;
use super::fault::{ALL_ATTEMPTS, Fault};
use crate::aws::Service;

#[derive(Default)]
pub(super) struct Journal {
    /// By number.
    pub(super) calls: Vec<Call>,
    /// The calls that a service carried out, in the order in which it did.
    pub(super) effects: Vec<Call>,
    pub(super) faults: Vec<Fault>,
    pub(super) failing: Failing,
    pub(super) strikes: usize,
    numbers: HashMap<String, usize>,
}

impl Journal {
    pub(super) fn arm(&mut self) {
        self.calls.clear();
        self.effects.clear();
        self.numbers.clear();
        self.strikes = 0;
    }

    /// The number of the call that an attempt belongs to.
    pub(super) fn number(
        &mut self,
        invocation: Option<&str>,
        service: Service,
        operation: String,
        subject: String,
    ) -> usize {
        if let Some(number) = invocation.and_then(|id| self.numbers.get(id)) {
            return *number;
        }
        let number = self.calls.len();
        let same = |call: &&Call| call.operation == operation && call.subject == subject;
        let occurrence = self.calls.iter().filter(same).count() + 1;
        self.calls.push(Call { service, operation, subject, occurrence });
        if let Some(id) = invocation {
            self.numbers.insert(id.to_owned(), number);
        }
        number
    }

    /// The fault that strikes this attempt.
    pub(super) fn fault(&mut self, number: usize, body: &[u8]) -> Option<Fault> {
        let call = &self.calls[number];
        let meets = |fault: &Fault| fault.meets(number, call, body);
        let index = self.faults.iter().position(meets)?;
        self.strikes += 1;
        let fault = &mut self.faults[index];
        let struck = fault.clone();
        if fault.attempts != ALL_ATTEMPTS {
            fault.attempts -= 1;
        }
        if fault.attempts == 0 {
            self.faults.remove(index);
        }
        Some(struck)
    }
}
