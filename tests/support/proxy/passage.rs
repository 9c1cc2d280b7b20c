//! An HTTP client that calls the proxy without a network, for tests that pause the clock.
//!
//! Tokio advances a paused clock to the next timer whenever every task waits, also when a task waits for a socket: each
//! time limit would expire before the answer came. Here a blocking task waits for the engine, so the clock stands
//! still meanwhile, and a time limit expires only if a fault holds the answer back.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response};

use super::{Front, Proxy, Time};

/// An HTTP client that hands each call to the proxy.
#[derive(Clone)]
pub struct Passage {
    fronts: [Arc<Front>; 2],
    /// Whether it skips the faults and the journal.
    past: bool,
}

impl Proxy {
    /// An HTTP client for receivers: its calls are journaled and meet faults.
    pub fn passage(&self) -> Passage {
        Passage { fronts: self.fronts.clone(), past: false }
    }

    /// An HTTP client that skips the faults and the journal.
    pub fn passage_past(&self) -> Passage {
        Passage { past: true, ..self.passage() }
    }
}

impl Passage {
    async fn go(self, headers: HeaderMap, body: Bytes) -> Result<HttpResponse, ConnectorError> {
        let is_dynamodb = headers.contains_key("x-amz-target");
        let [dynamodb, sns] = self.fronts;
        let front = if is_dynamodb { dynamodb } else { sns };
        let answer = if self.past {
            let asking = Arc::clone(&front);
            let asked = async move { asking.engine.ask(&headers, &body).await };
            let answer = front.to_the_end(Time::Virtual, asked).await;
            Some(answer.unwrap().into())
        } else {
            front.answer(Time::Virtual, headers, body).await
        };
        match answer {
            Some(answer) => Ok(response(answer).await),
            None => Err(ConnectorError::io("the connection was closed".into())),
        }
    }
}

async fn response(answer: Response<Body>) -> HttpResponse {
    let status = StatusCode::try_from(answer.status().as_u16()).unwrap();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    HttpResponse::new(status, SdkBody::from(body))
}

impl HttpConnector for Passage {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut headers = HeaderMap::new();
        for (name, value) in request.headers() {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        let body = Bytes::copy_from_slice(request.body().bytes().unwrap());
        HttpConnectorFuture::new(self.clone().go(headers, body))
    }
}

impl HttpClient for Passage {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl fmt::Debug for Passage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passage")
    }
}
