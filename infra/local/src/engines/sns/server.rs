//! The server of the stand-in: reads a request, has the service carry it out, and strikes with the faults.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::response::Response;
use axum::routing::post;

use super::connection::Connection;
use super::faults::{Fault, Moment};
use super::protocol::Refusal;
use super::request::Request;
use super::service::Service;

/// Largest body: ten messages of the largest size, each byte written as the three of `%00`. A batch
/// that is too long is then told so, as by the service, and not cut off.
const MAXIMUM_BODY: usize = 8 * 1024 * 1024;

pub(super) fn router(service: Arc<Service>) -> Router {
    Router::new().route("/", post(answer)).layer(DefaultBodyLimit::max(MAXIMUM_BODY)).with_state(service)
}

async fn answer(
    State(service): State<Arc<Service>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let request = match body {
        Ok(body) => Request::parse(&body),
        Err(rejection) => Err(Refusal {
            status: rejection.status(),
            code: "RequestEntityTooLarge",
            message: rejection.body_text(),
        }),
    };
    let request = match request {
        Ok(request) => request,
        Err(refusal) => return refusal.response(),
    };
    let fault = service.receive(request.action);
    let failure = Refusal::internal("a fault that was asked for");
    match fault {
        Some(Fault::Delay(duration)) => tokio::time::sleep(duration).await,
        Some(Fault::Disconnect(Moment::BeforeEffect)) => {
            connection.cut();
            return failure.response();
        }
        Some(Fault::InternalFailure(Moment::BeforeEffect)) => return failure.response(),
        Some(Fault::Throttling) => return Refusal::new("Throttling", "Rate exceeded").response(),
        _ => {}
    }
    let answer = service.carry_out(request).unwrap_or_else(|refusal| refusal.response());
    match fault {
        Some(Fault::Disconnect(Moment::AfterEffect)) => {
            connection.cut();
            failure.response()
        }
        Some(Fault::InternalFailure(Moment::AfterEffect)) => failure.response(),
        _ => answer,
    }
}
