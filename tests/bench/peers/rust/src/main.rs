//! The job of a receiver in Rust with the AWS SDK, written as `cargo lambda new` and the SDK's guide do.

mod record;

use aws_config::BehaviorVersion;
use hmac::{Hmac, KeyInit, Mac};
use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn, tracing};
use serde_json::{Value, json};
use sha2::Sha256;

use record::Store;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let store = &Store::new(&config)?;
    let secret = &std::env::var("SIGNING_SECRETS")?;
    run(service_fn(async |request: Request| handle(store, secret, request).await)).await
}

async fn handle(store: &Store, secret: &str, request: Request) -> Result<Response<Body>, Error> {
    let id = request.lambda_context().request_id;
    let body = request.body().as_ref();
    let signature = request.headers().get("x-webhook-signature").and_then(|value| value.to_str().ok());
    if !is_signed(secret, body, signature.unwrap_or_default()) {
        let reason = "the signature does not match";
        println!("{}", json!({"provider": "jetemail", "status": 503, "request_id": id, "reason": reason}));
        return answer(503, json!({"error": reason}));
    }
    let webhooks = match serde_json::from_slice(body)? {
        Value::Array(events) => events.into_iter().map(|one| (one.to_string().into_bytes(), one)).collect(),
        one => vec![(body.to_vec(), one)],
    };
    let recorded =
        futures::future::try_join_all(webhooks.iter().map(|(raw, one)| store.record(one, raw))).await?;
    let recorded = recorded.into_iter().filter(|is_new| *is_new).count();
    let events: Vec<_> =
        webhooks.iter().map(|(_, one)| format!("jetemail:{}", record::text(&one["id"]))).collect();
    println!(
        "{}",
        json!({"provider": "jetemail", "status": 200, "request_id": id, "events": events, "recorded": recorded})
    );
    answer(200, json!({"received": events.len()}))
}

fn is_signed(secret: &str, body: &[u8], signature: &str) -> bool {
    let Some(Ok(given)) = signature.strip_prefix("sha256=").map(hex::decode) else { return false };
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    mac.verify_slice(&given).is_ok()
}

fn answer(status: u16, content: Value) -> Result<Response<Body>, Error> {
    Ok(Response::builder().status(status).body(content.to_string().into())?)
}
