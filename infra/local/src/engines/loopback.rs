//! A server on the loopback interface.

use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::guard::{self, Guard};

/// A running server. When this is dropped, the server accepts no more connections, closes idle ones and finishes the
/// requests that it has started.
pub(super) struct Loopback {
    /// The URL, such as `http://127.0.0.1:40123`.
    pub(super) endpoint: String,
    /// Dropping it resolves the server's shutdown future.
    _stop: oneshot::Sender<()>,
}

/// A port that is bound, so that its URL is known before the server starts.
pub(super) struct Bound {
    listener: TcpListener,
    pub(super) endpoint: String,
}

impl Bound {
    /// Binds a port that the system chooses.
    pub(super) async fn any() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("cannot listen on a port of 127.0.0.1")?;
        Ok(Self { endpoint: format!("http://{}", listener.local_addr()?), listener })
    }
}

impl Loopback {
    /// Serves at a bound port.
    pub(super) fn serve(bound: Bound, router: Router, guard: Guard) -> Self {
        let Bound { listener, endpoint } = bound;
        let router = router.layer(from_fn_with_state(guard, guard::guard));
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let server = axum::serve(listener, router).with_graceful_shutdown(async { drop(stopped.await) });
            // Runs until shutdown.
            drop(server.await);
        });
        Self { endpoint, _stop: stop }
    }
}
