//! A server on the loopback interface.

use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::guard::{self, Guard};
use crate::token::Token;

/// A running server. When this is dropped, the server accepts no more connections, closes idle ones and finishes the
/// requests that it has started.
pub(super) struct Loopback {
    /// The URL, such as `http://127.0.0.1:40123`.
    pub(super) endpoint: String,
    /// Dropping it resolves the server's shutdown future.
    _stop: oneshot::Sender<()>,
}

impl Loopback {
    /// Serves on a port that the system chooses. `refuse` makes the answer to a caller without the token.
    pub(super) async fn serve(
        router: Router,
        token: &Token,
        refuse: fn(&'static str) -> Response,
    ) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("cannot listen on a port of 127.0.0.1")?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let router = router.layer(from_fn_with_state(Guard { token: token.clone(), refuse }, guard::guard));
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let server = axum::serve(listener, router).with_graceful_shutdown(async { drop(stopped.await) });
            // Runs until shutdown.
            drop(server.await);
        });
        Ok(Self { endpoint, _stop: stop })
    }
}
