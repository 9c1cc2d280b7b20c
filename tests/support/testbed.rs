//! A whole stack in memory: the receivers and the store of production over a real DynamoDB engine and an SNS
//! that keeps the real one's rules.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::TryStreamExt;
use ingestion::aws::{Access, Clients};
use ingestion::clock::{Clock, Deadline};
use ingestion::log::Log;
use ingestion::notifier::{Notifier, Topic, Topics};
use ingestion::secrets::Secrets;
use ingestion::store::{Store, StoredEvent};
use ingestion::{Receiver, Redrive};
use jiff::{SignedDuration, Timestamp};
use lambda_http::http::{HeaderName, HeaderValue};
use lambda_http::{Body, Request, Response};
use mailhooks_local::samples::Fixture;
use mailhooks_local::{Announcement, LocalStack, Storage, Token, table};
use normalization::ProviderName;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::aws::Aws;
use crate::engines::Engines;
use crate::privacy::Watch;
use crate::relay::Relay;
use crate::{files, sign};

/// The table of every stack.
pub const TABLE: &str = "mailhooks";

/// Days that events stay in the tables of tests.
pub const RETENTION_DAYS: u32 = 180;

/// What the engines are shown, though they check nothing: no line may hold it.
pub const ACCESS_KEY_ID: &str = "access-key-of-tests";
/// What goes with it.
pub const SECRET_ACCESS_KEY: &str = "secret-access-key-of-tests";

/// A separate stack for one test.
pub struct Testbed {
    /// The engines.
    pub local: LocalStack,
    /// What the clients call: it journals, and can fail.
    pub aws: Aws<Engines>,
    /// The store, as the receivers have it.
    pub store: Store,
    /// The clients, as the receivers have them.
    pub clients: Clients,
    /// A client whose calls are not journaled, and meet no faults.
    pub engine: Client,
    /// The store over it.
    pub aside: Store,
    topics: &'static [Topic],
    time_limits: bool,
    now: Arc<Mutex<Timestamp>>,
    lines: Arc<Mutex<Vec<Value>>>,
    watch: Arc<Watch>,
}

/// A receiver of a testbed, whose every line is watched: what it receives, no line may hold.
pub struct Watched {
    provider: ProviderName,
    receiver: Receiver,
    watch: Arc<Watch>,
}

impl Watched {
    /// Does what a receiver does in start-up.
    pub async fn warm(&self) {
        self.receiver.warm().await;
    }

    /// Has the receiver take a request.
    pub async fn receive(&self, request: Request) -> Response<Body> {
        self.watch.request(self.provider, &request);
        self.receiver.receive(request).await
    }

    /// The same for one of a million: its line is watched for its form, and not for what was in the request.
    pub async fn receive_and_forget(&self, request: Request) -> Response<Body> {
        self.receiver.receive(request).await
    }
}

impl Testbed {
    /// Starts a stack whose clock stands at `now`. Its clients and receivers have no time limits.
    pub async fn start(now: Timestamp) -> Self {
        Self::start_with(now, false).await
    }

    /// Starts one with the time limits of production, in a runtime whose clock is paused. A limit expires only if a
    /// fault holds an answer back, however long the engines take.
    pub async fn start_in_virtual_time(now: Timestamp) -> Self {
        Self::start_with(now, true).await
    }

    async fn start_with(now: Timestamp, time_limits: bool) -> Self {
        static ENGINES: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
        let token = Token::from(ACCESS_KEY_ID);
        let start = ENGINES.spawn(async move { LocalStack::start(Storage::Memory, &token).await });
        let local = start.await.unwrap().unwrap();
        let access = access(local.dynamodb.endpoint(), local.sns.endpoint());
        let engines = Engines::on(ENGINES.handle());
        let engine = Clients::over(&access, engines.client()).dynamodb;
        table::create(&engine, TABLE).await.unwrap();
        let aws = Aws::over(engines);
        let clients = Clients::over(&Access { time_limits, ..access }, aws.clone());
        Self {
            local,
            aws,
            store: Store::new(clients.dynamodb.clone(), TABLE, RETENTION_DAYS),
            clients,
            aside: Store::new(engine.clone(), TABLE, RETENTION_DAYS),
            engine,
            topics: &[Topic::Bounces, Topic::Complaints, Topic::Spam],
            time_limits,
            now: Arc::new(Mutex::new(now)),
            lines: Arc::default(),
            watch: Arc::default(),
        }
    }

    /// Announces on the topics that a stack has by default, and not only on those that it always has.
    #[must_use]
    pub fn announcing_actions(self) -> Self {
        Self { topics: &[Topic::Bounces, Topic::Complaints, Topic::Spam, Topic::Actions], ..self }
    }

    /// Announces on all topics.
    #[must_use]
    pub fn announcing_all(self) -> Self {
        Self { topics: &Topic::ALL, ..self }
    }

    /// Has every event that waits have waited longer, by so much.
    pub async fn age(&self, by: SignedDuration) {
        for event in self.stored().await.iter().filter(|event| event.unannounced) {
            let received_at = format!("{:.3}", event.received_at - by);
            let update = self.engine.update_item().table_name(TABLE);
            update
                .key("pk", AttributeValue::S(event.key.partition.clone()))
                .key("sk", AttributeValue::S(event.key.event.clone()))
                .update_expression("SET received_at = :received_at")
                .expression_attribute_values(":received_at", AttributeValue::S(received_at))
                .send()
                .await
                .unwrap();
        }
    }

    /// Sets the clock.
    pub fn set_clock(&self, now: Timestamp) {
        *self.now.lock().unwrap() = now;
    }

    /// A receiver with the secrets of the provider's fixtures.
    pub fn receiver(&self, provider: ProviderName) -> Watched {
        self.receiver_with(provider, Secrets::fixed(&files::signing_secret(provider)))
    }

    /// A receiver with other secrets.
    pub fn receiver_with(&self, provider: ProviderName, secrets: Secrets) -> Watched {
        self.receiver_over(provider, secrets, &self.clients)
    }

    /// A receiver over other services.
    pub fn receiver_over(&self, provider: ProviderName, secrets: Secrets, clients: &Clients) -> Watched {
        let now = Arc::clone(&self.now);
        let receiver = Receiver::new(
            provider.provider(),
            secrets,
            Store::new(clients.dynamodb.clone(), TABLE, RETENTION_DAYS),
            Notifier::new(clients.sns.clone(), self.topics()),
            Clock::from(move || *now.lock().unwrap()),
            self.log(),
        );
        Watched {
            provider,
            receiver: if self.time_limits { receiver } else { receiver.without_time_limits() },
            watch: Arc::clone(&self.watch),
        }
    }

    /// A redrive whose clock stands at `now`.
    pub fn redrive(&self, now: Timestamp) -> Redrive {
        Redrive::new(
            self.store.clone(),
            Notifier::new(self.clients.sns.clone(), self.topics()),
            Clock::from(move || now),
            self.log(),
        )
    }

    fn log(&self) -> Log {
        let (lines, watch) = (Arc::clone(&self.lines), Arc::clone(&self.watch));
        Log::from(move |line: &Value| {
            lines.lock().unwrap().push(line.clone());
            watch.line(line);
            watch.verify();
        })
    }

    /// Has the provider's receiver take a request.
    pub async fn receive(&self, provider: ProviderName, request: Request) -> Response<Body> {
        self.receiver(provider).receive(request).await
    }

    /// Signs a body as the provider would now, and has its receiver take it.
    pub async fn post(&self, provider: ProviderName, body: &[u8]) -> Response<Body> {
        let now = *self.now.lock().unwrap();
        let headers = sign::headers(provider, body, now);
        self.receive(provider, request("POST", &format!("/webhooks/{provider}"), &headers, body)).await
    }

    /// Every event in the table, by its id.
    pub async fn stored(&self) -> Vec<StoredEvent> {
        let mut events = Vec::new();
        let mut pages = self.aside.pages(None, None);
        while let Some(page) = pages.try_next().await.unwrap() {
            assert!(page.found.unreadable.is_empty(), "all is as it was written");
            events.extend(page.found.events);
        }
        events.sort_by(|one, other| one.event.id.cmp(&other.event.id));
        events
    }

    /// Everything that was announced.
    pub fn announcements(&self) -> Vec<Announcement> {
        self.local.sns.announcements()
    }

    /// Every line of the log.
    pub fn lines(&self) -> Vec<Value> {
        self.lines.lock().unwrap().clone()
    }

    /// The lines of the log since they were last taken, so that a long test does not hoard them.
    pub fn take_lines(&self) -> Vec<Value> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }

    /// The environment of a deployed function over the engines of this stack.
    pub fn variables(&self, provider: ProviderName) -> Vec<(&'static str, String)> {
        let topics = self.topics();
        let topics: Vec<_> = topics.iter().map(|(topic, arn)| (topic.variable(), arn.to_owned())).collect();
        let variables = [
            ("TABLE_NAME", TABLE.to_owned()),
            ("SIGNING_SECRETS", files::signing_secret(provider)),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY.to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.local.dynamodb.endpoint().to_owned()),
            ("AWS_ENDPOINT_URL_SNS", self.local.sns.endpoint().to_owned()),
        ];
        variables.into_iter().chain(topics).collect()
    }

    /// The addresses of both services for another process, whose calls are journaled and meet faults, by the names of
    /// their variables; and what listens there.
    pub async fn relays(&self) -> [(&'static str, Relay); 2] {
        let relay = async |engine| Relay::spoiling(engine, &self.aws).await;
        [
            ("AWS_ENDPOINT_URL_DYNAMODB", relay(self.local.dynamodb.endpoint()).await),
            ("AWS_ENDPOINT_URL_SNS", relay(self.local.sns.endpoint()).await),
        ]
    }

    fn topics(&self) -> Topics {
        self.topics.iter().map(|topic| (*topic, self.local.sns.topic_arn(topic.name()))).collect()
    }
}

/// When it is in tests that need no other time.
pub fn now() -> Timestamp {
    "2026-10-01T09:14:06Z".parse().unwrap()
}

/// A deadline that no test reaches.
pub fn no_deadline() -> Deadline {
    Deadline::after(Duration::from_hours(24 * 365))
}

/// Access to the engines of a testbed, which only accept this access key id, without time limits. It uses a unique region,
/// because the SDK limits retries for each region in a process.
pub fn access(dynamodb: &str, sns: &str) -> Access {
    static REGIONS: AtomicUsize = AtomicUsize::new(0);
    Access {
        region: format!("us-east-{}", REGIONS.fetch_add(1, Ordering::Relaxed)),
        access_key_id: ACCESS_KEY_ID.to_owned().into(),
        secret_access_key: SECRET_ACCESS_KEY.to_owned().into(),
        session_token: None.into(),
        dynamodb_endpoint: Some(dynamodb.to_owned().into()),
        sns_endpoint: Some(sns.to_owned().into()),
        secrets_manager_endpoint: None,
        time_limits: false,
    }
}

/// The request of a fixture.
pub fn request_of(fixture: &Fixture) -> Request {
    request(&fixture.method, &fixture.path, &fixture.headers, &fixture.body)
}

/// A request.
pub fn request(method: &str, path: &str, headers: &[(String, Vec<u8>)], body: &[u8]) -> Request {
    let body = if body.is_empty() { Body::Empty } else { Body::Binary(body.to_vec()) };
    let mut request = Request::new(body);
    *request.method_mut() = method.parse().unwrap();
    *request.uri_mut() = path.parse().unwrap();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers_mut().append(name, HeaderValue::from_bytes(value).unwrap());
    }
    request
}

/// The JSON of an answer.
pub fn json(response: &Response<Body>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}
