//! Answers as the services write them when something is wrong, and the way to give none.

use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::connect_info::Connected;
use axum::http::Response;
use axum::serve::IncomingStream;
use tokio::net::TcpListener;

use super::fault::Kind;
use crate::aws::Service;

/// A second handle to a request's connection, which can close it under the server.
#[derive(Clone)]
pub(super) struct Connection(Arc<TcpStream>);

impl Connected<IncomingStream<'_, TcpListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        let twin = stream.io().as_fd().try_clone_to_owned().unwrap();
        Self(Arc::new(TcpStream::from(twin)))
    }
}

impl Connection {
    /// Closes the connection: what is answered after this does not arrive.
    pub(super) fn cut(&self) -> Response<Body> {
        // It fails if the other side has closed already.
        drop(self.0.shutdown(Shutdown::Both));
        error(Service::DynamoDb, 500, "Disconnected")
    }
}

/// What the client gets of a call that is spoiled; `None` if the call goes its way after all. The inner `None` is a
/// connection that is closed without an answer.
pub(super) async fn spoil(kind: &Kind, service: Service) -> Option<Option<Response<Body>>> {
    let throttled = match service {
        Service::DynamoDb => "ProvisionedThroughputExceededException",
        _ => "Throttling",
    };
    match kind {
        // The SDK does not try again, so that a test need not wait for it to give up.
        Kind::Refuse => Some(Some(error(service, 400, "AccessDeniedException"))),
        Kind::Blame(code) => Some(Some(error(service, 400, code))),
        Kind::Throttle => Some(Some(error(service, 400, throttled))),
        Kind::InternalError => Some(Some(error(service, 500, "InternalServerError"))),
        Kind::Disconnect => Some(None),
        Kind::Hang => std::future::pending().await,
        Kind::Rewrite(_) => None,
        Kind::Hold(gate) => {
            gate.pass().await;
            None
        }
    }
}

fn error(service: Service, status: u16, code: &str) -> Response<Body> {
    let body = match service {
        Service::DynamoDb => {
            format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"injected"}}"#)
        }
        _ => format!(
            r#"<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>{code}</Code><Message>injected</Message></Error><RequestId>1</RequestId></ErrorResponse>"#
        ),
    };
    Response::builder().status(status).body(Body::from(body)).unwrap()
}
