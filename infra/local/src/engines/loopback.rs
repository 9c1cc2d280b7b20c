//! A server on the loopback interface.

use std::future::Future;
use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A running server, which stops when this is dropped: it accepts nothing more, closes idle
/// connections and lets requests that it has begun finish.
#[derive(Debug)]
pub(super) struct Loopback {
    endpoint: String,
    /// Dropping it resolves the future that the server was given.
    _stop: oneshot::Sender<()>,
}

impl Loopback {
    /// Binds a port that the system chooses, and runs `serve` with the listener and the future that
    /// tells it to stop.
    ///
    /// # Errors
    ///
    /// If no port can be bound.
    pub(super) async fn serve<Serving>(
        serve: impl FnOnce(TcpListener, oneshot::Receiver<()>) -> Serving,
    ) -> Result<Self>
    where
        Serving: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("cannot listen on a port of 127.0.0.1")?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(serve(listener, stopped));
        Ok(Self { endpoint, _stop: stop })
    }

    /// Such as `http://127.0.0.1:40123`.
    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }
}
