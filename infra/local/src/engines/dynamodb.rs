//! An embedded `DynamoDB`: dynoxide, run in this process.
//!
//! dynoxide's own server accepts every caller, including web pages by CORS. This server checks callers, and dynoxide only runs
//! the operations.

mod operations;

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use dynoxide::Database;
use serde_json::json;

use super::guard::Guard;
use super::loopback::{Bound, Loopback};
use crate::private;
use crate::token::Token;

/// Largest body that `DynamoDB` accepts, in bytes: that of `BatchWriteItem`
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>).
const MAXIMUM_BODY: usize = 16 * 1024 * 1024;

/// A `DynamoDB` endpoint without tables. It stops when this is dropped.
pub struct DynamoDb {
    loopback: Loopback,
}

impl DynamoDb {
    /// Serves the database in this file, created if missing, or an in-memory database, to clients that have the token.
    /// The caller must hold the lock of the file's folder and run within a tokio runtime.
    pub async fn start(file: Option<&Path>, token: &Token) -> Result<Self> {
        let database = match file {
            Some(path) => open(path)?,
            None => {
                Database::memory().map_err(|error| anyhow!("cannot open an in-memory database: {error}"))?
            }
        };
        let router = Router::new()
            .route("/", post(answer))
            .layer(DefaultBodyLimit::max(MAXIMUM_BODY))
            .with_state(database);
        let refuse = |why| failure(StatusCode::FORBIDDEN, "UnrecognizedClientException", why);
        let loopback = Loopback::serve(Bound::any().await?, router, Guard::new(token, refuse));
        Ok(Self { loopback })
    }

    /// The endpoint URL for AWS clients.
    pub fn endpoint(&self) -> &str {
        &self.loopback.endpoint
    }
}

fn open(path: &Path) -> Result<Database> {
    let name = path
        .to_str()
        .with_context(|| format!("{} is not UTF-8: choose another data folder", path.display()))?;
    // SQLite would create it readable by all users, and gives its `-wal` and `-shm` files the same permissions.
    drop(private::open(path)?);
    Database::new(name).map_err(|error| {
        anyhow!("cannot open the database {name}: {error}; move it away to start with an empty database")
    })
}

async fn answer(State(database): State<Database>, headers: HeaderMap, body: String) -> Response {
    let target = headers.get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    let Some(operation) = target.and_then(|target| target.strip_prefix("DynamoDB_20120810.")) else {
        let why = "The header x-amz-target names no operation of DynamoDB.";
        return failure(StatusCode::BAD_REQUEST, "UnknownOperationException", why);
    };
    match operations::carry_out(&database, operation, &body) {
        Some(Ok(answer)) => json_response(StatusCode::OK, answer),
        Some(Err(error)) => {
            let status = StatusCode::from_u16(error.status_code());
            json_response(status.unwrap_or(StatusCode::BAD_REQUEST), error.to_json())
        }
        None => failure(
            StatusCode::BAD_REQUEST,
            "UnknownOperationException",
            "The embedded DynamoDB has no such operation.",
        ),
    }
}

/// An error answer of the server itself, not of the database.
fn failure(status: StatusCode, code: &str, message: &str) -> Response {
    let error = json!({"__type": format!("com.amazon.coral.service#{code}"), "message": message});
    json_response(status, error.to_string())
}

fn json_response(status: StatusCode, body: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    (status, kind, body).into_response()
}
