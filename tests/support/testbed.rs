//! A whole stack in memory: the receivers and the store of production with a real DynamoDB engine and an SNS stand-in
//! that follows the rules of the service.

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
use ingestion::store::{Scan, Store, StoredEvent, WriteSettings};
use ingestion::{Receiver, Redrive};
use jiff::{SignedDuration, Timestamp};
use lambda_http::http::{HeaderName, HeaderValue};
use lambda_http::{Body, Request, Response};
use mailhooks_local::samples::Fixture;
use mailhooks_local::table::{self, Definition};
use mailhooks_local::{Announcement, LocalStack, Storage, Token};
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

/// The number of days that events stay in the tables of tests.
pub const RETENTION_DAYS: u32 = 180;

/// The access key id for the engines, which do not check it. No line may contain it.
pub const ACCESS_KEY_ID: &str = "access-key-of-tests";
/// The secret access key for the engines.
pub const SECRET_ACCESS_KEY: &str = "secret-access-key-of-tests";

/// A separate stack for one test.
pub struct Testbed {
    /// The engines.
    pub local: LocalStack,
    /// The journaled client of the receivers, which can have faults.
    pub aws: Aws<Engines>,
    /// The store, as used by the receivers.
    pub store: Store,
    /// The clients, as used by the receivers.
    pub clients: Clients,
    /// A client whose calls are not journaled and have no faults.
    pub engine: Client,
    /// The store with that client.
    pub aside: Store,
    topics: &'static [Topic],
    time_limits: bool,
    now: Arc<Mutex<Timestamp>>,
    lines: Arc<Mutex<Vec<Value>>>,
    watch: Arc<Watch>,
}

/// A receiver of a testbed. Its log is watched: no line may contain received data.
pub struct Watched {
    provider: ProviderName,
    receiver: Receiver,
    watch: Arc<Watch>,
}

impl Watched {
    /// Runs the start-up of a receiver.
    pub async fn warm(&self) {
        self.receiver.warm().await;
    }

    /// Handles a request.
    pub async fn receive(&self, request: Request) -> Response<Body> {
        self.watch.request(self.provider, &request);
        self.receiver.receive(request).await
    }

    /// Handles one of a million requests: the form of its line is checked, but the request's texts are not searched for.
    pub async fn receive_and_forget(&self, request: Request) -> Response<Body> {
        self.receiver.receive(request).await
    }
}

impl Testbed {
    /// Starts a stack whose clock is set to `now`. Its clients and receivers have no time limits.
    pub async fn start(now: Timestamp) -> Self {
        Self::start_with(now, false).await
    }

    /// Starts a stack with the time limits of production, in a runtime whose clock is paused. A limit expires only if a
    /// fault delays an answer, however long the engines take.
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
        table::create(&engine, TABLE, Definition::Events).await.unwrap();
        let aws = Aws::over(engines);
        let clients = Clients::over(&Access { time_limits, ..access }, aws.clone());
        Self {
            local,
            aws,
            store: Store::new(clients.dynamodb.clone(), TABLE, WriteSettings::default()),
            clients,
            aside: Store::new(engine.clone(), TABLE, WriteSettings::default()),
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

    /// Makes every waiting event look older by this time.
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

    /// A receiver that uses other services.
    pub fn receiver_over(&self, provider: ProviderName, secrets: Secrets, clients: &Clients) -> Watched {
        let now = Arc::clone(&self.now);
        let receiver = Receiver::new(
            provider.provider(),
            secrets,
            Store::new(clients.dynamodb.clone(), TABLE, WriteSettings::default()),
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

    /// A redrive whose clock is set to `now`.
    pub fn redrive(&self, now: Timestamp) -> Redrive {
        Redrive::new(
            self.store.clone(),
            Notifier::new(self.clients.sns.clone(), self.topics()),
            Clock::from(move || now),
            self.log(),
        )
    }

    /// The redrive of a stack with these providers. Its clock is that of the receivers.
    pub fn redrive_watching(&self, providers: &[ProviderName]) -> Redrive {
        let now = Arc::clone(&self.now);
        let notifier = Notifier::new(self.clients.sns.clone(), self.topics());
        Redrive::new(self.store.clone(), notifier, Clock::from(move || *now.lock().unwrap()), self.log())
            .watching(providers.iter().map(ToString::to_string).collect())
    }

    fn log(&self) -> Log {
        let (lines, watch) = (Arc::clone(&self.lines), Arc::clone(&self.watch));
        Log::from(move |line: &Value| {
            lines.lock().unwrap().push(line.clone());
            watch.line(line);
            watch.verify();
        })
    }

    /// Sends a request to the provider's receiver.
    pub async fn receive(&self, provider: ProviderName, request: Request) -> Response<Body> {
        self.receiver(provider).receive(request).await
    }

    /// Signs a body as the provider would now, and sends it to its receiver.
    pub async fn post(&self, provider: ProviderName, body: &[u8]) -> Response<Body> {
        let now = *self.now.lock().unwrap();
        let headers = sign::headers(provider, body, now);
        self.receive(provider, request("POST", &format!("/webhooks/{provider}"), &headers, body)).await
    }

    /// Every event in the table, by its id.
    pub async fn stored(&self) -> Vec<StoredEvent> {
        let mut events = Vec::new();
        let mut pages = self.aside.pages(Scan::default());
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

    /// The lines of the log since the last call, so that a long test does not keep all of them.
    pub fn take_lines(&self) -> Vec<Value> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }

    /// The environment of a deployed function that uses the engines of this stack.
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

    /// The addresses of both services for another process, by the names of its variables, and the relays that listen there.
    /// The calls are journaled and can have faults.
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

/// The default time of tests.
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
