//! The addresses of a running local stack, published for other commands of the same user.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::token::Token;

/// Where a running local stack listens, as `stack.json` says it.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
pub struct Endpoints {
    /// Endpoint of the embedded `DynamoDB`.
    pub dynamodb: String,
    /// Endpoint of the SNS stand-in.
    pub sns: String,
    /// The access key id that both ask for.
    pub token: Token,
    /// URL under which the receivers are.
    pub receiver: String,
    /// URL that opens the live page; the token of the page is in it.
    pub page: String,
    /// Whether events and announcements are kept in memory, so that the folder has none of them.
    #[serde(default)]
    pub in_memory: bool,
    /// Whether every event is announced, on the topic `events`.
    #[serde(default)]
    pub announce_all: bool,
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Endpoints")
            .field("dynamodb", &self.dynamodb)
            .field("sns", &self.sns)
            .field("receiver", &self.receiver)
            .finish_non_exhaustive()
    }
}
