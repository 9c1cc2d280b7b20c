//! A table and topics in memory. They answer at once or after a delay, and check every request against the rules of the
//! real service.

mod dynamodb;
mod item;
mod sns;

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use ingestion::aws::{Access, Clients};
use tokio::time::timeout;

use super::call::{Service, target};
use super::{Aws, Backend, answer, text};
pub use dynamodb::{Item, TABLE, Table, event_of};
pub use sns::Topics;

/// The services. Clones are the same ones.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<State>>);

/// The state of the services.
#[derive(Debug, Default)]
pub struct State {
    /// The table of events.
    pub table: Table,
    /// The announcements.
    pub topics: Topics,
    latency: Duration,
}

/// The answer of a service: the status and the body.
type Answer = (u16, String);

impl Default for Aws {
    fn default() -> Self {
        Self::over(Memory::default())
    }
}

impl Aws {
    /// Clients of these services, configured like those of the receivers, with the time limits of production. Their region is
    /// unique, because the SDK limits retries for each region in a process.
    pub fn clients(&self) -> Clients {
        static REGIONS: AtomicUsize = AtomicUsize::new(1);
        let endpoint = |name: &str| Some(format!("http://{name}").into());
        let access = Access {
            region: format!("eu-central-{}", REGIONS.fetch_add(1, Ordering::Relaxed)),
            access_key_id: "access-key".to_owned().into(),
            secret_access_key: "secret-access-key".to_owned().into(),
            session_token: None.into(),
            dynamodb_endpoint: endpoint("dynamodb"),
            sns_endpoint: endpoint("sns"),
            secrets_manager_endpoint: endpoint("secretsmanager"),
            time_limits: true,
        };
        Clients::over(&access, self.clone())
    }

    /// Clears all data and removes every fault.
    pub fn reset(&self) {
        self.calm();
        self.arm();
        *self.state() = State::default();
    }

    /// Delays each call by this time; it takes effect half-way.
    pub fn take(&self, latency: Duration) {
        self.state().latency = latency;
    }

    /// The current state of the services.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.backend.state()
    }
}

impl Memory {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl HttpConnector for Memory {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let memory = self.clone();
        HttpConnectorFuture::new(async move {
            let latency = memory.state().latency;
            pass(latency / 2).await;
            let (status, body) = memory.state().answer(&request);
            pass(latency / 2).await;
            Ok(answer(status, body))
        })
    }
}

impl Backend for Memory {
    fn check(&self, request: &HttpRequest) {
        match target(request) {
            (Service::DynamoDb, operation) => drop(dynamodb::checked(operation, text(request.body()))),
            (Service::Sns, _) => drop(sns::checked(text(request.body()))),
            (Service::SecretsManager, _) => {}
        }
    }
}

/// Advances virtual time.
async fn pass(time: Duration) {
    if !time.is_zero() {
        drop(timeout(time, pending::<()>()).await);
    }
}

impl State {
    fn answer(&mut self, request: &HttpRequest) -> Answer {
        let body = text(request.body());
        match target(request) {
            (Service::DynamoDb, operation) => self.table.call(operation, body),
            (Service::Sns, _) => self.topics.call(body),
            (Service::SecretsManager, _) => panic!("it knows no secret"),
        }
    }
}
