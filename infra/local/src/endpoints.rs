//! The addresses of a running local stack, published for other commands of the same user.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::token::Token;

/// The endpoints of a running local stack, as in `stack.json`.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
pub struct Endpoints {
    /// Endpoint of the embedded `DynamoDB`.
    pub dynamodb: String,
    /// Endpoint of the SNS stand-in.
    pub sns: String,
    /// The access key id that both require.
    pub token: Token,
    /// Base URL of the receivers.
    pub receiver: String,
    /// URL that opens the live page. It contains the page's token.
    pub page: String,
    /// Whether events and announcements are kept in memory only, not in the folder.
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
