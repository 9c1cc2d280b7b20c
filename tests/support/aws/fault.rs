//! What a call meets, and which call it is.

/// A service.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Service {
    /// The table.
    DynamoDb,
    /// The topics.
    Sns,
    /// The signing secrets.
    SecretsManager,
}

/// A call that comes in.
pub struct Call<'c> {
    /// How many came before it.
    pub number: usize,
    /// Whom it goes to.
    pub service: Service,
    /// What is asked.
    pub body: &'c str,
}

/// What one call meets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// An error that is not tried again.
    Refused,
    /// An error that is.
    Throttled,
    /// An error of the service itself.
    Broken,
    /// The call takes effect, and the answer makes no sense.
    Garbled,
    /// The connection ends before the call takes effect.
    Lost,
    /// The connection ends after it took effect.
    LostAnswer,
    /// Nobody ever answers.
    Silent,
    /// Some entries of a batch are refused; the old item that a condition brings back cannot be read.
    Partial,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 8] = [
        Self::Refused,
        Self::Throttled,
        Self::Broken,
        Self::Garbled,
        Self::Lost,
        Self::LostAnswer,
        Self::Silent,
        Self::Partial,
    ];
}
