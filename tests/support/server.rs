//! The common part of stand-ins for services: a server on a free port of this machine.

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running server. It stops when this is dropped.
pub struct Server {
    endpoint: String,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts one.
    pub async fn start(router: Router) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { endpoint, task }
    }

    /// Its address.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
