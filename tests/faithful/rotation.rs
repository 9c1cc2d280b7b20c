//! Rotates a secret in a third-party emulator of Secrets Manager while webhooks arrive.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ingestion::aws::Clients;
use ingestion::clock::Clock;
use ingestion::secrets::Secrets;
use jiff::Timestamp;
use mailhooks_tests::testbed::{Watched, access, request};
use mailhooks_tests::{Testbed, sign};
use normalization::ProviderName;
use serde_json::json;

use super::endpoint;

/// The number of webhooks, one per second.
const WEBHOOKS: i64 = 90;
/// After this webhook the provider signs with the new secret.
const PROVIDER_ROTATES: i64 = 30;

/// The values in Secrets Manager, each with the second from which it is stored.
type Listed = &'static [(i64, &'static str)];

struct Stage {
    clients: Clients,
    secret_id: String,
    testbed: Testbed,
    receiver: Watched,
    second: Arc<AtomicI64>,
}

impl Stage {
    async fn start(name: &str) -> Self {
        let mut access = access("http://127.0.0.1:9", "http://127.0.0.1:9");
        access.secrets_manager_endpoint = Some(endpoint("MAILHOOKS_ENDPOINT").into());
        let clients = Clients::new(&access);
        let create = clients.secrets_manager.create_secret().name(name);
        // Without a value, as created by the template.
        let secret_id = create.send().await.unwrap().arn.unwrap();
        let start = 1_790_846_046;
        let second = Arc::new(AtomicI64::new(start));
        let told = Arc::clone(&second);
        let clock = Clock::from(move || at(told.load(Ordering::Relaxed)));
        let testbed = Testbed::start(at(start)).await;
        let secrets = Secrets::managed(clients.secrets_manager.clone(), &secret_id, clock);
        let receiver = testbed.receiver_with(ProviderName::Emailit, secrets);
        Self { clients, secret_id, testbed, receiver, second }
    }

    async fn list(&self, secrets: &str) {
        let put = self.clients.secrets_manager.put_secret_value();
        put.secret_id(&self.secret_id).secret_string(secrets).send().await.unwrap();
    }

    fn pass(&self, seconds: i64) {
        self.testbed.set_clock(at(self.second.fetch_add(seconds, Ordering::Relaxed) + seconds));
    }

    /// The status of a webhook, signed now.
    async fn post(&self, number: i64, secret: &str) -> u16 {
        let event = json!([{"event_id": format!("evt_{number}"), "type": "email.complained",
                            "data": {"object": {"id": "em_1", "to": "ada@example.com"}}}]);
        let body = event.to_string().into_bytes();
        let now = at(self.second.load(Ordering::Relaxed));
        let headers = sign::with_secret(ProviderName::Emailit, secret, &body, now);
        self.receiver.receive(request("POST", "/webhooks/emailit", &headers, &body)).await.status().as_u16()
    }

    /// Sends webhooks one second apart while the list changes, and sends rejected ones again after five minutes, as Emailit
    /// does. Returns the number of initial rejections.
    async fn run(&self, listed: Listed) -> usize {
        let mut refused = Vec::new();
        for number in 0..WEBHOOKS {
            if let Some((_, secrets)) = listed.iter().find(|(second, _)| *second == number) {
                self.list(secrets).await;
            }
            match self.post(number, signing(number)).await {
                200 => {}
                401 => refused.push(number),
                status => panic!("{number}: {status}"),
            }
            self.pass(1);
        }
        self.pass(300);
        for number in &refused {
            assert_eq!(self.post(*number, signing(WEBHOOKS)).await, 200, "{number}");
        }
        assert_eq!(i64::try_from(self.testbed.stored().await.len()).unwrap(), WEBHOOKS);
        assert_eq!(i64::try_from(self.testbed.announcements().len()).unwrap(), WEBHOOKS);
        assert_eq!(self.post(WEBHOOKS, "whsec_old").await, 401, "the old secret");
        refused.len()
    }
}

fn signing(number: i64) -> &'static str {
    if number < PROVIDER_ROTATES { "whsec_old" } else { "whsec_new" }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[tokio::test]
async fn listed_beforehand_none_is_refused() {
    let stage = Stage::start("rotation/beforehand").await;
    assert_eq!(stage.post(-1, "whsec_old").await, 503, "none is set");
    stage.pass(10);
    assert_eq!(stage.run(&[(0, "whsec_old"), (20, "whsec_new\nwhsec_old"), (60, "whsec_new")]).await, 0);
}

#[tokio::test]
async fn listed_too_late_the_refused_come_again() {
    let stage = Stage::start("rotation/too-late").await;
    // The receiver may have read the secret up to ten seconds earlier.
    let refused = stage.run(&[(0, "whsec_old"), (40, "whsec_new")]).await;
    assert!((10..=20).contains(&refused), "{refused}");
}

#[tokio::test]
async fn removed_it_is_503_within_five_minutes() {
    let stage = Stage::start("rotation/removed").await;
    stage.list("whsec_old").await;
    assert_eq!(stage.post(0, "whsec_old").await, 200);
    let delete = stage.clients.secrets_manager.delete_secret().secret_id(&stage.secret_id);
    delete.force_delete_without_recovery(true).send().await.unwrap();
    stage.pass(300);
    assert_eq!(stage.post(1, "whsec_old").await, 503);
    assert_eq!(stage.testbed.stored().await.len(), 1);
}
