//! The first bytes of an input: what happens around the body that follows them.

use serde_json::{Value, json};

use crate::aws::FaultTiming::{self, AfterEffect, BeforeEffect};
use crate::aws::{Fault, Kind, Service, Target};

/// Bytes of a plan. All zero, as the seeds have it, is an authentic delivery in which nothing fails.
const BYTES: usize = 8;
/// Those before the bytes of the faults.
const NOT_OF_FAULTS: usize = 3;

/// What is wrong with a request that must be refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Forgery {
    /// The headers are the input's, and so is the body behind them.
    AnyHeaders,
    AnotherBody,
    AnotherSecret,
    Stale,
    /// The header of the signature comes twice.
    Twice,
    AnotherDigit,
    /// The signature is right, and the method is not POST.
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

    /// `None`: the request is authentic. One of eight is not.
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

    /// Whether the body comes as text, where it is one.
    pub(crate) fn as_text(self) -> bool {
        self.0[2] & 8 == 8
    }

    /// Whether the body is made larger than what one item holds.
    pub(crate) fn padded(self) -> bool {
        self.0[2] & 0x70 == 0x70
    }

    /// Whether it ends with the records of a body, and nothing is sent to AWS: a tenth of the work, and enough to
    /// learn what a body can say.
    pub(crate) fn ends_with_records(self) -> bool {
        self.0[2] & 0x80 == 0x80
    }

    /// What the calls meet. Each attempt has its byte, again from the first one after the last; seven of eight values of
    /// a byte are no fault.
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

/// An answer whose item, if it has one, no version of mailhooks wrote.
fn unreadable(answer: &str) -> String {
    let mut answer: Value = serde_json::from_str(answer).unwrap();
    if let Some(item) = answer.get_mut("Item") {
        item["event"] = json!({"M": {"id": {"N": "1"}}});
    }
    answer.to_string()
}
