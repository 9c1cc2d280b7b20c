//! A stand-in for Secrets Manager: the call with which a receiver reads a secret, and the call with which the tool sets it.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>,
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html>

use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::server::Server;

/// The name of the only secret.
pub const SECRET_ID: &str = "mailhooks/signing-secrets";

/// A running stand-in.
pub struct SecretsManager {
    server: Server,
    state: Arc<Mutex<Kept>>,
}

/// The state of a stand-in.
#[derive(Default)]
pub struct Kept {
    /// The value.
    pub secret: Option<String>,
    /// Whether the value is returned as binary data.
    pub binary: bool,
    /// The error code of every call, if all fail.
    pub failure: Option<&'static str>,
    /// The error code of every write, if all fail.
    pub put_failure: Option<&'static str>,
    /// The number of received calls.
    pub calls: usize,
}

impl SecretsManager {
    /// Starts a stand-in that stores this text under [`SECRET_ID`].
    pub async fn start(secret: &str) -> Self {
        let state = Arc::new(Mutex::new(Kept { secret: Some(secret.to_owned()), ..Kept::default() }));
        let server = Server::start(Router::new().fallback(answer).with_state(Arc::clone(&state))).await;
        Self { server, state }
    }

    /// Its address.
    pub fn endpoint(&self) -> &str {
        self.server.endpoint()
    }

    /// Sets another value; `None` leaves the secret without a value, as the template creates it.
    pub fn set(&self, secret: Option<&str>) {
        self.kept().secret = secret.map(str::to_owned);
    }

    /// The stored state, which also controls later answers.
    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.state.lock().unwrap()
    }
}

async fn answer(State(state): State<Arc<Mutex<Kept>>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let operation = headers["x-amz-target"].to_str().unwrap();
    let puts = operation == "secretsmanager.PutSecretValue";
    assert!(puts || operation == "secretsmanager.GetSecretValue");
    let request: Value = serde_json::from_slice(&body).unwrap();
    let mut kept = state.lock().unwrap();
    kept.calls += 1;
    let failure = kept.failure.or(kept.put_failure.filter(|_| puts));
    if puts && failure.is_none() && request["SecretId"] == SECRET_ID {
        kept.secret = Some(request["SecretString"].as_str().unwrap().to_owned());
    }
    let (status, answer) = match (failure, &kept.secret) {
        // An error that the SDK does not retry, so that each call is counted once.
        (Some(code), _) => (400, json!({"__type": code, "message": "injected"})),
        (None, Some(secret)) if request["SecretId"] == SECRET_ID => {
            let value = if kept.binary {
                json!({"Name": SECRET_ID, "SecretBinary": BASE64_STANDARD.encode(secret)})
            } else {
                json!({"Name": SECRET_ID, "SecretString": secret})
            };
            (200, value)
        }
        // A secret without a value gives the same error as a missing one.
        _ => (
            400,
            json!({"__type": "ResourceNotFoundException",
                   "message": "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"}),
        ),
    };
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.1")
        .body(Body::from(answer.to_string()))
        .unwrap()
}
