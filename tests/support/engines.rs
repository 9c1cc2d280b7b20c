//! The real engines, for clients in this process.

use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use tokio::runtime::Handle;

use crate::aws::Backend;

/// Access to the engines, which run in a separate runtime.
///
/// Tokio advances a paused clock to the next timer whenever every task waits, also when a task waits for a socket: each
/// time limit would expire before the answer came. Here a blocking task waits for the engine, so the clock stands
/// still meanwhile, and a time limit expires only if a fault holds the answer back. Nor does a client that gives up
/// interrupt it: what reached a service takes effect.
#[derive(Clone, Debug)]
pub struct Engines {
    runtime: Handle,
    connector: SharedHttpConnector,
}

impl Engines {
    /// Access to engines from this runtime.
    pub fn on(runtime: &Handle) -> Self {
        let connector = SharedHttpConnector::new(Connector::builder().build_http());
        Self { runtime: runtime.clone(), connector }
    }

    /// An HTTP client whose calls are not journaled and have no faults.
    pub fn client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }
}

impl HttpConnector for Engines {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { runtime, connector } = self.clone();
        let ask = async move {
            let mut response = connector.call(request).await?;
            let body = ByteStream::new(response.take_body()).collect().await.unwrap();
            *response.body_mut() = body.into_bytes().into();
            Ok(response)
        };
        let asking = tokio::task::spawn_blocking(move || runtime.block_on(ask));
        HttpConnectorFuture::new(async { asking.await.unwrap() })
    }
}

impl Backend for Engines {}
