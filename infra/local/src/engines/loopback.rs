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

/// A running server, which stops when this is dropped: it accepts nothing more, closes idle
/// connections and lets requests that it has begun finish.
pub(super) struct Loopback {
    /// Such as `http://127.0.0.1:40123`.
    pub(super) endpoint: String,
    /// Dropping it resolves the future that the server was given.
    _stop: oneshot::Sender<()>,
}

impl Loopback {
    /// Serves on a port that the system chooses. `refuse` answers a caller who does not know the token.
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
            // It ends only when it is told to.
            drop(server.await);
        });
        Ok(Self { endpoint, _stop: stop })
    }
}
