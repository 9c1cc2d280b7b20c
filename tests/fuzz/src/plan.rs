//! The first bytes of an input: they control the conditions under which the body after them is delivered.

use serde_json::{Value, json};

use crate::aws::FaultTiming::{self, AfterEffect, BeforeEffect};
use crate::aws::{Fault, Kind, Service, Target};

/// The length of a plan in bytes. All zero, as in the seeds, is an authentic delivery without faults.
const BYTES: usize = 8;
/// The bytes before those of the faults.
const NOT_OF_FAULTS: usize = 3;

/// The reason that a request must be rejected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Forgery {
    /// The input supplies the headers, and also the body after them.
    AnyHeaders,
    AnotherBody,
    AnotherSecret,
    Stale,
    /// The signature header occurs twice.
    Twice,
    AnotherDigit,
    /// The signature is right, but the method is not POST.
    AnotherMethod,
}

impl Forgery {
    const ALL: [Self; 7] = [
        Self::AnyHeaders,
        Self::AnotherBody,
        Self::AnotherSecret,
        Self::Stale,
        Self::Twice,
        Self::AnotherDigit,
        Self::AnotherMethod,
    ];
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan([u8; BYTES]);

impl Plan {
    pub(crate) fn read(input: &[u8]) -> Option<(Self, &[u8])> {
        let (plan, rest) = input.split_first_chunk()?;
        Some((Self(*plan), rest))
    }

    /// `None`: the request is authentic. One in eight is not.
    pub(crate) fn forgery(self) -> Option<Forgery> {
        let kind = usize::from(self.0[0] >> 3) % Forgery::ALL.len();
        (self.0[0] & 7 == 7).then(|| Forgery::ALL[kind])
    }

    /// A number for a choice that the target makes.
    pub(crate) fn choice(self) -> usize {
        self.0[1].into()
    }

    /// Whether there is a topic for every event.
    pub(crate) fn announces_all(self) -> bool {
        self.0[2] & 1 == 1
    }

    /// Whether the provider uses the second of its schemes, if it has two.
    pub(crate) fn other_scheme(self) -> bool {
        self.0[2] & 2 == 2
    }

    /// Whether the older of the two accepted secrets signs.
    pub(crate) fn older_secret(self) -> bool {
        self.0[2] & 4 == 4
    }

    /// Whether the body is sent as text, if it is valid text.
    pub(crate) fn as_text(self) -> bool {
        self.0[2] & 8 == 8
    }

    /// Whether the body is made larger than one item can store.
    pub(crate) fn padded(self) -> bool {
        self.0[2] & 0x70 == 0x70
    }

    /// Whether to stop after normalization and send nothing to AWS: a tenth of the work, and enough to explore the content of a
    /// body.
    pub(crate) fn ends_with_records(self) -> bool {
        self.0[2] & 0x80 == 0x80
    }

    /// The faults of the calls. Each attempt uses one byte, starting over after the last; seven of eight byte values mean no
    /// fault.
    pub(crate) fn faults(self) -> impl Iterator<Item = Fault> {
        let bytes = self.0.into_iter().skip(NOT_OF_FAULTS).enumerate();
        bytes.filter(|(_, value)| *value >= 0xe0).flat_map(|(turn, value)| {
            [Service::DynamoDb, Service::Sns].map(|service| {
                let (timing, kind) = fault(value, service);
                Fault::always(Target::Turn { service, turn, of: BYTES - NOT_OF_FAULTS }, timing, kind)
            })
        })
    }
}

fn fault(value: u8, service: Service) -> (FaultTiming, Kind) {
    match (value % 8, service) {
        (0, Service::Sns) => (BeforeEffect, Kind::Blame("InvalidParameter")),
        (0, _) => (BeforeEffect, Kind::Refuse),
        (1, _) => (BeforeEffect, Kind::Throttle),
        (2, _) => (BeforeEffect, Kind::InternalError),
        (3, _) => (AfterEffect, Kind::Rewrite(|_| "{\"<".to_owned())),
        (4, _) => (BeforeEffect, Kind::Disconnect),
        (5, _) => (AfterEffect, Kind::Disconnect),
        (6, _) => (BeforeEffect, Kind::Hang),
        (_, Service::Sns) => (BeforeEffect, Kind::FailEntries),
        _ => (AfterEffect, Kind::Rewrite(unreadable)),
    }
}

/// An answer whose item, if it has one, was not written by any version of mailhooks.
fn unreadable(answer: &str) -> String {
    let mut answer: Value = serde_json::from_str(answer).unwrap();
    if let Some(item) = answer.get_mut("Item") {
        item["event"] = json!({"M": {"id": {"N": "1"}}});
    }
    answer.to_string()
}
