//! The identification that requests to AWS carry, beside their parameters.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use futures_util::StreamExt;
use ingestion::aws::Clients;
use ingestion::store::{Cursor, Scan, Start, Store, WriteSettings};
use jiff::Timestamp;
use mailhooks_tests::aws::{Aws, Backend};
use mailhooks_tests::testbed::access;
use normalization::{Key, ProviderName};
use serde_json::Value;

/// Keeps every request, and fails the first attempt of each call.
#[derive(Clone, Debug, Default)]
struct Keeper(Arc<Mutex<Vec<HttpRequest>>>);

impl HttpConnector for Keeper {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut requests = self.0.lock().unwrap();
        requests.push(request);
        let status = if requests.len() % 2 == 1 { 500 } else { 200 };
        let status = StatusCode::try_from(status).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from("{}"))))
    }
}

impl Backend for Keeper {}

async fn requests() -> Vec<HttpRequest> {
    let keeper = Keeper::default();
    let mut access = access("http://127.0.0.1:9", "http://127.0.0.1:9");
    access.secrets_manager_endpoint.clone_from(&access.sns_endpoint);
    access.session_token = Some("token".to_owned()).into();
    let clients = Clients::over(&access, Aws::over(keeper.clone()));
    // The answer is irrelevant.
    drop(clients.dynamodb.list_tables().send().await);
    drop(clients.sns.list_topics().send().await);
    drop(clients.secrets_manager.list_secrets().send().await);
    drop(clients);
    std::mem::take(&mut keeper.0.lock().unwrap())
}

#[tokio::test(start_paused = true)]
async fn every_request_says_who_asks() {
    let requests = requests().await;
    assert_eq!(requests.len(), 6);
    for request in &requests {
        let client = request.headers().get("x-amz-user-agent").unwrap();
        assert!(client.split(' ').any(|part| part == "app/mailhooks"), "{client}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_request_is_signed_and_attempts_of_a_call_have_its_id() {
    let requests = requests().await;
    let header = |request: &HttpRequest, name: &str| request.headers().get(name).unwrap().to_owned();
    for attempts in requests.chunks(2) {
        for request in attempts {
            let authorization = header(request, "authorization");
            let (_, signed) = authorization.split_once("SignedHeaders=").unwrap();
            let (signed, _) = signed.split_once(',').unwrap();
            for name in ["host", "x-amz-date", "x-amz-security-token"] {
                assert!(signed.split(';').any(|one| one == name), "{name}: {signed}");
            }
        }
        let ids: Vec<String> =
            attempts.iter().map(|request| header(request, "amz-sdk-invocation-id")).collect();
        assert!(ids.windows(2).all(|two| two.first() == two.last()), "{ids:?}");
    }
    let ids = |request: &HttpRequest| header(request, "amz-sdk-invocation-id");
    let calls: std::collections::BTreeSet<String> = requests.iter().map(ids).collect();
    assert_eq!(calls.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn every_page_that_is_read_of_the_table_has_a_limit() {
    let keeper = Keeper::default();
    let access = access("http://127.0.0.1:9", "http://127.0.0.1:9");
    let store = Store::new(
        Clients::over(&access, Aws::over(keeper.clone())).dynamodb,
        "mailhooks",
        WriteSettings::default(),
    );
    // The answer is irrelevant.
    drop(store.timeline(ProviderName::Emailit, "m").await);
    drop(store.of_recipient("ada@example.com").await);
    drop(store.pages(Scan::default()).next().await);
    let key = Key { partition: "p".to_owned(), event: "s".to_owned() };
    let behind = vec![Some(Start::Behind(Cursor::behind(&key)))];
    drop(store.pages(Scan { segments: behind, since: Some(Timestamp::UNIX_EPOCH) }).next().await);
    drop(store.received(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH, 1_000).next().await);
    let requests = std::mem::take(&mut *keeper.0.lock().unwrap());
    assert!(requests.len() > 2 * 4 + 8, "two attempts of each, and the shards of a day: {}", requests.len());
    for request in &requests {
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let limit = body["Limit"].as_u64();
        assert!(limit.is_some_and(|limit| limit <= 1_000), "{body}");
    }
}
