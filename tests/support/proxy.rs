//! A proxy in front of the DynamoDB engine and the SNS stand-in, which knows every call and can spoil it.
//!
//! Calls are numbered in the order in which they come, over both services, since the proxy was armed. The
//! attempts that the SDK makes of one call are one call: they carry the same `amz-sdk-invocation-id`.

mod answer;
mod call;
mod engine;
mod entries;
mod fault;
mod journal;
mod passage;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, Response};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use crate::aws::Service;
use answer::Connection;
pub use call::Call;
use engine::{Answer, Engine};
use entries::Divided;
pub use fault::{ALL_ATTEMPTS, Fault, FaultTiming, Gate, Kind, Target};
use journal::Journal;
pub use passage::Passage;

/// A running proxy. It stops when this is dropped.
pub struct Proxy {
    dynamodb: String,
    sns: String,
    fronts: [Arc<Front>; 2],
    shared: Arc<Shared>,
    servers: [JoinHandle<()>; 2],
}

#[derive(Default)]
struct Shared {
    journal: Mutex<Journal>,
    answered: watch::Sender<usize>,
}

impl Proxy {
    /// Starts a proxy for the engines at these addresses.
    pub async fn start(dynamodb: &str, sns: &str) -> Self {
        let shared = Arc::new(Shared::default());
        let front = |service, engine| {
            Arc::new(Front {
                service,
                engine: Engine::at(engine),
                engines: Handle::current(),
                shared: Arc::clone(&shared),
            })
        };
        let fronts = [front(Service::DynamoDb, dynamodb), front(Service::Sns, sns)];
        let (dynamodb, tables) = Front::serve(&fronts[0]).await;
        let (sns, topics) = Front::serve(&fronts[1]).await;
        Self { dynamodb, sns, fronts, shared, servers: [tables, topics] }
    }

    /// The address of DynamoDB.
    pub fn dynamodb(&self) -> &str {
        &self.dynamodb
    }

    /// The address of SNS.
    pub fn sns(&self) -> &str {
        &self.sns
    }

    /// Forgets the calls that there were, and numbers from 0 again.
    pub fn arm(&self) {
        self.shared.journal().arm();
        self.shared.answered.send_replace(0);
    }

    /// Waits until the engines have answered so many calls since the proxy was armed.
    pub async fn answered(&self, calls: usize) {
        let mut answered = self.shared.answered.subscribe();
        drop(answered.wait_for(|count| *count >= calls).await.unwrap());
    }

    /// Makes later calls fail.
    pub fn inject(&self, fault: Fault) {
        self.shared.journal().faults.push(fault);
    }

    /// Makes entries of later batches fail whose message contains the text, so many of them. SNS takes the others.
    pub fn fail_entries(&self, containing: &str, times: usize) {
        self.shared.journal().failing.add(containing, times);
    }

    /// Takes away the faults that were injected and are not used up.
    pub fn calm(&self) {
        self.shared.journal().faults.clear();
    }

    /// How many attempts were spoiled since the proxy was armed.
    pub fn strikes(&self) -> usize {
        self.shared.journal().strikes
    }

    /// The calls since the proxy was armed, by number.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.journal().calls.clone()
    }

    /// How many calls of a service there were since the proxy was armed.
    pub fn count(&self, service: Service) -> usize {
        self.shared.journal().calls.iter().filter(|call| call.service == service).count()
    }

    /// The operations of a service that were called since the proxy was armed, in order.
    pub fn operations(&self, service: Service) -> Vec<String> {
        let calls = self.calls().into_iter();
        calls.filter(|call| call.service == service).map(|call| call.operation).collect()
    }

    /// How many calls with this operation and subject took effect since the proxy was armed.
    pub fn effects(&self, operation: &str, subject: &str) -> usize {
        let journal = self.shared.journal();
        let meant = |call: &&Call| call.operation == operation && call.subject == subject;
        journal.effects.iter().filter(meant).count()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

impl Shared {
    // What a panic elsewhere left is still consistent.
    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the caller's clock is real, or tokio's paused one.
#[derive(Clone, Copy)]
enum Time {
    Real,
    Virtual,
}

/// What stands in front of one service.
struct Front {
    service: Service,
    engine: Engine,
    /// The runtime that the engine runs in.
    engines: Handle,
    shared: Arc<Shared>,
}

impl Front {
    async fn serve(self: &Arc<Self>) -> (String, JoinHandle<()>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(forward)
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(self))
            .into_make_service_with_connect_info::<Connection>();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (endpoint, server)
    }

    fn receive(&self, headers: &HeaderMap, body: &[u8]) -> (Call, Option<Fault>) {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let (operation, subject) = match self.service {
            Service::DynamoDb => call::of_dynamodb(header("x-amz-target").unwrap_or_default(), body),
            _ => call::of_sns(body),
        };
        let mut journal = self.shared.journal();
        let invocation = header("amz-sdk-invocation-id");
        let number = journal.number(invocation, self.service, operation, subject);
        let fault = journal.fault(number, body);
        (journal.calls[number].clone(), fault)
    }

    /// Carries out a call, with its fault if it has one. `None` closes the connection without an answer.
    async fn answer(self: Arc<Self>, time: Time, headers: HeaderMap, body: Bytes) -> Option<Response<Body>> {
        let (call, fault) = self.receive(&headers, &body);
        let at = |timing: FaultTiming| fault.as_ref().filter(|fault| fault.timing == timing);
        if let Some(fault) = at(FaultTiming::BeforeEffect)
            && let Some(answer) = answer::spoil(&fault.kind, self.service).await
        {
            return answer;
        }
        // Not interrupted by a client that goes away: what reached the service takes effect.
        let asking = Arc::clone(&self);
        let asked = async move { asking.ask(call, &headers, &body).await };
        let mut answer = self.to_the_end(time, asked).await;
        if let Some(fault) = at(FaultTiming::AfterEffect) {
            if let Some(answer) = answer::spoil(&fault.kind, self.service).await {
                return answer;
            }
            if let (Kind::Rewrite(rewrite), Some(answer)) = (&fault.kind, &mut answer) {
                answer.body = rewrite(str::from_utf8(&answer.body).unwrap()).into_bytes();
            }
        }
        answer.map(Into::into)
    }

    /// Runs work on the engine's runtime, to its end.
    async fn to_the_end<T: Send + 'static>(
        &self,
        time: Time,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let engines = self.engines.clone();
        let working = match time {
            Time::Real => engines.spawn(work),
            // Tokio does not advance a paused clock while a blocking task runs.
            Time::Virtual => tokio::task::spawn_blocking(move || engines.block_on(work)),
        };
        working.await.unwrap()
    }

    /// Carries a call out; `None` if the service closed the connection.
    async fn ask(&self, call: Call, headers: &HeaderMap, body: &[u8]) -> Option<Answer> {
        let publishes = call.operation == "PublishBatch";
        let divided = publishes.then(|| self.shared.journal().failing.divide(body)).flatten();
        let answer = match divided {
            None => self.engine.ask(headers, body).await.ok()?,
            Some(divided) => self.ask_for_the_rest(&divided, headers).await?,
        };
        self.shared.answered.send_modify(|count| *count += 1);
        if answer.status == 200 {
            self.shared.journal().effects.push(call);
        }
        Some(answer)
    }

    /// Has SNS take what is left of a batch of which some entries fail.
    async fn ask_for_the_rest(&self, divided: &Divided, headers: &HeaderMap) -> Option<Answer> {
        let Some(rest) = &divided.rest else {
            return Some(Answer { status: 200, content_type: "text/xml".to_owned(), body: divided.alone() });
        };
        let answer = self.engine.ask(headers, rest).await.ok()?;
        let body = divided.answer(&answer.body);
        Some(Answer { body, ..answer })
    }
}

async fn forward(
    State(front): State<Arc<Front>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let answer = front.answer(Time::Real, headers, body).await;
    answer.unwrap_or_else(|| connection.cut())
}
