//! A table and topics in memory. They answer at once, or after a time, and hold every request to the rules of the service
//! that would get it.

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

/// What the services know.
#[derive(Debug, Default)]
pub struct State {
    /// The table of events.
    pub table: Table,
    /// What was announced.
    pub topics: Topics,
    latency: Duration,
}

/// What a service says: the status, and the body.
type Answer = (u16, String);

impl Default for Aws {
    fn default() -> Self {
        Self::over(Memory::default())
    }
}

impl Aws {
    /// Clients of these services, as the receivers have them, with the time limits of production. They are in a region of
    /// their own, because the SDK limits retries for each region in a process.
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

    /// Forgets everything, and takes every fault away.
    pub fn reset(&self) {
        self.calm();
        self.arm();
        *self.state() = State::default();
    }

    /// Each call takes so long, and has its effect half-way.
    pub fn take(&self, latency: Duration) {
        self.state().latency = latency;
    }

    /// What the services know now.
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

/// Lets virtual time go by.
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
