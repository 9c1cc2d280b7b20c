//! DynamoDB as a test of duplicates or statuses sees it: calls by operation, and refusals by operation and text.

use std::sync::Arc;

use crate::proxy::{self, Kind, Moment, Proxy, Service, Target};

/// What goes wrong with one call.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The operation, such as `PutItem`.
    pub operation: &'static str,
    /// What the body of the request must contain.
    pub containing: String,
    /// Whether the call takes effect all the same.
    pub after_effect: bool,
}

/// The side of a proxy that faces DynamoDB.
pub struct DynamoDbProxy(Arc<Proxy>);

impl DynamoDbProxy {
    pub(crate) fn of(proxy: &Arc<Proxy>) -> Self {
        Self(Arc::clone(proxy))
    }

    /// Its address.
    pub fn endpoint(&self) -> &str {
        self.0.dynamodb()
    }

    /// Makes a later call fail, once.
    pub fn inject(&self, fault: Fault) {
        let moment = if fault.after_effect { Moment::AfterEffect } else { Moment::BeforeEffect };
        let target = Target::Text { operation: fault.operation, containing: fault.containing };
        self.0.inject(proxy::Fault::once(target, moment, Kind::Refuse));
    }

    /// The operations that were called, in order.
    pub fn calls(&self) -> Vec<String> {
        let calls = self.0.calls().into_iter();
        calls.filter(|call| call.service == Service::DynamoDb).map(|call| call.operation).collect()
    }

    /// How many calls there were.
    pub fn count(&self) -> usize {
        self.calls().len()
    }
}
